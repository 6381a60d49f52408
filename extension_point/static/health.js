// Tells the server how the booth's devices are: after every connect, on every change, and every 30 s.

/** @typedef {import("/static/web/js/devices.js").Role} Role */

const EVERY_MS = 30_000
/** @type {readonly Role[]} */
export const ROLES = ["camera", "document_camera", "microphone", "speaker"]

export class HealthReport {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer
  #told = ""

  /**
   * @param {object} options
   * @param {{health: Partial<Record<Role, string>>, glance: () => Promise<unknown>}} options.devices
   * @param {(health: Record<Role, string>) => Promise<unknown>} options.tell
   */
  constructor({ devices, tell }) {
    this.devices = devices
    this.tell = tell
  }

  start() {
    this.#timer ??= setInterval(async () => {
      await this.devices.glance()
      this.send(true)
    }, EVERY_MS)
  }

  stop() {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** @param {boolean} [anyway] also when nothing changed */
  send(anyway = false) {
    // Until a device was looked at, nothing is claimed of it.
    if (ROLES.some((role) => !this.devices.health[role])) return
    const health = /** @type {Record<Role, string>} */ (Object.fromEntries(ROLES.map((role) => [role, this.devices.health[role]])))
    const now = JSON.stringify(health)
    if (now === this.#told && !anyway) return
    this.#told = now
    this.tell(health).catch(() => (this.#told = ""))
  }
}

// Is anything still heard over a connection? A browser takes five seconds to say "disconnected"; whose machine has
// another address now should not wait for that. Sound alone is fifty packets a second, so a third of a second of nothing
// after a steady flow means that the path is gone, whatever ICE believes.

/** How often it is looked at. */
const LOOK_EVERY_MS = 150
/** Nothing heard for so long is silence: the look that finds it comes a little later. */
const SILENT_MS = 280
/** A flow is steady after so many looks that heard something; a flow that never was steady cannot break off. */
const STEADY_LOOKS = 4
/** While the silence lasts it is told again after this long. */
const AGAIN_MS = 2000

export class PathWatch {
  silent = false
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer
  #heardAt = 0
  #run = 0
  #toldAt = 0
  /** When the newest sound or picture was made, as far as known. */
  #newest = 0
  /** What the path in use has brought, when last asked; -1: not asked since something was heard. */
  #brought = -1
  #looking = false

  /**
   * @param {RTCPeerConnection} pc
   * @param {() => void} silence  told when it begins, and every two seconds until something is heard
   */
  constructor(pc, silence) {
    this.pc = pc
    this.silence = silence
  }

  /** Idempotent. */
  start() {
    this.#heardAt = performance.now()
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS)
  }

  stop() {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #look() {
    // Asking for statistics may take longer than a look.
    if (this.#looking) return
    this.#looking = true
    const heard = this.#hears() || (await this.#brings())
    this.#looking = false
    if (this.#timer === undefined || heard === null) return
    const now = performance.now()
    if (heard) {
      this.silent = false
      this.#run += 1
      this.#heardAt = now
      return
    }
    if (!this.silent && (this.#run < STEADY_LOOKS || now - this.#heardAt < SILENT_MS)) return
    if (this.silent && now - this.#toldAt < AGAIN_MS) return
    this.silent = true
    this.#run = 0
    this.#toldAt = now
    this.silence()
  }

  /** Has a sound or a picture come since the last look? Costs nothing. */
  #hears() {
    const stamps = this.pc.getReceivers().flatMap((one) => one.getSynchronizationSources().map(({ timestamp }) => timestamp))
    const newest = Math.max(this.#newest, ...stamps)
    const heard = newest > this.#newest
    this.#newest = newest
    if (heard) this.#brought = -1
    return heard
  }

  /** Has anything else come, as feedback on what is sent, or the answer to a check? Not known when first asked. */
  async #brings() {
    const before = this.#brought
    this.#brought = brought(await this.pc.getStats())
    return before < 0 ? null : this.#brought > before
  }
}

/** Bytes and answers that have come over any path. @param {RTCStatsReport} stats */
function brought(stats) {
  let sum = 0
  for (const one of stats.values()) if (one.type === "candidate-pair") sum += one.bytesReceived + one.responsesReceived
  return sum
}

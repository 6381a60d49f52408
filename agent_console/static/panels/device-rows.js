// Camera, microphone and loudspeaker as rows: what is chosen, whether it works, what to do when it does not.
// The microphone's meter moves with the voice: the quickest test there is.

import { Level, playTone } from "/static/web/js/device-check.js"
import { h, icon, mount, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { attribute, show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {"camera" | "microphone" | "speaker"} DeskRole */

/** @type {DeskRole[]} */
const ROLES = ["camera", "microphone", "speaker"]
const SYMBOLS = { camera: "camera", microphone: "mic", speaker: "speaker" }
const METER_MS = 80

export class DeviceRows {
  #meter = h("span", { class: "meter", role: "presentation" }, h("span", null))
  /** @type {Level | null} */
  #level = null
  /** @type {MediaStreamTrack | null} */
  #heard = null
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #reading

  /** @param {Desk} desk  @param {(role: DeskRole, deviceId: string) => void} chosen  @param {string} id */
  constructor(desk, chosen, id) {
    this.desk = desk
    this.chosen = chosen
    this.rows = new Map(ROLES.map((role) => [role, this.#make(role, id)]))
    this.element = h("div", { class: "device-rows" }, [...this.rows.values()].map((row) => row.element))
  }

  /** @param {DeskRole} role  @param {string} id */
  #make(role, id) {
    const select = h("select", { class: "input", id: `${id}-${role}`, onchange: () => this.chosen(role, select.value) })
    const health = h("span", { class: "badge" })
    const advice = h("p", { class: "device-advice", hidden: true })
    const extra = role === "microphone" ? this.#meter : role === "speaker" ? this.#tone() : null
    const element = h(
      "div",
      { class: "device-row" },
      h("label", { for: select.id }, icon(SYMBOLS[role]), t(`device.${role}`)),
      select,
      health,
      extra && h("div", { class: "device-extra" }, extra),
      advice,
    )
    return { element, select, health, advice }
  }

  #tone() {
    const button = h("button", { type: "button", class: "button button-small" }, t("devices.play_tone"))
    button.addEventListener("click", async () => {
      button.disabled = true
      const chosen = await this.desk.devices.chosen("speaker")
      await playTone({ deviceId: chosen?.deviceId }).catch(() => null)
      button.disabled = false
    })
    return button
  }

  render() {
    for (const [role, { select, health, advice }] of this.rows) {
      const state = this.desk.devices.health[role]
      attribute(health, "class", `badge ${state === "ok" ? "badge-good" : state ? "badge-danger" : ""}`)
      say(health, state ? t(`health.${state}`) : t("devices.not_open"))
      const trouble = state && state !== "ok"
      show(advice, !!trouble)
      if (trouble) say(advice, t(`advice.${role === "speaker" ? "speaker" : state}`))
      select.disabled = select.options.length < 2
    }
    this.#hear(this.desk.devices.tracks.microphone ?? null)
  }

  /** Fill the lists of devices; their names are known only after a permission. */
  async list() {
    for (const [role, { select }] of this.rows) {
      const [choices, chosen] = await Promise.all([this.desk.devices.choices(role), this.desk.devices.chosen(role)])
      const named = choices.map((one, index) => ({ ...one, label: one.label || t("devices.nameless", { count: index + 1 }) }))
      const listed = JSON.stringify([role, named, chosen])
      if (listed === select.dataset.listed) continue
      select.dataset.listed = listed
      mount(select, named.length ? named.map(({ deviceId, label }) => h("option", { value: deviceId }, label)) : h("option", null, t("health.missing")))
      if (chosen) select.value = chosen.deviceId
    }
  }

  /** @param {MediaStreamTrack | null} track */
  #hear(track) {
    if (track === this.#heard) return
    this.stop()
    this.#heard = track
    if (!track) return
    this.#level = new Level(track)
    this.#reading = setInterval(() => this.#meter.style.setProperty("--value", (this.#level?.read() ?? 0).toFixed(2)), METER_MS)
    this.list()
  }

  stop() {
    clearInterval(this.#reading)
    this.#level?.stop()
    this.#level = this.#heard = null
    this.#meter.style.setProperty("--value", "0")
  }
}

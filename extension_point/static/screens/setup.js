// For the operator, once for each booth: which camera sees the person, which the paper, and do they hear and see.

import { Stage } from "/static/web/components/stage/stage.js"
import { Level, playTone } from "/static/web/js/device-check.js"
import { h, icon, mount, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/** @typedef {import("/static/web/js/devices.js").Role} Role */
/** @typedef {import("../types.js").BoothState} BoothState */
/** @typedef {import("../types.js").BoothActions} BoothActions */

class Setup {
  /** @type {Partial<Record<Role, {select: HTMLSelectElement, health: HTMLElement}>>} */
  rows = {}
  /** @type {Level | null} */
  level = null
  #beat = 0

  /** @param {BoothState} state  @param {BoothActions} actions */
  constructor(state, actions) {
    this.state = state
    this.camera = new Stage({ kind: "setup-camera", label: t("device.camera"), muted: true, mirror: true })
    this.document = new Stage({ kind: "setup-document", label: t("device.document_camera"), muted: true })
    this.meter = h("span", null)
    this.heard = h("p", { class: "soft", role: "status" })
    const swap = h("button", { class: "button", type: "button", "data-action": "swap-cameras", onclick: () => this.#swap() }, icon("rotate"), t("setup.swap"))
    const test = h("button", { class: "button", type: "button", onclick: () => this.#testSpeaker() }, icon("speaker"), t("setup.test"))
    const done = h("button", { class: "button button-primary", type: "button", "data-action": "setup-done", onclick: () => this.#done(actions) }, icon("check"), t("setup.done"))
    const again = h("button", { class: "button", type: "button", onclick: () => this.#again() }, icon("rotate"), t("setup.again"))
    this.bridge = h("span", { class: "badge", role: "status" })
    this.element = h(
      "section",
      { class: "screen setup" },
      h("div", null, h("h1", { class: "screen-title" }, t("setup.title")), h("p", { class: "lead" }, t("setup.lead"))),
      h("div", { class: "setup-grid" },
        this.#row("camera", "camera", this.camera.element),
        this.#row("document_camera", "document", this.document.element, swap),
        this.#row("microphone", "mic", h("div", { class: "meter", role: "img", "aria-label": t("setup.level") }, this.meter), h("p", { class: "soft" }, t("setup.speak"))),
        this.#row("speaker", "speaker", test, this.heard),
      ),
      h("p", { class: "setup-bridge" }, icon("settings"), t("setup.bridge"), " ", this.bridge),
      h("footer", { class: "actions" }, again, done),
    )
    this.#measure()
    this.#again()
  }

  /** @param {Role} role  @param {string} picture  @param {...Node} proof */
  #row(role, picture, ...proof) {
    const select = h("select", { class: "input", "aria-label": t(`device.${role}`), "data-role": role, onchange: () => this.#choose(role, select.value) })
    const health = h("span", { class: "badge" })
    this.rows[role] = { select, health }
    return h("div", { class: "card setup-card" }, h("h2", { class: "card-title" }, icon(picture), t(`device.${role}`), health), select, proof)
  }

  /** @param {BoothState} state */
  update(state) {
    this.state = state
    for (const [role, row] of Object.entries(this.rows)) {
      const health = state.health[role]
      row.health.className = `badge ${health === "ok" ? "badge-good" : health ? "badge-danger" : ""}`
      say(row.health, health ? t(`health.${health}`) : t("devices.checking"))
    }
    const { bridge } = state
    say(this.bridge, t(bridge.connected ? "setup.bridge_on" : bridge.paired ? "setup.bridge_off" : "setup.bridge_none"))
    this.bridge.className = `badge ${bridge.connected ? "badge-good" : bridge.paired ? "badge-danger" : ""}`
    this.#fill()
  }

  /** @param {string} role  @param {MediaStreamTrack | null} track */
  onTrack(role, track) {
    const stream = track ? new MediaStream([track]) : null
    if (role === "camera") this.camera.show(stream)
    if (role === "document_camera") this.document.show(stream)
    if (role !== "microphone") return
    this.level?.stop()
    this.level = track ? new Level(track) : null
  }

  async #again() {
    await this.state.devices.open()
    for (const [role, track] of Object.entries(this.state.devices.tracks)) this.onTrack(role, track)
    await this.#fill()
  }

  async #fill() {
    for (const [name, { select }] of Object.entries(this.rows)) {
      const role = /** @type {Role} */ (name)
      const choices = await this.state.devices.choices(role)
      const chosen = await this.state.devices.chosen(role)
      const shown = JSON.stringify([choices, chosen])
      if (select.dataset.shown === shown) continue
      select.dataset.shown = shown
      mount(select, ...choices.map((one) => h("option", { value: one.deviceId }, one.label || one.deviceId)))
      if (!choices.length) mount(select, h("option", { value: "" }, t("health.missing")))
      // Nothing chosen is shown as nothing, and not as the first in the list.
      if (chosen) select.value = chosen.deviceId
      else if (choices.length) select.selectedIndex = -1
    }
  }

  /** @param {Role} role  @param {string} deviceId */
  async #choose(role, deviceId) {
    await this.state.devices.choose(role, deviceId)
    await this.#fill()
  }

  async #swap() {
    const { devices } = this.state
    const [person, paper] = [await devices.chosen("camera"), await devices.chosen("document_camera")]
    if (!person || !paper) return
    await devices.choose("camera", paper.deviceId)
    await devices.choose("document_camera", person.deviceId)
    await this.#fill()
  }

  async #testSpeaker() {
    say(this.heard, t("setup.playing"))
    const speaker = await this.state.devices.chosen("speaker")
    // Without echo cancellation, which would take our own tone away.
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false } }).catch(() => null)
    const heard = await playTone({ deviceId: speaker?.deviceId, listen: stream?.getAudioTracks()[0] })
    for (const track of stream?.getTracks() ?? []) track.stop()
    say(this.heard, t(heard ? "setup.heard" : "setup.not_heard"))
  }

  /** What is shown is what is remembered. @param {BoothActions} actions */
  async #done(actions) {
    for (const role of this.state.devices.roles) await this.state.devices.remember(role)
    actions.setupDone()
  }

  #measure() {
    this.meter.style.setProperty("--value", String(this.level?.read() ?? 0))
    this.#beat = requestAnimationFrame(() => this.#measure())
  }

  leave() {
    cancelAnimationFrame(this.#beat)
    this.level?.stop()
    this.camera.stop()
    this.document.stop()
  }
}

/** @param {BoothState} state  @param {BoothActions} actions  @returns {import("../types.js").Screen} */
export function setup(state, actions) {
  const screen = new Setup(state, actions)
  return { element: screen.element, idle_s: 600, media: { track: (role, track) => screen.onTrack(role, track) }, update: (state) => screen.update(state), leave: () => screen.leave() }
}

// The middle of the desk while no call is there: ready or not, since when, and how the citizen would see and hear me.

import { h, icon, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { DeviceRows } from "./device-rows.js"
import { attribute, show } from "./list.js"
import { play } from "./play.js"
import { because } from "./status-bar.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../desk/attention.js").Attention} Attention */

export class Idle {
  #title = h("h1", { class: "idle-title" })
  #text = h("p", { class: "idle-text soft" })
  #preview = h("video", { class: "preview-video mirrored", muted: true, playsinline: true, "aria-label": t("preview.label") })
  #placeholder = h("p", { class: "preview-none" })
  #test = h("button", { type: "button", class: "button", id: "test-devices", onclick: () => this.desk.test(!this.desk.testing) })
  #silent = h("p", { class: "banner banner-warn", hidden: true }, icon("bell"), t("ring.silent"))
  #quiet = h("p", { class: "banner", hidden: true }, icon("bell"), h("span", null, t("notify.ask")), h("button", { type: "button", class: "button button-small", id: "allow-notifications", onclick: () => this.attention.askForNotifications() }, t("notify.allow")))
  #hint = h("p", { class: "soft idle-hint" })

  /** @param {Desk} desk  @param {Attention} attention */
  constructor(desk, attention) {
    this.desk = desk
    this.attention = attention
    this.ready = h("button", { type: "button", class: "button button-primary button-large", id: "idle-ready", onclick: () => desk.ready() }, icon("play"), t("ready.start"), h("kbd", null, "R"))
    this.devices = new DeviceRows(desk, (role, id) => desk.devices.choose(role, id).then(() => this.devices.list()), "idle")
    this.element = h(
      "section",
      { class: "card panel idle", "aria-label": t("idle.label") },
      h("div", { class: "idle-state" }, this.#title, this.#text, this.ready),
      this.#silent,
      this.#quiet,
      h(
        "div",
        { class: "idle-self" },
        h("div", { class: "preview" }, this.#preview, this.#placeholder),
        h("div", { class: "idle-devices" }, h("h2", null, t("devices.mine")), this.devices.element, h("div", { class: "idle-test" }, this.#test, this.#hint)),
      ),
    )
  }

  render() {
    const { view, devices, testing } = this.desk
    const state = view?.agent.state ?? "connecting"
    const known = state === "ready" || state === "not_ready" ? state : "connecting"
    attribute(this.element, "data-state", known)
    say(this.#title, t(`idle.${known}`))
    const reason = because(view?.agent.reason)
    say(this.#text, known === "not_ready" && reason ? t("idle.because", { reason }) : t(`idle.${known}.text`))
    show(this.ready, known === "not_ready")
    this.ready.disabled = this.desk.socket !== "online" || this.desk.busy.has("agent.ready")
    show(this.#silent, known === "ready" && !this.attention.ring.audible)
    show(this.#quiet, this.attention.notifications === "default")
    this.#renderPreview(devices.tracks.camera ?? null, devices.health.camera)
    show(this.#test, known !== "ready")
    say(this.#test, t(testing ? "devices.test_stop" : "devices.test"))
    attribute(this.#test, "aria-pressed", String(testing))
    say(this.#hint, known === "ready" ? t("devices.open_hint") : t("devices.closed_hint"))
    this.devices.render()
  }

  /** @param {MediaStreamTrack | null} track  @param {string | undefined} health */
  #renderPreview(track, health) {
    play(this.#preview, track ? [track] : [])
    show(this.#preview, !!track)
    show(this.#placeholder, !track)
    if (!track) say(this.#placeholder, health && health !== "ok" ? t(`health.${health}`) : t("preview.closed"))
  }

  /** The panel went out of sight. */
  rest() {
    play(this.#preview, [])
    this.devices.stop()
  }
}

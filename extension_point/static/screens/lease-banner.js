// The helper asks for the devices: one question, one touch. While they have them, a calm line says which and how long, and
// one large button takes them back. A simulated device says that it is one.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { clock, knows, t } from "/static/web/js/i18n.js"

/** @typedef {import("../types.js").BoothState} BoothState */

export class LeaseBanner {
  #shown = ""
  left = h("strong", { class: "lease-left digits" })
  doing = h("p", { class: "lease-doing", role: "status" })
  pad = h("aside", { class: "lease-pad", hidden: true, "aria-live": "polite" })
  #padShown = ""

  /** @param {import("../types.js").BoothActions} actions */
  constructor(actions) {
    this.actions = actions
    this.element = h("div", { class: "lease", hidden: true })
  }

  /** @param {BoothState} state */
  show(state) {
    const { question, live, doing } = state.lending
    this.state = state
    this.element.hidden = !question && !live
    const shown = JSON.stringify([question, live, state.bridge.devices, state.view?.call?.agent?.name])
    if (shown !== this.#shown) this.#mount(question, live)
    this.#shown = shown
    this.tick()
    say(this.doing, doing ? t(`lease.${doing.code ? (doing.code === "ok" ? "done" : "not_done") : "doing"}`, { what: deed(doing) }) : "")
    this.#showPad(state.pad)
  }

  /** Once a second. */
  tick() {
    if (this.state?.lending.live) say(this.left, clock(this.state.lending.left_s))
  }

  /** @param {import("../lending.js").Lease | null} question  @param {import("../lending.js").Lease | null} live */
  #mount(question, live) {
    this.element.dataset.state = question ? "asked" : live ? "live" : ""
    if (question) mount(this.element, ...this.#question(question))
    else if (live) mount(this.element, ...this.#live(live))
    else mount(this.element)
  }

  /** @param {import("../lending.js").Lease} question */
  #question(question) {
    const name = this.state?.view?.call?.agent?.name ?? ""
    const no = h("button", { class: "button lease-no", type: "button", "data-action": "lease-refuse", onclick: () => this.actions.refuseLease() }, t("lease.no"))
    const yes = h("button", { class: "button button-primary lease-yes", type: "button", "data-action": "lease-allow", onclick: () => this.actions.allowLease() }, icon("check"), t("lease.yes"))
    return [
      h("div", { class: "lease-words", role: "alert" },
        h("p", { class: "lease-title" }, t("lease.question", { name })),
        this.#names(question.devices),
        h("p", { class: "soft" }, t("lease.terms", { count: Math.round(question.for_s / 60) })),
      ),
      h("div", { class: "lease-acts" }, no, yes),
    ]
  }

  /** @param {import("../lending.js").Lease} live */
  #live(live) {
    const back = h("button", { class: "button lease-back", type: "button", "data-action": "lease-take-back", onclick: () => this.actions.takeBackLease() }, icon("undo"), t("lease.back"))
    return [
      h("div", { class: "lease-words" },
        h("p", { class: "lease-title", role: "status" }, t("lease.live"), " ", this.left),
        this.#names(live.devices),
        this.doing,
      ),
      h("div", { class: "lease-acts" }, back),
    ]
  }

  /** @param {string[]} devices */
  #names(devices) {
    const simulated = (/** @type {string} */ device) => this.state?.bridge.devices.some((one) => one.device === device && one.simulated)
    return h("ul", { class: "lease-devices" }, devices.map((one) => h("li", { class: "badge" }, t(`tool.${one}`), simulated(one) ? h("em", null, t(one === "document_camera" ? "lease.simulated_controls" : "lease.simulated")) : null)))
  }

  /** What the simulated pad's screen would show. @param {string} text */
  #showPad(text) {
    if (this.#padShown === text) return
    this.#padShown = text
    this.pad.hidden = text === ""
    mount(this.pad, h("p", { class: "lease-pad-what" }, t("lease.simulated_pad")), h("p", { class: "lease-pad-text" }, text))
  }
}

/** What is being done, in words. @param {{device: string, action: string}} doing */
function deed({ device, action }) {
  const key = `deed.${device}_${action}`
  return knows(key) ? t(key) : t(`tool.${device}`)
}

// May the helper see my earlier visits? One question with two answers; while they are shown, a calm line says who sees them
// and one large button takes them back.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/** @typedef {import("../types.js").BoothState} BoothState */

export class EarlierBanner {
  element = h("div", { class: "lease", hidden: true })
  #shown = ""

  /** @param {BoothState} state */
  show({ earlier, view }) {
    const name = view?.call?.agent?.name ?? ""
    const shown = JSON.stringify([earlier.state, earlier.problem, name])
    if (shown === this.#shown) return
    this.#shown = shown
    this.element.hidden = earlier.state === ""
    this.element.dataset.state = earlier.state === "asked" ? "asked" : "live"
    if (earlier.state === "asked") mount(this.element, ...question(earlier, name))
    else if (earlier.state === "shown") mount(this.element, ...live(earlier, name))
    else mount(this.element)
  }
}

/** @param {import("../earlier.js").Earlier} earlier  @param {string} name */
const question = (earlier, name) => [
  h("div", { class: "lease-words", role: "alert" },
    h("p", { class: "lease-title" }, t("earlier.question", { name })),
    h("p", { class: "soft" }, t("earlier.what")),
    earlier.problem && h("p", { class: "banner banner-danger" }, icon("warning"), earlier.problem)),
  h("div", { class: "lease-acts" },
    h("button", { class: "button lease-no", type: "button", "data-action": "earlier-no", onclick: () => earlier.hide() }, t("earlier.no")),
    h("button", { class: "button button-primary lease-yes", type: "button", "data-action": "earlier-yes", onclick: () => earlier.show() }, icon("eye"), t("earlier.yes"))),
]

/** @param {import("../earlier.js").Earlier} earlier  @param {string} name */
const live = (earlier, name) => [
  h("div", { class: "lease-words" }, h("p", { class: "lease-title", role: "status" }, icon("eye"), " ", t("earlier.live", { name }))),
  h("div", { class: "lease-acts" },
    h("button", { class: "button lease-back", type: "button", "data-action": "earlier-back", onclick: () => earlier.hide() }, icon("undo"), t("earlier.back"))),
]

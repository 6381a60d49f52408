// The citizen's earlier visits: one press asks, and when they show them the same press opens the list. Read-only; what is
// taken back closes at once.

import { h, icon, mount } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { moment, word } from "../words.js"
import { show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../desk/earlier.js").Visit} Visit */

export class EarlierPanel {
  #list = h("ol", { class: "earlier-list" })
  #shown = ""
  #listed = ""

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
    this.button = h("button", { type: "button", class: "button button-small", id: "earlier", onclick: () => this.press() })
    this.element = h(
      "dialog",
      { class: "dialog dialog-earlier", "aria-labelledby": "earlier-title" },
      h("div", { class: "dialog-head" }, h("h2", { class: "dialog-title", id: "earlier-title" }, t("earlier.title")), h("button", { type: "button", class: "button button-quiet bar-icon", "aria-label": t("action.close"), onclick: () => this.element.close() }, icon("close"))),
      h("p", { class: "soft" }, t("earlier.terms")),
      h("div", { class: "earlier-scroll", tabindex: "0", role: "region", "aria-label": t("earlier.title") }, this.#list),
    )
  }

  press() {
    if (this.desk.earlier.state === "shown") this.element.showModal()
    else this.desk.askEarlier()
  }

  render() {
    const { earlier, leads, socket, busy } = this.desk
    show(this.button, leads)
    this.button.disabled = earlier.state === "asked" || socket !== "online" || busy.has("earlier.ask")
    const key = earlier.state === "asked" ? "earlier.waiting" : earlier.state === "shown" ? "earlier.open" : "earlier.ask"
    if (key !== this.#shown) mount(this.button, earlier.state === "asked" ? h("span", { class: "spinner spinner-small" }) : icon("clock"), t(key), h("kbd", null, "F"))
    this.#shown = key
    this.button.classList.toggle("button-primary", earlier.state === "shown")
    if (earlier.state !== "shown" && this.element.open) this.element.close()
    this.#renderList(earlier.visits)
  }

  /** @param {Visit[] | null} visits */
  #renderList(visits) {
    const listed = JSON.stringify(visits)
    if (listed === this.#listed) return
    this.#listed = listed
    if (visits === null) mount(this.#list)
    else if (visits.length === 0) mount(this.#list, h("li", { class: "soft" }, t("earlier.none")))
    else mount(this.#list, visits.map(row))
  }
}

/** @param {Visit} one */
const row = (one) =>
  h(
    "li",
    { class: "earlier-visit" },
    h("p", { class: "earlier-head" }, h("time", { class: "digits", datetime: one.at }, moment(one.at)), h("strong", null, named(one.item)), one.outcome && h("span", { class: "badge" }, word("outcome", one.outcome))),
    h("p", { class: "soft" }, names([one.point, one.agent].filter(Boolean)).join(" · ")),
    h("dl", { class: "earlier-facts" },
      fact("earlier.case", `${one.number} · ${word("case_state", one.case_state)}`),
      fact("earlier.taken", names(one.taken).join(t("receipt.and"))),
      fact("earlier.missing", names(one.missing).join(t("receipt.and"))),
      fact("earlier.next", one.next_steps),
    ),
  )

/** @param {string[]} told */
const names = (told) => told.map((name) => named(name))

/** @param {string} key  @param {string} value */
const fact = (key, value) => value && h("div", null, h("dt", null, t(key)), h("dd", null, value))

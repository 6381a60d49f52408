// Beside the checklist: this call's case. It brings papers for one, or its receipt was given; a case is found by what the
// citizen reads off a receipt, and taken back when they say why.

import { h, icon, mount } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { word } from "../words.js"
import { show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

/** From these a case can be taken back. */
const OPEN = new Set(["waiting_papers", "accepted", "in_progress"])

export class CaseLine {
  #file = h("div", { class: "case-file" })
  #number = h("input", { class: "input digits", id: "case-number", inputmode: "numeric", autocomplete: "off", required: true, pattern: "[0-9 ]{12,16}", maxlength: 16, "aria-label": t("receipt.number"), placeholder: t("receipt.number") })
  #digits = h("input", { class: "input digits receipt-digits", id: "case-digits", inputmode: "numeric", autocomplete: "off", required: true, pattern: "[0-9]{4}", maxlength: 4, "aria-label": t("receipt.last_four"), placeholder: t("receipt.last_four") })
  #reason = h("input", { class: "input", id: "case-reason", required: true, minlength: 2, maxlength: 300, autocomplete: "off", "aria-label": t("receipt.why"), placeholder: t("receipt.why") })
  #shown = ""

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
    this.find = unfolding("case-find", t("receipt.find"), t("receipt.find_go"), [this.#number, this.#digits], () => desk.findCase(this.#number.value.replaceAll(" ", ""), this.#digits.value))
    this.back = unfolding("case-withdraw", t("receipt.withdraw"), t("receipt.withdraw_go"), [this.#reason], () => desk.withdrawCase(this.#reason.value.trim()))
    this.element = h("section", { class: "card case-line", hidden: true, "aria-label": t("receipt.case") }, this.#file, this.find, this.back)
  }

  render() {
    const { file: about, leads, view } = this.desk
    const { case: file, receipt } = about
    const mine = leads || view?.wrap_up != null
    show(this.find, leads && file === null)
    show(this.back, mine && file !== null && OPEN.has(file.state))
    show(this.element, file !== null || leads)
    const shown = JSON.stringify([file, receipt?.receipt_id])
    if (shown === this.#shown) return
    this.#shown = shown
    for (const part of [this.find, this.back]) part.open = false
    for (const field of [this.#number, this.#digits, this.#reason]) field.value = ""
    mount(this.#file, file && [
      h("p", { class: "case-head" }, icon(receipt ? "check" : "document"), h("strong", null, t(receipt ? "receipt.given" : "receipt.brings")), h("span", { class: "digits" }, file.spaced), h("span", { class: "badge" }, word("case_state", file.state))),
      file.missing.length > 0 && OPEN.has(file.state) && h("p", { class: "case-missing" }, t("receipt.missing_names", { names: file.missing.map((name) => named(name)).join(t("receipt.and")) })),
      receipt && h("a", { class: "button case-print", href: `/api/receipts/${receipt.receipt_id}/content`, target: "_blank", rel: "noopener" }, icon("document"), t("receipt.open")),
    ])
  }
}

/** @param {string} id  @param {string} title  @param {string} go  @param {HTMLElement[]} fields  @param {() => unknown} submit */
function unfolding(id, title, go, fields, submit) {
  const form = h("form", { class: "case-form", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), submit()) }, fields, h("button", { type: "submit", class: "button" }, go))
  return h("details", { class: "case-more", id, hidden: true }, h("summary", null, title), form)
}

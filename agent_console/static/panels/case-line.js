// Beside the checklist: this call brings papers for a case, and which ones; or its receipt was given, under which number.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { word } from "../words.js"
import { show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

export class CaseLine {
  element = h("section", { class: "card case-line", hidden: true, "aria-label": t("receipt.case") })
  #shown = ""

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
  }

  render() {
    const { case: file, receipt } = this.desk.file
    show(this.element, file !== null)
    const shown = JSON.stringify([file, receipt?.receipt_id])
    if (!file || shown === this.#shown) return
    this.#shown = shown
    mount(
      this.element,
      h("p", { class: "case-head" }, icon(receipt ? "check" : "document"), h("strong", null, t(receipt ? "receipt.given" : "receipt.brings")), h("span", { class: "digits" }, file.spaced), h("span", { class: "badge" }, word("case_state", file.state))),
      file.missing.length > 0 && h("p", { class: "case-missing" }, t("receipt.missing_names", { names: file.missing.join(t("receipt.and")) })),
      receipt && h("a", { class: "button case-print", href: `/api/receipts/${receipt.receipt_id}/content`, target: "_blank", rel: "noopener" }, icon("document"), t("receipt.open")),
    )
  }
}

// The receipt, before the rating: its number large, the square for later, what was taken, what is missing, what comes.

import { h, icon, mount } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { day } from "../dates.js"

/** @typedef {import("../types.js").BoothState} BoothState */

/** Read for so long without a touch, the citizen has it: the rating is asked for. */
const READ_S = 90

/** @param {BoothState} state  @param {import("../types.js").BoothActions} actions */
export function receipt(state, actions) {
  const { case: file, receipt: given } = /** @type {import("../receipts.js").Given} */ (state.receipt)
  const done = h("button", { class: "button button-primary", type: "button", "data-action": "receipt-read", onclick: () => actions.receiptRead() }, icon("check"), t("receipt.read"))
  const printing = h("p", { class: "receipt-printing", role: "status" })
  const print = h("button", { class: "button", type: "button", "data-action": "receipt-print", hidden: true, onclick: () => actions.printReceipt() }, icon("printer"), t("receipt.print"))
  const element = h(
    "section",
    { class: "screen receipt" },
    h("div", null, h("h1", { class: "screen-title" }, t("receipt.screen_title")), h("p", { class: "lead" }, t("receipt.screen_lead"))),
    h("div", { class: "receipt-body" },
      h("div", { class: "card receipt-card" },
        h("p", { class: "soft" }, t("receipt.number")),
        h("p", { class: "receipt-number digits", "data-number": file.number }, file.spaced),
        h("img", { class: "receipt-code", src: `/api/receipts/${encodeURIComponent(given.receipt_id)}/code`, alt: t("receipt.code"), width: 240, height: 240 }),
        h("p", { class: "receipt-hint" }, icon("phone"), t(file.has_phone ? "receipt.hint" : "receipt.hint_no_phone")),
      ),
      h("div", { class: "card receipt-facts" },
        h("h2", { class: "card-title" }, named(file.item)),
        papers(given),
        given.next_steps && h("div", null, h("h3", { class: "receipt-heading" }, t("receipt.next")), h("p", { class: "receipt-words" }, given.next_steps)),
        given.due_at && h("p", { class: "badge badge-primary receipt-due" }, icon("clock"), t("receipt.due_by", { day: day(given.due_at) })),
      ),
    ),
    h("footer", { class: "actions" }, h("div", { class: "receipt-print" }, print, printing), done),
  )
  const timer = setTimeout(() => actions.receiptRead(), READ_S * 1000)
  return {
    element,
    idle_s: 0,
    speak: t("receipt.speak"),
    update: (/** @type {BoothState} */ now) => {
      print.hidden = now.printer === null
      print.disabled = now.printer === "busy"
      const failed = now.printer === "failed"
      printing.dataset.failed = String(failed)
      mount(printing, failed && icon("warning"), failed || now.printer === "busy" || now.printer === "done" ? t(`receipt.printer_${now.printer}`) : "")
    },
    leave: () => clearTimeout(timer),
  }
}

/** @param {{taken: string[], missing: string[]}} lists */
export function papers({ taken, missing }) {
  return h("div", { class: "receipt-papers" },
    taken.length > 0 && h("div", null, h("h3", { class: "receipt-heading" }, t("receipt.taken")), h("ul", { class: "receipt-list" }, taken.map((name) => h("li", null, icon("check"), name)))),
    missing.length > 0 && h("div", { class: "receipt-missing" }, h("h3", { class: "receipt-heading" }, t("receipt.missing")), h("ul", { class: "receipt-list" }, missing.map((name) => h("li", null, icon("document"), name)))),
    !taken.length && !missing.length && h("p", { class: "soft" }, t("receipt.none_taken")),
  )
}

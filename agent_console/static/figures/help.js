// What each measure means and how it is reckoned: the same formulas as docs/measures.md, in the words of the page.

import { h, icon } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { showSheet } from "../panels/sheet.js"

/** @typedef {import("./shown.js").Measure} Measure */

/** A button that explains the measures. @param {() => Measure[]} measures */
export const helpButton = (measures) =>
  h("button", { type: "button", class: "button button-quiet", id: "measures-help", onclick: () => explain(measures()) }, icon("help"), t("reports.help"))

/** @param {Measure[]} measures */
function explain(measures) {
  const rows = measures.map((measure) => [h("dt", null, t(`measure.${measure.key}`)), h("dd", null, t(`meaning.${measure.key}`), h("code", { class: "formula" }, measure.formula))])
  return showSheet({ title: t("reports.help_title"), body: [h("p", { class: "soft" }, t("reports.help_text")), h("dl", { class: "measures" }, rows)] })
}

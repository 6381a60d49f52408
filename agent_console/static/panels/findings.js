// What was found about the papers of one line of the checklist: the verdict on the line, each finding with its reason and
// the helper's word on it, what was read, and which line a paper belongs to.

import { h, icon } from "/static/web/js/dom.js"
import { knows, named, t } from "/static/web/js/i18n.js"
import { word } from "../words.js"

/** @typedef {import("../desk/papers.js").Papers} Papers */
/** @typedef {import("../desk/papers.js").Finding} Finding */
/** @typedef {import("../desk/papers.js").Reading} Reading */
/** @typedef {import("../types.js").Material} Material */

const SYMBOL = { passed: "check", failed: "close", ask: "help", partly: "document", missing: "document" }

/** The verdict on a line, in a word and a colour. @param {import("../desk/papers.js").Line} line */
export function verdict(line) {
  const words = line.state === "partly" ? t("line.partly", { sides: line.sides.map((kind) => word("paper", kind)).join("、") }) : t(`line.${line.state}`)
  return h("span", { class: "line-state", "data-state": line.state }, icon(SYMBOL[line.state]), words)
}

/** Why, in a sentence of the helper's language. @param {Finding} finding  @param {(id: string) => string} material */
export function reason(finding, material) {
  const { field, detail } = finding
  const says = { field: word("field", field), on: detail.on ?? "", months: detail.months ?? "", material: material(detail.material ?? ""), kind: word("paper", detail.kind || "unknown") }
  return knows(`reason.${finding.reason}`) ? t(`reason.${finding.reason}`, says) : finding.reason
}

/** Says a checklist's line by its id; what the checklist no longer has is its id. @param {readonly Material[]} materials @returns {(id: string) => string} */
export const material = (materials) => (id) => named(materials.find((one) => one.id === id) ?? id)

/**
 * Everything about the papers of one line.
 * @param {Papers} papers  @param {Reading[]} readings  @param {readonly Material[]} materials
 * @param {(capture_id: string) => void} look  @param {boolean} may decide and put elsewhere
 */
export function details(papers, readings, materials, look, may) {
  return h("div", { class: "line-papers" }, readings.map((reading) => paper(papers, reading, materials, material(materials), look, may)))
}

/** @param {Papers} papers  @param {Reading} reading  @param {readonly Material[]} materials  @param {(id: string) => string} name  @param {(capture_id: string) => void} look  @param {boolean} may */
function paper(papers, reading, materials, name, look, may) {
  const mine = papers.findings.filter((one) => one.capture_id === reading.capture_id)
  const open = h("button", { type: "button", class: "link-button", onclick: () => look(reading.capture_id) }, reading.state === "failed" ? t("paper.not_read") : word("paper", reading.kind || "unknown"))
  const worries = reading.problems.map((one) => h("span", { class: "badge badge-warn" }, t(`judged.${one}`)))
  const fields = reading.fields.map((one) => h("div", { class: one.confidence < 0.85 ? "field-unsure" : "" }, h("dt", null, word("field", one.name)), h("dd", null, one.text)))
  const codes = reading.codes.map((one) => h("div", null, h("dt", null, t("paper.code")), h("dd", { class: "code-text" }, one.text)))
  return h(
    "article",
    { class: "line-paper", "data-capture": reading.capture_id },
    h("header", null, open, worries, may && belongs(papers, reading, materials)),
    h("ul", { class: "finding-list" }, mine.map((one) => row(papers, one, name, may))),
    fields.length + codes.length > 0 && h("dl", { class: "field-list" }, fields, codes),
  )
}

/** @param {Papers} papers  @param {Reading} reading  @param {readonly Material[]} materials */
function belongs(papers, reading, materials) {
  const choices = [h("option", { value: "" }, t("paper.no_line")), ...materials.map((one) => h("option", { value: one.id, selected: one.id === reading.material_id }, named(one)))]
  const choice = h("select", { class: "line-choice", "aria-label": t("paper.belongs"), onchange: () => papers.match(reading.capture_id, choice.value) }, choices)
  return choice
}

/** @param {Papers} papers  @param {Finding} finding  @param {(id: string) => string} name  @param {boolean} may */
function row(papers, finding, name, may) {
  const state = finding.standing
  const decided = finding.decision && h("span", { class: "soft" }, `${t(`decision.${finding.decision}`)}${finding.why ? `${t("sentence.colon")}${finding.why}` : ""}`)
  return h(
    "li",
    { class: "finding", "data-state": state, "data-rule": finding.rule },
    icon(SYMBOL[/** @type {"passed" | "failed" | "ask"} */ (state)]),
    h("span", { class: "finding-words" }, h("span", null, reason(finding, name)), decided),
    may && choices(papers, finding),
  )
}

/** @param {Papers} papers  @param {Finding} finding */
function choices(papers, finding) {
  const why = h("input", { type: "text", class: "field finding-why", maxlength: "500", "aria-label": t("decision.why"), placeholder: t("decision.why"), hidden: true })
  const confirm = h("button", { type: "button", class: "chip-button", "data-decision": "confirmed", onclick: () => papers.decide(finding, "confirmed") }, t("decision.confirm"))
  const overrule = h("button", { type: "button", class: "chip-button", "data-decision": "overruled", onclick: () => ask() }, t("decision.overrule"))
  const ask = () => {
    if (!why.hidden && why.value.trim()) {
      const said = why.value
      // Out of the field first: the list is not drawn anew around somebody who writes.
      overrule.focus()
      why.hidden = true
      return papers.decide(finding, "overruled", said)
    }
    why.hidden = false
    why.focus()
  }
  why.addEventListener("keydown", (event) => {
    if (event.key === "Enter") (event.preventDefault(), ask())
    else if (event.key === "Escape") (event.stopPropagation(), (why.hidden = true), overrule.focus())
  })
  const settled = finding.decision === "confirmed" || (finding.decision === null && finding.verdict === "passed")
  return h("span", { class: "finding-choices" }, settled ? null : confirm, finding.decision === "overruled" ? null : overrule, why)
}

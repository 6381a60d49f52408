// The documents of a call on its record's page: uploads, forms, what was signed, receipts; each with its size and hash, and
// of what was sealed whether it is as it was sealed: the server looks at the stored bytes when the page is opened.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { ask } from "./http.js"
import { moment, second, size } from "./words.js"

/** @typedef {import("./types.js").StoredDocument} StoredDocument */
/** @typedef {{state: "unchanged" | "changed" | "none", by: string, at: string | null, stamped: boolean, ours: boolean}} Seal */

/** @param {StoredDocument[]} documents */
export function documentsSection(documents) {
  const content = documents.length ? h("ul", { class: "document-list" }, documents.map(row)) : h("p", { class: "soft" }, t("record.no_documents"))
  return h("section", { class: "card record-section", "aria-labelledby": "r-documents" }, h("h2", { id: "r-documents" }, t("record.documents")), content)
}

/** @param {StoredDocument} one */
function row(one) {
  const seal = h("p", { class: "document-seal", role: "status" })
  if (one.kind === "signed") look(one, seal)
  return h(
    "li",
    { "data-document": one.document_id, "data-kind": one.kind },
    icon(one.kind === "signed" ? "sign" : "document"),
    h(
      "div",
      { class: "still-facts" },
      h("strong", null, one.name),
      h("span", { class: "digits soft" }, [t(`document.${one.kind}`), t("record.pages", { count: one.page_sizes.length }), size(one.size), second(one.made_at)].join(" · ")),
      seal,
      h("span", { class: "soft still-hash" }, h("span", null, t("record.sha256")), h("code", null, one.sha256)),
    ),
    h("a", { class: "button", href: `/api/documents/${one.document_id}/content`, download: "", "aria-label": t("document.keep", { name: one.name }) }, icon("document"), t("record.download")),
  )
}

/** @param {StoredDocument} one  @param {HTMLElement} place */
async function look(one, place) {
  mount(place, h("span", { class: "soft" }, t("seal.looking")))
  try {
    /** @type {Seal} */
    const seal = await ask(`/api/documents/${one.document_id}/seal`)
    place.dataset.seal = seal.state
    mount(place, badge(seal), seal.state === "unchanged" && h("span", { class: "soft" }, words(seal)))
  } catch {
    mount(place, h("span", { class: "soft" }, t("seal.unknown")), h("button", { type: "button", class: "button button-small", onclick: () => look(one, place) }, t("seal.again")))
  }
}

/** @param {Seal} seal */
function badge({ state, ours }) {
  const good = state === "unchanged" && ours
  return h("span", { class: `badge ${good ? "badge-good" : state === "unchanged" ? "badge-warn" : "badge-danger"}` }, icon(good ? "check" : "warning"), t(state === "unchanged" && !ours ? "seal.other" : `seal.${state}`))
}

/** Who sealed it and when, and on whose word. @param {Seal} seal */
function words({ by, at, stamped }) {
  return [by, at && t(stamped ? "seal.stamped" : "seal.at", { time: moment(at) })].filter(Boolean).join(" · ")
}

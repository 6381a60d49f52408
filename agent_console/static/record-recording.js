// The part of a call's record that tells whether it was recorded, what the citizen said about that, and leads to it.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { ask } from "./http.js"
import { duration, second, size, word } from "./words.js"

/** Empty, and not there, as long as there is nothing to tell. @param {string} call_id */
export function recordingSection(call_id) {
  const section = h("section", { class: "card record-section", "aria-labelledby": "r-recording", hidden: true })
  ask(`/api/calls/${encodeURIComponent(call_id)}/recording`).then((told) => show(section, call_id, told), () => {})
  return section
}

/** @param {HTMLElement} section  @param {string} call_id  @param {any} told */
function show(section, call_id, told) {
  if (!told.segments && !told.erased && !told.consent.length) return
  section.hidden = false
  mount(
    section,
    h("h2", { id: "r-recording" }, t("record.recording")),
    told.segments > 0 && h("p", { class: "digits" }, t("record.recorded", { length: duration(told.seconds), size: size(told.size) })),
    told.erased && h("p", { class: "soft" }, t("record.recording_erased")),
    told.segments > 0 && told.may_watch && h("p", null, h("a", { class: "button button-small", id: "watch-recording", href: `/console/history/${encodeURIComponent(call_id)}/recording` }, icon("play"), t("record.watch"))),
    h("ol", { class: "offer-list" }, told.consent.map((/** @type {{answer: string, at: string}} */ one) => h("li", null, h("strong", null, word("record.consent", one.answer)), h("span", { class: "soft digits" }, second(one.at))))),
  )
}

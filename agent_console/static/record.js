// One call's record: who, what, when, how long; papers, words, notes, rating; and everything that happened in order.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, pageData, t } from "/static/web/js/i18n.js"
import { post } from "./http.js"
import { badges } from "./panels/badges.js"
import { material, reason } from "./panels/findings.js"
import { Viewer } from "./panels/viewer.js"
import { documentsSection } from "./record-documents.js"
import { recorded } from "./recorded.js"
import { recordingSection } from "./record-recording.js"
import { names, timeline } from "./timeline.js"
import { duration, hour, moment, second, sentence, size, word } from "./words.js"

const root = /** @type {HTMLElement} */ (document.getElementById("record"))

async function start() {
  mount(root, h("p", { class: "soft", role: "status" }, t("record.loading")))
  try {
    show(await recorded(pageData.call_id))
    const wanted = location.hash.slice(1)
    if (wanted) document.getElementById(wanted)?.click()
  } catch (error) {
    const { status } = /** @type {any} */ (error)
    if (status === 401) return location.reload()
    const gone = status === 404 || status === 403
    const again = !gone && h("button", { type: "button", class: "button button-small", "data-action": "again", onclick: start }, icon("rotate"), t("action.retry"))
    mount(root, h("p", { class: "banner banner-danger", role: "alert" }, icon("warning"), h("span", null, t(gone ? "record.unknown" : "record.failed")), again), h("p", null, h("a", { href: "/console/history" }, t("record.back"))))
  }
}

/** @param {any} record */
function show(record) {
  const { call } = record
  document.title = `${call.ticket} ${named(call.item)} · ${t("console.name")}`
  mount(
    root,
    h(
      "div",
      { class: "page-head record-head" },
      h("span", { class: "call-ticket digits" }, call.ticket),
      h("div", null, h("h1", null, named(call.item)), h("p", { class: "soft digits" }, `${named(call.booth, "street")} · ${named(call.booth, "point")} · ${named(call.booth)} · ${moment(call.entered_at)}`)),
      outcome(record),
      failed(call),
    ),
    facts(record),
    h("div", { class: "record-columns" }, h("div", { class: "record-main" }, captures(record), checked(record), documentsSection(record.documents), chat(record), notes(record), rating(record)), h("div", { class: "record-side" }, recordingSection(record.call.call_id), offers(record), timeline(record))),
  )
}

/** @param {any} record */
function outcome({ call, routed_outcome }) {
  const kind = call.outcome === null ? "badge-primary" : call.outcome === "completed" ? "badge-good" : call.follow_up ? "badge-danger" : "badge-warn"
  const corrected = routed_outcome && routed_outcome !== call.outcome
  return h(
    "div",
    { class: "record-outcome" },
    h("span", { class: `badge ${kind}` }, call.outcome ? word("outcome", call.outcome) : t("record.running")),
    corrected && h("span", { class: "soft" }, t("record.corrected", { outcome: word("outcome", routed_outcome) })),
  )
}

/** What was not settled is handed in by whoever sees it. @param {any} call */
function failed(call) {
  const told = h("span", { class: "soft", role: "status" })
  const words = h("textarea", { class: "input", rows: 2, maxlength: 1000, required: true, "aria-label": t("matters.open_question"), placeholder: t("matters.open_question") })
  const form = h("form", { class: "record-failed", hidden: true, onsubmit: async (/** @type {Event} */ event) => {
    event.preventDefault()
    try {
      const { matter } = await post("/api/matters", { call_id: call.call_id, words: words.value.trim() })
      mount(told, h("a", { href: `/console/matters#${encodeURIComponent(matter.matter_id)}` }, t("matters.opened")))
      form.hidden = true
    } catch (error) {
      say(told, sentence(error))
    }
  } }, words, h("button", { type: "submit", class: "button button-primary" }, t("matters.open_from_record")))
  const open = h("button", { type: "button", class: "button", id: "open-matter", onclick: () => ((form.hidden = !form.hidden), words.focus()) }, icon("help"), t("matters.open_from_record"))
  return h("div", { class: "record-matter" }, open, form, told)
}

/** @param {any} record */
function facts({ call, agents, needs, elder_mode, lang, rating }) {
  const wishes = h("dd", { class: "badges" })
  badges(wishes, { priority: call.priority, needs, elder_mode, lang })
  if (!wishes.firstChild) say(wishes, t("record.none"))
  const helpers = agents.map((/** @type {any} */ one) => `${named(one)} ${one.badge}${one.role === "lead" ? "" : ` (${word("role", one.role)})`}`)
  const rows = [
    [t("record.agents"), [...new Set(helpers)].join(", ") || "–"],
    [t("record.queue"), named(call.queue)],
    [t("record.waited"), call.wait_s === null ? "–" : duration(call.wait_s)],
    [t("record.talked"), call.talk_s === null ? "–" : duration(call.talk_s)],
    [t("record.rating"), rating ? word("rating", String(rating.level)) : "–"],
  ]
  return h("dl", { class: "card facts record-facts" }, rows.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))), h("div", null, h("dt", null, t("record.priority")), wishes))
}

/** @param {string} title  @param {string} id  @param {...import("/static/web/js/dom.js").Child} content */
const section = (title, id, ...content) => h("section", { class: "card record-section", "aria-labelledby": id }, h("h2", { id }, title), ...content)

/** @param {any} record */
function captures(record) {
  if (!record.captures.length) return section(t("record.captures"), "r-captures", h("p", { class: "soft" }, t("record.no_captures")))
  return section(t("record.captures"), "r-captures", h("ul", { class: "still-list" }, record.captures.map(still)))
}

/** @param {any} one */
function still(one) {
  const stored = one.state === "stored"
  const src = `/api/captures/${one.capture_id}/content`
  const picture = stored
    ? h("button", { type: "button", class: "still-picture", id: one.capture_id, "aria-label": `${t("record.open")}, ${hour(one.requested_at)}`, onclick: () => look(src, one) }, h("img", { src: `/api/captures/${one.capture_id}/small`, alt: "", loading: "lazy", decoding: "async" }))
    : h("p", { class: "still-picture still-none" }, icon(one.state === "withdrawn" ? "undo" : "warning"), word("capture", one.state))
  return h(
    "li",
    null,
    picture,
    h(
      "div",
      { class: "still-facts" },
      h("strong", { class: "digits" }, second(one.requested_at)),
      one.width && h("span", { class: "digits soft" }, `${one.width}×${one.height} · ${size(one.size)}`),
      one.sha256 && h("span", { class: "soft still-hash" }, h("span", null, t("record.sha256")), h("code", null, one.sha256)),
      stored && h("a", { href: src, target: "_blank", rel: "noopener" }, t("record.original")),
      stored && h("a", { href: `/api/captures/${one.capture_id}/corrected`, target: "_blank", rel: "noopener" }, t("record.corrected_picture")),
    ),
  )
}

/** What was read of the papers, found about them, and decided by whom. @param {any} record */
function checked(record) {
  const { readings, findings } = record.papers
  if (!readings.length) return null
  const name = material(record.materials)
  const people = names(record)
  const rows = readings.map((/** @type {any} */ reading) => {
    const mine = findings.filter((/** @type {any} */ one) => one.capture_id === reading.capture_id)
    return h(
      "li",
      null,
      h("p", { class: "badges" }, h("strong", null, reading.state === "failed" ? t("paper.not_read") : word("paper", reading.kind || "unknown")), reading.problems.map((/** @type {string} */ one) => h("span", { class: "badge badge-warn" }, word("judged", one)))),
      h("ul", { class: "finding-list" }, mine.map((/** @type {any} */ one) => found(one, name, people))),
    )
  })
  return section(t("record.checked"), "r-checked", h("ul", { class: "checked-list" }, rows))
}

/** @param {any} finding  @param {(id: string) => string} name  @param {Map<string, string>} people */
function found(finding, name, people) {
  const decided = finding.decision && `${t(`decision.${finding.decision}`)} · ${people.get(finding.decided_by) ?? finding.decided_by} · ${second(finding.decided_at)}${finding.why ? ` · ${finding.why}` : ""}`
  return h("li", { class: "finding", "data-state": finding.standing }, icon(finding.standing === "passed" ? "check" : finding.standing === "failed" ? "close" : "help"), h("span", { class: "finding-words" }, h("span", null, reason(finding, name)), decided && h("span", { class: "soft" }, decided)))
}

/** A still, large: the same viewer as in the call. @param {string} src  @param {any} one */
function look(src, one) {
  const image = h("img", { src, alt: t("stage.capture") })
  const viewer = new Viewer(image, { label: t("stage.capture") })
  const close = h("button", { type: "button", class: "stage-button look-close", "aria-label": t("action.close"), onclick: () => dialog.close() }, icon("close"))
  const dialog = h("dialog", { class: "look", "aria-label": `${t("stage.capture")} ${hour(one.requested_at)}`, onclose: () => dialog.remove() }, h("div", { class: "tile tile-large look-tile" }, viewer.element), close)
  document.body.append(dialog)
  dialog.showModal()
  viewer.plane.focus()
}

/** @param {any} record */
function chat({ chat: lines }) {
  if (!lines.length) return section(t("record.chat"), "r-chat", h("p", { class: "soft" }, t("record.no_chat")))
  const rows = lines.map((/** @type {any} */ line) => {
    const mine = line.sender !== "citizen"
    return h("li", { class: `chat-line chat-${mine ? "mine" : "theirs"}` }, h("p", null, line.text), h("span", { class: "chat-meta digits" }, `${t(mine ? "who.agent" : "who.citizen")} · ${second(line.at)}`))
  })
  return section(t("record.chat"), "r-chat", h("ol", { class: "chat-list" }, rows))
}

/** @param {any} record */
function notes({ notes: written }) {
  if (!written?.text) return section(t("record.notes"), "r-notes", h("p", { class: "soft" }, t("record.no_notes")))
  return section(t("record.notes"), "r-notes", h("p", { class: "record-text" }, written.text), h("p", { class: "soft digits" }, t("record.saved_by", { time: moment(written.saved_at) })))
}

/** @param {any} record */
function rating({ rating: given }) {
  if (!given) return section(t("record.rating"), "r-rating", h("p", { class: "soft" }, t("record.not_rated")))
  const level = h("p", { class: "record-stars" }, [1, 2, 3, 4, 5].map((step) => h("span", { class: step <= given.level ? "star-on" : "star-off", "aria-hidden": "true" }, icon("star"))), h("strong", null, word("rating", String(given.level))))
  return section(t("record.rating"), "r-rating", level, given.reasons.length > 0 && h("p", null, `${t("record.rating_reasons")}: ${given.reasons.map((/** @type {string} */ code) => word("rating_reason", code)).join(", ")}`), given.remark && h("p", { class: "record-text" }, given.remark), h("p", { class: "soft digits" }, moment(given.at)))
}

/** @param {any} record */
function offers({ offers: made }) {
  if (!made.length) return null
  const rows = made.map((/** @type {any} */ offer) => {
    const took = offer.answered_at ? duration((Date.parse(offer.answered_at) - Date.parse(offer.offered_at)) / 1000) : ""
    const reason = offer.reason ? word("decline", offer.reason) : ""
    return h("li", null, h("strong", null, named(offer.agent)), h("span", { class: `badge ${offer.answer === "accepted" ? "badge-good" : "badge-warn"}` }, word("answer", offer.answer ?? "none")), h("span", { class: "soft digits" }, [second(offer.offered_at), took, reason].filter(Boolean).join(" · ")))
  })
  return section(t("record.offers"), "r-offers", h("ol", { class: "offer-list" }, rows))
}

start()

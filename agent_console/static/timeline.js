// What happened in a call, in order: the hall's events, the papers and what was found about them, signatures, devices, the
// rating, each as one line in plain words.

import { h } from "/static/web/js/dom.js"
import { knows, named, t } from "/static/web/js/i18n.js"
import { material, reason } from "./panels/findings.js"
import { second, word } from "./words.js"

/** @typedef {{at: string, text: string, kind: string}} Line */

/** Events that say nothing to a person, or the same as their neighbour. */
const SILENT = new Set(["AgentStateChanged", "CooledDown", "Kept", "KeptEnded", "BreakPlanned"])

/** @type {Record<string, string>} */
const KINDS = { Entered: "start", Accepted: "good", Ended: "end", Declined: "warn", Expired: "warn", CallRequeued: "warn", BoothWentAway: "warn", AgentWentAway: "warn" }

/** @param {any} record */
export function timeline(record) {
  const lines = inOrder(deeds(record))
  return h(
    "section",
    { class: "card record-section", "aria-labelledby": "r-timeline" },
    h("h2", { id: "r-timeline" }, t("record.timeline")),
    h("ol", { class: "timeline" }, lines.map((line) => h("li", { "data-kind": line.kind }, h("time", { class: "digits soft", datetime: line.at }, second(line.at)), h("span", null, line.text)))),
  )
}

/** Everything, with what was written too. @param {any} record */
export const happened = (record) => inOrder([...deeds(record), ...written(record)])

/** @param {Line[]} lines */
const inOrder = (lines) => lines.sort((a, b) => a.at.localeCompare(b.at))

/** @param {any} record */
const deeds = (record) => [...happenings(record), ...papers(record), ...checked(record), ...signed(record), ...lent(record), ...rated(record)]

/** @param {any} record  @returns {Line[]} */
const written = ({ chat }) => chat.map((/** @type {any} */ one) => ({ at: one.at, kind: "", text: t("event.chat", { who: t(one.sender === "citizen" ? "who.citizen" : "who.agent"), text: one.text }) }))

/** Whoever of the staff was in a call or asked into it, by id. @param {any} record  @returns {Map<string, string>} */
export const names = ({ agents, offers }) => new Map([...offers.map((/** @type {any} */ one) => one.agent), ...agents].map((one) => [one.id, named(one)]))

/** @param {any} record  @returns {Line[]} */
function happenings(record) {
  const people = names(record)
  return record.timeline.filter((/** @type {any} */ one) => !SILENT.has(one.type)).map((/** @type {any} */ one) => ({ at: one.at, kind: KINDS[one.type] ?? "", text: told(one, people) }))
}

/** @param {any} event  @param {Map<string, string>} people */
function told({ type, data }, people) {
  const agent = people.get(data.agent_id ?? data.to_agent) ?? data.agent_id ?? ""
  const text = knows(`event.${type}`) ? t(`event.${type}`, { agent }) : type
  const more = [type === "Ended" && data.outcome && word("outcome", data.outcome), type === "Declined" && data.reason && word("decline", data.reason)]
  return [text, ...more].filter(Boolean).join(" · ")
}

/** @param {any} record  @returns {Line[]} */
function papers({ captures }) {
  return captures.flatMap((/** @type {any} */ one) => [
    { at: one.requested_at, kind: "", text: t("event.capture") },
    ...(one.stored_at ? [{ at: one.stored_at, kind: "good", text: t("event.capture_stored") }] : []),
    ...(one.ended_at && one.state !== "stored" ? [{ at: one.ended_at, kind: "warn", text: word("capture", one.state) }] : []),
  ])
}

/** What each paper was read as, what is wrong or unsure about it, and the helper's word on that. @param {any} record  @returns {Line[]} */
function checked({ papers: { readings, findings }, materials }) {
  const name = material(materials)
  return [
    ...readings.map((/** @type {any} */ one) => ({ at: one.read_at, kind: "", text: one.state === "failed" ? t("paper.not_read") : t("event.paper_read", { kind: word("paper", one.kind || "unknown") }) })),
    ...findings.filter((/** @type {any} */ one) => one.verdict !== "passed").flatMap((/** @type {any} */ one) => [
      { at: one.found_at, kind: "warn", text: reason(one, name) },
      ...(one.decided_at ? [{ at: one.decided_at, kind: one.standing === "passed" ? "good" : "warn", text: `${t(`decision.${one.decision}`)} · ${reason(one, name)}` }] : []),
    ]),
  ]
}

/** @param {any} record  @returns {Line[]} */
const signed = ({ signings }) =>
  signings.flatMap((/** @type {any} */ one) => [
    { at: one.asked_at, kind: "", text: t("event.sign_asked") },
    ...(one.ended_at ? [{ at: one.ended_at, kind: one.state === "signed" ? "good" : "warn", text: t(`form.signing_${one.state}`) }] : []),
  ])

/** The booth's devices in the helper's hands: the leave, and each thing done. @param {any} record  @returns {Line[]} */
function lent(record) {
  const { devices } = record
  const people = names(record)
  const called = (/** @type {string} */ device) => word("tools", `of_${device}`)
  const leases = devices.leases.flatMap((/** @type {any} */ one) => [
    { at: one.asked_at, kind: "", text: t("record.lease_asked", { devices: one.devices.map(called).join(t("sentence.and")) }) },
    ...(one.expires_at ? [{ at: new Date(Date.parse(one.expires_at) - one.for_s * 1000).toISOString(), kind: "good", text: t("record.lease_live") }] : []),
    ...(one.ended_at ? [{ at: one.ended_at, kind: "", text: t("record.lease_ended", { reason: word("lease_reason", one.reason) }) }] : []),
  ])
  const actions = devices.actions.map((/** @type {any} */ one) => {
    const by = one.lease_id ? (people.get(one.by) ?? one.by) : t("who.citizen")
    const action = `${word("tools", `did_${one.action}`)} · ${word("tools", `code_${one.code ?? "no_answer"}`)}`
    return { at: one.asked_at, kind: one.code === "ok" ? "good" : "warn", text: t("record.device_action", { by, device: called(one.device), action }) }
  })
  return [...leases, ...actions]
}

/** @param {any} record  @returns {Line[]} */
const rated = ({ rating }) => (rating ? [{ at: rating.at, kind: "good", text: t("event.rated", { level: word("rating", String(rating.level)) }) }] : [])

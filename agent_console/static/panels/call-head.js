// Who is before me: ticket, matter, point, how long; and how the line is, in words and in numbers.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { clock } from "../words.js"
import { badges } from "./badges.js"
import { LegsPanel } from "./legs.js"
import { attribute, show } from "./list.js"
import { RecordingBadge } from "./recording.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../items.js").Items} Items */

export class CallHead {
  #ticket = h("span", { class: "call-ticket digits" })
  #item = h("h1", { class: "call-item" })
  #place = h("span", { class: "soft call-place" })
  #time = h("span", { class: "digits call-time" })
  #badges = h("span", { class: "badges" })
  #muted = h("span", { class: "badge badge-warn", hidden: true }, icon("mic-off"), t("call.citizen_muted"))
  #words = h("span", { class: "quality-words" })
  /** Inside the button it would be no live region. */
  #spoken = h("span", { class: "visually-hidden", role: "status" })
  #numbers = h("span", { class: "digits quality-short" })
  #table = h("dl", { class: "facts quality-table" })

  /** @param {Desk} desk  @param {Items} items */
  constructor(desk, items) {
    this.desk = desk
    this.items = items
    this.recording = new RecordingBadge(desk)
    this.legs = new LegsPanel(desk)
    this.quality = h("button", { type: "button", class: "quality", id: "quality", "aria-expanded": "false", "aria-controls": "quality-details", onclick: () => this.toggle() }, h("span", { class: "bars", "aria-hidden": "true" }, h("i", null), h("i", null), h("i", null)), this.#words, this.#numbers)
    this.details = h("div", { class: "card quality-details", id: "quality-details", hidden: true }, h("h2", null, t("quality.title")), this.#table, this.legs.element)
    this.element = h(
      "div",
      { class: "call-head" },
      this.#ticket,
      h("div", { class: "call-what" }, this.#item, this.#place),
      this.#badges,
      this.#muted,
      this.recording.element,
      h("span", { class: "call-clock" }, icon("clock"), this.#time),
      h("div", { class: "quality-anchor" }, this.quality, this.#spoken, this.details),
    )
  }

  toggle() {
    this.details.hidden = !this.details.hidden
    this.quality.setAttribute("aria-expanded", String(!this.details.hidden))
  }

  render() {
    const { call } = this.desk.view ?? {}
    if (!call) {
      if (!this.details.hidden) this.toggle()
      return
    }
    const item = this.items.get(call.item_id)
    say(this.#ticket, call.ticket)
    say(this.#item, item ? named(item) : call.item_id)
    this.#place.title = `${named(call.booth, "street")} · ${named(call.booth, "point")} · ${named(call.booth)}`
    say(this.#place, this.#place.title)
    say(this.#time, clock(this.desk.since(call.accepted_at)))
    badges(this.#badges, call)
    this.recording.render()
    show(this.#muted, !call.media.citizen.audio && !call.held)
    this.#renderQuality()
  }

  #renderQuality() {
    const { report, peerReport } = this.desk
    const state = this.desk.call.state
    const notice = state === "good" ? this.legs.notice : null
    attribute(this.quality, "data-state", notice?.level ?? state)
    say(this.#words, notice?.text ?? t(`link.${state}`))
    say(this.#spoken, notice?.text ?? t(`link.${state}`))
    const told = state === "good" || state === "poor" ? [ms(report?.rtt_ms), report?.loss === undefined ? "" : t("quality.percent", { value: percent(report.loss) })].filter(Boolean).join(" · ") : ""
    say(this.#numbers, told)
    if (this.details.hidden) return
    this.legs.render()
    const rows = [
      ["quality.rtt", ms(report?.rtt_ms)],
      ["quality.loss", percent(report?.loss)],
      ["quality.jitter", ms(report?.jitter_ms)],
      ["quality.received", picture(report)],
      ["quality.kbps_in", kbps(report?.kbps_in)],
      ["quality.sent", picture(peerReport)],
      ["quality.kbps_out", kbps(report?.kbps_out)],
      ["quality.path", report ? t(report.relayed ? "quality.relayed" : "quality.direct") : ""],
      ["quality.limited", report?.limited ? t(`quality.limited_${report.limited === "cpu" ? "cpu" : "bandwidth"}`) : ""],
      ["quality.peer", peerReport ? t(`link.${peerReport.state}`) : ""],
    ]
    mount(this.#table, rows.map(([key, value]) => h("div", null, h("dt", null, t(/** @type {string} */ (key))), h("dd", { class: "digits" }, value || "–"))))
  }
}

/** @param {number | undefined} value */
const ms = (value) => (value === undefined ? "" : `${Math.round(value)} ms`)
/** @param {number | undefined} value */
const kbps = (value) => (value === undefined ? "" : `${value} kbit/s`)
/** @param {number | undefined} value */
const percent = (value) => (value === undefined ? "" : `${(100 * value).toFixed(value < 0.1 ? 1 : 0)}%`)
/** @param {{width?: number, height?: number, fps?: number} | null} report */
const picture = (report) => (report?.width ? `${report.width}×${report.height} · ${report.fps ?? 0} fps` : "")

// What happened in a recorded call, beside its pictures: every event, paper and word leads to its moment, the present one
// is marked while it plays, and supervisors remark on moments for the helper to learn from.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { ask, post } from "./http.js"
import { follow, show } from "./panels/list.js"
import { recorded } from "./recorded.js"
import { happened } from "./timeline.js"
import { clock, sentence } from "./words.js"

/** @typedef {{remark_id: string, at: string, text: string, author: string, mine: boolean}} Remark */
/** @typedef {{at_s: number, text: string, kind: string}} Moment */

/** A little before what one looks for, so that one sees it begin. */
const LEAD_S = 2
const LONGEST = 1000

export class Replay {
  /** @type {Remark[]} */
  #remarks = []
  #origin = 0
  #now = 0
  #moments = h("ol", { class: "replay-moments", tabindex: "0", "aria-label": t("replay.moments") })
  #made = h("ol", { class: "replay-remarks" })
  #none = h("p", { class: "soft" }, t("replay.none"))
  #problem = h("p", { class: "banner banner-warn", role: "alert", hidden: true })
  #text = h("textarea", { class: "input", id: "remark", rows: "2", maxlength: LONGEST, "aria-label": t("replay.text"), placeholder: t("replay.text") })
  #when = h("span", { class: "digits" })

  /**
   * @param {object} options
   * @param {string} options.call_id
   * @param {boolean} options.writes supervisors do
   * @param {(at_s: number) => void} options.seek
   */
  constructor({ call_id, writes, seek }) {
    this.call_id = call_id
    this.address = `/api/calls/${encodeURIComponent(call_id)}`
    this.seek = seek
    const form = h("form", { class: "replay-form", onsubmit: this.#remark }, this.#text, h("button", { type: "submit", class: "button button-small", id: "remark-make" }, t("replay.make"), " ", this.#when))
    this.element = h(
      "div",
      { class: "replay" },
      h("section", { class: "card record-section", "aria-labelledby": "r-moments" }, h("h2", { id: "r-moments" }, t("replay.moments")), this.#moments),
      h("section", { class: "card record-section", "aria-labelledby": "r-remarks" }, h("h2", { id: "r-remarks" }, t("replay.remarks")), this.#problem, this.#none, this.#made, writes && form),
    )
  }

  /** @param {string} origin the moment from which the recording counts */
  async begin(origin) {
    this.#origin = Date.parse(origin)
    await this.#try(async () => {
      const [record, { remarks }] = await Promise.all([recorded(this.call_id), ask(`${this.address}/remarks`)])
      this.#remarks = remarks
      mount(this.#moments, happened(record).map((line) => this.#moment({ at_s: this.#since(line.at), text: line.text, kind: line.kind })))
      this.#showRemarks()
      this.time(this.#now)
    })
  }

  /** The moment that is shown. @param {number} now in seconds from the origin */
  time(now) {
    this.#now = now
    say(this.#when, clock(now))
    const rows = /** @type {HTMLElement[]} */ ([...this.#moments.children])
    const present = rows.filter((row) => Number(row.dataset.at) <= now + LEAD_S).at(-1)
    if (present?.hasAttribute("aria-current")) return
    this.#moments.querySelector("[aria-current]")?.removeAttribute("aria-current")
    present?.setAttribute("aria-current", "time")
    present?.scrollIntoView({ block: "nearest" })
  }

  /** @param {string} at */
  #since = (at) => (Date.parse(at) - this.#origin) / 1000

  /** What was before the recording began is told, and leads nowhere. @param {Moment} moment */
  #moment({ at_s, text, kind }) {
    const words = [h("span", { class: "digits soft" }, at_s < 0 ? "–" : clock(at_s)), h("span", null, text)]
    const row = at_s < 0 ? h("p", null, words) : h("button", { type: "button", class: "replay-jump", onclick: () => this.seek(Math.max(0, at_s - LEAD_S)) }, words)
    return h("li", { "data-kind": kind, "data-at": at_s }, row)
  }

  #showRemarks() {
    show(this.#none, !this.#remarks.length)
    follow(this.#made, this.#remarks, { key: (one) => one.remark_id, make: (one) => this.#row(one), update: () => {} })
  }

  /** @param {Remark} one */
  #row(one) {
    const at_s = this.#since(one.at)
    return h(
      "li",
      null,
      h("button", { type: "button", class: "replay-jump", onclick: () => this.seek(Math.max(0, at_s - LEAD_S)) }, h("span", { class: "digits soft" }, clock(at_s)), h("span", null, one.text || t("replay.mark"), h("span", { class: "soft replay-author" }, one.author))),
      one.mine && h("button", { type: "button", class: "button button-quiet bar-icon", "aria-label": t("replay.take_back"), onclick: () => this.#takeBack(one) }, icon("trash")),
    )
  }

  #remark = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault()
    await this.#try(async () => {
      const made = await post(`${this.address}/remarks`, { at: this.#origin / 1000 + this.#now, text: this.#text.value })
      this.#remarks = [...this.#remarks, made].sort((a, b) => a.at.localeCompare(b.at))
      this.#text.value = ""
      this.#showRemarks()
    })
  }

  /** @param {Remark} one */
  #takeBack(one) {
    return this.#try(async () => {
      await ask(`/api/remarks/${one.remark_id}`, { method: "DELETE" })
      this.#remarks = this.#remarks.filter((other) => other !== one)
      this.#showRemarks()
    })
  }

  /** @param {() => Promise<void>} work */
  async #try(work) {
    try {
      await work()
      show(this.#problem, false)
    } catch (error) {
      say(this.#problem, sentence(error))
      show(this.#problem, true)
    }
  }
}

// After the call: the outcome once more, the notes beside, the time left; more time, finish, or finish and pause.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { duration, word } from "../words.js"
import { Countdown } from "./countdown.js"
import { Menu } from "./menu.js"
import { Outcome } from "./outcome.js"
import { REASONS } from "./status-bar.js"
import { show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../items.js").Items} Items */

export class WrapUpPanel {
  #title = h("h1", null)
  #why = h("p", { class: "banner", hidden: true })
  #facts = h("dl", { class: "facts" })
  #countdown = new Countdown()
  #outcome = new Outcome("wrap-up-outcome", () => {})
  #shown = ""
  #told = ""

  /** @param {Desk} desk  @param {Items} items  @param {{receipt: () => void}} actions */
  constructor(desk, items, actions) {
    this.desk = desk
    this.items = items
    this.finish = h("button", { type: "button", class: "button button-primary button-large", id: "finish", onclick: () => this.desk.finishWrapUp(this.#changedOutcome()) }, icon("check"), t("wrap_up.finish"), h("kbd", null, "F"))
    this.extend = h("button", { type: "button", class: "button", id: "extend", onclick: () => this.desk.extendWrapUp() }, icon("clock"), t("wrap_up.extend"), h("kbd", null, "X"))
    this.receipt = h("button", { type: "button", class: "button", id: "receipt-later", onclick: actions.receipt }, icon("document"), t("receipt.later"))
    this.pause = new Menu({
      button: h("button", { type: "button", class: "button", id: "finish-pause" }, icon("pause"), t("wrap_up.finish_pause")),
      items: REASONS.map((id) => ({ id, label: word("reason", id) })),
      choose: (reason) => this.desk.finishWrapUp(this.#changedOutcome(), reason),
      label: t("ready.reasons"),
      opens: "up",
    })
    this.element = h(
      "section",
      { class: "card panel wrap-up", "aria-labelledby": "wrap-up-title" },
      h("div", { class: "wrap-up-head" }, h("div", null, h("p", { class: "soft" }, t("wrap_up.title")), this.#title, this.#why), this.#countdown.element),
      this.#facts,
      this.#outcome.element,
      h("div", { class: "wrap-up-actions" }, this.finish, this.pause.element, this.extend, this.receipt),
    )
    this.#title.id = "wrap-up-title"
    this.element.addEventListener("keydown", (event) => void (this.#outcome.key(event) && event.preventDefault()))
  }

  /** Only a correction is told: what was said at the end stands. */
  #changedOutcome() {
    const { value } = this.#outcome
    return value && value !== this.desk.view?.wrap_up?.outcome ? value : null
  }

  render() {
    const { view } = this.desk
    const wrapUp = view?.wrap_up
    if (!wrapUp) {
      this.#shown = ""
      return this.pause.close()
    }
    const item = this.items.get(wrapUp.item_id)
    say(this.#title, `${wrapUp.ticket} · ${item ? named(item) : wrapUp.item_id}`)
    const whole = wrapUp.ends_at ? (Date.parse(wrapUp.ends_at) - Date.parse(wrapUp.started_at)) / 1000 : 0
    show(this.#countdown.element, wrapUp.ends_at !== null)
    this.#countdown.render(this.desk.until(wrapUp.ends_at), whole)
    this.#renderWhy()
    this.#renderFacts()
    const offline = this.desk.socket !== "online"
    this.finish.disabled = offline || this.desk.busy.has("wrap_up.finish")
    this.pause.button.disabled = this.finish.disabled
    this.extend.disabled = offline || this.desk.busy.has("wrap_up.extend")
    show(this.receipt, this.desk.file.receipt === null)
    if (this.#shown === wrapUp.call_id) return
    this.#shown = wrapUp.call_id
    this.#outcome.value = wrapUp.outcome
  }

  /** When it was not this page that ended the call, it says who did. */
  #renderWhy() {
    const { view } = this.desk
    const notice = view?.notice?.code === "call_ended" && view.notice.call_id === view.wrap_up?.call_id ? view.notice : null
    if (notice) {
      show(this.#why, true)
      say(this.#why, t(notice.outcome === "dropped" ? "wrap_up.dropped" : "wrap_up.left"))
    } else if (this.#shown !== view?.wrap_up?.call_id) show(this.#why, false)
  }

  #renderFacts() {
    const { lastCall, captures, chat, view } = this.desk
    const wrapUp = view?.wrap_up
    const stored = [...captures.values()].filter((one) => one.state === "stored").length
    const talked = lastCall?.accepted_at && wrapUp ? duration((Date.parse(wrapUp.started_at) - Date.parse(lastCall.accepted_at)) / 1000) : ""
    const waited = lastCall?.accepted_at ? duration((Date.parse(lastCall.accepted_at) - Date.parse(lastCall.entered_at)) / 1000) : ""
    const rows = [
      ["record.point", lastCall ? `${lastCall.booth.point} · ${lastCall.booth.name}` : ""],
      ["record.talked", talked],
      ["record.waited", waited],
      ["record.captures", t("count.captures", { count: stored })],
      ["record.chat", t("count.lines", { count: chat.lines.length })],
    ].filter(([, value]) => value)
    const told = JSON.stringify(rows)
    if (told === this.#told) return
    this.#told = told
    mount(this.#facts, rows.map(([key, value]) => h("div", null, h("dt", null, t(/** @type {string} */ (key))), h("dd", null, value))))
  }
}

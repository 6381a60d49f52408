// It rings: who waits, from where, for what, how long; accept or decline while the time lasts.
// The focus goes to "accept", so that Enter answers; Escape declines nothing by accident.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { clock, word } from "../words.js"
import { badges } from "./badges.js"
import { Countdown } from "./countdown.js"
import { show } from "./list.js"
import { Menu } from "./menu.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../items.js").Items} Items */

const REASONS = ["busy", "unsure_matter", "device_trouble", "other"]

export class OfferPanel {
  #ticket = h("p", { class: "offer-ticket digits" })
  #item = h("h1", { class: "offer-item", id: "offer-item" })
  #summary = h("p", { class: "soft offer-summary" })
  #badges = h("div", { class: "badges" })
  #asked = h("p", { class: "banner offer-asked", hidden: true })
  #brief = h("section", { class: "offer-brief", role: "region", tabindex: "0", "aria-label": t("offer.brief"), hidden: true })
  /** @type {import("../desk/brief.js").Told | null} */
  #told = null
  #place = h("dd", null)
  #waited = h("dd", { class: "digits" })
  #usual = h("dd", null)
  #countdown = new Countdown()
  #shown = ""

  /** @param {Desk} desk  @param {Items} items */
  constructor(desk, items) {
    this.desk = desk
    this.items = items
    this.accept = h("button", { type: "button", class: "button button-good button-large", id: "accept", onclick: () => desk.accept() }, icon("phone"), t("offer.accept"), h("kbd", null, "A"))
    this.hearFirst = h("button", { type: "button", class: "button button-large", id: "hear-first", hidden: true, onclick: () => desk.accept(true) }, icon("mic-off"), t("offer.hear_first"), h("kbd", null, "L"))
    this.decline = new Menu({
      button: h("button", { type: "button", class: "button button-large", id: "decline" }, icon("close"), t("offer.decline"), h("kbd", null, "D")),
      items: REASONS.map((id) => ({ id, label: word("decline", id) })),
      choose: (reason) => desk.decline(reason),
      label: t("offer.reasons"),
      opens: "up",
    })
    this.element = h(
      "section",
      { class: "card panel offer", role: "alertdialog", "aria-labelledby": "offer-title", "aria-describedby": "offer-item" },
      h("p", { class: "offer-rings", id: "offer-title" }, icon("bell"), t("offer.title")),
      h("div", { class: "offer-main" }, h("div", null, this.#ticket, this.#item, this.#asked, this.#summary, this.#badges), this.#countdown.element),
      this.#brief,
      h("dl", { class: "facts offer-facts" }, fact("offer.from", this.#place), fact("offer.waited", this.#waited), fact("offer.usual", this.#usual)),
      h("div", { class: "offer-actions" }, this.accept, this.hearFirst, this.decline.element),
    )
  }

  render() {
    const offer = this.desk.view?.offer
    if (!offer) return this.#gone()
    const item = this.items.get(offer.item_id)
    say(this.#ticket, offer.ticket)
    say(this.#item, item ? named(item) : offer.item_id)
    say(this.#summary, item ? named(item, "summary") : "")
    show(this.#asked, offer.role !== "agent")
    if (offer.role !== "agent") say(this.#asked, t("offer.asked", { name: named(offer.asked_by), role: word("party", offer.role) }))
    badges(this.#badges, offer)
    show(this.hearFirst, offer.role === "expert")
    this.#renderBrief()
    say(this.#place, `${named(offer.point)} · ${named(offer.booth)}`)
    say(this.#waited, clock(this.desk.since(offer.entered_at)))
    say(this.#usual, item ? t("time.minutes", { count: item.minutes }) : "–")
    const whole = (Date.parse(offer.expires_at) - Date.parse(offer.offered_at)) / 1000
    this.#countdown.render(this.desk.until(offer.expires_at), whole)
    const offline = this.desk.socket !== "online"
    this.accept.disabled = this.hearFirst.disabled = offline || this.desk.busy.has("offer.accept")
    this.decline.button.disabled = offline || this.desk.busy.has("offer.decline")
    if (this.#shown === offer.offer_id) return
    this.#shown = offer.offer_id
    this.accept.focus()
  }

  /** What the case is, for whoever is asked into it. */
  #renderBrief() {
    const { told } = this.desk.brief
    if (told === this.#told) return
    this.#told = told
    show(this.#brief, told !== null)
    if (!told) return mount(this.#brief)
    const passed = told.papers.filter((one) => one.state === "passed").length
    const lines = told.chat.map((line) => h("li", null, h("strong", null, word("party", line.from)), " ", line.text))
    mount(this.#brief, h("h2", { class: "card-title" }, t("offer.brief")), h("p", { class: "offer-notes" }, told.notes || t("offer.no_notes")), lines.length ? h("ul", null, lines) : null, told.papers.length ? h("p", { class: "soft" }, t("offer.papers", { passed, total: told.papers.length })) : null)
  }

  #gone() {
    this.#shown = ""
    this.decline.close()
  }
}

/** @param {string} key  @param {HTMLElement} value */
const fact = (key, value) => h("div", null, h("dt", null, t(key)), value)

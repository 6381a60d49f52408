// The calls that are talked in now, for a supervisor: who with whom, since when, and the three ways in.

import { h, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { clock, word } from "../words.js"
import { attribute, follow, show } from "./list.js"
import { WAYS } from "./company.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../types.js").LiveCall} LiveCall */

export class Floor {
  #list = h("ul", { class: "floor-list" })
  #none = h("p", { class: "soft panel-empty" }, t("floor.none"))

  /** @param {Desk} desk  @param {import("../items.js").Items} items */
  constructor(desk, items) {
    this.desk = desk
    this.items = items
    this.element = h("section", { class: "card panel floor", "aria-labelledby": "floor-title" }, h("h2", { id: "floor-title" }, t("floor.title")), this.#list, this.#none)
  }

  render() {
    const { view } = this.desk
    const supervisor = view?.agent.role === "supervisor"
    show(this.element, supervisor && !view.call && !view.offer && !view.wrap_up)
    if (!supervisor) return
    show(this.#none, !view.calls.length)
    follow(this.#list, view.calls, { key: (call) => call.call_id, make: (call) => this.#make(call), update: (row, call) => this.#update(row, call) })
  }

  /** @param {LiveCall} call */
  #make(call) {
    const ways = WAYS.map((role) => h("button", { type: "button", class: "button button-small", "data-way": role, onclick: () => this.desk.join(call.call_id, role) }, word("way", role)))
    return h("li", { class: "floor-call" }, h("strong", { class: "floor-who" }), h("span", { class: "floor-what soft" }), h("span", { class: "floor-time digits" }), h("span", { class: "floor-ways" }, ways))
  }

  /** @param {HTMLElement} row  @param {LiveCall} call */
  #update(row, call) {
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (row.querySelector(`.floor-${name}`))
    const item = this.items.get(call.item_id)
    const others = call.participants.filter((one) => one.role !== "citizen" && one.role !== "agent").map((one) => `${one.name} (${word("party", one.role)})`)
    say(part("who"), [`${call.ticket} · ${call.point}`, call.agent?.name, ...others].filter(Boolean).join(" · "))
    say(part("what"), item ? named(item) : call.item_id)
    say(part("time"), clock(this.desk.since(call.accepted_at)))
    attribute(row, "data-held", String(call.held))
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (row.querySelectorAll("button"))) button.disabled = this.desk.socket !== "online" || this.desk.busy.has("call.join")
  }
}

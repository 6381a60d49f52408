// Who else is in the call and why; asking somebody in, handing the call to them; and, for whoever came to it themselves,
// how they are in it and the way out.

import { h, icon, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { word } from "../words.js"
import { attribute, follow, show } from "./list.js"
import { Menu } from "./menu.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("/static/web/js/types.js").Participant} Participant */

/** How a supervisor may be in a call, from the least to the most. @type {readonly ("listener" | "coach" | "participant")[]} */
export const WAYS = ["listener", "coach", "participant"]

export class Company {
  #list = h("ul", { class: "company-list" })
  #asked = ""
  #offered = ""

  /** @param {Desk} desk  @param {import("../items.js").Items} items */
  constructor(desk, items) {
    this.desk = desk
    this.items = items
    this.ask = new Menu({
      button: h("button", { type: "button", class: "button button-small", id: "ask" }, icon("people"), t("company.ask"), h("kbd", null, "I")),
      items: [],
      choose: (id) => this.#chosen(id, false),
      label: t("company.ask"),
    })
    this.askAside = new Menu({
      button: h("button", { type: "button", class: "button button-small", id: "ask-aside" }, icon("people"), t("company.ask_aside")),
      items: [],
      choose: (id) => this.#chosen(id, true),
      label: t("company.ask_aside"),
    })
    this.open = h("button", { type: "button", class: "button button-small button-primary", id: "consult-open", onclick: () => desk.company.open() }, t("company.open"))
    this.aside = h("p", { class: "badge badge-warn company-aside", role: "status", hidden: true })
    this.transfer = new Menu({
      button: h("button", { type: "button", class: "button button-small", id: "transfer" }, icon("next"), t("company.transfer"), h("kbd", null, "J")),
      items: [],
      choose: (id) => desk.company.transfer(id),
      label: t("company.transfer"),
    })
    this.cancel = h("button", { type: "button", class: "button button-small", id: "ask-cancel", onclick: () => desk.company.cancel() }, h("span", { class: "spinner spinner-small" }), t("company.cancel"))
    this.ways = WAYS.map((role) => h("button", { type: "button", class: "button button-small", "data-way": role, onclick: () => this.#goOnAs(role) }, word("way", role)))
    this.take = h("button", { type: "button", class: "button button-small", id: "take-over", onclick: () => desk.company.takeOver() }, t("company.take_over"))
    this.leave = h("button", { type: "button", class: "button button-small button-danger", id: "step-out", onclick: () => desk.company.stepOut() }, icon("logout"), t("company.step_out"))
    this.element = h("section", { class: "company", "aria-label": t("company.title") }, this.#list, this.aside, h("div", { class: "company-acts" }, this.open, this.ask.element, this.askAside.element, this.cancel, this.transfer.element, this.ways, this.take, this.leave))
  }

  /** @param {string} id  @param {boolean} aside the citizen does not hear it */
  #chosen(id, aside) {
    const [kind, key] = /** @type {[string, string]} */ (id.split(":"))
    this.desk.company.consult({ ...(kind === "skill" ? { skill_id: key } : { agent_id: key }), private: aside })
  }

  /** @param {typeof WAYS[number]} role */
  #goOnAs(role) {
    const call = this.desk.view?.call
    if (call) this.desk.company.join(call.call_id, role)
  }

  render() {
    const { view, socket, busy } = this.desk
    const call = view?.call
    if (!call) {
      this.ask.close()
      return this.transfer.close()
    }
    const leads = call.role === "agent"
    const supervises = WAYS.some((way) => way === call.role)
    const offline = socket !== "online"
    follow(this.#list, call.participants.filter((one) => one.role !== "citizen" && one.id !== view.agent.id), { key: (one) => one.id, make: (one) => this.#make(one), update: (row, one) => this.#update(row, one, leads) })
    show(this.ask.element, leads && !call.consulting)
    show(this.transfer.element, leads)
    show(this.cancel, leads && call.consulting)
    for (const [index, button] of this.ways.entries()) {
      show(button, supervises)
      attribute(button, "aria-pressed", String(call.role === WAYS[index]))
      button.disabled = offline || busy.has("call.join")
    }
    show(this.take, supervises)
    show(this.leave, !leads)
    this.take.disabled = offline || busy.has("call.take_over")
    this.leave.disabled = offline || busy.has("call.step_out")
    this.ask.button.disabled = this.askAside.button.disabled = offline || busy.has("consult.ask")
    show(this.askAside.element, leads && !call.consulting)
    show(this.open, leads && call.private !== "")
    this.open.disabled = offline || busy.has("consult.open")
    show(this.aside, call.private !== "")
    if (call.private) say(this.aside, t(call.private === "on" ? "company.aside_on" : "company.aside_coming"))
    this.transfer.button.disabled = offline || busy.has("call.transfer")
    this.cancel.disabled = offline || busy.has("consult.cancel")
    this.#renderAsk(view.colleagues)
    this.#renderTransfer(call.queue_id)
  }

  /** @param {string} here the queue the call came from: last, for somebody else of it */
  #renderTransfer(here) {
    const queues = this.items.queues()
    const told = JSON.stringify([here, queues])
    if (told === this.#offered) return
    this.#offered = told
    const others = queues.filter((one) => one.id !== here).map((one) => ({ id: one.id, label: named(one) }))
    this.transfer.fill([...others, { id: here, label: t("company.same") }])
  }

  /** @param {import("../types.js").Colleague[]} colleagues */
  #renderAsk(colleagues) {
    const told = JSON.stringify(colleagues)
    if (told === this.#asked) return
    this.#asked = told
    const skills = new Map(colleagues.flatMap((one) => one.skills.map((skill) => [skill.id, skill])))
    const choices = [
      ...colleagues.map((one) => ({ id: `agent:${one.id}`, label: `${named(one)} · ${named(one, "title")} · ${one.skills.map((skill) => named(skill)).join(t("company.and"))}` })),
      ...[...skills.values()].map((skill) => ({ id: `skill:${skill.id}`, label: t("company.anyone", { skill: named(skill) }) })),
    ]
    for (const menu of [this.ask, this.askAside]) menu.fill(choices, t("company.nobody"))
  }

  /** @param {Participant} one */
  #make(one) {
    return h(
      "li",
      { class: "company-one", "data-role": one.role },
      h("strong", { class: "company-name" }),
      h("span", { class: "badge badge-primary company-role" }),
      h("button", { type: "button", class: "button button-small company-hand", onclick: () => this.desk.company.handOver(one.id) }, t("company.hand_over")),
    )
  }

  /** @param {HTMLElement} row  @param {Participant} one  @param {boolean} leads */
  #update(row, one, leads) {
    attribute(row, "data-role", one.role)
    say(/** @type {Element} */ (row.querySelector(".company-name")), named(one))
    say(/** @type {Element} */ (row.querySelector(".company-role")), word("party", one.role))
    show(/** @type {HTMLElement} */ (row.querySelector(".company-hand")), leads && one.role !== "interpreter" && one.role !== "coach")
  }
}

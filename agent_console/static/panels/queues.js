// Who waits: one card a queue of mine, the longest wait counted on here second by second.

import { h, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { clock } from "../words.js"
import { attribute, follow, show } from "./list.js"
import { level } from "./status-bar.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../types.js").QueueLine} QueueLine */

export class Queues {
  #list = h("ul", { class: "queue-list" })
  #none = h("p", { class: "soft panel-empty" }, t("queue.none"))

  /** @param {Desk} desk  @param {import("../items.js").Items} items */
  constructor(desk, items) {
    this.desk = desk
    this.items = items
    this.element = h("section", { class: "card panel queues", "aria-labelledby": "queues-title" }, h("h2", { id: "queues-title" }, t("queue.title")), this.#list, this.#none)
  }

  render() {
    const { view } = this.desk
    show(this.#none, view !== null && !view.queues.length)
    follow(this.#list, view?.queues ?? [], { key: (queue) => queue.id, make, update: (row, queue) => this.#update(row, queue) })
  }

  /** @param {HTMLElement} row  @param {QueueLine} queue */
  #update(row, queue) {
    const wait = queue.waiting ? queue.longest_wait_s + this.desk.since(this.desk.view?.now) : 0
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (row.querySelector(`.queue-${name}`))
    attribute(row, "data-level", queue.waiting ? level(wait) : "empty")
    say(part("name"), this.items.queue(queue))
    say(part("count"), String(queue.waiting))
    say(part("wait"), queue.waiting ? t("queue.longest", { time: clock(wait) }) : t("queue.empty"))
    say(part("agents"), t("queue.agents", { count: queue.ready_agents }))
  }
}

const make = () =>
  h(
    "li",
    { class: "queue" },
    h("span", { class: "queue-name" }),
    h("span", { class: "queue-count digits" }),
    h("span", { class: "queue-wait digits" }),
    h("span", { class: "queue-agents soft" }),
  )

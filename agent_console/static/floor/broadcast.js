// A message to booths: what, where, for how long; and those that stand, to be taken back.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { follow, show } from "../panels/list.js"
import { hour } from "../words.js"

/** @typedef {import("./floor.js").Floor} Floor */

const MINUTES = [15, 30, 60, 120, 240, 480]

export class BroadcastDialog {
  #text = h("textarea", { class: "input", id: "broadcast-text", maxlength: "120", rows: "3", required: true })
  #where = h("select", { class: "input", id: "broadcast-where" })
  #minutes = h("select", { class: "input", id: "broadcast-minutes" })
  #list = h("ul", { class: "broadcast-list" })
  #none = h("p", { class: "soft" }, t("broadcast.none"))
  #send = h("button", { type: "submit", class: "button button-primary", id: "broadcast-send" }, icon("speaker"), t("broadcast.send"))

  /** @param {Floor} floor */
  constructor(floor) {
    this.floor = floor
    mount(this.#minutes, MINUTES.map((minutes) => h("option", { value: String(minutes) }, minutes < 60 ? t("broadcast.minutes", { count: minutes }) : t("broadcast.hours", { count: minutes / 60 }))))
    const close = h("button", { type: "button", class: "button button-quiet bar-icon", "aria-label": t("detail.close"), onclick: () => this.element.close() }, icon("close"))
    const form = h(
      "form",
      { class: "dialog-form", onsubmit: this.#submit },
      field(t("broadcast.text"), this.#text),
      h("div", { class: "broadcast-row" }, field(t("broadcast.where"), this.#where), field(t("broadcast.for"), this.#minutes), this.#send),
    )
    this.element = h("dialog", { class: "dialog broadcast", "aria-labelledby": "broadcast-title" }, h("div", { class: "dialog-head" }, h("h2", { class: "dialog-title", id: "broadcast-title" }, t("broadcast.title")), close), form, h("h3", { class: "broadcast-now" }, t("broadcast.standing")), this.#none, this.#list)
  }

  /** @param {string} [where] */
  open(where = "all") {
    const { streets, points } = this.floor.model.names
    const option = (/** @type {string} */ kind, /** @type {import("./model.js").Named} */ one) => h("option", { value: `${kind}:${one.id}` }, named(one))
    mount(
      this.#where,
      h("option", { value: "all" }, t("broadcast.all")),
      h("optgroup", { label: t("broadcast.street") }, [...streets.values()].map((one) => option("street", one))),
      h("optgroup", { label: t("broadcast.point") }, [...points.values()].map((one) => option("point", one))),
    )
    this.#where.value = where
    this.render()
    this.element.showModal()
    this.#text.focus()
  }

  render() {
    const messages = [...this.floor.model.rows.messages.values()]
    show(this.#none, !messages.length)
    follow(this.#list, messages, {
      key: (one) => one.id,
      make: (one) => h("li", { class: "broadcast-one" }, h("span", { class: "broadcast-words" }), h("span", { class: "soft" }), h("button", { type: "button", class: "button button-small", onclick: () => this.floor.desk.ask("broadcast.end", { broadcast_id: one.id }) }, t("broadcast.end"))),
      update: (row, one) => {
        const { streets, points } = this.floor.model.names
        const where = one.point ? named(points.get(one.point)) : one.street ? named(streets.get(one.street)) : t("broadcast.all")
        say(/** @type {Element} */ (row.children[0]), one.text)
        say(/** @type {Element} */ (row.children[1]), t("broadcast.until", { where, time: hour(one.until), name: this.floor.agentName(one.by) }))
      },
    })
  }

  #submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault()
    const [kind, id] = this.#where.value.split(":")
    const place = kind === "street" ? { street_id: id } : kind === "point" ? { point_id: id } : {}
    this.#send.disabled = true
    const done = await this.floor.desk.ask("broadcast.say", { text: this.#text.value.trim(), for_s: Number(this.#minutes.value) * 60, ...place })
    this.#send.disabled = false
    if (!done) return
    this.#text.value = ""
    this.floor.announcer.tell(t("broadcast.sent"))
    this.element.close()
  }
}

/** @param {string} label  @param {HTMLElement} control */
const field = (label, control) => h("div", { class: "field" }, h("label", { for: control.id }, label), control)

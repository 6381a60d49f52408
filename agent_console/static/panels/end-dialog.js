// Ending a call takes an outcome: two keys, a digit and Enter, and Escape goes back to the citizen.

import { h, icon, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { Outcome } from "./outcome.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

export class EndDialog {
  #outcome = new Outcome("end-outcome", () => this.#changed())
  #title = h("h2", { class: "dialog-title", id: "end-title" })

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
    this.confirm = h("button", { type: "submit", class: "button button-danger", id: "end-confirm" }, icon("phone-end"), t("end.confirm"))
    const form = h("form", { class: "dialog-form", onsubmit: this.#submit, onkeydown: this.#key }, this.#title, this.#outcome.element, h("div", { class: "dialog-actions" }, h("button", { type: "button", class: "button", onclick: () => this.element.close() }, t("end.back")), this.confirm))
    this.element = h("dialog", { class: "dialog", "aria-labelledby": "end-title" }, form)
  }

  open() {
    const call = this.desk.view?.call
    if (!call || this.element.open) return
    this.#outcome.value = null
    say(this.#title, t("end.title", { ticket: call.ticket }))
    this.#changed()
    this.element.showModal()
    this.#outcome.focus()
  }

  render() {
    // The call ended by itself, or is another one: nothing to ask any more.
    if (this.element.open && !this.desk.view?.call) this.element.close()
  }

  #changed() {
    this.confirm.disabled = this.#outcome.value === null
  }

  #key = (/** @type {KeyboardEvent} */ event) => {
    if (this.#outcome.key(event)) event.preventDefault()
    else if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
      event.preventDefault()
      this.confirm.form?.requestSubmit()
    }
  }

  #submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault()
    const outcome = this.#outcome.value
    if (!outcome) return
    this.element.close()
    await this.desk.end(outcome)
  }
}

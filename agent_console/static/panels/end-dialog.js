// Ending a call takes an outcome: two keys, a digit and Enter, and Escape goes back to the citizen. Where papers were
// handled, the receipt is given in the same step; during wrap-up the dialog gives it alone.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { Outcome } from "./outcome.js"
import { ReceiptForm } from "./receipt-form.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../items.js").Items} Items */

export class EndDialog {
  #outcome = new Outcome("end-outcome", () => this.#changed())
  #title = h("h2", { class: "dialog-title", id: "end-title" })
  #shown = ""

  /** @param {Desk} desk  @param {Items} items */
  constructor(desk, items) {
    this.desk = desk
    this.receipt = new ReceiptForm(desk, items)
    this.confirm = h("button", { type: "submit", class: "button button-danger", id: "end-confirm" })
    this.back = h("button", { type: "button", class: "button", onclick: () => this.element.close() })
    const form = h("form", { class: "dialog-form", onsubmit: this.#submit, onkeydown: this.#key, onchange: () => this.#changed() }, this.#title, this.#outcome.element, this.receipt.element, h("div", { class: "dialog-actions" }, this.back, this.confirm))
    this.element = h("dialog", { class: "dialog dialog-end", "aria-labelledby": "end-title" }, form)
  }

  /** In a call it ends it; afterwards it gives the receipt that was forgotten. */
  open() {
    const { call, wrap_up } = this.desk.view ?? {}
    const about = call ?? wrap_up
    if (!about || this.element.open) return
    this.#shown = ""
    this.#outcome.value = call ? null : (wrap_up?.outcome ?? null)
    this.receipt.open()
    if (!call) this.receipt.on.checked = true
    say(this.#title, t(call ? "end.title" : "receipt.only_title", { ticket: about.ticket }))
    say(this.back, t(call ? "end.back" : "action.close"))
    this.receipt.render()
    this.#changed()
    this.element.showModal()
    this.#outcome.focus()
  }

  render() {
    if (!this.element.open) return
    // The call ended by itself, or is another one: nothing to ask any more.
    if (!this.desk.view?.call && !this.desk.view?.wrap_up) return this.element.close()
    this.receipt.render()
    this.#changed()
  }

  #changed() {
    const talking = this.desk.view?.call != null
    const giving = this.receipt.on.checked && !this.desk.file.receipt
    this.confirm.disabled = this.#outcome.value === null || (!talking && !giving)
    const shown = `${talking} ${giving}`
    if (shown === this.#shown) return
    this.#shown = shown
    mount(this.confirm, icon(talking ? "phone-end" : "check"), t(!talking ? "receipt.give_only" : giving ? "receipt.end_and_give" : "end.confirm"))
  }

  #key = (/** @type {KeyboardEvent} */ event) => {
    // A digit is an outcome, except where digits are typed.
    if (event.target instanceof HTMLTextAreaElement || (event.target instanceof HTMLInputElement && event.target.type === "text")) return
    if (this.#outcome.key(event)) event.preventDefault()
    else if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
      event.preventDefault()
      this.confirm.form?.requestSubmit()
    }
  }

  #submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault()
    const outcome = this.#outcome.value
    const receipt = this.receipt.value()
    if (!outcome || receipt === false) return
    this.element.close()
    if (receipt) await this.desk.giveReceipt(outcome, receipt)
    else await this.desk.end(outcome)
  }
}

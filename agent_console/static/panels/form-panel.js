// The form at the desk, and what has become of its signature.

import { FormView } from "/static/web/components/form/form.js"
import { h, icon, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { Problem } from "/static/web/js/signal.js"
import { show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

const OPEN = new Set(["preparing", "asked", "sealing"])

export class FormPanel {
  /** @param {Desk} desk  @param {(by: string, side: string) => string} nameOf */
  constructor(desk, nameOf) {
    this.desk = desk
    this.view = new FormView({ form: desk.form, me: () => desk.view?.agent.id ?? "", nameOf })
    this.state = h("p", { class: "form-state", role: "status" })
    this.ask = h("button", { type: "button", class: "button button-primary", id: "sign-ask", onclick: () => this.#ask() }, icon("sign"), t("form.ask"))
    this.withdraw = h("button", { type: "button", class: "button", id: "sign-withdraw", onclick: () => this.#withdraw() }, icon("undo"), t("form.withdraw"))
    this.card = h("button", { type: "button", class: "button button-quiet", id: "form-card", onclick: () => this.#take() }, icon("card"), t("form.card"))
    this.papers = h("button", { type: "button", class: "button button-quiet", id: "form-papers", onclick: () => desk.form.takeOffers() }, icon("document"), t("form.papers"))
    this.hide = h("button", { type: "button", class: "button button-quiet", id: "form-hide", onclick: () => desk.board.hide() }, icon("close"), t("board.hide"))
    this.element = h("div", { class: "form-place" }, this.view.element, h("footer", { class: "form-foot" }, this.state, this.papers, this.card, this.hide, this.withdraw, this.ask))
  }

  render() {
    const { form, leads } = this.desk
    const state = form.ownSigning?.state ?? ""
    // One question at a time, whatever it is about.
    const open = OPEN.has(form.signing?.state ?? "")
    this.#followPapers()
    this.view.render()
    show(this.ask, leads && !open)
    const read = this.#read
    show(this.card, leads && read !== null && form.fromCard(read).length > 0)
    show(this.papers, leads && Object.keys(form.offers).some((field) => !form.value(field)))
    show(this.withdraw, leads && (state === "preparing" || state === "asked"))
    const changed = state === "withdrawn" && form.ownSigning?.problem?.code === "document_changed"
    say(this.state, state ? t(changed ? "form.signing_changed" : `form.signing_${state}`) : "")
    this.element.dataset.signing = state
  }

  /** What the citizen's card said last, under the names a form's fields know. @returns {Record<string, string> | null} */
  get #read() {
    const { last } = this.desk.tools
    if (last?.device !== "card_reader" || last.code !== "ok") return null
    const { name, number, address, birth_date, sex } = last.result
    return { name: String(name ?? ""), id_number: String(number ?? ""), address: String(address ?? ""), birth_date: String(birth_date ?? ""), sex: String(sex ?? "") }
  }

  #asked = ""

  /** Each paper that was read or decided about may offer something else to this form. */
  #followPapers() {
    const { form, papers, board } = this.desk
    const about = `${form.formId} ${papers.version}`
    if (board.surface?.kind !== "form" || about === this.#asked) return
    this.#asked = about
    form.askOffers()
  }

  #take() {
    if (this.#read) this.desk.form.takeCard(this.#read)
  }

  async #ask() {
    this.view.strict = true
    try {
      await this.desk.form.ask({ form_id: this.desk.form.formId })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.desk.delegate.deskRefused(error, "sign.ask")
      const field = error.field && this.element.querySelector(`#form-${CSS.escape(error.field)}`)
      if (field instanceof HTMLElement) field.focus()
    }
    this.desk.changed()
  }

  async #withdraw() {
    const id = this.desk.form.ownSigning?.signing_id
    if (id) await this.desk.form.withdraw(id).catch((/** @type {unknown} */ error) => error instanceof Problem && this.desk.delegate.deskRefused(error, "sign.withdraw"))
  }
}

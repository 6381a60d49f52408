// The documents of this call beside the stills: uploaded, filled in, signed, receipts. One press puts one on both screens.

import { h, icon, mount } from "/static/web/js/dom.js"
import { named, refusal, t } from "/static/web/js/i18n.js"
import { ask } from "../http.js"
import { attribute, follow } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../types.js").StoredDocument} StoredDocument */

const TAKEN = "application/pdf,image/png,image/jpeg"

export class Documents {
  #list = h("ol", { class: "capture-list" })
  #callId = ""
  /** @type {Map<string, StoredDocument>} */
  #documents = new Map()

  /** @param {Desk} desk  @param {(text: string) => void} warn */
  constructor(desk, warn) {
    this.desk = desk
    this.warn = warn
    this.file = h("input", { type: "file", accept: TAKEN, class: "visually-hidden", tabindex: "-1", "aria-hidden": "true", onchange: () => this.#upload() })
    this.add = h("button", { type: "button", class: "capture-ask", id: "document-add", onclick: () => this.file.click() }, icon("upload"), h("span", null, t("document.add")))
    this.forms = h("div", { class: "document-forms" })
    this.element = h("section", { class: "documents", "aria-label": t("document.title") }, this.forms, this.add, this.file, this.#list)
  }

  /** A document came or went. @param {StoredDocument} document */
  changed(document) {
    if (document.call_id !== this.#callId) return
    if (document.removed) this.#documents.delete(document.document_id)
    else this.#documents.set(document.document_id, document)
    this.render()
  }

  /** Another call: nothing of the last one stays. @param {string} callId */
  async open(callId) {
    if (callId === this.#callId) return
    this.#callId = callId
    this.#documents.clear()
    this.render()
    if (!callId) return
    try {
      const { documents } = await ask(`/api/calls/${callId}/documents`)
      if (callId !== this.#callId) return
      for (const one of documents) this.#documents.set(one.document_id, one)
    } catch {
      // Those that come are told; the list is asked for again with the next call.
    }
    this.render()
  }

  render() {
    const { view, socket } = this.desk
    this.add.hidden = !this.desk.leads
    this.#renderForms(this.desk.leads && view?.call ? this.desk.form.all : [])
    this.add.disabled = socket !== "online" || this.add.dataset.busy === "true" || !view?.call
    const newest = [...this.#documents.values()].sort((a, b) => b.made_at.localeCompare(a.made_at))
    follow(this.#list, newest, { key: (one) => one.document_id, make: (one) => this.#make(one), update: (row, one) => this.#update(row, one) })
  }

  #formsShown = ""

  /** A button for each form of the matter; alone it says what it does, among others what it is. @param {import("/static/web/js/form.js").FormInfo[]} forms */
  #renderForms(forms) {
    const shown = forms.map((one) => one.id).join(" ")
    if (shown === this.#formsShown) return
    this.#formsShown = shown
    mount(this.forms, forms.map((one, index) => h("button", { type: "button", class: "capture-ask", id: index ? `form-open-${one.id}` : "form-open", "data-form": one.id, title: named(one), onclick: () => this.desk.board.show("form", one.id) }, icon("form"), h("span", null, forms.length > 1 ? named(one) : t("form.open")))))
  }

  /** @param {StoredDocument} one */
  #make(one) {
    const show = h("button", { type: "button", class: "document", title: one.name, onclick: () => this.#show(one) }, icon(one.kind === "signed" ? "sign" : "document"), h("span", { class: "document-name" }, one.name), h("span", { class: "capture-note digits" }, t(`document.${one.kind}`)))
    const keep = h("a", { class: "document-keep", href: `/api/documents/${one.document_id}/content`, download: "", "aria-label": t("document.keep", { name: one.name }), title: t("document.keep", { name: one.name }) }, icon("upload"))
    return h("li", { class: "document-row" }, show, keep)
  }

  /** @param {HTMLElement} row  @param {StoredDocument} one */
  #update(row, one) {
    const lying = this.desk.board.surface?.id === one.document_id
    attribute(/** @type {Element} */ (row.firstElementChild), "aria-current", lying ? "true" : null)
  }

  /** @param {StoredDocument} one */
  #show(one) {
    if (this.desk.view?.call) this.desk.board.show("document", one.document_id)
  }

  async #upload() {
    const file = this.file.files?.[0]
    this.file.value = ""
    if (!file) return
    this.add.dataset.busy = "true"
    this.render()
    try {
      const stored = await this.#send(file)
      this.changed(stored)
      this.#show(stored)
    } catch (error) {
      this.warn(error instanceof Error ? error.message : t("problem.unavailable"))
    } finally {
      this.add.dataset.busy = "false"
      this.render()
    }
  }

  /** @param {File} file  @returns {Promise<StoredDocument>} */
  async #send(file) {
    const response = await fetch(`/api/calls/${this.#callId}/documents?name=${encodeURIComponent(file.name)}`, {
      method: "POST", headers: { "Content-Type": file.type || "application/octet-stream" }, body: file,
    })
    const answer = await response.json()
    if (!response.ok) throw new Error(refusal(answer))
    return answer
  }
}

// What the receipt says: each paper taken or missing, the end of the citizen's phone, what happens next. It stands in the
// dialog that ends the call, begins with what was ticked, and asks for nothing that the call has shown already.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { ticks } from "./checklist.js"
import { show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../items.js").Items} Items */
/** @typedef {import("../types.js").Material} Material */

/** What can be said of a paper, in the order of the columns. */
const SAID = /** @type {const} */ (["taken", "missing", "none"])

export class ReceiptForm {
  /** @type {Map<string, HTMLInputElement[]>} */
  #papers = new Map()
  #rows = h("div", { class: "receipt-papers" })
  #words = h("textarea", { class: "input", id: "receipt-next", rows: 2, maxlength: 1000, "aria-label": t("receipt.next") })
  #digits = h("input", { class: "input digits receipt-digits", id: "receipt-digits", inputmode: "numeric", autocomplete: "off", maxlength: 4, pattern: "[0-9]{4}", placeholder: "0000", "aria-label": t("receipt.last_four"), "aria-describedby": "receipt-digits-said" })
  #said = h("span", { class: "soft", id: "receipt-digits-said", role: "status" })
  #shown = ""

  /** @param {Desk} desk  @param {Items} items */
  constructor(desk, items) {
    this.desk = desk
    this.items = items
    this.on = h("input", { type: "checkbox", id: "receipt-on", onchange: () => this.render() })
    this.ask = h("button", { type: "button", class: "button", id: "digits-ask", onclick: () => this.desk.askDigits() }, icon("keyboard"), t("receipt.ask_digits"))
    this.#digits.addEventListener("input", () => (this.#digits.value = this.#digits.value.replace(/\D/g, "")))
    this.fields = h(
      "div",
      { class: "receipt-fields" },
      this.#rows,
      h("div", { class: "receipt-field" }, h("span", { class: "receipt-label" }, t("receipt.last_four")), h("div", { class: "receipt-phone" }, this.#digits, this.ask, this.#said)),
      h("div", { class: "receipt-field" }, h("span", { class: "receipt-label" }, t("receipt.next")), this.#words),
    )
    this.element = h("div", { class: "receipt-form" }, h("label", { class: "choice receipt-switch" }, this.on, h("span", null, h("strong", null, t("receipt.give")), h("span", { class: "soft choice-note" }, t("receipt.give_note")))), this.fields)
  }

  /** Begin with what this call has shown. */
  open() {
    const about = this.desk.view?.call ?? this.desk.view?.wrap_up
    const item = this.items.get(about?.item_id)
    const { file, captures } = this.desk
    if (!about || !item) return
    const ticked = ticks(about.call_id)
    const brings = file.case?.missing.length ? file.case.missing : null
    const materials = brings ? item.materials.filter((one) => brings.includes(one.name) || brings.includes(one.name_en ?? "")) : item.materials
    this.#papers = new Map(materials.map((one) => [one.id, this.#radios(one, ticked.includes(one.id) ? "taken" : one.required || brings ? "missing" : "none")]))
    mount(this.#rows, materials.length ? h("div", { class: "receipt-paper receipt-columns", "aria-hidden": "true" }, h("span", null, t("receipt.papers")), SAID.map((said) => h("span", null, t(`receipt.said_${said}`)))) : null, materials.map((one) => this.#row(one)))
    this.#words.value = named(item, "next_steps")
    this.#digits.value = ""
    // Papers were handled, so there is something to confirm; advice alone leaves no receipt behind.
    this.on.checked = !file.receipt && (ticked.length > 0 || file.case !== null || [...captures.values()].some((one) => one.state === "stored"))
    this.render()
  }

  render() {
    const { file } = this.desk
    show(this.fields, this.on.checked)
    show(this.element, !file.receipt)
    const known = file.case !== null
    show(/** @type {HTMLElement} */ (this.#digits.closest(".receipt-field")), !known)
    show(this.ask, this.desk.view?.call !== null)
    this.ask.disabled = file.digits !== ""
    const said = file.digits === "typed" ? t("receipt.digits_typed") : file.digits === "asked" ? t("receipt.digits_asked") : ""
    if (said !== this.#shown) say(this.#said, (this.#shown = said))
  }

  /** What is sent, or null when no receipt is wanted. Wrong digits are put right first. @returns {object | null | false} */
  value() {
    if (!this.on.checked || this.desk.file.receipt) return null
    if (!this.#digits.reportValidity()) return false
    const said = [...this.#papers].map(([id, radios]) => [id, radios.find((one) => one.checked)?.value])
    const of = (/** @type {string} */ what) => said.filter(([, value]) => value === what).map(([id]) => id)
    return { taken: of("taken"), missing: of("missing"), next_steps: this.#words.value.trim(), ...(this.#digits.value ? { last_four: this.#digits.value } : {}) }
  }

  /** @param {Material} material  @param {string} first */
  #radios(material, first) {
    return SAID.map((said) => h("input", { type: "radio", name: `receipt-${material.id}`, value: said, checked: said === first, "aria-label": `${named(material)}: ${t(`receipt.said_${said}`)}` }))
  }

  /** @param {Material} material */
  #row(material) {
    const radios = this.#papers.get(material.id) ?? []
    return h("div", { class: "receipt-paper", role: "radiogroup", "aria-label": named(material) }, h("span", null, named(material)), radios.map((one) => h("label", null, one)))
  }
}

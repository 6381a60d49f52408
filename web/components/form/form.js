// A form on both screens: each field shows who is in it, what does not fit in plain words, and, where two wrote in the same
// one, both, to decide between.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { DateParts } from "./date-parts.js"

/** @typedef {import("/static/web/js/form.js").Form} Form */
/** @typedef {import("/static/web/js/form.js").Field} Field */
/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement | DateParts} Input a date has three fields and one value */
/** @typedef {{row: HTMLElement, input: Input, problem: HTMLElement, who: HTMLElement, choice: HTMLElement, offer: HTMLElement}} Row */

const KINDS = { phone: "tel", number: "text", id_number: "text", name: "text", text: "text" }

/** @param {Input} input */
const fields = (input) => (input instanceof DateParts ? input.inputs : [input])
/** Is somebody of this page in it? @param {Input} input */
const entered = (input) => fields(input).some((one) => one === one.ownerDocument.activeElement)

export class FormView {
  /** @type {Map<string, Row>} */
  #rows = new Map()
  #shown = ""
  /** Fields one has left: only then a gap is a mistake. @type {Set<string>} */
  #left = new Set()
  /** Show every mistake: the signature was asked for. */
  strict = false

  /**
   * @param {object} options
   * @param {Form} options.form
   * @param {() => string} options.me
   * @param {(by: string, side: string) => string} options.nameOf
   * @param {string} [options.prefix] of the fields' ids
   */
  constructor({ form, me, nameOf, prefix = "form" }) {
    this.form = form
    this.me = me
    this.nameOf = nameOf
    this.prefix = prefix
    this.title = h("h2", { class: "form-title" })
    this.body = h("div", { class: "form-body" })
    this.element = h("section", { class: "form", "aria-label": t("form.title") }, this.title, this.body)
  }

  render() {
    const { info } = this.form
    const key = info ? `${info.id} ${document.documentElement.lang}` : ""
    if (key !== this.#shown) this.#build(key)
    for (const [id, row] of this.#rows) this.#update(id, row)
  }

  /** @param {string} key */
  #build(key) {
    this.#shown = key
    this.#rows.clear()
    this.#left.clear()
    const { info } = this.form
    say(this.title, info ? named(info) : "")
    mount(this.body, (info?.sections ?? []).map((section) => h("fieldset", { class: "form-section" }, h("legend", null, named(section)), section.fields.map((field) => this.#row(field)))))
  }

  /** @param {Field} field */
  #row(field) {
    const id = `${this.prefix}-${field.id}`
    const input = this.#input(field, id)
    const problem = h("p", { class: "form-problem", id: `${id}-problem`, role: "alert", hidden: true })
    const who = h("p", { class: "form-who", "aria-live": "polite" })
    const choice = h("div", { class: "form-conflict", hidden: true })
    const offer = h("p", { class: "form-offer", hidden: true })
    for (const one of fields(input)) one.setAttribute("aria-describedby", `${id}-problem`)
    const hint = named(field, "hint")
    const row = h("div", { class: `form-row form-${field.type}`, "data-field": field.id },
      h("label", { for: id, class: "form-label" }, named(field), field.required ? h("span", { class: "form-must", "aria-hidden": "true" }, "*") : h("span", { class: "form-may" }, t("form.may"))),
      h("div", { class: "form-value" }, input instanceof DateParts ? input.element : input, who), offer, hint && h("p", { class: "form-hint soft" }, hint), choice, problem)
    this.#rows.set(field.id, { row, input, problem, who, choice, offer })
    return row
  }

  /** @param {Field} field  @param {string} id  @returns {Input} */
  #input(field, id) {
    const { form } = this
    const told = {
      id, name: field.id, class: "input", autocomplete: "off", "aria-required": String(field.required),
      onfocus: () => form.focus(field.id),
      onblur: (/** @type {FocusEvent} */ event) => this.#leave(field.id, event.relatedTarget),
    }
    if (field.type === "date") {
      const date = new DateParts({ id, told: { ...told, onchange: () => form.write(field.id, date.value) }, typed: (value) => form.type(field.id, value) })
      return date
    }
    const now = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).value
    const choices = field.type === "yes_no" ? [{ id: "yes", name: t("form.yes"), name_en: t("form.yes") }, { id: "no", name: t("form.no"), name_en: t("form.no") }] : field.options
    if (choices.length > 0) return h("select", { ...told, onchange: (/** @type {Event} */ event) => form.write(field.id, now(event)) }, h("option", { value: "" }, t("form.choose")), choices.map((one) => h("option", { value: one.id }, named(one))))
    const typing = { ...told, maxlength: field.longest, oninput: (/** @type {Event} */ event) => form.type(field.id, now(event)), onchange: (/** @type {Event} */ event) => form.write(field.id, now(event)) }
    if (field.type === "number" || field.type === "id_number") Object.assign(typing, { "data-keys": "number" })
    if (field.type === "long_text") return h("textarea", { ...typing, rows: 2 })
    return h("input", { ...typing, type: KINDS[/** @type {keyof typeof KINDS} */ (field.type)] ?? "text", inputmode: field.type === "phone" || field.type === "number" ? "numeric" : null, spellcheck: "false" })
  }

  /** From one field of a date to the next is not away from it. @param {string} id  @param {EventTarget | null} to */
  #leave(id, to) {
    const row = this.#rows.get(id)
    if (row && fields(row.input).some((one) => one === to)) return
    this.#left.add(id)
    this.form.focus("")
    this.render()
  }

  /** @param {string} id  @param {Row} row */
  #update(id, { row, input, problem, who, choice, offer }) {
    const { form } = this
    const value = form.value(id)
    if (input.value !== value) {
      const mine = entered(input) && form.entries.get(id)?.by === this.me()
      if (!mine) input.value = value
    }
    const other = [...form.focused].find(([person, one]) => person !== this.me() && one.field === id)
    row.dataset.busy = String(!!other)
    const by = form.entries.get(id)
    const wrote = by?.source && by.value ? t(`form.from_${by.source}`) : by?.by && by.by !== this.me() && by.value ? t("form.wrote", { who: this.nameOf(by.by, by.side) }) : ""
    say(who, other ? t("form.writes", { who: this.nameOf(other[0], other[1].side) }) : wrote)
    const code = form.problems[id] ?? ""
    const shown = code !== "" && (code !== "required" || this.strict || this.#left.has(id)) && !entered(input)
    problem.hidden = !shown
    if (shown) say(problem, t(`form.problem_${code}`))
    for (const one of fields(input)) one.setAttribute("aria-invalid", String(shown))
    this.#choice(id, choice)
    this.#offer(id, offer)
  }

  /** What a paper says, where the field says otherwise. @param {string} id  @param {HTMLElement} offer */
  #offer(id, offer) {
    const { form } = this
    const said = form.offers[id]?.value ?? ""
    const shown = said !== "" && said !== form.value(id) ? said : ""
    offer.hidden = !shown
    if (offer.dataset.shown === shown) return
    offer.dataset.shown = shown
    const words = form.info?.sections.flatMap((one) => one.fields).find((one) => one.id === id)?.options.find((one) => one.id === shown)
    mount(offer, shown && h("button", { type: "button", class: "button button-small", "data-action": "form-offer", onclick: () => form.takeOffer(id) }, icon("document"), t("form.offer", { value: words ? named(words) : shown })))
  }

  /** @param {string} id  @param {HTMLElement} choice */
  #choice(id, choice) {
    const conflict = this.form.conflicts.get(id)
    const key = conflict ? JSON.stringify(conflict) : ""
    if (choice.dataset.shown === key) return
    choice.dataset.shown = key
    choice.hidden = !conflict
    if (!conflict) return mount(choice)
    mount(choice, h("p", null, icon("info"), t("form.conflict")),
      h("button", { type: "button", class: "button", "data-action": "form-mine", onclick: () => this.form.settle(id, true) }, t("form.mine", { value: conflict.mine || t("form.empty") })),
      h("button", { type: "button", class: "button", "data-action": "form-theirs", onclick: () => this.form.settle(id, false) }, t("form.theirs", { value: conflict.theirs || t("form.empty") })))
  }
}

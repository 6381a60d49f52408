// A form for one entry of a table, made from what its fields are. Keys it does not know stay as they are.

import { h, icon, mount } from "/static/web/js/dom.js"
import { knows, named, t } from "/static/web/js/i18n.js"

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").FieldSpec} FieldSpec */
/** @typedef {import("./types.js").Fault} Fault */
/** @typedef {(table: string) => Entry[]} Lookup */
/** @typedef {{element: HTMLElement, value: () => any, path: string}} Control */

const LEVELS = [1, 2, 3, 4, 5]
/** Letters of a Latin script that fit into a field, and into one of a thing within a list; a Chinese one is two. */
const [FITS, FITS_WITHIN] = [26, 16]

let made = 0
const fresh = () => `field-${++made}`

/** What a field or an option is called. @param {string} family  @param {string} key */
export const label = (family, key) => (knows(`${family}.${key}`) ? t(`${family}.${key}`) : key)

export class Form {
  /** @type {Control[]} */
  #controls = []
  element = h("div", { class: "admin-fields" })

  /**
   * @param {FieldSpec[]} fields  @param {Entry} entry  @param {Lookup} lookup
   * @param {{fixed?: boolean, path?: string}} [options] `fixed`: its id cannot be changed any more
   */
  constructor(fields, entry, lookup, { fixed = false, path = "" } = {}) {
    this.fields = fields
    this.entry = entry
    this.#controls = fields.map((field) => control(field, entry[field.key], lookup, fixed, path ? `${path}.${field.key}` : field.key))
    mount(this.element, this.#controls.map((one) => one.element))
  }

  /** The entry as it stands in the form. @returns {Entry} */
  value() {
    const entry = { ...this.entry }
    for (const [place, one] of this.#controls.entries()) {
      const field = /** @type {FieldSpec} */ (this.fields[place])
      const value = one.value()
      if (value === undefined) delete entry[field.key]
      else entry[field.key] = value
    }
    return entry
  }

  /** Put each fault beside its field; return those that have none here. @param {Fault[]} faults */
  tell(faults) {
    for (const told of this.element.querySelectorAll(".field-error")) told.remove()
    for (const marked of this.element.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid")
    const left = faults.filter((one) => !this.#mark(one))
    const first = this.element.querySelector("[aria-invalid]")
    if (first instanceof HTMLElement) first.focus()
    return left
  }

  /** @param {Fault} fault */
  #mark(fault) {
    const path = fault.path.replaceAll(/\[(\d+)\]/g, ".$1")
    const fields = [...this.element.querySelectorAll("[data-path]")].filter((one) => path === one.getAttribute("data-path") || path.startsWith(`${one.getAttribute("data-path")}.`))
    // The narrowest: a list's third thing before the list.
    const field = fields.sort((a, b) => (b.getAttribute("data-path") ?? "").length - (a.getAttribute("data-path") ?? "").length)[0]
    if (!field) return false
    const id = fresh()
    field.append(h("p", { class: "field-error", id }, fault.message))
    const input = field.querySelector("input, select, textarea, button")
    input?.setAttribute("aria-invalid", "true")
    input?.setAttribute("aria-describedby", id)
    return true
  }
}

/** @param {FieldSpec} field  @param {any} value  @param {Lookup} lookup  @param {boolean} fixed  @param {string} path  @returns {Control} */
function control(field, value, lookup, fixed, path) {
  const make = KINDS[field.kind] ?? text
  const { element, read, group } = make(field, value, lookup, path)
  const title = h("span", { class: "field-label" }, label("field", field.key), field.needed || field.kind === "id" ? h("span", { class: "field-needed", "aria-hidden": "true" }, " *") : null)
  if (field.kind === "id" && fixed) element.setAttribute("readonly", "")
  const columns = make === text ? [...String(value ?? "")].reduce((sum, letter) => sum + (letter > "\u2e80" ? 2 : 1), 0) / (path.includes(".") ? FITS_WITHIN : FITS) : 1
  const frame = group ? h("fieldset", { class: `admin-field admin-kind-${field.kind}`, "data-path": path }, h("legend", null, title), element) : h("label", { class: `admin-field admin-kind-${field.kind}${columns > 2 ? " admin-whole" : columns > 1 ? " admin-wide" : ""}`, "data-path": path }, title, element)
  return { element: frame, value: read, path }
}

/** @typedef {{element: HTMLElement, read: () => any, group?: boolean}} Made */
/** @typedef {(field: FieldSpec, value: any, lookup: Lookup, path: string) => Made} Maker */

/** @type {Maker} */
const text = (field, value) => {
  const input = h("input", { class: "input", value: value ?? "", type: field.kind === "date" ? "date" : "text", autocomplete: "off", spellcheck: "false" })
  return { element: input, read: () => (input.value.trim() === "" && !field.needed ? undefined : input.value.trim()) }
}

/** @type {Maker} */
const long = (field, value) => {
  const input = h("textarea", { class: "input", rows: "4" })
  input.value = value ?? ""
  return { element: input, read: () => (input.value.trim() === "" && !field.needed ? undefined : input.value) }
}

/** @type {Maker} */
const number = (field, value) => {
  const input = h("input", { class: "input", value: value ?? "", inputmode: "decimal", autocomplete: "off", placeholder: field.needed ? null : t("admin.usual") })
  // What is no number goes to the server as it is: its check says what is wrong.
  return { element: input, read: () => (input.value.trim() === "" ? undefined : Number.isNaN(Number(input.value)) ? input.value : Number(input.value)) }
}

/** @type {Maker} */
const flag = (field, value) => {
  const usual = field.usual ?? false
  const input = h("input", { type: "checkbox", checked: value ?? usual })
  return { element: input, read: () => (value === undefined && input.checked === usual ? undefined : input.checked) }
}

/** @type {Maker} */
const one = (field, value) => {
  const input = h("select", { class: "input" }, (field.options ?? []).map((option) => h("option", { value: option }, option ? label("option", option) : t("admin.usual"))))
  input.value = value ?? field.options?.[0] ?? ""
  return { element: input, read: () => (value === undefined && input.value === field.options?.[0] && !field.needed ? undefined : input.value) }
}

/** @type {Maker} */
const ref = (field, value, lookup) => {
  const entries = lookup(field.to ?? "")
  const known = value === undefined || value === "" || entries.some((entry) => entry.id === value)
  const input = h("select", { class: "input" }, h("option", { value: "" }, field.needed ? t("admin.choose") : t("admin.usual")), known ? null : h("option", { value }, value), entries.map((entry) => h("option", { value: entry.id }, named(entry) || entry.id)))
  input.value = value ?? ""
  return { element: input, read: () => (input.value || (field.needed ? "" : undefined)) }
}

/** Boxes to tick. @param {FieldSpec} field  @param {[string, string][]} options  @param {any} value  @returns {Made} */
function boxes(field, options, value) {
  const chosen = new Set(value ?? field.usual ?? [])
  const inputs = options.map(([id, name]) => ({ id, box: h("input", { type: "checkbox", checked: chosen.has(id) }), name }))
  const list = h("div", { class: "admin-boxes" }, inputs.map(({ box, name }) => h("label", { class: "check" }, box, h("span", null, name))))
  const order = (/** @type {string} */ id) => (value ?? []).indexOf(id)
  return {
    element: list,
    group: true,
    read: () => {
      const ticked = inputs.filter(({ box }) => box.checked).map(({ id }) => id)
      // As it stood, then what is new: an order somebody gave is kept.
      const kept = ticked.filter((id) => order(id) >= 0).sort((a, b) => order(a) - order(b))
      const all = [...kept, ...ticked.filter((id) => order(id) < 0)]
      return value === undefined && all.join() === (field.usual ?? []).join() ? undefined : all
    },
  }
}

/** @type {Maker} */
const refs = (field, value, lookup) => boxes(field, lookup(field.to ?? "").map((entry) => /** @type {[string, string]} */ ([entry.id, named(entry) || entry.id])), value)

/** @type {Maker} */
const set = (field, value) => boxes(field, (field.options ?? []).map((option) => /** @type {[string, string]} */ ([option, label("option", option)])), value)

/** @type {Maker} */
const words = (_field, value) => {
  const input = h("textarea", { class: "input", rows: String(Math.min(5, Math.max(2, (value ?? []).length))) })
  input.value = (value ?? []).join("\n")
  const read = () => input.value.split("\n").map((line) => line.trim()).filter(Boolean)
  return { element: input, read: () => (value === undefined && !read().length ? undefined : read()) }
}

/** @type {Maker} */
const levels = (_field, value, lookup) => {
  const rows = lookup("skills").map((skill) => {
    const input = h("select", { class: "input", "aria-label": named(skill) }, h("option", { value: "" }, "–"), LEVELS.map((level) => h("option", { value: level }, level)))
    input.value = String(value?.[skill.id] ?? "")
    return { id: skill.id, input, row: h("div", { class: "admin-level" }, h("span", null, named(skill)), input) }
  })
  return {
    element: h("div", { class: "admin-level-list" }, rows.map(({ row }) => row)),
    group: true,
    read: () => Object.fromEntries(rows.filter(({ input }) => input.value).map(({ id, input }) => [id, Number(input.value)])),
  }
}

/** @type {Maker} */
const policy = (field, value, lookup, path) => {
  const form = new Form(field.fields ?? [], value ?? {}, lookup, { path })
  return {
    element: form.element,
    group: true,
    read: () => {
      const made = form.value()
      return value === undefined && !Object.keys(made).length ? undefined : made
    },
  }
}

/** A list of things, each with fields of its own. @type {Maker} */
const things = (field, value, lookup, path) => {
  /** @type {Form[]} */
  let forms = []
  const list = h("div", { class: "admin-things" })
  const add = h("button", { type: "button", class: "button button-small", onclick: () => change([...read(), {}], true) }, t("admin.add_thing"))
  const read = () => forms.map((form) => form.value())
  /** @param {Entry[]} entries  @param {boolean} [last] */
  const change = (entries, last = false) => {
    forms = entries.map((entry, number) => new Form(field.fields ?? [], entry, lookup, { path: `${path}.${number}` }))
    mount(list, forms.map((form, number) => h("div", { class: "admin-thing", "data-path": `${path}.${number}` }, form.element, h("div", { class: "admin-thing-keys" }, [
      number ? h("button", { type: "button", class: "button button-quiet bar-icon", "aria-label": t("admin.up"), onclick: () => change(swapped(read(), number)) }, icon("back")) : null,
      h("button", { type: "button", class: "button button-quiet bar-icon", "aria-label": t("admin.remove_thing"), onclick: () => change(read().filter((_, place) => place !== number)) }, icon("close")),
    ]))), add)
    if (last) forms.at(-1)?.element.querySelector("input, select")?.dispatchEvent(new Event("focus"))
  }
  change(value ?? [])
  return { element: list, group: true, read: () => (value === undefined && !forms.length ? undefined : read()) }
}

/** @param {Entry[]} entries  @param {number} place */
function swapped(entries, place) {
  const [before, after] = [entries[place - 1], entries[place]]
  if (!before || !after) return entries
  return entries.map((one, number) => (number === place - 1 ? after : number === place ? before : one))
}

/** @type {Record<string, Maker>} */
const KINDS = { id: text, text, date: text, long, number, flag, one, ref, refs, set, words, levels, policy, things }

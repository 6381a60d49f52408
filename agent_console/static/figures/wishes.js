// What a report is asked for: time, step, groups, narrowing. It stands in the address, so that a report can be sent on.

import { h } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { shift, weekday } from "./shown.js"

/** @typedef {import("./shown.js").Named} Named */
/** @typedef {{queues: Named[], items: Named[], points: Named[], agents: Named[], today: string, zone: string}} Choices */

/** The times people ask for most, as first and last day. @type {Record<string, (today: string) => [string, string]>} */
export const TIMES = {
  today: (day) => [day, day],
  yesterday: (day) => [shift(day, -1), shift(day, -1)],
  week: (day) => [shift(day, -weekday(day)), day],
  last_week: (day) => [shift(day, -weekday(day) - 7), shift(day, -weekday(day) - 1)],
  month: (day) => [`${day.slice(0, 8)}01`, day],
  last_month: (day) => {
    const last = shift(`${day.slice(0, 8)}01`, -1)
    return [`${last.slice(0, 8)}01`, last]
  },
}

/** @type {Record<string, "queues" | "items" | "points" | "agents">} */
const NARROW = { queue: "queues", item: "items", point: "points", agent: "agents" }

export class Wishes {
  /** @type {Record<string, HTMLInputElement | HTMLSelectElement>} */
  #fields = {}

  /**
   * @param {Choices} choices
   * @param {{steps: string[], groups: string[], start: Record<string, string>, changed: () => void}} options
   */
  constructor(choices, { steps, groups, start, changed }) {
    this.choices = choices
    this.changed = changed
    const asked = new URLSearchParams(location.search)
    const [from, to] = TIMES.week?.(choices.today) ?? ["", ""]
    const first = (/** @type {string} */ name) => asked.get(name) ?? start[name] ?? { from, to }[name] ?? ""
    const time = h("select", { class: "input", id: "wish-time" }, [...Object.keys(TIMES), "own"].map((name) => h("option", { value: name }, t(`time_of.${name}`))))
    this.#fields = { from: day("from", first("from")), to: day("to", first("to")) }
    if (steps.length) this.#fields.step = select("step", steps.map((step) => [step, t(step ? `step.${step}` : "step.none")]), first("step"))
    if (groups.length) this.#fields.by = select("by", groups.map((by) => [by, t(by ? `by.${by}` : "by.all")]), first("by"))
    for (const [name, kind] of Object.entries(NARROW)) {
      if (choices[kind].length) this.#fields[name] = select(name, [["", t(`every.${name}`)], ...choices[kind].map((one) => /** @type {[string, string]} */ ([one.id, named(one)]))], first(name))
    }
    time.addEventListener("change", () => {
      const range = TIMES[time.value]?.(choices.today)
      if (range) this.set({ from: range[0], to: range[1] })
    })
    this.#time = time
    for (const field of Object.values(this.#fields)) field.addEventListener("change", () => this.#tell())
    this.element = h("form", { class: "wishes", "aria-label": t("wish.label"), onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, label(t("wish.time"), time), Object.entries(this.#fields).map(([name, field]) => label(t(`wish.${name}`), field)))
    this.#name()
  }

  #time

  /** @param {string} name */
  value(name) {
    return this.#fields[name]?.value ?? ""
  }

  /** @param {Record<string, string>} values */
  set(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = this.#fields[name]
      if (field) field.value = value
    }
    this.#tell()
  }

  /** As the server takes it. */
  query() {
    const query = new URLSearchParams()
    for (const [name, field] of Object.entries(this.#fields)) if (field.value) query.set(name, field.value)
    // Calls are listed one by one, whatever the step says.
    if (query.get("by") === "call") query.delete("step")
    return query
  }

  #tell() {
    this.#name()
    const url = new URL(location.href)
    for (const name of Object.keys(this.#fields)) url.searchParams.delete(name)
    for (const [name, value] of this.query()) url.searchParams.set(name, value)
    history.replaceState(null, "", url)
    this.changed()
  }

  /** Say which of the usual times it is. */
  #name() {
    const mine = `${this.value("from")} ${this.value("to")}`
    this.#time.value = Object.keys(TIMES).find((name) => TIMES[name]?.(this.choices.today).join(" ") === mine) ?? "own"
  }
}

/** @param {string} name  @param {string} value */
const day = (name, value) => h("input", { type: "date", class: "input", id: `wish-${name}`, value, required: true })

/** @param {string} name  @param {[string, string][]} options  @param {string} value */
function select(name, options, value) {
  const field = h("select", { class: "input", id: `wish-${name}` }, options.map(([id, text]) => h("option", { value: id }, text)))
  field.value = options.some(([id]) => id === value) ? value : options[0]?.[0] ?? ""
  return field
}

/** @param {string} text  @param {HTMLElement} field */
const label = (text, field) => h("label", { class: "wish" }, h("span", null, text), field)

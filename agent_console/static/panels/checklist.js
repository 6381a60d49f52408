// The papers of the matter, to be ticked while they are looked at. Ticks belong to this call on this machine: they are
// the helper's own thread, no record, and hold ids of papers only.

import { h, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { details, verdict } from "./findings.js"
import { show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../items.js").Items} Items */
/** @typedef {import("../types.js").Material} Material */

const STORE = "vw.console.ticks"
/** Calls whose ticks are kept: more than a day's. */
const KEPT = 50

export class Checklist {
  #list = h("ul", { class: "check-list" })
  #count = h("span", { class: "soft digits" })
  #none = h("p", { class: "soft panel-empty", hidden: true }, t("checklist.none"))
  #shown = ""
  /** Lines whose findings are unfolded. @type {Set<string>} */
  #open = new Set()

  /** @param {Desk} desk  @param {Items} items  @param {(capture_id: string) => void} look */
  constructor(desk, items, look) {
    this.desk = desk
    this.items = items
    this.look = look
    this.element = h("section", { class: "card panel checklist", "aria-labelledby": "checklist-title" }, h("div", { class: "panel-head" }, h("h2", { id: "checklist-title" }, t("checklist.title")), this.#count), this.#list, this.#none)
  }

  render() {
    const { view } = this.desk
    const about = view?.call ?? view?.wrap_up ?? view?.offer
    const item = this.items.get(about?.item_id)
    if (!about || !item) {
      this.#shown = ""
      mount(this.#list)
      return
    }
    // While it rings the papers can be read, not ticked.
    const readOnly = view?.offer !== null
    const shown = `${about.call_id} ${item.id} ${readOnly} ${this.desk.papers.version}`
    if (shown === this.#shown) return
    // Whoever writes why a finding does not hold is not interrupted; it is drawn when they are done.
    const focused = document.activeElement
    if (focused instanceof HTMLElement && focused.classList.contains("finding-why") && this.#list.contains(focused)) return
    if (!this.#shown.startsWith(about.call_id)) this.#open.clear()
    this.#shown = shown
    const line = this.#list.contains(focused) ? focused?.closest("details")?.dataset.line : undefined
    mount(this.#list, item.materials.map((material) => this.#row(about.call_id, material, readOnly)), this.#others(item.materials))
    if (line !== undefined) /** @type {HTMLElement | null} */ (this.#list.querySelector(`[data-line="${line}"] > summary`))?.focus()
    show(this.#none, !item.materials.length)
    this.#tell(about.call_id, item.materials)
  }

  /** @param {string} call_id  @param {Material} material  @param {boolean} readOnly */
  #row(call_id, material, readOnly) {
    const box = h("input", { type: "checkbox", checked: ticks(call_id).includes(material.id), disabled: readOnly })
    box.addEventListener("change", () => {
      tick(call_id, material.id, box.checked)
      this.#tell(call_id, this.items.get((this.desk.view?.call ?? this.desk.view?.wrap_up)?.item_id)?.materials ?? [])
    })
    const facts = [!material.required && t("checklist.optional"), material.original && t("checklist.original"), material.copies && t("checklist.copies", { count: material.copies })].filter((one) => typeof one === "string")
    return h(
      "li",
      null,
      h("label", { class: "check" }, box, h("span", null, h("strong", null, named(material)), h("span", { class: "soft check-note" }, [...facts, named(material, "note")].filter(Boolean).join(" · ")))),
      this.#found(material.id),
    )
  }

  /** The verdict on a line, and behind it everything about its papers. @param {string} material_id */
  #found(material_id) {
    const { papers } = this.desk
    const line = papers.lines.get(material_id)
    if (!line || line.state === "missing") return null
    const readings = line.capture_ids.map((id) => papers.readings.get(id)).filter((one) => one !== undefined)
    return this.#unfolding(material_id, verdict(line), readings)
  }

  /** Papers that belong to no line yet. @param {Material[]} materials */
  #others(materials) {
    const lines = new Set(materials.map((one) => one.id))
    const readings = [...this.desk.papers.readings.values()].filter((one) => !lines.has(one.material_id) && this.desk.captures.get(one.capture_id)?.state === "stored")
    if (!readings.length) return null
    return h("li", null, this.#unfolding("", h("span", { class: "line-state", "data-state": "ask" }, t("line.others", { count: readings.length })), readings))
  }

  /** @param {string} line  @param {HTMLElement} summary  @param {import("../desk/papers.js").Reading[]} readings */
  #unfolding(line, summary, readings) {
    const { papers, view } = this.desk
    const materials = this.items.get((view?.call ?? view?.wrap_up)?.item_id)?.materials ?? []
    const may = this.desk.leads || view?.wrap_up != null
    const box = h("details", { class: "line-details", "data-line": line, open: this.#open.has(line) }, h("summary", null, summary), details(papers, readings, materials, this.look, may))
    box.addEventListener("toggle", () => (box.open ? this.#open.add(line) : this.#open.delete(line)))
    return box
  }

  /** @param {string} call_id  @param {Material[]} materials */
  #tell(call_id, materials) {
    const done = ticks(call_id)
    const needed = materials.filter((one) => one.required)
    say(this.#count, needed.length ? t("checklist.count", { done: needed.filter((one) => done.includes(one.id)).length, all: needed.length }) : "")
  }

  focus() {
    this.#list.querySelector("input")?.focus()
  }
}

/** @returns {Record<string, string[]>} */
function all() {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? "{}")
  } catch {
    return {}
  }
}

/** Ids of the papers that were looked at in this call. @param {string} call_id */
export const ticks = (call_id) => all()[call_id] ?? []

/** @param {string} call_id  @param {string} id  @param {boolean} on */
function tick(call_id, id, on) {
  const { [call_id]: mine = [], ...others } = all()
  const kept = Object.entries(others).slice(-KEPT)
  const now = on ? [...new Set([...mine, id])] : mine.filter((one) => one !== id)
  localStorage.setItem(STORE, JSON.stringify(Object.fromEntries([...kept, [call_id, now]])))
}

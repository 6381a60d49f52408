// The papers of the matter, to be ticked while they are looked at. Ticks belong to this call on this machine: they are
// the helper's own thread, no record, and hold ids of papers only.

import { h, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
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

  /** @param {Desk} desk  @param {Items} items */
  constructor(desk, items) {
    this.desk = desk
    this.items = items
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
    const shown = `${about.call_id} ${item.id} ${readOnly}`
    if (shown === this.#shown) return
    this.#shown = shown
    mount(this.#list, item.materials.map((material) => this.#row(about.call_id, material, readOnly)))
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
    )
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

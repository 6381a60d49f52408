// The rows of a long table: grouped as they come, and only the groups near what is seen are elements. The others are one
// empty row as high as they were, so that ten thousand rows scroll like thirty.

import { h } from "/static/web/js/dom.js"

/** A row's height until it was seen once. */
const GUESS_PX = 56
/** Groups this far out of sight are kept ready, in heights of the window. */
const MARGIN = "150%"

/** @template V */
export class LongTable {
  /** @type {Map<Element, {values: V[], height_px: number}>} */
  #groups = new Map()
  count = 0

  /** @param {HTMLTableElement} table  @param {number} columns  @param {(value: V) => HTMLTableRowElement} make */
  constructor(table, columns, make) {
    this.table = table
    this.columns = columns
    this.make = make
    this.#sight = new IntersectionObserver((entries) => entries.forEach((entry) => this.#seen(entry)), { rootMargin: `${MARGIN} 0%` })
  }

  #sight

  /** @param {V[]} values */
  add(values) {
    if (!values.length) return
    this.count += values.length
    const body = h("tbody", null, values.map(this.make))
    this.#groups.set(body, { values, height_px: values.length * GUESS_PX })
    this.table.append(body)
    this.#sight.observe(body)
  }

  clear() {
    this.#sight.disconnect()
    for (const body of this.#groups.keys()) body.remove()
    this.#groups.clear()
    this.count = 0
  }

  /** @param {IntersectionObserverEntry} entry */
  #seen({ target, isIntersecting, boundingClientRect }) {
    const group = this.#groups.get(target)
    if (!group) return
    const out = target.hasAttribute("data-out")
    // What is in the reader's hand stays, wherever it is.
    if (!isIntersecting && !out && !target.contains(document.activeElement)) {
      group.height_px = boundingClientRect.height
      target.setAttribute("data-out", "")
      target.replaceChildren(h("tr", { "aria-hidden": "true" }, h("td", { class: "table-out", colspan: this.columns })))
      const room = /** @type {HTMLElement} */ (target.querySelector("td"))
      room.style.height = `${group.height_px}px`
    } else if (isIntersecting && out) {
      target.removeAttribute("data-out")
      target.replaceChildren(...group.values.map(this.make))
    }
  }
}

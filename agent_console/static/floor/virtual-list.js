// A list of any length of which only the rows in sight exist. One row is chosen by arrow keys, Home, End and Page keys,
// and opened by Enter, Space or a click; a screen reader hears how many there are and which one is read.
// Promise: rows are kept and filled anew as the list scrolls, so that scrolling makes no elements.

import { h } from "/static/web/js/dom.js"
import { attribute } from "../panels/list.js"

/** Rows beyond the edge that are there already when they come into sight. */
const SPARE = 4

/** @template {{id: string}} V */
export class VirtualList {
  /** @type {readonly V[]} */
  #values = []
  #chosen = ""
  /** @type {HTMLElement[]} */
  #rows = []
  #height = 0
  #asked = false

  /**
   * @param {object} options
   * @param {string} options.label
   * @param {string} options.name  of this list among the page's: ids of rows begin with it
   * @param {number} options.row_px  every row is as high
   * @param {() => HTMLElement[]} options.make  the cells of an empty row
   * @param {(cells: HTMLElement[], value: V, row: HTMLElement) => void} options.fill
   * @param {(value: V) => void} options.open
   */
  constructor({ label, name, row_px, make, fill, open }) {
    this.name = name
    this.row_px = row_px
    this.make = make
    this.fill = fill
    this.open = open
    this.#space = h("div", { class: "vlist-space", role: "presentation" })
    this.element = h("div", { class: `vlist vlist-${name}`, role: "listbox", tabindex: "0", "aria-label": label, onkeydown: this.#key, onclick: this.#click, onscroll: () => this.#later(), onfocus: () => this.#focused() }, this.#space)
    this.#sizes = new ResizeObserver(([entry]) => {
      this.#height = entry?.contentRect.height ?? 0
      this.#later()
    })
    this.#sizes.observe(this.element)
  }

  #space
  #sizes

  /** Show these values from now on. @param {readonly V[]} values */
  show(values) {
    this.#values = values
    this.element.hidden = values.length === 0
    this.#draw()
  }

  #later() {
    if (this.#asked) return
    this.#asked = true
    requestAnimationFrame(() => {
      this.#asked = false
      this.#draw()
    })
  }

  #draw() {
    const { row_px } = this
    const count = this.#values.length
    this.#space.style.height = `${count * row_px}px`
    if (!count || !this.#height) return
    const first = Math.max(0, Math.min(Math.floor(this.element.scrollTop / row_px), count - 1) - SPARE)
    const shown = Math.min(count - first, Math.ceil(this.#height / row_px) + 2 * SPARE)
    while (this.#rows.length < shown) {
      const row = h("div", { class: "vrow", role: "option" }, this.make())
      this.#rows.push(row)
      this.#space.append(row)
    }
    // A value keeps its row while both are in sight: its place among the rows is its number modulo their count.
    const used = new Set()
    for (let index = first; index < first + shown; index += 1) {
      const at = index % this.#rows.length
      used.add(at)
      this.#put(/** @type {HTMLElement} */ (this.#rows[at]), index)
    }
    this.#rows.forEach((row, at) => used.has(at) || (row.hidden = true))
    this.#follow()
  }

  /** @param {HTMLElement} row  @param {number} index */
  #put(row, index) {
    const value = /** @type {V} */ (this.#values[index])
    row.hidden = false
    const top = `translateY(${index * this.row_px}px)`
    if (row.style.transform !== top) row.style.transform = top
    attribute(row, "id", `${this.name}-${value.id}`)
    attribute(row, "data-id", value.id)
    attribute(row, "aria-posinset", String(index + 1))
    attribute(row, "aria-setsize", String(this.#values.length))
    attribute(row, "aria-selected", String(value.id === this.#chosen))
    this.fill(/** @type {HTMLElement[]} */ ([...row.children]), value, row)
  }

  #follow() {
    const there = this.#rows.some((row) => !row.hidden && row.dataset.id === this.#chosen)
    attribute(this.element, "aria-activedescendant", there ? `${this.name}-${this.#chosen}` : null)
  }

  #focused() {
    if (!this.#values.some((value) => value.id === this.#chosen)) this.#choose(Math.floor(this.element.scrollTop / this.row_px))
  }

  /** @param {number} index */
  #choose(index) {
    const at = Math.max(0, Math.min(index, this.#values.length - 1))
    const value = this.#values[at]
    if (!value) return
    this.#chosen = value.id
    const top = at * this.row_px
    if (top < this.element.scrollTop) this.element.scrollTop = top
    else if (top + this.row_px > this.element.scrollTop + this.#height) this.element.scrollTop = top + this.row_px - this.#height
    this.#draw()
  }

  #key = (/** @type {KeyboardEvent} */ event) => {
    const at = this.#values.findIndex((value) => value.id === this.#chosen)
    const page = Math.max(1, Math.floor(this.#height / this.row_px) - 1)
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.#values.length - 1, PageDown: at + page, PageUp: at - page }
    const to = moves[event.key]
    if (to !== undefined) this.#choose(to)
    else if ((event.key === "Enter" || event.key === " ") && at >= 0) this.open(/** @type {V} */ (this.#values[at]))
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  #click = (/** @type {MouseEvent} */ event) => {
    const id = /** @type {Element} */ (event.target).closest("[data-id]")?.getAttribute("data-id")
    const at = this.#values.findIndex((value) => value.id === id)
    if (at < 0) return
    this.#choose(at)
    this.open(/** @type {V} */ (this.#values[at]))
  }
}

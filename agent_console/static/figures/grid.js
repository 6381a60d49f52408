// A table that stays fluid with ten thousand lines: only the rows in sight are elements. Sorted by any column, filtered
// by words, with the columns one chooses.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { noRows } from "../panels/answer.js"

/** Height of a row in pixels; the style sheet sets the same. */
const ROW = 34
/** Rows kept ready above and below what is seen. */
const SPARE = 12

/**
 * @template R
 * @typedef {{key: string, label: string, help?: string, number?: boolean, text: (row: R) => string, value: (row: R) => string | number | null, link?: (row: R) => string}} Column
 */

/** @template R */
export class Grid {
  /** @type {Column<R>[]} */
  #columns = []
  /** @type {R[]} */
  #rows = []
  /** @type {R[]} */
  #seen = []
  /** @type {R | null} */
  #total = null
  #sorted = { key: "", down: false }
  #filter = ""
  /** @type {Set<string>} */
  #hidden
  #head = h("thead", null)
  #body = h("tbody", null)
  #foot = h("tfoot", null)
  #above = h("tr", { class: "grid-space", "aria-hidden": "true" }, h("td", null))
  #below = h("tr", { class: "grid-space", "aria-hidden": "true" }, h("td", null))
  #told = h("p", { class: "soft grid-told", role: "status" })
  #table
  #scroll
  #first = -1
  #last = -1

  /** @param {{label: string, store: string, hidden?: string[]}} options */
  constructor({ label, store, hidden = [] }) {
    this.store = store
    this.#hidden = new Set(JSON.parse(localStorage.getItem(store) ?? JSON.stringify(hidden)))
    this.#table = h("table", { class: "grid", "aria-label": label }, this.#head, this.#body, this.#foot)
    this.#scroll = h("div", { class: "grid-scroll", tabindex: "0", role: "region", "aria-label": label }, this.#table)
    this.#scroll.addEventListener("scroll", () => this.#paint(), { passive: true })
    new ResizeObserver(() => this.#paint()).observe(this.#scroll)
  }

  get element() {
    return this.#scroll
  }

  get told() {
    return this.#told
  }

  /** Keys of the columns shown, in order. */
  get chosen() {
    return this.#shown().map((column) => column.key)
  }

  /** @param {Column<R>[]} columns  @param {R[]} rows  @param {R | null} total */
  show(columns, rows, total) {
    this.#columns = columns
    this.#rows = rows
    this.#total = total
    if (!columns.some((column) => column.key === this.#sorted.key)) this.#sorted = { key: "", down: false }
    this.#scroll.scrollTop = 0
    this.#order()
  }

  /** @param {string} words */
  filter(words) {
    this.#filter = words.trim().toLowerCase()
    this.#order()
  }

  /** A menu of checkboxes, one a column. @param {(keys: string[]) => void} changed */
  columnChoice(changed) {
    const list = h("div", { class: "menu columns-menu", hidden: true })
    const button = h("button", { type: "button", class: "button", "aria-expanded": "false", id: "columns" }, icon("settings"), t("grid.columns"))
    const close = () => {
      list.hidden = true
      button.setAttribute("aria-expanded", "false")
    }
    button.addEventListener("click", () => {
      if (!list.hidden) return close()
      mount(list, this.#columns.filter((column) => column.number).map((column) => this.#choice(column, changed)))
      list.hidden = false
      button.setAttribute("aria-expanded", "true")
      list.querySelector("input")?.focus()
    })
    const anchor = h("div", { class: "menu-anchor" }, button, list)
    anchor.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || list.hidden) return
      close()
      button.focus()
    })
    anchor.addEventListener("focusout", (event) => {
      if (!anchor.contains(/** @type {Node | null} */ (event.relatedTarget))) close()
    })
    return anchor
  }

  /** @param {Column<R>} column  @param {(keys: string[]) => void} changed */
  #choice(column, changed) {
    const box = h("input", { type: "checkbox", checked: !this.#hidden.has(column.key) })
    box.addEventListener("change", () => {
      box.checked ? this.#hidden.delete(column.key) : this.#hidden.add(column.key)
      localStorage.setItem(this.store, JSON.stringify([...this.#hidden]))
      this.#draw()
      changed(this.chosen)
    })
    return h("label", { class: "menu-item columns-item" }, h("span", null, column.label), box)
  }

  #shown() {
    return this.#columns.filter((column) => !this.#hidden.has(column.key))
  }

  #order() {
    const words = this.#filter.split(/\s+/).filter(Boolean)
    const texts = this.#columns.filter((column) => !column.number)
    const fits = (/** @type {R} */ row) => {
      const text = texts.map((column) => column.text(row)).join(" ").toLowerCase()
      return words.every((word) => text.includes(word))
    }
    this.#seen = words.length ? this.#rows.filter(fits) : [...this.#rows]
    const column = this.#columns.find((one) => one.key === this.#sorted.key)
    if (column) this.#seen.sort((a, b) => compare(column.value(a), column.value(b), this.#sorted.down))
    this.#draw()
  }

  /** Head, foot and rows anew. */
  #draw() {
    const columns = this.#shown()
    mount(this.#head, h("tr", null, columns.map((column) => this.#title(column))))
    mount(this.#foot, this.#total ? row(columns, this.#total, null) : null)
    this.#table.setAttribute("aria-rowcount", String(this.#seen.length + 1))
    say(this.#told, this.#seen.length ? t("grid.lines", { count: this.#seen.length }) : t("grid.none"))
    this.#told.classList.toggle("visually-hidden", !this.#seen.length)
    this.#first = this.#last = -1
    this.#paint()
  }

  /** @param {Column<R>} column */
  #title(column) {
    const mine = this.#sorted.key === column.key
    const press = () => {
      // First what is most, for words what is first; then the other way; then as the server ordered.
      const start = Boolean(column.number)
      this.#sorted = !mine ? { key: column.key, down: start } : this.#sorted.down === start ? { key: column.key, down: !start } : { key: "", down: false }
      this.#order()
      this.#head.querySelector(`[data-key="${column.key}"]`)?.querySelector("button")?.focus()
    }
    return h(
      "th",
      { scope: "col", class: column.number ? "grid-number" : "", "data-key": column.key, "aria-sort": mine ? (this.#sorted.down ? "descending" : "ascending") : null },
      h("button", { type: "button", class: "grid-title", title: column.help, onclick: press }, column.label, h("span", { class: "grid-arrow", "aria-hidden": "true" }, mine ? (this.#sorted.down ? "▼" : "▲") : "")),
    )
  }

  /** The rows in sight, and room for the others. */
  #paint() {
    const top = Math.max(0, Math.floor(this.#scroll.scrollTop / ROW) - SPARE)
    const count = Math.ceil(this.#scroll.clientHeight / ROW) + 2 * SPARE
    const first = Math.min(top, Math.max(0, this.#seen.length - count))
    const last = Math.min(this.#seen.length, first + count)
    if (first === this.#first && last === this.#last) return
    this.#first = first
    this.#last = last
    const columns = this.#shown()
    room(this.#above, first)
    room(this.#below, this.#seen.length - last)
    if (!this.#seen.length) return mount(this.#body, noRows(columns.length, t("grid.none")))
    mount(this.#body, this.#above, this.#seen.slice(first, last).map((one, place) => row(columns, one, first + place)), this.#below)
  }
}

/** @template R  @param {Column<R>[]} columns  @param {R} one  @param {number | null} place */
function row(columns, one, place) {
  const cells = columns.map((column, number) => {
    const text = column.text(one)
    const link = place === null ? undefined : column.link?.(one)
    return h(number ? "td" : "th", { class: column.number ? "grid-number digits" : "", scope: number ? null : "row" }, link ? h("a", { href: link }, text) : text)
  })
  return h("tr", { "aria-rowindex": place === null ? null : String(place + 2) }, cells)
}

/** @param {HTMLTableRowElement} space  @param {number} rows */
function room(space, rows) {
  space.hidden = rows === 0
  space.style.height = `${rows * ROW}px`
}

/** Nothing comes last, whichever way. @param {string | number | null} a  @param {string | number | null} b  @param {boolean} down */
function compare(a, b, down) {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "zh-CN")
  return down ? -order : order
}

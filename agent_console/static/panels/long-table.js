// The rows of a long table: in groups, and only the groups near what is seen are elements. The others are one empty row as
// high as they were, so that ten thousand rows scroll like thirty.

import { h } from "/static/web/js/dom.js"

/** So many rows are made within a frame, while it scrolls. */
const GROUP = 50
/** A row's height until it was seen once. */
const GUESS_PX = 56
/** Groups this far out of sight are kept ready, in heights of the window. */
const MARGIN = "150%"

/** @template V */
export class LongTable {
  /** @type {Map<Element, V[]>} */
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
    this.count += values.length
    for (let at = 0; at < values.length; at += GROUP) {
      const group = values.slice(at, at + GROUP)
      const body = h("tbody", null)
      this.#groups.set(body, group)
      this.#leave(body, group.length * GUESS_PX)
      this.table.append(body)
      this.#sight.observe(body)
    }
  }

  /** Nothing but the room the group takes. @param {Element} body  @param {number} height_px */
  #leave(body, height_px) {
    const room = h("td", { class: "table-out", colspan: this.columns })
    room.style.height = `${height_px}px`
    body.setAttribute("data-out", "")
    body.replaceChildren(h("tr", { "aria-hidden": "true" }, room))
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
      this.#leave(target, boundingClientRect.height)
    } else if (isIntersecting && out) {
      target.removeAttribute("data-out")
      target.replaceChildren(...group.map(this.make))
    }
  }
}

// Ten keys for a finger, for numbers of a fixed length: a receipt's, the end of a phone's. Keys of a keyboard work too.

import { h, icon, mount } from "/static/web/js/dom.js"

/**
 * @typedef {object} NumpadDelegate
 * @property {(digits: string) => void} numpadChanged
 * @property {(digits: string) => void} numpadDone all places are filled
 */

export class Numpad {
  digits = ""
  #places = h("p", { class: "numpad-places digits", "aria-live": "polite" })

  /**
   * @param {object} wanted
   * @param {number} wanted.length
   * @param {number[]} wanted.groups how many digits stand together
   * @param {{label: string, erase: string, clear: string, empty: string}} wanted.words
   * @param {boolean} [wanted.hidden] dots instead of digits: others may look on
   * @param {NumpadDelegate} wanted.delegate
   */
  constructor({ length, groups, words, hidden = false, delegate }) {
    this.length = length
    this.groups = groups
    this.words = words
    this.hidden = hidden
    this.delegate = delegate
    const key = (/** @type {string} */ digit) => h("button", { class: "key numpad-key digits", type: "button", "data-digit": digit, onclick: () => this.#add(digit) }, digit)
    const erase = h("button", { class: "key numpad-key", type: "button", "data-digit": "erase", "aria-label": words.erase, onclick: () => this.set(this.digits.slice(0, -1)) }, icon("delete"))
    const clear = h("button", { class: "key numpad-key numpad-clear", type: "button", "data-digit": "clear", onclick: () => this.set("") }, words.clear)
    this.element = h(
      "div",
      { class: "numpad", role: "group", "aria-label": words.label, tabindex: "0", onkeydown: (/** @type {KeyboardEvent} */ event) => this.#typed(event) },
      this.#places,
      h("div", { class: "numpad-keys" }, [..."123456789"].map(key), clear, key("0"), erase),
    )
    this.#draw()
  }

  /** @param {string} digits */
  set(digits) {
    if (digits === this.digits) return
    this.digits = digits.slice(0, this.length)
    this.#draw()
    this.delegate.numpadChanged(this.digits)
    if (this.digits.length === this.length) this.delegate.numpadDone(this.digits)
  }

  /** @param {string} digit */
  #add(digit) {
    if (this.digits.length < this.length) this.set(this.digits + digit)
  }

  /** @param {KeyboardEvent} event */
  #typed(event) {
    if (/^[0-9]$/.test(event.key)) this.#add(event.key)
    else if (event.key === "Backspace") this.set(this.digits.slice(0, -1))
    else return
    event.preventDefault()
  }

  #draw() {
    let at = 0
    const groups = this.groups.map((size) => {
      const places = Array.from({ length: size }, () => {
        const digit = this.digits[at]
        const next = at++ === this.digits.length
        return h("span", { class: "numpad-place", "data-next": String(next), "aria-hidden": "true" }, digit === undefined ? "" : this.hidden ? "•" : digit)
      })
      return h("span", { class: "numpad-group" }, places)
    })
    const read = this.hidden ? "•".repeat(this.digits.length) : [...this.digits].join(" ")
    mount(this.#places, groups, h("span", { class: "visually-hidden" }, read || this.words.empty))
  }
}

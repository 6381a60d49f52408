// A button that opens a short list of choices. Arrow keys move, Enter chooses, Escape closes and gives the focus back.

import { h, mount } from "/static/web/js/dom.js"

/** @typedef {{id: string, label: string, danger?: boolean}} MenuItem */

export class Menu {
  /**
   * @param {object} options
   * @param {HTMLButtonElement} options.button
   * @param {MenuItem[]} options.items
   * @param {(id: string) => void} options.choose
   * @param {string} options.label
   * @param {"up" | "down"} [options.opens]
   */
  constructor({ button, items, choose, label, opens = "down" }) {
    this.button = button
    this.list = h("div", { class: `menu menu-${opens}`, role: "menu", "aria-label": label, hidden: true })
    this.fill(items)
    this.choose = choose
    this.element = h("div", { class: "menu-anchor" }, button, this.list)
    button.setAttribute("aria-haspopup", "menu")
    button.setAttribute("aria-expanded", "false")
    button.addEventListener("click", () => (this.list.hidden ? this.open() : this.close()))
    this.element.addEventListener("keydown", this.#key)
    this.element.addEventListener("focusout", this.#left)
  }

  /** Offer other choices; a sentence where there are none. @param {MenuItem[]} items  @param {string} [none] */
  fill(items, none = "") {
    mount(
      this.list,
      items.map((item, index) =>
        h(
          "button",
          { type: "button", role: "menuitem", class: `menu-item${item.danger ? " menu-danger" : ""}`, tabindex: "-1", "data-choice": item.id, onclick: () => this.#chosen(item.id) },
          h("span", null, item.label),
          index < 9 && h("kbd", { "aria-hidden": "true" }, index + 1),
        ),
      ),
      !items.length && none ? h("button", { type: "button", role: "menuitem", class: "menu-item", disabled: true }, none) : null,
    )
  }

  open() {
    this.list.hidden = false
    this.button.setAttribute("aria-expanded", "true")
    this.#items()[0]?.focus()
  }

  /** @param {boolean} [refocus] */
  close(refocus = false) {
    if (this.list.hidden) return
    this.list.hidden = true
    this.button.setAttribute("aria-expanded", "false")
    if (refocus) this.button.focus()
  }

  #items() {
    return /** @type {HTMLElement[]} */ ([...this.list.children])
  }

  /** @param {string} id */
  #chosen(id) {
    this.close(true)
    this.choose(id)
  }

  #key = (/** @type {KeyboardEvent} */ event) => {
    if (this.list.hidden) return
    const items = this.#items()
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement))
    const digit = Number(event.key)
    if (event.key === "Escape") this.close(true)
    else if (event.key === "ArrowDown") items[(at + 1) % items.length]?.focus()
    else if (event.key === "ArrowUp") items[(at + items.length - 1) % items.length]?.focus()
    else if (event.key === "Home") items[0]?.focus()
    else if (event.key === "End") items.at(-1)?.focus()
    else if (digit >= 1 && digit <= items.length) items[digit - 1]?.click()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  #left = (/** @type {FocusEvent} */ event) => {
    if (!(event.relatedTarget instanceof Node) || !this.element.contains(event.relatedTarget)) this.close()
  }
}

// Short sentences about what just happened: seen for some seconds, and read out by screen readers.

import { h, icon } from "/static/web/js/dom.js"

const SHOWN_MS = 6000
const MOST = 4

export class Announcer {
  #polite = h("div", { class: "toasts", role: "status", "aria-live": "polite" })
  #urgent = h("div", { class: "toasts", role: "alert", "aria-live": "assertive" })
  element = h("div", { class: "toast-area" }, this.#urgent, this.#polite)

  /** @param {string} text */
  tell(text) {
    this.#add(this.#polite, h("p", { class: "toast" }, icon("info"), text))
  }

  /** Something was refused or failed. @param {string} text */
  warn(text) {
    this.#add(this.#urgent, h("p", { class: "toast toast-warn" }, icon("warning"), text))
  }

  /** @param {HTMLElement} area  @param {HTMLElement} toast */
  #add(area, toast) {
    area.append(toast)
    while (area.children.length > MOST) area.firstElementChild?.remove()
    setTimeout(() => toast.remove(), SHOWN_MS)
  }
}

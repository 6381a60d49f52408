// The answer a page of lists lives on: while the first one is read the page says so, and when one could not be had it
// says why, with a button to try again. What was read before stays.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { sentence } from "../words.js"

export class Answer {
  /** What the page mounts below its head. */
  element = h("div", { class: "answer" }, h("p", { class: "card reading", role: "status" }, h("span", { class: "spinner spinner-small", "aria-hidden": "true" }), t("answer.reading")))

  /** @param {string} page the id of its `main`: until the first answer, nothing below its head is shown  @param {() => void} again */
  constructor(page, again) {
    this.page = /** @type {HTMLElement} */ (document.getElementById(page))
    this.page.dataset.unread = "true"
    this.again = again
  }

  came() {
    delete this.page.dataset.unread
    mount(this.element)
  }

  /** Whoever is signed out signs in again, here. @param {unknown} error  @param {string} [words] */
  failed(error, words = sentence(error)) {
    if (/** @type {any} */ (error).status === 401) return location.reload()
    const again = h("button", { type: "button", class: "button button-small", "data-action": "again", onclick: this.again }, icon("rotate"), t("action.retry"))
    mount(this.element, h("p", { class: "banner banner-danger", role: "alert" }, icon("warning"), h("span", null, words), again))
  }
}

/** A table without rows says why. @param {number} columns  @param {string} words */
export const noRows = (columns, words) => h("tr", null, h("td", { class: "soft table-none", colspan: columns }, words))

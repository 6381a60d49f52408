// The end of this page: another page of mine took over, or the sign-in is over. It says which, and what to do.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

export class Final {
  #content = h("div", { class: "final-content" })
  element = h("dialog", { class: "dialog final", "aria-labelledby": "final-title", oncancel: (/** @type {Event} */ event) => event.preventDefault() }, this.#content)

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
  }

  render() {
    const { socket } = this.desk
    if (this.element.open || (socket !== "superseded" && socket !== "signed_out" && socket !== "refused")) return
    const superseded = socket === "superseded"
    const go = h("button", { type: "button", class: "button button-primary", id: "final-go", onclick: () => location.reload() }, t(superseded ? "final.take_back" : "final.sign_in"))
    mount(
      this.#content,
      icon(superseded ? "screen" : "logout"),
      h("h2", { class: "dialog-title", id: "final-title" }, t(`final.${superseded ? "superseded" : "signed_out"}`)),
      h("p", { class: "dialog-text" }, t(`final.${superseded ? "superseded" : "signed_out"}.text`)),
      h("div", { class: "dialog-actions" }, go),
    )
    for (const open of document.querySelectorAll("dialog[open]")) /** @type {HTMLDialogElement} */ (open).close()
    this.element.showModal()
    go.focus()
  }
}

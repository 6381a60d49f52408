// The papers on a second screen: another window of this desk, for this call. It has no socket and no data of its own: what
// lies there is moved there, so that both windows are one desk. The server shows it only to whoever is in the call; it
// closes with the call, and closed by hand it gives everything back.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

/**
 * @typedef {object} SecondDelegate
 * @property {(place: HTMLElement, other: Window) => void} secondOpened  lay the papers there
 * @property {() => void} secondResized
 * @property {() => void} secondClosed  take them back
 * @property {() => void} secondBlocked  the browser opens no window
 */

export class SecondWindow {
  /** @type {Window | null} */
  #window = null
  #call = ""
  #laid = false
  #shown = ""

  /** @param {Desk} desk  @param {SecondDelegate} delegate */
  constructor(desk, delegate) {
    this.desk = desk
    this.delegate = delegate
    this.button = h("button", { type: "button", class: "button button-small", id: "second", onclick: () => this.#toggle() })
    addEventListener("message", this.#heard)
  }

  /** A panel of the desk whose element is its button. */
  get element() {
    return this.button
  }

  #toggle() {
    const open = this.#window !== null && !this.#window.closed
    this.close()
    if (open) return
    const call_id = this.desk.view?.call?.call_id
    if (!call_id) return
    this.#call = call_id
    this.#window = window.open(`/console/calls/${encodeURIComponent(call_id)}/papers`, "vw-papers", "popup,width=1280,height=900")
    if (!this.#window) this.delegate.secondBlocked()
    this.render()
  }

  /** The window says that it is there: also when it was reloaded. */
  #heard = (/** @type {MessageEvent} */ event) => {
    const other = this.#window
    if (!other || event.source !== other || event.origin !== location.origin || event.data !== "second.here") return
    const place = other.document.getElementById("second")
    if (!place) return
    this.#takeBack()
    this.#laid = true
    mount(place)
    this.delegate.secondOpened(place, other)
    other.addEventListener("resize", () => this.delegate.secondResized())
    other.addEventListener("pagehide", () => this.#takeBack())
  }

  render() {
    const call_id = this.desk.view?.call?.call_id ?? ""
    const final = ["superseded", "signed_out", "refused"].includes(this.desk.socket)
    if (this.#window && (call_id !== this.#call || final || this.#window.closed)) this.close()
    show(this.button, call_id !== "")
    const shown = this.#window ? "second.close" : "second.open"
    if (shown !== this.#shown) mount(this.button, icon("screen"), t(shown), h("kbd", null, "D"))
    this.#shown = shown
    this.button.setAttribute("aria-pressed", String(this.#window !== null))
  }

  close() {
    const other = this.#window
    this.#window = null
    this.#takeBack()
    other?.close()
  }

  #takeBack() {
    if (!this.#laid) return
    this.#laid = false
    this.delegate.secondClosed()
  }
}

// Digits the service needs of the citizen: the end of the phone, so that the receipt can be found, or a receipt's number.
// Typed here, seen by nobody else.

import { Numpad } from "/static/web/components/numpad/numpad.js"
import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { isNumber } from "./receipts.js"

/** @typedef {{title: string, text: string, no: string, groups: number[], hidden: boolean, wrong?: (digits: string) => string}} Wanted */

/** For the receipt of this call. @type {Wanted} */
export const PHONE = { title: "digits.title", text: "digits.text", no: "digits.no", groups: [4], hidden: true }
/** Of a receipt the citizen brought. @type {Wanted} */
export const NUMBER = { title: "earlier.number_title", text: "progress.lead", no: "earlier.no", groups: [4, 4, 4], hidden: false, wrong: (digits) => (isNumber(digits) ? "" : "progress.wrong_number") }
/** The digits that were left with it. @type {Wanted} */
export const ENDING = { title: "progress.phone_title", text: "progress.phone_lead", no: "earlier.no", groups: [4], hidden: true }

/**
 * @param {AbortSignal} signal takes the question back
 * @param {Wanted} wanted
 * @returns {Promise<string | null>} the digits; null when the citizen would rather not
 */
export function askDigits(signal, { title, text, no, groups, hidden, wrong } = PHONE) {
  const { promise, resolve } = withResolvers()
  const problem = h("p", { class: "banner banner-danger", role: "alert", hidden: true })
  const complain = (/** @type {string} */ key) => {
    problem.hidden = !key
    mount(problem, icon("warning"), key && t(key))
  }
  const done = (/** @type {string | null} */ digits) => {
    if (!dialog.isConnected) return
    const key = digits === null ? "" : (wrong?.(digits) ?? "")
    if (key) return complain(key)
    dialog.close()
    dialog.remove()
    resolve(digits)
  }
  const pad = new Numpad({
    length: groups.reduce((sum, one) => sum + one, 0), groups, hidden,
    words: { label: t(title), erase: t("keyboard.erase"), clear: t("keyboard.clear"), empty: t("numpad.empty") },
    delegate: { numpadChanged: () => complain(""), numpadDone: done },
  })
  const dialog = h(
    "dialog",
    { class: "dialog digits-dialog", "aria-labelledby": "digits-title", oncancel: (/** @type {Event} */ event) => (event.preventDefault(), done(null)) },
    h("h2", { class: "dialog-title", id: "digits-title" }, t(title)),
    h("p", { class: "dialog-text" }, t(text)),
    problem,
    pad.element,
    h("div", { class: "dialog-actions" }, h("button", { class: "button", type: "button", "data-action": "digits-no", onclick: () => done(null) }, t(no))),
  )
  document.body.append(dialog)
  dialog.showModal()
  signal.addEventListener("abort", () => done(null), { once: true })
  if (signal.aborted) done(null)
  return promise
}

/** @returns {{promise: Promise<string | null>, resolve: (digits: string | null) => void}} */
function withResolvers() {
  /** @type {(digits: string | null) => void} */
  let resolve = () => {}
  const promise = new Promise((/** @type {(digits: string | null) => void} */ is) => (resolve = is))
  return { promise, resolve }
}

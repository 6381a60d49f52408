// The helper asks for the last four digits of the phone: typed here, seen by nobody, so that the receipt can be found.

import { Numpad } from "/static/web/components/numpad/numpad.js"
import { h } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/**
 * @param {AbortSignal} signal takes the question back
 * @returns {Promise<string | null>} the digits; null when the citizen would rather not
 */
export function askDigits(signal) {
  const { promise, resolve } = withResolvers()
  const done = (/** @type {string | null} */ digits) => {
    if (!dialog.isConnected) return
    dialog.close()
    dialog.remove()
    resolve(digits)
  }
  const pad = new Numpad({
    length: 4, groups: [4], hidden: true,
    words: { label: t("digits.title"), erase: t("keyboard.erase"), clear: t("keyboard.clear"), empty: t("numpad.empty") },
    delegate: { numpadChanged: () => {}, numpadDone: done },
  })
  const dialog = h(
    "dialog",
    { class: "dialog digits-dialog", "aria-labelledby": "digits-title", oncancel: (/** @type {Event} */ event) => (event.preventDefault(), done(null)) },
    h("h2", { class: "dialog-title", id: "digits-title" }, t("digits.title")),
    h("p", { class: "dialog-text" }, t("digits.text")),
    pad.element,
    h("div", { class: "dialog-actions" }, h("button", { class: "button", type: "button", "data-action": "digits-no", onclick: () => done(null) }, t("digits.no"))),
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

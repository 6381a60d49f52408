// "I have to go for a while": the ticket's code to take along, and what can be done with the place.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { qr, spaced } from "./qr.js"

/**
 * @param {object} place
 * @param {string} place.ticket
 * @param {Promise<{code: string, qr: string[]} | null>} place.coded
 * @param {AbortSignal} place.signal takes the question back
 * @returns {Promise<"stay" | "leave" | "book">}
 */
export function askAway({ ticket, coded, signal }) {
  const shown = h("div", { class: "away-code", role: "status" }, h("span", { class: "spinner" }))
  const button = (/** @type {"stay" | "leave" | "book"} */ answer, /** @type {string} */ picture, primary = false) =>
    h("button", { class: `button ${primary ? "button-primary" : ""}`, type: "button", "data-action": `away-${answer}`, onclick: () => close(answer) }, icon(picture), t(`away.${answer}`))
  const leave = button("leave", "check", true)
  leave.disabled = true
  const dialog = h(
    "dialog",
    { class: "dialog away-dialog", "aria-labelledby": "away-title" },
    h("h2", { class: "dialog-title", id: "away-title" }, t("away.title")),
    h("p", { class: "dialog-text" }, t("away.text", { ticket })),
    shown,
    h("p", { class: "soft" }, t("away.elsewhere")),
    h("div", { class: "dialog-actions away-actions" }, button("stay", "back"), button("book", "clock"), leave),
  )
  coded.then((told) => {
    if (!told) return close("stay")
    leave.disabled = false
    mount(shown, qr(told.qr, t("place.qr")), h("p", { class: "place-code digits", "data-code": told.code }, spaced(told.code)))
  })
  /** @type {"stay" | "leave" | "book"} */
  let answer = "stay"
  const close = (/** @type {"stay" | "leave" | "book"} */ value) => {
    answer = value
    dialog.close()
  }
  document.body.append(dialog)
  dialog.showModal()
  const takenBack = () => close("stay")
  signal.addEventListener("abort", takenBack)
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => {
      signal.removeEventListener("abort", takenBack)
      dialog.remove()
      resolve(answer)
    }),
  )
}

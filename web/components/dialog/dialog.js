// A question that needs an answer before anything else, on the browser's own <dialog>: focus stays inside, Escape says no.

import { h } from "/static/web/js/dom.js"

/**
 * @param {object} question
 * @param {string} question.title
 * @param {string} [question.text]
 * @param {string} question.yes
 * @param {string} question.no
 * @param {boolean} [question.danger] the answer yes cannot be undone
 * @param {AbortSignal} [question.signal] takes the question back; the answer is then no
 * @returns {Promise<boolean>}
 */
export function ask({ title, text, yes, no, danger = false, signal }) {
  const heading = h("h2", { class: "dialog-title", id: "dialog-title" }, title)
  const refuse = h("button", { class: "button", type: "button", "data-action": "dialog-no", onclick: () => close(false) }, no)
  const agree = h(
    "button",
    { class: `button ${danger ? "button-danger" : "button-primary"}`, type: "button", "data-action": "dialog-yes", onclick: () => close(true) },
    yes,
  )
  const dialog = h(
    "dialog",
    { class: "dialog", "aria-labelledby": "dialog-title" },
    heading,
    text && h("p", { class: "dialog-text" }, text),
    h("div", { class: "dialog-actions" }, refuse, agree),
  )
  let answer = false
  const close = (/** @type {boolean} */ value) => {
    answer = value
    dialog.close()
  }
  document.body.append(dialog)
  dialog.showModal()
  // What cannot be undone is never under the finger by itself.
  if (danger) refuse.focus()
  else agree.focus()
  const takenBack = () => close(false)
  signal?.addEventListener("abort", takenBack)
  if (signal?.aborted) close(false)
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      signal?.removeEventListener("abort", takenBack)
      dialog.remove()
      resolve(answer)
    })
    if (!dialog.open) dialog.dispatchEvent(new Event("close"))
  })
}

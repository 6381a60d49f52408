// A sheet over the page: a title, what it holds, and a way out. It is gone when it is closed.

import { h, icon } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/**
 * @param {{title: string, body: import("/static/web/js/dom.js").Child, wide?: boolean}} content
 * @returns {HTMLDialogElement}
 */
export function showSheet({ title, body, wide = false }) {
  const dialog = h(
    "dialog",
    { class: `dialog sheet${wide ? " sheet-wide" : ""}`, "aria-labelledby": "sheet-title" },
    h("div", { class: "dialog-head" }, h("h2", { class: "dialog-title", id: "sheet-title" }, title), h("button", { type: "button", class: "button button-quiet bar-icon", "aria-label": t("action.close"), onclick: () => dialog.close() }, icon("close"))),
    h("div", { class: "sheet-body", tabindex: "0", role: "region", "aria-labelledby": "sheet-title" }, body),
  )
  dialog.addEventListener("close", () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  return dialog
}

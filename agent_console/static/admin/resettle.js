// A queue that goes while citizens wait in it: where do they go on? Asked once the server said how many there are.

import { h, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { showSheet } from "../panels/sheet.js"
import { sentence } from "../words.js"

/** @typedef {import("./types.js").Entry} Entry */

/**
 * @param {{id: string, count: number, queues: Entry[], move: (waiting_to: string) => Promise<void>}} question
 *   `move` is refused with a problem, which is told beside the choice
 */
export function askWhere({ id, count, queues, move }) {
  const choice = h("select", { class: "input", id: "waiting-to", required: true }, h("option", { value: "" }, t("admin.choose")), queues.filter((one) => one.id !== id).map((one) => h("option", { value: one.id }, named(one) || one.id)))
  const problem = h("p", { class: "field-error", role: "alert" })
  const go = h("button", { type: "submit", class: "button button-danger" }, t("admin.waiting_move"))
  const form = h("form", { class: "admin-password" }, h("p", null, t("admin.waiting_text")), h("label", { class: "admin-field" }, h("span", { class: "field-label" }, t("admin.waiting_to")), choice), problem, go)
  const sheet = showSheet({ title: t("admin.waiting_title", { count }), body: form })
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    go.disabled = true
    try {
      await move(choice.value)
      sheet.close()
    } catch (error) {
      const refused = /** @type {any} */ (error)
      say(problem, refused.code === "cannot_go_on" ? t("admin.cannot_go_on", { count: refused.more.count }) : sentence(refused))
      go.disabled = false
    }
  })
  choice.focus()
}

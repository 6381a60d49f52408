// The last word: take your papers along. Then the attract screen, by itself.

import { h, icon } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

const SHOWN_MS = 8000

/** @param {import("../types.js").BoothState} _state  @param {import("../types.js").BoothActions} actions */
export function thanks(_state, actions) {
  const timer = setTimeout(() => actions.home(), SHOWN_MS)
  const element = h(
    "section",
    { class: "screen thanks" },
    h("span", { class: "thanks-tick" }, icon("check")),
    h("h1", { class: "screen-title" }, t("thanks.title")),
    h("p", { class: "lead" }, t("thanks.papers")),
    h("button", { class: "button button-primary", type: "button", "data-action": "home", onclick: () => actions.home() }, t("thanks.done")),
  )
  return { element, speak: t("thanks.speak"), leave: () => clearTimeout(timer) }
}

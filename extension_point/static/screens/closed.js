// The booth cannot serve now, and says why in words for the citizen and, smaller, for the operator.

import { h, icon, say } from "/static/web/js/dom.js"
import { knows, t } from "/static/web/js/i18n.js"

/** @typedef {import("../types.js").BoothState} BoothState */
/** @typedef {import("../types.js").BoothActions} BoothActions */

/** Somebody may have mended it meanwhile. */
const AGAIN_MS = 60_000

/** @param {string} picture  @param {string} name  @param {HTMLElement | null} [action] */
function closed(picture, name, action = null) {
  const detail = h("p", { class: "soft closed-detail" })
  const element = h(
    "section",
    { class: "screen closed" },
    h("span", { class: "closed-picture" }, icon(picture)),
    h("h1", { class: "screen-title" }, t(`${name}.title`)),
    h("p", { class: "lead" }, t(`${name}.text`)),
    action,
    detail,
  )
  return { element, detail }
}

export function starting() {
  const element = h("section", { class: "screen closed", role: "status" }, h("span", { class: "spinner" }), h("h1", { class: "screen-title" }, t("starting.title")))
  return { element }
}

/** @param {BoothState} _state  @param {BoothActions} _actions */
export function offline(_state, _actions) {
  return { element: closed("offline", "offline").element }
}

/** @param {BoothState} _state  @param {BoothActions} actions */
export function enrol(_state, actions) {
  const again = h("button", { class: "button", type: "button", "data-action": "retry", onclick: () => actions.retry() }, icon("rotate"), t("action.retry"))
  const { element, detail } = closed("settings", "enrol", again)
  const timer = setTimeout(() => actions.retry(), AGAIN_MS)
  return {
    element,
    update: (/** @type {BoothState} */ state) =>
      say(detail, t("enrol.detail", { reason: t(knows(`problem.${state.problem}`) ? `problem.${state.problem}` : "problem.not_signed_in") })),
    leave: () => clearTimeout(timer),
  }
}

/** @param {BoothState} _state  @param {BoothActions} actions */
export function superseded(_state, actions) {
  const again = h("button", { class: "button button-primary", type: "button", "data-action": "retry", onclick: () => actions.retry() }, t("superseded.here"))
  return { element: closed("screen", "superseded", again).element }
}

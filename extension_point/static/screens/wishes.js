// Who goes first by law, and who needs something: asked, never checked here; the helper sees it. Then the ticket.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { devicesLine } from "./devices-line.js"

/** @typedef {import("../types.js").BoothState} BoothState */

const PRIORITIES = [["elder", "elder"], ["disability", "heart"], ["veteran", "medal"]]

/** @param {BoothState} state  @param {import("../types.js").BoothActions} actions */
export function wishes(state, actions) {
  const toggle = (/** @type {string[]} */ list, /** @type {string} */ value, /** @type {boolean} */ on) =>
    on ? [...list, value] : list.filter((one) => one !== value)
  let now = state
  const priorities = PRIORITIES.map(([value = "", picture = ""]) =>
    choice(value, picture, t(`priority.${value}`), state.visit.priority.includes(value), (on) =>
      actions.go({ priority: toggle(now.visit.priority, value, on) })))
  const sign = choice("sign_language", "sign", t("need.sign_language"), state.visit.needs.includes("sign_language"), (on) =>
    actions.go({ needs: toggle(now.visit.needs, "sign_language", on) }))
  const elder = choice("elder_mode", "zoom-in", t("wishes.elder_mode"), state.visit.elder, (on) => actions.go({ elder: on }))
  const problem = h("p", { class: "banner banner-danger", role: "alert", hidden: true })
  const devices = h("div", { class: "devices-line" })
  const book = h("button", { class: "button", type: "button", "data-action": "book", hidden: true, onclick: () => actions.go({ step: "times", later: true }) }, icon("clock"), t("papers.book"))
  const draw = h("button", { class: "button button-primary", type: "button", "data-action": "draw-ticket", onclick: () => (now.visit.later ? actions.go({ step: "times" }) : actions.enter()) })
  const element = h(
    "section",
    { class: "screen wishes" },
    h("div", null, h("h1", { class: "screen-title" }, t("wishes.title")), h("p", { class: "lead" }, t("wishes.lead"))),
    h("div", { class: "wishes-groups" },
      h("fieldset", { class: "wishes-group" }, h("legend", null, t("wishes.priority")), priorities),
      h("fieldset", { class: "wishes-group" }, h("legend", null, t("wishes.needs")), sign, elder),
      devices,
      problem,
    ),
    h("footer", { class: "actions" },
      h("button", { class: "button", type: "button", "data-action": "back", onclick: () => actions.go({ step: now.visit.bring ? "progress" : "papers" }) }, icon("back"), t("action.back")),
      book,
      draw,
    ),
  )
  return {
    element,
    idle_s: 90,
    speak: t("wishes.speak"),
    update: (/** @type {BoothState} */ state) => {
      now = state
      problem.hidden = !state.visit.error
      mount(problem, icon("warning"), state.visit.error)
      // Full or closed: another time can be had at once.
      book.hidden = !state.visit.error
      draw.disabled = state.visit.entering
      mount(draw, t(state.visit.entering ? "wishes.entering" : state.visit.later ? "papers.book" : "wishes.enter"), icon("next"))
      const box = elder.querySelector("input")
      if (box) box.checked = state.visit.elder
      devicesLine(devices, state)
    },
  }
}

/**
 * @param {string} value
 * @param {string} picture
 * @param {string} text
 * @param {boolean} checked
 * @param {(on: boolean) => void} changed
 */
function choice(value, picture, text, checked, changed) {
  const input = h("input", { type: "checkbox", value, checked, "data-wish": value, onchange: () => changed(input.checked) })
  return h("label", { class: "choice" }, icon(picture), h("span", { class: "choice-text" }, text), input)
}

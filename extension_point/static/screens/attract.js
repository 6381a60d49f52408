// What a passer-by sees: one promise, one place to touch.

import { h, icon, mount } from "/static/web/js/dom.js"
import { language, t } from "/static/web/js/i18n.js"
import { speak } from "../voice.js"

/** @typedef {import("../types.js").BoothState} BoothState */

/** @param {BoothState} _state  @param {import("../types.js").BoothActions} actions */
export function attract(_state, actions) {
  const notice = h("p", { class: "banner banner-warn", role: "status", hidden: true })
  const start = h(
    "button",
    { class: "attract-start", type: "button", "data-action": "start", onclick: () => actions.go({ step: "choose" }) },
    h("span", { class: "attract-hand" }, icon("hand")),
    h("span", null, t("attract.start")),
  )
  const called = h("ul", { class: "attract-called", "aria-live": "polite" })
  const coded = h("button", { class: "button", type: "button", "data-action": "have-code", onclick: () => actions.go({ step: "code" }) }, icon("card"), t("attract.code"))
  const steps = ["item", "ticket", "talk"].map((step, index) =>
    h("li", { class: "attract-step" },
      h("span", { class: "attract-number digits" }, index + 1),
      h("div", null, h("p", { class: "attract-step-title" }, t(`attract.step_${step}`)), h("p", { class: "soft" }, t(`attract.step_${step}_text`))),
    ),
  )
  const health = h("p", { class: "attract-health" })
  const element = h(
    "section",
    { class: "screen attract" },
    h("div", { class: "attract-hero" },
      h("img", { class: "attract-scene", src: "/static/web/img/scene.svg", alt: "" }),
      h("h1", { class: "attract-title" }, h("span", null, t("attract.title_ask")), " ", h("span", null, t("attract.title_answer"))),
      h("p", { class: "attract-lead" }, t("attract.lead")),
      start,
      h("div", { class: "attract-more" }, h("button", { class: "button", type: "button", "data-action": "progress", onclick: () => actions.go({ step: "progress" }) }, icon("search"), t("attract.progress")), coded),
      notice,
    ),
    h("div", { class: "attract-side" },
      called,
      h("ol", { class: "attract-steps" }, steps),
      health,
    ),
  )
  return {
    element,
    update: (/** @type {BoothState} */ state) => {
      notice.hidden = !state.visit.error
      mount(notice, icon("info"), state.visit.error)
      drawHealth(health, state)
      drawCalled(called, state, actions)
    },
  }
}

/** Whoever left and kept the place is called by the ticket's number. @param {HTMLElement} element  @param {BoothState} state  @param {import("../types.js").BoothActions} actions */
function drawCalled(element, state, actions) {
  const called = state.view?.called ?? []
  const wanted = JSON.stringify(called.map((one) => one.call_id))
  if (element.dataset.shown === wanted) return
  element.dataset.shown = wanted
  mount(element, called.map((one) =>
    h("li", null,
      h("button", { class: "attract-call", type: "button", "data-call": one.ticket, onclick: () => actions.answerCallBack(one.call_id) },
        h("span", { class: "attract-ticket digits" }, one.ticket),
        h("span", null, t("attract.called")),
        icon("next")))))
  if (called[0]) speak(t("attract.called_speak", { number: called[0].ticket }), language())
}

/** @param {HTMLElement} element  @param {BoothState} state */
function drawHealth(element, state) {
  const broken = Object.entries(state.health).filter(([, health]) => health && health !== "ok")
  const checked = Object.keys(state.health).length > 0
  element.dataset.ok = String(checked && broken.length === 0)
  const names = broken.map(([role]) => t(`device.${role}`)).join(t("booth.and"))
  const text = !checked ? t("attract.checking") : broken.length ? t("attract.broken", { names }) : t("attract.ready")
  mount(element, icon(broken.length ? "warning" : "check"), text)
}

// What a passer-by sees: one promise, one place to touch.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

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
      h("button", { class: "button attract-progress", type: "button", "data-action": "progress", onclick: () => actions.go({ step: "progress" }) }, icon("search"), t("attract.progress")),
      notice,
    ),
    h("div", { class: "attract-side" },
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
    },
  }
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

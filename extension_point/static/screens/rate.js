// The five levels of 好差评 (GB/T 39735): one touch, never forced. A low one may say why.

import { Numpad } from "/static/web/components/numpad/numpad.js"
import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/** @typedef {import("../types.js").BoothState} BoothState */
/** @typedef {NonNullable<import("../types.js").Visit["low"]>} Low */

const LEVELS = [5, 4, 3, 2, 1]
const REASONS = ["waited_long", "not_solved", "unfriendly", "hard_to_hear", "hard_to_use"]
/** The path of the mouth for each level, in a face of 48 × 48. */
const MOUTHS = { 5: "M13 27c3 9 19 9 22 0z", 4: "M14 29c4 6 16 6 20 0", 3: "M15 31h18", 2: "M14 34c4-6 16-6 20 0", 1: "M13 36c3-9 19-9 22 0" }

/** @param {BoothState} state  @param {import("../types.js").BoothActions} actions */
export function rate(state, actions) {
  const body = h("div", { class: "rate-body" })
  const error = h("p", { class: "banner banner-danger", role: "alert", hidden: true })
  const agent = state.view?.call?.agent
  const title = h("h1", { class: "screen-title" }, agent ? t("rate.title_agent", { name: agent.name }) : t("rate.title"))
  const skip = h("button", { class: "button", type: "button", "data-action": "skip-rating", onclick: () => actions.dismiss() }, t("rate.skip"))
  const levels = () => mount(body, h("div", { class: "rate-levels", role: "group", "aria-label": t("rate.label") }, LEVELS.map((level) =>
    h("button", { class: "rate-level", type: "button", "data-level": level, onclick: () => (level <= 2 ? why((state.visit.low = { level, reasons: new Set(), called: false, digits: "" })) : actions.rate(level)) }, face(level), h("span", null, t(`rating.${level}`))))))
  const why = (/** @type {Low} */ low) => {
    const { level, reasons: chosen } = low
    low.called = false
    const reasons = REASONS.map((reason) => {
      const box = h("input", { type: "checkbox", value: reason, checked: chosen.has(reason), onchange: () => (box.checked ? chosen.add(reason) : chosen.delete(reason)) })
      return h("label", { class: "choice" }, h("span", { class: "choice-text" }, t(`rate.reason_${reason}`)), box)
    })
    const send = h("button", { class: "button button-primary", type: "button", "data-action": "send-rating", onclick: () => actions.rate(level, [...chosen]) }, t("rate.send"))
    const call = h("button", { class: "button", type: "button", "data-action": "rate-phone", onclick: () => phone(low) }, icon("phone"), t("rate.call_me"))
    const back = h("button", { class: "button", type: "button", onclick: () => ((state.visit.low = null), levels()) }, icon("back"), t("action.back"))
    const heading = h("h2", { class: "card-title", tabindex: "-1" }, t("rate.why"))
    mount(body, heading, h("div", { class: "rate-reasons" }, reasons), h("div", { class: "rate-send" }, back, call, send))
    heading.focus()
  }
  /** Who leaves a number is called back; nobody has to. */
  const phone = (/** @type {Low} */ low) => {
    const { level, reasons: chosen } = low
    const reasons = [...chosen]
    low.called = true
    const pad = new Numpad({
      length: 11, groups: [3, 4, 4],
      words: { label: t("rate.phone"), erase: t("keyboard.erase"), clear: t("keyboard.clear"), empty: t("numpad.empty") },
      delegate: { numpadChanged: (digits) => (low.digits = digits), numpadDone: (digits) => actions.rate(level, reasons, digits) },
    })
    const without = h("button", { class: "button", type: "button", onclick: () => actions.rate(level, reasons) }, t("rate.no_phone"))
    mount(body, h("h2", { class: "card-title" }, t("rate.phone")), pad.element, h("div", { class: "rate-send" }, without))
    pad.set(low.digits)
    pad.element.focus()
  }
  // In another language one goes on where one was.
  const { low } = state.visit
  if (low) (low.called ? phone : why)(low)
  else levels()
  const element = h(
    "section",
    { class: "screen rate" },
    h("div", { class: "rate-head" }, h("p", { class: "eyebrow" }, t("rate.eyebrow")), title, h("p", { class: "lead" }, t("rate.lead"))),
    body,
    error,
    h("p", { class: "banner rate-papers" }, icon("document"), t("rate.papers")),
    h("footer", { class: "actions actions-end" }, skip),
  )
  return {
    element,
    // The service closes the rating after a minute by itself.
    idle_s: 0,
    speak: t("rate.speak"),
    update: (/** @type {BoothState} */ state) => {
      error.hidden = !state.visit.error
      mount(error, icon("warning"), state.visit.error)
    },
  }
}

/** @param {number} level */
function face(level) {
  const make = (/** @type {string} */ name, /** @type {Record<string, string>} */ attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name)
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
    return element
  }
  const svg = make("svg", { viewBox: "0 0 48 48", class: "face", "aria-hidden": "true" })
  svg.append(
    make("circle", { cx: "24", cy: "24", r: "21", class: "face-head" }),
    make("circle", { cx: "16.5", cy: "19", r: "2.6", class: "face-eye" }),
    make("circle", { cx: "31.5", cy: "19", r: "2.6", class: "face-eye" }),
    make("path", { d: MOUTHS[/** @type {keyof typeof MOUTHS} */ (level)], class: level === 5 ? "face-mouth face-mouth-open" : "face-mouth" }),
  )
  return svg
}

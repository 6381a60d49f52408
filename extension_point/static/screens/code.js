// Somebody comes with a ticket or an appointment: the code is held before a camera, or its eight digits are typed, on keys
// as large as a telephone's. A receipt that is held there instead leads to where its matter stands.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { CodeCamera } from "./code-camera.js"
import { spaced } from "./qr.js"

/** @typedef {import("../types.js").BoothState} BoothState */

const LENGTH = 8

/** @param {BoothState} state  @param {import("../types.js").BoothActions} actions */
export function code(state, actions) {
  let digits = ""
  const camera = new CodeCamera(state.devices, ({ code, receipt }) => {
    if (code) {
      type(code)
      actions.showCode(code)
    } else if (receipt) actions.go({ step: "progress", receipt })
  })
  const shown = h("output", { class: "code-shown digits", "aria-live": "polite", "data-code": "" })
  const problem = h("p", { class: "banner banner-danger", role: "alert", hidden: true })
  const go = h("button", { class: "button button-primary", type: "button", "data-action": "show-code", onclick: () => actions.showCode(digits) }, t("code.go"), icon("next"))
  const type = (/** @type {string} */ next) => {
    digits = next.slice(0, LENGTH)
    say(shown, spaced(digits.padEnd(LENGTH, "_")))
    go.disabled = digits.length < LENGTH
    shown.setAttribute("aria-label", digits.split("").join(" ") || t("code.empty"))
  }
  const key = (/** @type {string} */ digit) => h("button", { class: "key code-key digits", type: "button", "data-key": digit, onclick: () => type(digits + digit) }, digit)
  const erase = h("button", { class: "key code-key", type: "button", "aria-label": t("code.erase"), "data-key": "erase", onclick: () => type(digits.slice(0, -1)) }, icon("delete"))
  const clear = h("button", { class: "key code-key code-clear", type: "button", "data-key": "clear", onclick: () => type("") }, t("keyboard.clear"))
  const element = h(
    "section",
    { class: "screen code", onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (/^\d$/.test(event.key)) type(digits + event.key)
      else if (event.key === "Backspace") type(digits.slice(0, -1))
      else if (event.key === "Enter" && !go.disabled && event.target === element) go.click()
    } },
    h("div", null, h("h1", { class: "screen-title" }, t("code.title")), h("p", { class: "lead" }, t("code.lead"))),
    h("div", { class: "code-entry" },
      camera.element,
      shown,
      problem,
      h("div", { class: "code-keys", role: "group", "aria-label": t("code.title") }, [..."123456789"].map(key), clear, key("0"), erase),
    ),
    h("footer", { class: "actions" },
      h("button", { class: "button", type: "button", "data-action": "back", onclick: () => actions.home() }, icon("back"), t("action.back")),
      go,
    ),
  )
  type("")
  return {
    element,
    idle_s: 60,
    media: { track: (/** @type {string} */ role, /** @type {MediaStreamTrack | null} */ track) => camera.track(role, track) },
    speak: t("code.title"),
    update: (/** @type {BoothState} */ state) => {
      problem.hidden = !state.visit.error
      mount(problem, icon("warning"), state.visit.error)
    },
    leave: () => camera.stop(),
  }
}

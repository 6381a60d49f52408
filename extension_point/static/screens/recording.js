// Whether the call may be recorded: the question in plain words, and, while it is recorded, a sign that says so with
// the button that stops it. Nobody has to answer; without a yes nothing is recorded.

import { h, icon, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/** @typedef {import("../types.js").BoothActions} BoothActions */
/** @typedef {import("/static/web/js/types.js").RecordingInfo} RecordingInfo */

export class RecordingNotice {
  #word = h("span", null)

  /** @param {BoothActions} actions */
  constructor(actions) {
    this.question = h(
      "div",
      { class: "recording-question card", role: "group", "aria-label": t("recording.ask"), hidden: true },
      h("div", null, h("p", { class: "recording-title" }, icon("camera"), t("recording.ask")), h("p", { class: "recording-text" }, t("recording.why"))),
      h("div", { class: "recording-answers" },
        h("button", { type: "button", class: "button button-primary", "data-action": "record-yes", onclick: () => actions.record(true) }, icon("check"), t("recording.yes")),
        h("button", { type: "button", class: "button", "data-action": "record-no", onclick: () => actions.record(false) }, t("recording.no")),
      ),
    )
    this.stop = h("button", { type: "button", class: "button recording-stop", "data-action": "record-stop", onclick: () => actions.record(false) }, t("recording.stop"))
    this.sign = h("div", { class: "recording-sign", hidden: true }, h("span", { class: "badge recording-badge", role: "status" }, h("span", { class: "recording-dot", "aria-hidden": "true" }), this.#word), this.stop)
  }

  /** @param {RecordingInfo | null} recording  @param {boolean} talking */
  update(recording, talking) {
    const consent = recording?.consent ?? ""
    this.question.hidden = consent !== "asked"
    // A stop is said for the rest of the call; a no is not held up to anyone.
    this.sign.hidden = !(consent === "agreed" || (consent === "withdrawn" && talking))
    this.stop.hidden = consent !== "agreed"
    this.sign.dataset.recording = recording?.on ? "on" : "off"
    say(this.#word, t(`recording.${wordOf(recording, talking)}`))
  }
}

/** @param {RecordingInfo | null} recording  @param {boolean} talking */
function wordOf(recording, talking) {
  if (recording?.consent === "withdrawn") return recording.on ? "stopping" : "stopped"
  if (recording?.on) return "on"
  if (recording?.trouble) return "trouble"
  return talking ? "coming" : "later"
}

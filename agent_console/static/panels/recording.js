// Whether the call is recorded, for the helper: what the citizen said, that it runs, and loudly when it should but does not.

import { h, icon, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { word } from "../words.js"
import { attribute, show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("/static/web/js/types.js").RecordingInfo} RecordingInfo */

export class RecordingBadge {
  #word = h("span", { role: "status" })
  #badge = h("span", { class: "badge recording-badge" }, h("span", { class: "recording-dot", "aria-hidden": "true" }), this.#word)

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
    this.ask = h("button", { type: "button", class: "button button-small", id: "recording-ask", onclick: () => desk.askRecording() }, icon("camera"), t("recording.ask_again"))
    this.element = h("span", { class: "recording", hidden: true }, this.#badge, this.ask)
  }

  render() {
    const call = this.desk.view?.call
    const recording = call?.recording ?? null
    show(this.element, recording !== null)
    if (!call || !recording) return
    attribute(this.#badge, "data-recording", kindOf(recording))
    say(this.#word, recordingWords(recording, call.held))
    show(this.ask, this.desk.leads && (recording.consent === "declined" || recording.consent === "withdrawn"))
    this.ask.disabled = this.desk.socket !== "online" || this.desk.busy.has("recording.ask")
  }
}

/** @param {RecordingInfo} recording */
export const kindOf = ({ consent, on, trouble }) => (on ? "on" : trouble ? "trouble" : consent)

/** @param {RecordingInfo} recording  @param {boolean} held */
export function recordingWords({ consent, on, trouble }, held) {
  if (on) return t("recording.on")
  if (trouble) return t("recording.trouble", { why: word("recording.why", trouble) })
  if (consent === "agreed") return t(held ? "recording.held" : "recording.coming")
  return t(`recording.${consent}`)
}

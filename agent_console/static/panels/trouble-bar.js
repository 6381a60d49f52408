// One line under the bar for trouble that lasts: the service out of reach, the camera or microphone not working.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { clock } from "../words.js"
import { show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

/** Shorter breaks heal before anybody could read about them. */
const OFFLINE_AFTER_MS = 1500

export class TroubleBar {
  #text = h("span", { role: "status" })
  element = h("div", { class: "banner banner-danger trouble", hidden: true }, icon("warning"), this.#text)
  #told = ""

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
  }

  render() {
    const text = this.#words()
    show(this.element, text !== "")
    if (text !== this.#told) mount(this.#text, (this.#told = text))
  }

  #words() {
    const { desk } = this
    if (desk.socket === "offline" && Date.now() - desk.offline_since > OFFLINE_AFTER_MS) {
      const running = desk.view?.call && (desk.call.state === "good" || desk.call.state === "poor")
      return t(running ? "trouble.offline_in_call" : "trouble.offline", { time: clock((Date.now() - desk.offline_since) / 1000) })
    }
    const working = desk.view?.agent.state === "ready" || desk.view?.agent.state === "talking" || desk.view?.agent.state === "offered"
    const { camera, microphone } = desk.devices.health
    if (!working) return ""
    if (microphone && microphone !== "ok") return `${t("device.microphone")}: ${t(`advice.${microphone}`)}`
    if (camera && camera !== "ok") return `${t("device.camera")}: ${t(`advice.${camera}`)}`
    return ""
  }
}

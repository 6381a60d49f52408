// Which camera, microphone and loudspeaker; the ring and the notification. Also during a call: the change is heard at once.

import { h, icon, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { DeviceRows } from "./device-rows.js"
import { play } from "./play.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../desk/attention.js").Attention} Attention */
/** @typedef {import("./device-rows.js").DeskRole} DeskRole */

export class DevicesDialog {
  #preview = h("video", { class: "preview-video mirrored", muted: true, playsinline: true, "aria-label": t("preview.label") })
  #notify = h("span", { class: "soft" })

  /** @param {Desk} desk  @param {Attention} attention  @param {(role: DeskRole, deviceId: string) => Promise<void>} chosen */
  constructor(desk, attention, chosen) {
    this.desk = desk
    this.attention = attention
    this.rows = new DeviceRows(desk, (role, id) => chosen(role, id).then(() => this.rows.list()), "dialog")
    this.ring = h("button", { type: "button", class: "button button-small", onclick: () => this.#ringOnce() }, icon("bell"), t("ring.try"))
    this.allow = h("button", { type: "button", class: "button button-small", onclick: () => attention.askForNotifications() }, t("notify.allow"))
    this.element = h(
      "dialog",
      { class: "dialog dialog-devices", "aria-labelledby": "devices-title", onclose: () => this.#closed() },
      h("div", { class: "dialog-head" }, h("h2", { class: "dialog-title", id: "devices-title" }, t("devices.title")), h("button", { type: "button", class: "button button-quiet bar-icon", "aria-label": t("action.close"), onclick: () => this.element.close() }, icon("close"))),
      h("div", { class: "dialog-columns" }, h("div", { class: "preview" }, this.#preview), this.rows.element),
      h("div", { class: "dialog-line" }, h("span", null, t("ring.title")), this.ring),
      h("div", { class: "dialog-line" }, h("span", null, t("notify.title")), this.#notify, this.allow),
    )
  }

  open() {
    if (this.element.open) return
    this.element.showModal()
    this.desk.test(true)
    this.rows.list()
    this.render()
  }

  #closed() {
    this.desk.test(false)
    this.rows.stop()
    play(this.#preview, [])
  }

  async #ringOnce() {
    await this.attention.ring.unlock()
    this.attention.ring.start(1, (await this.desk.devices.chosen("speaker"))?.deviceId)
  }

  render() {
    if (!this.element.open) return
    const { camera } = this.desk.devices.tracks
    play(this.#preview, camera ? [camera] : [])
    this.rows.render()
    say(this.#notify, t(`notify.${this.attention.notifications}`))
    this.allow.hidden = this.attention.notifications !== "default"
  }
}

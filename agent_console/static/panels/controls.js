// The buttons of a call, each with its key. A pressed button says what is so now, its word what pressing does. One that
// can do nothing for the moment keeps the focus: whoever steers by keyboard must not be thrown out by a slow camera.

import { h, icon, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { attribute, show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

export class Controls {
  /** @param {Desk} desk  @param {{end: () => void}} go */
  constructor(desk, go) {
    this.desk = desk
    this.mute = control("mic", "mute", "M", () => desk.call.setMuted({ audio: !desk.call.muted.audio }) ?? desk.changed())
    this.camera = control("camera", "camera", "V", () => desk.call.setMuted({ video: !desk.call.muted.video }) ?? desk.changed())
    this.hold = control("pause", "hold", "H", () => desk.toggleHold())
    this.share = control("screen", "share", "S", () => desk.toggleShare())
    this.end = h("button", { type: "button", class: "button button-danger control-end", id: "end", onclick: go.end }, icon("phone-end"), t("call.end"), h("kbd", null, "E"))
    this.away = h("p", { class: "banner banner-warn control-away", role: "status", hidden: true })
    this.element = h("div", { class: "controls" }, h("div", { class: "control-group", role: "toolbar", "aria-label": t("call.controls") }, this.mute, this.camera, this.hold, this.share), this.away, this.end)
  }

  render() {
    const call = this.desk.view?.call
    if (!call) return
    const { muted, sharing } = this.desk.call
    const { tracks } = this.desk.devices
    const online = this.desk.socket === "online"
    const noCamera = !tracks.camera
    const noMicrophone = !tracks.microphone
    state(this.mute, muted.audio || noMicrophone, muted.audio ? "call.unmute" : noMicrophone ? "call.no_microphone" : "call.mute", muted.audio || noMicrophone ? "mic-off" : "mic")
    state(this.camera, muted.video || noCamera, muted.video ? "call.camera_on" : noCamera ? "call.no_camera" : "call.camera_off", muted.video || noCamera ? "camera-off" : "camera")
    state(this.hold, call.held, call.held ? "call.resume" : "call.hold", call.held ? "play" : "pause")
    state(this.share, sharing, sharing ? "call.share_stop" : "call.share", sharing ? "screen-off" : "screen")
    able(this.mute, !noMicrophone)
    able(this.camera, !noCamera)
    able(this.hold, online && !this.desk.busy.has("call.hold") && !this.desk.busy.has("call.resume"))
    able(this.share, online || sharing)
    const { leads } = this.desk
    for (const button of [this.hold, this.share, this.end]) show(button, leads)
    for (const button of [this.mute, this.camera]) show(button, call.role !== "listener")
    this.end.disabled = !online || this.desk.busy.has("call.end")
    show(this.away, call.booth_lost_at !== null)
    if (call.booth_lost_at) say(this.away, t("call.booth_lost", { time: Math.round(this.desk.since(call.booth_lost_at)) }))
  }
}

/** @param {string} symbol  @param {string} id  @param {string} key  @param {() => void} run @returns {HTMLButtonElement} */
function control(symbol, id, key, run) {
  const onclick = () => button.getAttribute("aria-disabled") === "true" || run()
  const button = h("button", { type: "button", class: "control", id: `control-${id}`, "aria-pressed": "false", onclick }, icon(symbol), h("span", { class: "control-word" }), h("kbd", null, key))
  return button
}

/** @param {HTMLButtonElement} button  @param {boolean} is */
const able = (button, is) => attribute(button, "aria-disabled", String(!is))

/** @param {HTMLButtonElement} button  @param {boolean} pressed  @param {string} key  @param {string} symbol */
function state(button, pressed, key, symbol) {
  attribute(button, "aria-pressed", String(pressed))
  say(/** @type {Element} */ (button.querySelector(".control-word")), t(key))
  if (button.dataset.symbol === symbol) return
  button.dataset.symbol = symbol
  button.firstElementChild?.replaceWith(icon(symbol))
}


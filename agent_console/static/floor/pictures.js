// Small pictures of the talking calls, a page of them at a time: each tile is a connection of its own that only receives
// two pictures, the citizen's and the helper's, and no sound. Nobody in the call perceives it; a call from browser to
// browser moves to a media node while it is watched, so its tile may take a moment.

import { h, icon, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { Problem } from "/static/web/js/signal.js"
import { attribute, follow, show } from "../panels/list.js"

/** @typedef {import("./floor.js").Floor} Floor */
/** @typedef {import("./model.js").CallRow} CallRow */

/** Pictures on one page; the server lets one supervisor have twelve, and one page may still close while the next opens. */
const PAGE = 6
/** While a call moves to a node, or none is there. */
const AGAIN_MS = { moving: 1200, media_away: 5000 }
/** Sections of one person: microphone, camera, screen, document. @type {readonly ("audio" | "video")[]} */
const GROUP = ["audio", "video", "video", "video"]

class Picture {
  #stopped = false
  #preview = ""
  /** @type {RTCPeerConnection | null} */
  #pc = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again

  /**
   * @param {string} call_id  @param {HTMLVideoElement[]} videos
   * @param {{request: (name: string, payload: object) => Promise<any>}} signal  @param {(state: string) => void} told
   */
  constructor(call_id, videos, signal, told) {
    this.call_id = call_id
    this.videos = videos
    this.signal = signal
    this.told = told
    this.#open()
  }

  async #open() {
    const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" })
    this.#pc = pc
    for (const [at, media] of [...GROUP, ...GROUP].entries()) pc.addTransceiver(media, { direction: at % GROUP.length === 1 ? "recvonly" : "inactive" })
    pc.ontrack = ({ transceiver, track }) => {
      const video = this.videos[Math.floor(pc.getTransceivers().indexOf(transceiver) / GROUP.length)]
      if (video) video.srcObject = new MediaStream([track])
    }
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === "connected") this.told("good")
      else if (pc.connectionState === "failed" || pc.connectionState === "closed") this.#retry("moving")
    }
    try {
      await pc.setLocalDescription()
      const { type, sdp } = /** @type {RTCSessionDescription} */ (pc.localDescription)
      const { preview_id, description } = await this.signal.request("preview.open", { call_id: this.call_id, description: { type, sdp } })
      this.#preview = preview_id
      if (this.#stopped) return this.#close()
      await pc.setRemoteDescription(description)
    } catch (error) {
      if (!this.#stopped) this.#retry(error instanceof Problem && error.code === "moving" ? "moving" : "media_away")
    }
  }

  /** @param {"moving" | "media_away"} why */
  #retry(why) {
    if (this.#stopped) return
    this.told(why)
    this.#close()
    clearTimeout(this.#again)
    this.#again = setTimeout(() => this.#open(), AGAIN_MS[why])
  }

  #close() {
    if (this.#preview) this.signal.request("preview.close", { preview_id: this.#preview }).catch(() => {})
    this.#preview = ""
    if (this.#pc) this.#pc.onconnectionstatechange = null
    this.#pc?.close()
    this.#pc = null
  }

  stop() {
    this.#stopped = true
    clearTimeout(this.#again)
    this.#close()
    for (const video of this.videos) video.srcObject = null
  }
}

export class Pictures {
  on = false
  #page = 0
  /** @type {Map<string, Picture>} */
  #pictures = new Map()
  #grid = h("ul", { class: "pictures-grid" })
  #none = h("p", { class: "soft floor-empty" }, t("floor.no_talking"))
  #where = h("span", { class: "digits" })
  #before = h("button", { type: "button", class: "button button-small", id: "pictures-before", onclick: () => this.#turn(-1) }, icon("back"), t("pictures.before"))
  #after = h("button", { type: "button", class: "button button-small", id: "pictures-after", onclick: () => this.#turn(1) }, t("pictures.after"), icon("next"))

  /** @param {Floor} floor */
  constructor(floor) {
    this.floor = floor
    this.button = h("button", { type: "button", class: "button button-small", id: "pictures", "aria-pressed": "false", onclick: () => this.toggle() }, icon("camera"), t("pictures.show"))
    this.close = h("button", { type: "button", class: "button button-small", id: "pictures-hide", onclick: () => this.toggle() }, icon("close"), t("pictures.hide"))
    this.element = h("section", { class: "card panel floor-pictures", "aria-labelledby": "floor-pictures-title", hidden: true }, h("div", { class: "panel-head" }, h("h2", { id: "floor-pictures-title" }, t("pictures.title")), h("div", { class: "floor-tools" }, this.#before, this.#where, this.#after, this.close)), this.#none, this.#grid)
  }

  toggle() {
    this.on = !this.on
    this.#page = 0
    attribute(this.button, "aria-pressed", String(this.on))
    show(this.element, this.on)
    ;(this.on ? this.close : this.button).focus() // the lists, and the button among them, are out of sight meanwhile
    this.floor.redraw()
  }

  /** @param {number} step */
  #turn(step) {
    this.#page += step
    this.floor.redraw()
  }

  /** @param {readonly CallRow[]} talking  @param {boolean} seen  the floor is what is looked at */
  render(talking, seen) {
    const wanted = this.on && seen
    show(this.element, this.on)
    if (!wanted) return this.#let(new Set())
    const pages = Math.max(1, Math.ceil(talking.length / PAGE))
    this.#page = Math.min(Math.max(0, this.#page), pages - 1)
    const calls = talking.slice(this.#page * PAGE, (this.#page + 1) * PAGE)
    show(this.#none, !calls.length)
    say(this.#where, `${this.#page + 1} / ${pages}`)
    this.#before.disabled = this.#page === 0
    this.#after.disabled = this.#page >= pages - 1
    this.#let(new Set(calls.map((call) => call.id)))
    follow(this.#grid, calls, { key: (call) => call.id, make: (call) => this.#make(call), update: (tile, call) => this.#update(tile, call) })
  }

  /** Let go of every picture but these. @param {Set<string>} kept */
  #let(kept) {
    for (const [id, picture] of this.#pictures) {
      if (kept.has(id)) continue
      picture.stop()
      this.#pictures.delete(id)
    }
    if (!kept.size) this.#grid.replaceChildren()
  }

  /** @param {CallRow} call */
  #make(call) {
    const videos = ["citizen", "agent"].map((side) => h("video", { muted: true, autoplay: true, playsinline: true, "data-side": side, "aria-label": t(`pictures.${side}`) }))
    const state = h("span", { class: "picture-state" }, t("pictures.moving"))
    const tile = h("li", { class: "picture" }, h("button", { type: "button", class: "picture-open", onclick: () => this.floor.detail.open("calls", call.id) }, h("span", { class: "picture-pair" }, videos, state), h("span", { class: "picture-words" }, h("strong", { class: "digits" }), h("span", null), h("span", { class: "digits picture-time" }))))
    this.#pictures.set(call.id, new Picture(call.id, videos, this.floor.desk.signal, (told) => {
      show(state, told !== "good")
      say(state, told === "good" ? "" : t(`pictures.${told}`))
    }))
    return tile
  }

  /** @param {HTMLElement} tile  @param {CallRow} call */
  #update(tile, call) {
    const words = /** @type {HTMLElement} */ (tile.querySelector(".picture-words"))
    const { floor } = this
    say(/** @type {Element} */ (words.children[0]), call.ticket)
    const who = [call.agent ? floor.agentName(call.agent) : "", floor.pointName(call.booth)].filter(Boolean).join(" · ")
    words.title = who
    say(/** @type {Element} */ (words.children[1]), who)
    say(/** @type {Element} */ (words.children[2]), floor.since(call.accepted_at))
  }
}

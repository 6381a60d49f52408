// The conversation. The helper's face is large; when they show their screen, that is large and the face stands beside.
// Every state of the connection is said in words over the picture it concerns; nothing pretends to work.

import { BoardView } from "/static/web/components/board/board.js"
import { FormView } from "/static/web/components/form/form.js"
import { Chat } from "/static/web/components/chat/chat.js"
import { ask } from "/static/web/components/dialog/dialog.js"
import { Stage } from "/static/web/components/stage/stage.js"
import { h, icon, mount, say } from "/static/web/js/dom.js"
import { clock, named, t } from "/static/web/js/i18n.js"
import { CaptureGuide } from "./capture-guide.js"
import { EarlierBanner } from "./earlier-banner.js"
import { LeaseBanner } from "./lease-banner.js"
import { PaperStrip } from "./paper-strip.js"
import { RecordingNotice } from "./recording.js"
import { TouchKeys } from "../typing/touch-keys.js"
import { SigningView } from "./signing.js"

/** @typedef {import("../types.js").BoothState} BoothState */
/** @typedef {import("../types.js").BoothActions} BoothActions */

const PHRASES = ["chat.phrase_yes", "chat.phrase_wait", "chat.phrase_louder", "chat.phrase_thanks"]

class Talk {
  asking = new AbortController()
  name = h("p", { class: "talk-name" })
  item = h("p", { class: "talk-item soft" })
  time = h("p", { class: "talk-time digits" })
  link = h("p", { class: "badge talk-link", role: "status", "data-link": "" })
  error = h("p", { class: "banner banner-danger", role: "alert", hidden: true })
  bar = h("footer", { class: "talk-bar", role: "toolbar", "aria-label": t("talk.tools") })
  sound = h("button", { class: "button button-primary talk-sound", type: "button", hidden: true, onclick: () => this.#unmute() }, icon("speaker"), t("talk.sound"))

  remote = new Stage({
    kind: "remote",
    label: t("talk.helper"),
    delegate: { stageFrame: () => this.#firstFrame(), stageSilenced: () => (this.sound.hidden = false) },
  })
  screen = new Stage({
    kind: "screen",
    label: t("talk.helper_screen"),
    delegate: { stageFrame: () => this.#showState(), stagePoint: (x, y) => this.state.call.point("screen", x, y) },
  })
  /** A third party each: an expert, an interpreter, a leader. @type {Map<string, {stage: Stage, box: HTMLElement}>} */
  others = new Map()
  othersBox = h("div", { class: "talk-others" })
  /** An interpreter stands large beside the helper, whatever else is looked at: hands are read from afar. */
  pinned = h("div", { class: "talk-pinned" })
  self = new Stage({ kind: "self", label: t("talk.self"), muted: true, mirror: true })
  document = new Stage({ kind: "document", label: t("talk.document"), muted: true })
  own = new Stage({ kind: "own-screen", label: t("talk.own_screen"), muted: true })

  ownBox = h("div", { class: "talk-own", hidden: true }, h("h2", { class: "talk-heading" }, icon("screen"), t("talk.own_screen")), this.own.element)
  documentBox = h("div", { class: "talk-document" }, h("h2", { class: "talk-heading" }, icon("document"), t("talk.document")), this.document.element)

  /** @param {BoothState} state  @param {BoothActions} actions */
  constructor(state, actions) {
    this.state = state
    this.actions = actions
    this.chat = new Chat({ side: "citizen", delegate: { say: ({ text, message_id }) => actions.say(text, message_id) }, phrases: PHRASES.map((key) => t(key)) })
    this.lease = new LeaseBanner(actions)
    this.earlier = new EarlierBanner()
    this.guide = new CaptureGuide(actions)
    this.strip = new PaperStrip({ withdraw: (id) => actions.withdraw(id), look: (id) => actions.look(id) }, this.asking.signal)
    this.paper = new BoardView({
      board: state.board,
      side: "citizen",
      me: () => this.state.view?.booth.id ?? "",
      nameOf: (by) => this.#nameOf(by),
    })
    this.form = new FormView({ form: state.form, me: () => this.state.view?.booth.id ?? "", nameOf: (by) => this.#nameOf(by) })
    this.formState = h("p", { class: "form-state", role: "status" })
    this.formPlace = h("div", { class: "form-place", hidden: true }, this.form.element, h("footer", { class: "form-foot" }, this.formState, h("button", { type: "button", class: "button", "data-action": "form-hide", onclick: () => state.board.hide() }, icon("close"), t("board.hide"))))
    this.signing = new SigningView({ decline: (id) => actions.declineSigning(id) })
    this.remote.element.append(this.sound)
    this.recording = new RecordingNotice(actions)
    this.element = this.#layout()
    this.keys = new TouchKeys(this.element)
    this.element.append(this.keys.element)
    this.link.before(this.recording.sign)
    this.remote.element.after(this.recording.question)
    this.timer = setInterval(() => (this.#showTime(), this.lease.tick()), 1000)
    this.#attach()
  }

  #unmute() {
    this.sound.hidden = true
    this.remote.unmute()
    for (const { stage } of this.others.values()) stage.unmute()
  }

  #layout() {
    return h(
      "section",
      { class: "screen talk", "data-main": "face" },
      h("div", { class: "talk-top" }, h("div", { class: "talk-who" }, h("h1", { class: "visually-hidden" }, t("talk.title")), this.name, this.item), this.link, this.time),
      h("div", { class: "talk-news" }, this.error, this.lease.element, this.earlier.element),
      h("div", { class: "talk-stages" }, this.remote.element, this.screen.element, this.pinned, this.othersBox, this.self.element, this.paper.element, this.formPlace),
      this.guide.element,
      h("aside", { class: "talk-side" },
        h("div", { class: "talk-papers" }, this.ownBox, this.documentBox, this.strip.element),
        h("div", { class: "talk-chat card" }, this.chat.element),
      ),
      this.bar,
      this.signing.element,
      this.lease.pad,
    )
  }

  /** Pictures that were there before this screen was. */
  #attach() {
    const { call, devices } = this.state
    for (const kind of /** @type {const} */ (["camera", "screen"])) this.onRemote(kind, call.remote[kind])
    for (const role of /** @type {const} */ (["camera", "document_camera"])) this.onTrack(role, devices.tracks[role] ?? null)
    this.onSharing()
    this.onOthers()
    devices.chosen("speaker").then((speaker) => {
      // Older browsers play through the default loudspeaker.
      if (speaker) /** @type {any} */ (this.remote.video).setSinkId?.(speaker.deviceId).catch(() => {})
    })
  }

  #firstFrame() {
    this.state.call.pictureShown()
    this.#showState()
  }

  /** @param {string} kind  @param {MediaStream | null} stream */
  onRemote(kind, stream) {
    if (kind === "camera") this.remote.show(stream)
    if (kind === "screen") this.screen.show(stream)
  }

  /** Whoever else is in the call has a small picture, with their name and why they came. */
  onOthers() {
    const { others } = this.state.call
    for (const [id, { stage, box }] of this.others) {
      if (others.has(id)) continue
      stage.stop()
      box.remove()
      this.others.delete(id)
    }
    for (const [id, stream] of others) {
      let other = this.others.get(id)
      if (!other) {
        const stage = new Stage({ kind: "other", label: t("talk.other"), delegate: { stageSilenced: () => (this.sound.hidden = false) } })
        other = { stage, box: h("div", { class: "talk-other", "data-person": id }, stage.element, h("p", { class: "talk-other-name" })) }
        this.others.set(id, other)
        this.#placeOf(id).append(other.box)
      }
      other.stage.show(stream)
    }
    this.#nameOthers()
  }

  /** @param {string} id */
  #placeOf(id) {
    return this.#participant(id)?.role === "interpreter" ? this.pinned : this.othersBox
  }

  /** @param {string} id */
  #participant(id) {
    return this.state.view?.call?.participants.find((someone) => someone.id === id)
  }

  #nameOthers() {
    for (const [id, { box }] of this.others) {
      const one = this.#participant(id)
      // A picture may come before the word on whose it is. Moved in one step, a video plays on (HTML, "media elements").
      if (one && box.parentElement !== this.#placeOf(id)) this.#placeOf(id).append(box)
      say(/** @type {Element} */ (box.querySelector(".talk-other-name")), one ? `${one.name} · ${t(`party.${one.role}`)}` : "")
    }
    this.element.toggleAttribute("data-interpreted", this.pinned.childElementCount > 0)
  }

  #showForm() {
    const { board, form } = this.state
    this.formPlace.hidden = board.surface?.kind !== "form"
    const state = form.ownSigning?.state
    if (!this.formPlace.hidden) this.form.render()
    say(this.formState, state === "signed" || state === "preparing" ? t(`form.signing_${state}`) : t("form.together"))
    this.signing.render(form.signing)
  }

  /** Who points, in words. @param {string} by */
  #nameOf(by) {
    const one = this.state.view?.call?.participants.find((someone) => someone.id === by)
    return one?.name || t("talk.helper")
  }

  /** @param {import("/static/web/js/board.js").Pointed} pointed */
  onPointed(pointed) {
    this.paper.pointed(pointed)
  }

  /** @param {string} role  @param {MediaStreamTrack | null} track */
  onTrack(role, track) {
    const stage = role === "camera" ? this.self : role === "document_camera" ? this.document : null
    stage?.show(track ? new MediaStream([track]) : null)
    stage?.tell(track ? "" : t(role === "camera" ? "talk.no_camera" : "talk.no_document_camera"))
  }

  onSharing() {
    const track = this.state.call.screenTrack
    this.own.show(track ? new MediaStream([track]) : null)
    this.ownBox.hidden = !track
    this.documentBox.hidden = !!track
  }

  /** @param {{surface: string, x: number, y: number}} pointer */
  onPointer({ surface, x, y }) {
    if (surface === "document") this.document.pointAt(x, y)
    else if (surface === "screen") this.own.pointAt(x, y)
  }

  /** @param {BoothState} state */
  update(state) {
    this.state = state
    const call = state.view?.call
    if (!call) return
    const agent = call.agent
    say(this.name, agent ? `${t("service.helper")} ${agent.name} · ${agent.badge}` : t("service.helper"))
    say(this.item, [named(state.items.find(call.item_id)), call.ticket].filter(Boolean).join(" · "))
    this.element.dataset.main = state.board.surface ? "board" : call.sharing.agent ? "screen" : "face"
    this.paper.render()
    this.#showForm()
    this.chat.show(state.chat)
    this.strip.show(state.papers)
    this.recording.update(call.recording, true)
    this.lease.show(state)
    this.earlier.show(state)
    this.guide.show(state)
    this.error.hidden = !state.visit.error
    mount(this.error, icon("warning"), state.visit.error)
    this.#nameOthers()
    this.#showState()
    this.#drawBar()
    this.#showTime()
  }

  #showState() {
    const { state } = this
    const call = state.view?.call
    if (!call) return
    const shown = state.link === "good" && !state.devices.tracks.camera ? "waiting_camera" : state.link
    this.link.dataset.link = shown
    this.link.className = `badge talk-link ${shown === "good" ? "badge-good" : shown === "poor" ? "badge-warn" : shown === "lost" ? "badge-danger" : "badge-primary"}`
    if (this.link.dataset.text !== t(`link.${shown}`)) mount(this.link, icon("signal"), t(`link.${shown}`))
    this.link.dataset.text = t(`link.${shown}`)
    this.remote.tell(this.#overRemote(call, state.link))
    if (state.devices.tracks.camera) this.self.tell(call.held || state.call.muted.video ? t("talk.paused") : "")
    if (state.devices.tracks.document_camera) this.document.tell(call.held ? t("talk.paused") : "")
    this.screen.tell(call.sharing.agent && this.screen.element.dataset.playing === "false" ? t("talk.screen_coming") : "")
  }

  /** @param {import("/static/web/js/types.js").CallInfo} call  @param {string} link */
  #overRemote(call, link) {
    if (call.recovering && link !== "good" && link !== "poor") return t("talk.recovering")
    if (call.private) return t("talk.aside")
    if (call.held) return t("talk.held")
    if (link === "lost" || link === "reconnecting") return t("talk.lost")
    const { audio, video } = call.media.agent
    // Whose camera is off sends no first picture either.
    if (!video && (link === "good" || link === "poor")) return t(audio ? "talk.helper_no_camera" : "talk.helper_no_devices")
    return this.remote.element.dataset.playing === "false" ? t("talk.connecting") : ""
  }

  #showTime() {
    const since = this.state.view?.call?.accepted_at
    if (since) say(this.time, clock(Date.now() / 1000 + this.state.skew_s - Date.parse(since) / 1000))
  }

  #drawBar() {
    const { call, visit } = this.state
    const shown = JSON.stringify([call.muted, call.sharing, visit.elder])
    if (this.bar.dataset.shown === shown) return
    this.bar.dataset.shown = shown
    const { audio, video } = call.muted
    mount(
      this.bar,
      tool("mute", audio ? "mic-off" : "mic", t(audio ? "talk.unmute" : "talk.mute"), () => this.#mute({ audio: !audio }), audio),
      !visit.elder && tool("camera", video ? "camera-off" : "camera", t(video ? "talk.camera_on" : "talk.camera_off"), () => this.#mute({ video: !video }), video),
      !visit.elder && tool("share", call.sharing ? "screen-off" : "screen", t(call.sharing ? "talk.share_stop" : "talk.share"), () => this.#share(), call.sharing),
      tool("end", "phone-end", t("talk.end"), () => this.#end()),
    )
  }

  /** @param {Partial<{audio: boolean, video: boolean}>} change */
  #mute(change) {
    this.state.call.setMuted(change)
    this.actions.go({})
  }

  async #share() {
    const { call } = this.state
    try {
      if (call.sharing) await call.stopSharing()
      else await call.shareScreen()
    } catch (error) {
      // Closing the browser's chooser is an answer, not a fault.
      if (!(error instanceof DOMException && error.name === "NotAllowedError")) this.actions.go({ error: t("talk.share_failed") })
    }
    this.actions.go({ error: this.state.visit.error })
  }

  async #end() {
    const sure = await ask({ title: t("talk.end_title"), text: t("talk.end_text"), yes: t("talk.end_yes"), no: t("talk.end_no"), danger: true, signal: this.asking.signal })
    if (sure) await this.actions.leave()
  }

  leave() {
    clearInterval(this.timer)
    this.asking.abort()
    this.strip.stop()
    this.paper.stop()
    this.guide.stop()
    this.signing.stop()
    for (const stage of [this.remote, this.screen, this.self, this.document, this.own, ...[...this.others.values()].map((other) => other.stage)]) stage.stop()
  }
}

/**
 * @param {string} action
 * @param {string} picture
 * @param {string} text
 * @param {() => void} pressed
 * @param {boolean} [on]
 */
function tool(action, picture, text, pressed, on) {
  return h(
    "button",
    { class: `button tool ${action === "end" ? "button-danger" : ""}`, type: "button", "data-action": action, "aria-pressed": on === undefined ? null : String(on), onclick: pressed },
    icon(picture),
    h("span", null, text),
  )
}

/** @param {BoothState} state  @param {BoothActions} actions  @returns {import("../types.js").Screen} */
export function talk(state, actions) {
  const screen = new Talk(state, actions)
  return {
    element: screen.element,
    media: {
      remote: (kind, stream) => screen.onRemote(kind, stream),
      track: (role, track) => screen.onTrack(role, track),
      others: () => screen.onOthers(),
      sharing: () => screen.onSharing(),
      pointer: (pointer) => screen.onPointer(pointer),
      pointed: (pointed) => screen.onPointed(pointed),
    },
    update: (state) => screen.update(state),
    leave: () => screen.leave(),
  }
}

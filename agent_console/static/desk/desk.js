// What the console knows and may ask for; no DOM. The server's `view` is the truth, this object holds it together with
// what only this page knows: its devices, its link's statistics, chat lines on their way, notes not yet saved.
// Promise: after every change the delegate hears `deskChanged` once; every request that is refused is told once.

import { Board } from "/static/web/js/board.js"
import { Call } from "/static/web/js/call.js"
import { Devices } from "/static/web/js/devices.js"
import { t } from "/static/web/js/i18n.js"
import { Problem, Signal } from "/static/web/js/signal.js"
import { ask, post } from "../http.js"
import { Brief } from "./brief.js"
import { CaseFile } from "./case-file.js"
import { Company } from "./company.js"
import { EarlierVisits } from "./earlier.js"
import { Form } from "/static/web/js/form.js"
import { Papers } from "./papers.js"
import { Chat } from "./chat.js"
import { Notes } from "./notes.js"
import { Tools } from "./tools.js"

/** @typedef {import("../types.js").StaffView} StaffView */
/** @typedef {import("/static/web/js/types.js").CaptureInfo} CaptureInfo */
/** @typedef {import("/static/web/js/types.js").LinkReport} LinkReport */
/** @typedef {import("/static/web/js/call.js").Pointer} Pointer */
/** @typedef {import("/static/web/js/call.js").StreamKind} StreamKind */

/**
 * @typedef {object} DeskDelegate
 * @property {() => void} deskChanged
 * @property {(problem: Problem, request: string) => void} deskRefused
 * @property {(kind: StreamKind, stream: MediaStream | null) => void} deskRemote
 * @property {() => void} deskOthers  others in the call can be seen now, or no longer
 * @property {(pointer: Pointer) => void} deskPointer
 * @property {(capture: CaptureInfo) => void} deskCapture  a still moved on
 * @property {(document: import("../types.js").StoredDocument) => void} deskDocument  a document came or went
 * @property {(pointed: import("/static/web/js/board.js").Pointed) => void} deskPointed  somebody points at the paper
 * @property {(problems: string[]) => void} deskJudged  a still is not good
 * @property {(lease: import("./tools.js").Lease) => void} deskLease  the leave to work the booth's devices moved on
 * @property {(state: import("./earlier.js").EarlierState) => void} deskEarlier  the citizen shows their earlier visits, or not, or no longer
 * @property {() => void} deskRestored  the socket stands (again), and the snapshot is here
 * @property {(name: string, payload: any) => boolean} deskEvent  an event that is not about the desk's call; true if it was known
 */

/** States in which a picture is, or may soon be, wanted; in all others camera and microphone are closed. */
const WORKING = new Set(["ready", "offered", "talking", "wrap_up"])

export class Desk {
  /** @type {import("/static/web/js/signal.js").SignalState} */
  socket = "connecting"
  /** @type {StaffView | null} */
  view = null
  /** The call the desk is about: talked in now, or being wrapped up. @type {import("../types.js").CallInfo | null} */
  lastCall = null
  /** @type {Map<string, CaptureInfo>} */
  captures = new Map()
  /** @type {LinkReport | null} */
  report = null
  /** @type {any} */
  peerReport = null
  /** How everybody in the call is connected. @type {import("../types.js").LegState[]} */
  legs = []
  /** All its pages are there. */
  donePaper = ""
  /** Requests on their way, by name. @type {Set<string>} */
  busy = new Set()
  /** Devices are open for a test although no call can come. */
  testing = false
  offline_since = 0

  #skew_ms = 0
  #subject = ""
  /** The call that is being joined to hear first. */
  #hearing = ""
  #pending = false
  #led = false

  /** @param {DeskDelegate} delegate */
  constructor(delegate) {
    this.delegate = delegate
    this.signal = new Signal({ namespace: "/staff", delegate: this.#signalDelegate() })
    this.devices = new Devices({ delegate: this.#devicesDelegate(), roles: ["camera", "microphone", "speaker"] })
    this.call = new Call({ signal: this.signal, side: "agent", delegate: this.#callDelegate() })
    this.form = new Form({ signal: this.signal, changed: () => this.changed() })
    this.board = new Board({
      signal: this.signal,
      delegate: {
        boardChanged: () => (this.form.lies(this.board.surface), this.changed()),
        boardPointed: (pointed) => this.delegate.deskPointed(pointed),
        boardRefused: (problem) => this.delegate.deskRefused(problem, "board"),
      },
    })
    this.brief = new Brief(this.signal.request.bind(this.signal), () => this.changed())
    this.company = new Company(this)
    this.chat = new Chat({ request: this.signal.request.bind(this.signal), changed: () => this.changed() })
    this.tools = new Tools({ toolsAsk: (name, payload) => this.ask(name, payload), toolsChanged: () => this.changed(), toolsPrintable: async () => (this.view?.call ? (await ask(`/api/calls/${this.view.call.call_id}/documents`)).documents : []), toolsLease: (lease) => this.delegate.deskLease(lease), toolsDone: () => this.changed() })
    this.papers = new Papers((name, payload) => this.ask(name, payload), () => this.changed())
    this.file = new CaseFile(() => this.changed())
    this.earlier = new EarlierVisits(() => this.changed(), (state) => this.delegate.deskEarlier(state))
    this.notes = new Notes({ save: (draft) => this.signal.request("notes.save", draft), changed: () => this.changed(), lost: (problem) => this.delegate.deskRefused(problem, "notes.save") })
  }

  start() {
    this.devices.start()
    this.signal.start()
  }

  stop() {
    this.signal.stop()
    this.call.stop()
    this.devices.stop()
    this.chat.close()
    this.notes.close()
  }

  /** The server's time in seconds; counting down by the page's own clock would be wrong by what that is off. */
  get now() {
    return (Date.now() + this.#skew_ms) / 1000
  }

  /** Seconds from a time of the server until now. @param {string | null | undefined} at */
  since(at) {
    return at ? Math.max(0, this.now - Date.parse(at) / 1000) : 0
  }

  /** Seconds left until a time of the server. @param {string | null | undefined} at */
  until(at) {
    return at ? Math.max(0, Date.parse(at) / 1000 - this.now) : 0
  }

  /** Is the document camera's live picture there? Only its track knows; over a broken link it would be an old one. */
  get documentLive() {
    if (this.call.state !== "good" && this.call.state !== "poor") return false
    const track = this.call.remote.document?.getVideoTracks()[0]
    return track !== undefined && !track.muted && track.readyState === "live"
  }

  /** Several changes in a row are told once. A microtask, because a page in the background gets no animation frames. */
  changed() {
    if (this.#pending) return
    this.#pending = true
    queueMicrotask(() => {
      this.#pending = false
      this.delegate.deskChanged()
    })
  }

  /**
   * One request; a refusal is told to the person, and null comes back.
   * @param {string} name
   * @param {object} [payload]
   */
  async ask(name, payload = {}) {
    if (this.busy.has(name)) return null
    this.busy.add(name)
    this.changed()
    try {
      return await this.signal.request(name, payload)
    } catch (error) {
      this.delegate.deskRefused(error instanceof Problem ? error : new Problem({ code: "unavailable" }), name)
      return null
    } finally {
      this.busy.delete(name)
      this.changed()
    }
  }

  // What the person does ------------------------------------------------------------------------------------------

  ready() {
    this.devices.open()
    return this.ask("agent.ready")
  }

  /** @param {string} reason */
  notReady(reason) {
    return this.ask("agent.not_ready", { reason })
  }

  /** @param {boolean} [hearing] come with microphone and camera closed, to hear first */
  accept(hearing = false) {
    const offer = this.view?.offer
    this.#hearing = hearing && offer ? offer.call_id : ""
    if (offer) return this.ask("offer.accept", { offer_id: offer.offer_id })
  }

  /** @param {string} reason */
  decline(reason) {
    const offer = this.view?.offer
    if (offer) return this.ask("offer.decline", { offer_id: offer.offer_id, reason })
  }

  toggleHold() {
    const call = this.view?.call
    if (call) return this.ask(call.held ? "call.resume" : "call.hold", { call_id: call.call_id })
  }

  /** The citizen types the end of their phone at the booth. */
  async askDigits() {
    const call = this.view?.call
    if (!call || !(await this.ask("digits.ask", { call_id: call.call_id }))) return
    if (!this.file.digits) this.file.digits = "asked"
    this.changed()
  }

  /** The citizen reads out a receipt's number and the end of their phone. @param {string} number  @param {string} last_four */
  findCase(number, last_four) {
    const call = this.view?.call
    if (call) return this.ask("case.find", { call_id: call.call_id, number, last_four })
  }

  /** The citizen takes the case back. @param {string} reason */
  withdrawCase(reason) {
    const about = this.view?.call ?? this.view?.wrap_up
    if (about) return this.ask("case.withdraw", { call_id: about.call_id, reason })
  }

  /** Ask whether the citizen shows their earlier visits. */
  askEarlier() {
    const call = this.view?.call
    if (call) return this.ask("earlier.ask", { call_id: call.call_id })
  }

  /** Give the receipt; a call that goes on ends with it. @param {string} outcome  @param {object} receipt */
  async giveReceipt(outcome, receipt) {
    const about = this.view?.call ?? this.view?.wrap_up
    if (!about) return null
    await this.notes.flush()
    return this.ask("receipt.give", { call_id: about.call_id, outcome, ...receipt })
  }

  /** @param {string} outcome */
  async end(outcome) {
    const call = this.view?.call
    if (!call) return null
    await this.notes.flush()
    return this.ask("call.end", { call_id: call.call_id, outcome })
  }

  /** Put the question whether the call may be recorded once more. */
  askRecording() {
    const call = this.view?.call
    if (call) return this.ask("recording.ask", { call_id: call.call_id })
  }

  /** Is this desk's call its own to lead? Whoever came to it has less to press. */
  get leads() {
    return this.view?.call?.role === "agent"
  }

  /** Ask for a still: of a new paper, of an identity card, or the next page of a paper. @param {{kind?: string, paper_id?: string}} [what] */
  requestCapture(what = {}) {
    const call = this.view?.call
    this.donePaper = ""
    if (call) return this.ask("capture.request", { call_id: call.call_id, ...what })
  }

  /** The paper whose next page may come: the last one this helper asked for, until they say that it is done. */
  get openPaper() {
    const last = [...this.captures.values()].filter((one) => one.requester === this.view?.agent.id && one.paper_id).at(-1)
    const whole = last?.kind === "id_card" && last.page > 1
    return last?.state === "stored" && !whole && last.paper_id !== this.donePaper ? last : null
  }

  nextPage() {
    const paper_id = this.openPaper?.paper_id
    if (paper_id) return this.requestCapture({ paper_id })
  }

  /** All pages are there: they become one document, which both sides can look at and print. */
  paperDone() {
    const last = this.openPaper
    this.donePaper = last?.paper_id ?? ""
    this.changed()
    if (last?.paper_id && last.page > 1) return this.#bind(last.call_id, last.paper_id, last.kind)
  }

  /** @param {string} call_id  @param {string} paper_id  @param {string} kind */
  async #bind(call_id, paper_id, kind) {
    try {
      const name = encodeURIComponent(t(`capture.bound_${kind}`))
      await post(`/api/calls/${call_id}/papers/${paper_id}/document?name=${name}`, {})
      this.tools.refresh()
    } catch (error) {
      this.delegate.deskRefused(error instanceof Problem ? error : new Problem({ code: "unavailable" }), "capture.bind")
    }
  }

  /** Ask the citizen for the booth's devices. */
  askForTools() {
    const call = this.view?.call
    if (call) return this.tools.ask(call.call_id)
  }

  /** Under a lease: take a still now, the one that is being waited for or a new one. */
  async takeStill() {
    const waiting = [...this.captures.values()].find((one) => one.state === "requested")
    const capture_id = waiting?.capture_id ?? (await this.requestCapture())?.capture_id
    if (capture_id) await this.tools.do("document_camera", "still", { capture_id })
  }

  extendWrapUp() {
    const wrapUp = this.view?.wrap_up
    if (wrapUp) return this.ask("wrap_up.extend", { call_id: wrapUp.call_id })
  }

  /** @param {string | null} outcome  @param {string} [breakReason] go on break afterwards instead of ready */
  async finishWrapUp(outcome, breakReason = "") {
    const wrapUp = this.view?.wrap_up
    if (!wrapUp) return null
    // The break is planned first: between finishing and asking for it, the next call could ring.
    if (breakReason && !(await this.ask("agent.not_ready", { reason: breakReason }))) return null
    await this.notes.flush()
    return this.ask("wrap_up.finish", { call_id: wrapUp.call_id, ...(outcome ? { outcome } : {}) })
  }

  /** Open the devices to look at them before a shift, or let them go again. @param {boolean} on */
  test(on) {
    this.testing = on
    this.#followDevices()
  }

  async toggleShare() {
    if (this.call.sharing) return this.call.stopSharing()
    try {
      await this.call.shareScreen()
    } catch (error) {
      // Declined in the browser's own dialog: the person knows.
      if (error instanceof DOMException && error.name === "NotAllowedError") return
      this.delegate.deskRefused(error instanceof Problem ? error : new Problem({ code: "share_failed" }), "share.start")
    }
  }

  // What the server says ------------------------------------------------------------------------------------------

  /** @returns {import("/static/web/js/signal.js").SignalDelegate} */
  #signalDelegate() {
    return {
      signalState: (state) => this.#socketIs(state),
      signalSnapshot: (snapshot) => this.#restore(snapshot),
      signalView: (view) => this.#show(view),
      signalEvent: (name, payload) => this.#hear(name, payload),
    }
  }

  /** @param {import("/static/web/js/signal.js").SignalState} state */
  #socketIs(state) {
    this.socket = state
    this.offline_since = state === "offline" ? this.offline_since || Date.now() : 0
    // Another page of mine has the call now, or nobody may: nothing of it goes on here.
    if (state === "superseded" || state === "signed_out" || state === "refused") this.stop()
    this.changed()
  }

  /** @param {import("/static/web/js/types.js").Snapshot} snapshot */
  #restore(snapshot) {
    this.#show(snapshot.view, true)
    this.call.reconcile(this.view?.call ?? null, this.view?.offer?.links)
    this.board.follow(this.view?.call?.call_id ?? "", true)
    this.form.follow(this.view?.call?.call_id ?? "", this.view?.call?.item_id ?? "", true)
    this.delegate.deskRestored()
    const call_id = this.#subject
    if (!call_id) return this.notes.open("")
    this.captures = new Map()
    this.#tellStory(snapshot)
    this.papers.load()
    this.file.load()
    this.earlier.load()
    this.changed()
  }

  /** @param {StaffView} view  @param {boolean} [restored] what was said before comes with it */
  #show(view, restored = false) {
    this.view = view
    this.#skew_ms = Date.parse(view.now) - Date.now()
    const subject = view.call?.call_id ?? view.wrap_up?.call_id ?? ""
    const another = subject !== this.#subject
    const led = this.#led
    this.#led = this.leads
    if (another) this.#turnTo(subject)
    // Whoever takes a call over goes on writing where the other one stopped.
    if (view.call && !restored && (another || (this.#led && !led))) this.#catchUp(subject)
    if (view.call) this.lastCall = view.call
    this.call.update(view.call, view.offer?.links)
    if (view.call?.call_id === this.#hearing) this.#hearFirst()
    this.brief.follow(view.offer)
    this.board.follow(view.call?.call_id ?? "")
    this.form.follow(view.call?.call_id ?? "", view.call?.item_id ?? "")
    this.earlier.follow(view.call?.call_id ?? "")
    this.#followDevices()
    this.changed()
  }

  /** Once: from then on the own buttons say what is heard and seen. */
  #hearFirst() {
    this.#hearing = ""
    this.call.setMuted({ audio: true, video: true })
  }

  /** A call that goes on: whoever comes to it sees what was said and shown before. @param {string} call_id */
  async #catchUp(call_id) {
    try {
      const story = await this.signal.request("call.read", { call_id }, { repeatable: true })
      if (this.#subject !== call_id) return
      this.#tellStory(story)
      this.changed()
    } catch {
      // Out of the call again, or out of reach: then a snapshot tells it.
    }
  }

  /** @param {Pick<import("/static/web/js/types.js").Snapshot, "chat" | "captures" | "notes" | "leases" | "devices">} story */
  #tellStory(story) {
    this.chat.restore(story.chat)
    // What was told meanwhile is newer.
    this.captures = new Map([.../** @type {[string, CaptureInfo][]} */ (story.captures.map((one) => [one.capture_id, one])), ...this.captures])
    this.notes.restore(story.notes)
    this.tools.restore(story.leases, story.devices)
  }

  /** Another call, or none: nothing of the last citizen stays. @param {string} call_id */
  #turnTo(call_id) {
    this.#subject = call_id
    this.lastCall = null
    this.report = this.peerReport = null
    this.legs = []
    this.captures = new Map()
    this.tools.forget()
    this.papers.open(call_id)
    this.chat.open(call_id)
    this.notes.open(call_id)
    this.file.open(call_id)
  }

  #followDevices() {
    // Whoever only listens has no microphone that could be heard: it is not even opened.
    const listens = this.view?.call?.role === "listener"
    const wanted = this.testing || (WORKING.has(this.view?.agent.state ?? "") && !listens)
    const open = Object.keys(this.devices.tracks).length > 0
    if (wanted && !this.#wanted) this.devices.open()
    else if (!wanted && open) this.devices.close()
    this.#wanted = wanted
  }

  #wanted = false

  /** @param {string} name  @param {any} payload */
  #hear(name, payload) {
    if (this.call.handle(name, payload) || this.board.handle(name, payload) || this.form.handle(name, payload) || this.delegate.deskEvent(name, payload)) return
    if (payload?.call_id !== this.#subject) return
    if (this.tools.hear(name, payload)) return this.changed()
    if (this.file.hear(name, payload) || this.earlier.hear(name, payload)) return
    if (this.papers.hear(name, payload)) {
      if (name === "capture.judged" && payload.problems.length) this.delegate.deskJudged(payload.problems)
    } else if (name === "chat.said") this.chat.said(payload)
    else if (name === "legs.measured") this.legs = payload.legs
    else if (name === "document.changed") this.delegate.deskDocument(payload)
    else if (name === "capture.changed") {
      this.captures.set(payload.capture_id, { ...this.captures.get(payload.capture_id), ...payload })
      this.delegate.deskCapture(payload)
      // The card's back follows its front.
      if (payload.state === "stored" && payload.kind === "id_card" && payload.requester === this.view?.agent.id && this.leads) {
        if (payload.page === 1) this.nextPage()
        else this.#bind(payload.call_id, payload.paper_id, payload.kind)
      }
    }
    this.changed()
  }

  // What media and devices say ------------------------------------------------------------------------------------

  /** @returns {import("/static/web/js/call.js").CallDelegate} */
  #callDelegate() {
    return {
      callRemote: (kind, stream) => {
        for (const track of stream?.getTracks() ?? []) track.onmute = track.onunmute = track.onended = () => this.changed()
        this.delegate.deskRemote(kind, stream)
        this.changed()
      },
      callOthers: () => (this.delegate.deskOthers(), this.changed()),
      callState: () => this.changed(),
      callReport: (report) => ((this.report = report), this.changed()),
      callPeerReport: (report) => ((this.peerReport = report), this.changed()),
      callSharing: () => this.changed(),
      callPointer: (pointer) => this.delegate.deskPointer(pointer),
    }
  }

  /** @returns {import("/static/web/js/devices.js").DevicesDelegate} */
  #devicesDelegate() {
    return {
      deviceTrack: (role, track) => {
        if (role === "camera" || role === "microphone") this.call.setLocal(role, track).catch(() => {})
        this.changed()
      },
      deviceHealth: () => this.changed(),
      devicesChanged: () => this.changed(),
    }
  }
}

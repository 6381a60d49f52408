// The booth's page: one socket, one call, four devices, and the screen that fits what they say.
//
// The server's view decides (`idle`, `waiting`, `talking`, `rating`); before a call the citizen's own steps do. A running
// call outlives the socket: while the service is away the picture stays and a line says so. `document.body.dataset.screen`
// names the screen that is shown, `data-action` names each button: the hooks of tests and of the operator's tools.

import { Board } from "/static/web/js/board.js"
import { Call } from "/static/web/js/call.js"
import { Devices } from "/static/web/js/devices.js"
import { Form } from "/static/web/js/form.js"
import { knows, t } from "/static/web/js/i18n.js"
import { Problem, Signal } from "/static/web/js/signal.js"
import { Actions } from "./actions.js"
import { Captures } from "./captures.js"
import { checkDevices } from "./check.js"
import { Earlier } from "./earlier.js"
import { fromAddress } from "./enrolment.js"
import { HealthReport, ROLES } from "./health.js"
import { Items } from "./items.js"
import { Lent } from "./lent.js"
import { Mirror } from "./mirror.js"
import { askDigits } from "./digits-dialog.js"
import { Receipts } from "./receipts.js"
import { advice } from "./refusals.js"
import { Screens } from "./screens.js"

/** @typedef {import("./types.js").BoothState} BoothState */
/** @typedef {import("./types.js").Visit} Visit */
/** @typedef {import("/static/web/js/types.js").BoothView} BoothView */
/** @typedef {import("/static/web/js/types.js").ChatLine} ChatLine */

/** @returns {Visit} */
const newVisit = () => ({
  step: "attract", item: null, category: null, priority: [], needs: [], elder: false, error: "", entering: false, talkedIn: "", receipt: "", bring: null,
  later: false, rebooks: null, booked: null, page: null, low: null,
})

/** A break shorter than this is not worth a word. */
const OFFLINE_AFTER_MS = 2500

export class Booth {
  signal = new Signal({ namespace: "/booth", delegate: this })
  call = new Call({ signal: this.signal, side: "citizen", delegate: this })
  board = new Board({ signal: this.signal, delegate: this })
  form = new Form({ signal: this.signal, changed: () => this.draw() })
  devices = new Devices({ delegate: this, roles: [...ROLES] })
  items = new Items()
  captures = new Captures(this)
  lent = new Lent(this)
  mirror = new Mirror(this)
  actions = new Actions(this)
  receipts = new Receipts(() => this.draw())
  earlier = new Earlier((name, payload) => this.signal.request(name, payload), () => this.draw())
  health = new HealthReport({ devices: this.devices, tell: (health) => this.signal.request("health", health) })
  visit = newVisit()
  /** @type {ChatLine[]} */
  chat = []
  /** @type {BoothView | null} */
  view = null
  online = false
  settingUp = false
  /** The credential in the address was not accepted. */
  refused = false
  checking = true
  skew_s = 0
  problem = ""
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #offlineTimer
  #drawing = false
  /** Takes back the question for the phone's digits. */
  #digits = new AbortController()

  constructor() {
    this.screens = new Screens(/** @type {HTMLElement} */ (document.getElementById("booth")), this.actions, this.mirror.element)
  }

  async start() {
    this.screens.start()
    this.devices.start()
    this.draw()
    const { credential, pairing } = fromAddress()
    this.lent.start(pairing)
    if (credential) await this.actions.enrol(credential)
    else this.signal.start()
    await this.check()
    this.health.start()
  }

  async check() {
    this.checking = true
    await checkDevices(this.devices)
    this.checking = false
    this.health.send(true)
    this.keepDevices()
    this.draw()
  }

  /** @returns {BoothState} */
  get state() {
    const { view, visit, items, chat, online, call, board, form, devices, skew_s, problem, receipts, earlier, printer } = this
    const { lending, bridge, pad } = this.lent
    return { view, visit, items, chat, papers: this.captures.papers, guiding: this.captures.guiding, online, link: call.state, health: devices.health, call, board, form, devices, skew_s, problem, lending, bridge, pad, receipt: receipts.given, earlier, printer }
  }

  /** Which screen fits. */
  get screen() {
    if (this.signal.state === "superseded") return "superseded"
    if (this.refused || this.signal.state === "refused" || this.signal.state === "signed_out") return "enrol"
    if (this.settingUp) return "setup"
    if (!this.view) return this.online || !this.problem ? "starting" : "offline"
    if (this.view.phase === "talking") return "talk"
    if (this.view.phase === "waiting") return this.visit.step === "times" ? "times" : "ticket"
    if (this.view.phase === "rating") return this.receipts.given && !this.receipts.read ? "receipt" : "rate"
    return this.online ? this.visit.step : "offline"
  }

  /** Show what is; changes of one turn are drawn once. */
  draw() {
    if (this.#drawing) return
    this.#drawing = true
    queueMicrotask(() => {
      this.#drawing = false
      this.screens.show(this.screen, this.state)
      this.mirror.follow()
    })
  }

  // ── the socket ──

  /** @param {import("/static/web/js/signal.js").SignalState} state  @param {Problem | null} problem */
  signalState(state, problem) {
    clearTimeout(this.#offlineTimer)
    if (state !== "online") this.mirror.forget()
    if (state === "online") this.online = true
    else if (state === "offline") this.#offlineTimer = setTimeout(() => this.#wentOffline(), this.view ? OFFLINE_AFTER_MS : 0)
    else if (state !== "connecting") this.#shutOut(problem?.code ?? state)
    this.draw()
  }

  /** Final: another page took over, or the credential is gone. Nothing may go on here. @param {string} why */
  #shutOut(why) {
    this.problem = why
    this.view = null
    this.call.stop()
    this.forget()
    this.keepDevices()
  }

  #wentOffline() {
    this.online = false
    this.problem = "offline"
    this.draw()
  }

  /** @param {import("/static/web/js/types.js").Snapshot} snapshot */
  signalSnapshot({ view, chat, captures, leases }) {
    this.problem = ""
    this.skew_s = Date.parse(view.now) / 1000 - Date.now() / 1000
    this.lent.restore(leases)
    this.chat = chat
    this.captures.restore(view.call?.call_id ?? null, captures)
    this.#follow(view)
    this.call.reconcile(this.#talking(view), this.#coming(view))
    this.board.follow(this.#talking(view)?.call_id ?? "", true)
    this.form.follow(this.#talking(view)?.call_id ?? "", this.#talking(view)?.item_id ?? "", true)
    this.earlier.follow(this.#talking(view)?.call_id ?? "", true)
    this.receipts.follow(this.#rating(view), true)
    this.health.send(true)
    if (!this.items.loaded) this.loadItems()
  }

  /** @param {BoothView} view */
  signalView(view) {
    this.#follow(view)
    this.call.update(this.#talking(view), this.#coming(view))
    this.board.follow(this.#talking(view)?.call_id ?? "")
    this.form.follow(this.#talking(view)?.call_id ?? "", this.#talking(view)?.item_id ?? "")
    this.earlier.follow(this.#talking(view)?.call_id ?? "")
    this.receipts.follow(this.#rating(view))
  }

  /** @param {string} name  @param {any} payload */
  signalEvent(name, payload) {
    if (this.call.handle(name, payload) || this.board.handle(name, payload) || this.form.handle(name, payload) || this.earlier.handle(name, payload)) return
    if (name === "chat.said") this.#said(payload)
    else if (name === "capture.changed") this.captures.changed(payload)
    else if (name === "capture.judged") this.captures.judged(payload)
    else if (name === "lease.changed") this.lent.lending.changed(payload)
    else if (name === "device.asked") this.lent.lending.carryOut(payload)
    else if (name === "page.restart") location.reload()
    else if (name === "mirror.changed") this.mirror.changed(payload)
    else if (name === "district.changed") this.loadItems()
    else if (name === "receipt.given" && payload.call_id === this.view?.call?.call_id) this.receipts.load(payload.call_id)
    else if (name === "digits.asked" && payload.call_id === this.view?.call?.call_id) this.#askDigits(payload.call_id)
  }

  /** @param {BoothView} view */
  #talking(view) {
    return view.phase === "talking" ? view.call : null
  }

  /** @param {BoothView} view */
  #rating(view) {
    return view.phase === "rating" ? (view.call?.call_id ?? "") : ""
  }

  /** @param {BoothView} view */
  #coming(view) {
    return view.phase === "waiting" ? view.call?.links : []
  }

  /** @param {BoothView} view */
  #follow(view) {
    const before = this.view
    this.view = view
    this.skew_s = Date.parse(view.now) / 1000 - Date.now() / 1000
    if (view.phase === "talking" && view.call) Object.assign(this.visit, { talkedIn: view.call.call_id, rebooks: null })
    // A call that was going on when the page came back, or that came here, knows how its citizen likes to read.
    if (view.call && view.call.call_id !== before?.call?.call_id) {
      this.visit.elder = view.call.elder_mode
      this.screens.speakLanguage(view.call.lang)
    }
    this.captures.follow(view.phase === "idle" ? null : (view.call?.call_id ?? null))
    if (view.phase !== "talking") this.lent.forget()
    this.lent.tell()
    if (view.phase !== "talking") this.#digits.abort()
    if (before && before.phase !== "idle" && view.phase === "idle") this.#ended(view)
    this.keepDevices()
    this.draw()
  }

  /** @param {BoothView} view */
  #ended(view) {
    // It comes another time instead, and the citizen reads when.
    if (this.visit.rebooks || this.visit.booked) return
    const thanked = this.visit.talkedIn !== ""
    const code = view.notice?.outcome ?? ""
    const told = knows(`notice.${code}`) && code !== "abandoned" ? t(`notice.${code}`) : ""
    this.forget()
    if (thanked) this.visit.step = "thanks"
    else this.visit.error = told
  }

  /** @param {ChatLine} line */
  #said(line) {
    if (line.call_id !== this.view?.call?.call_id || this.chat.some((one) => one.message_id === line.message_id)) return
    this.chat = [...this.chat, line]
    this.draw()
  }

  /** @param {string} call_id */
  async #askDigits(call_id) {
    this.#digits.abort()
    this.#digits = new AbortController()
    const last_four = await askDigits(this.#digits.signal)
    if (last_four) await this.ask("digits.type", { call_id, last_four })
  }

  async loadItems() {
    try {
      await this.items.load()
    } catch {
      setTimeout(() => this.items.loaded || this.loadItems(), 3000)
    }
    this.draw()
  }

  // ── devices and media ──

  /** Cameras are open from the last step before the ticket to the end of the call, and while a code may be shown. */
  keepDevices() {
    const phase = this.view?.phase
    const wanted = phase === "waiting" || phase === "talking" || ["wishes", "code", "progress"].includes(this.visit.step) || this.settingUp
    if (wanted) this.devices.open()
    else if (!this.checking) this.devices.close()
  }

  /** @param {"camera" | "document_camera" | "microphone"} role  @param {MediaStreamTrack | null} track */
  deviceTrack(role, track) {
    this.screens.media.track?.(role, track)
    // The live picture of the paper follows once the faces are there: they come first.
    if (role !== "document_camera") this.call.setLocal(role, track)
    else if (!track || this.call.state === "good") this.call.setLocal("document", track)
  }

  deviceHealth() {
    this.health.send()
    this.draw()
  }

  devicesChanged() {
    this.lent.look()
    this.draw()
  }

  /** @param {"camera" | "screen" | "document"} kind  @param {MediaStream | null} stream */
  callRemote(kind, stream) {
    this.screens.media.remote?.(kind, stream)
  }

  callOthers() {
    this.screens.media.others?.()
  }

  /** @param {string} state */
  callState(state) {
    if (state === "good") this.call.setLocal("document", this.devices.tracks.document_camera ?? null)
    this.draw()
  }

  /** @param {boolean} sharing */
  callSharing(sharing) {
    this.screens.media.sharing?.(sharing)
    this.draw()
  }

  /** @param {import("/static/web/js/call.js").Pointer} pointer */
  callPointer(pointer) {
    this.screens.media.pointer?.(pointer)
  }

  boardChanged() {
    this.form.lies(this.board.surface)
    this.draw()
  }

  /** @param {import("/static/web/js/board.js").Pointed} pointed */
  boardPointed(pointed) {
    this.screens.media.pointed?.(pointed)
  }

  /** @param {Problem} problem */
  boardRefused(problem) {
    this.failed(problem)
  }

  capturesChanged() {
    this.draw()
  }

  captureTrack() {
    return this.devices.tracks.document_camera
  }

  /** @param {string} name  @param {object} payload */
  captureSay(name, payload) {
    return this.signal.request(name, payload)
  }

  // ── the visit ──

  /** Nothing of it is left. */
  forget() {
    this.visit = newVisit()
    this.chat = []
    this.captures.forget()
    this.lent.forget()
    this.receipts.forget()
    this.screens.forget()
  }

  /** What the receipt's printer does; null: there is none, or the bridge is away. */
  get printer() {
    return this.receipts.printing !== "ready" ? this.receipts.printing : this.lent.prints ? /** @type {const} */ ("ready") : null
  }

  /** @param {string} name  @param {object} payload  @returns {Promise<any>} null when it was refused */
  async ask(name, payload) {
    try {
      return await this.signal.request(name, payload)
    } catch (error) {
      this.failed(error)
      return null
    }
  }

  /** @param {unknown} error */
  failed(error) {
    if (!(error instanceof Problem)) throw error
    this.visit.error = advice(error)
    this.draw()
  }
}

new Booth().start()

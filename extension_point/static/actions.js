// What can be asked for at the touch of a screen: by the citizen, and by the operator who sets the booth up. What becomes
// of it is the booth's to show.

import { enrol } from "./enrolment.js"

/** @typedef {import("./booth.js").Booth} Booth */
/** @typedef {import("./types.js").BoothActions} BoothActions */
/** @typedef {import("./types.js").Visit} Visit */

/** @implements {BoothActions} */
export class Actions {
  /** @param {Booth} booth */
  constructor(booth) {
    this.booth = booth
  }

  get #call_id() {
    return this.booth.view?.call?.call_id
  }

  allowLease() {
    return this.booth.lent.lending.allow()
  }

  refuseLease() {
    return this.booth.lent.lending.refuse()
  }

  takeBackLease() {
    this.booth.lent.takeBack()
  }

  takeStill() {
    this.booth.captures.release()
  }

  /** @param {string} [reason] */
  declineStill(reason = "declined") {
    this.booth.captures.decline(reason)
  }

  nextCamera() {
    return this.booth.lent.nextCamera()
  }

  /** Print at the citizen's touch. @param {import("./printing.js").Printed} what */
  print(what) {
    return this.booth.lent.print(what)
  }

  /** @param {Partial<Visit>} change */
  go(change) {
    Object.assign(this.booth.visit, { error: "" }, change)
    // Opening hours begin and end while the booth stands there.
    if (change.step === "choose") this.booth.loadItems()
    this.booth.keepDevices()
    this.booth.draw()
  }

  home() {
    this.booth.settingUp = false
    this.booth.forget()
    this.booth.keepDevices()
    this.booth.draw()
  }

  async enter() {
    const { item, priority, needs, elder, bring } = this.booth.visit
    if (!item || this.booth.visit.entering) return
    this.go({ entering: true })
    const lang = document.documentElement.lang
    const entered = await this.booth.ask("call.enter", { item_id: item.id, priority, needs, elder_mode: elder, lang })
    if (entered && bring) await this.booth.ask("case.bring", { call_id: entered.call_id, ...bring })
    this.booth.visit.bring = null
    this.booth.visit.entering = false
    this.booth.draw()
  }

  /** @param {number} for_s one second: I am ready */
  async letOthersFirst(for_s) {
    await this.#ofCall("call.let_others_first", { for_s })
  }

  /** @param {string} code */
  async showCode(code) {
    const lang = document.documentElement.lang
    this.booth.visit.error = ""
    await this.booth.ask("ticket.show", { code, elder_mode: this.booth.visit.elder, lang })
  }

  ticketCode() {
    return this.booth.ask("ticket.code", { call_id: this.#call_id })
  }

  async callBack() {
    await this.#ofCall("call_back.ask")
  }

  /** @param {string} call_id */
  async answerCallBack(call_id) {
    await this.booth.ask("call_back.answer", { call_id })
  }

  async times() {
    const told = await this.booth.signal.request("appointment.times", { item_id: this.booth.visit.item?.id })
    return told.times
  }

  /** @param {string} starts_at */
  async book(starts_at) {
    const { item, priority, needs, rebooks } = this.booth.visit
    if (!item) return
    const told = await this.booth.ask("appointment.book", { item_id: item.id, starts_at, priority, needs, ...(rebooks ? { call_id: rebooks } : {}) })
    if (told) this.go({ step: "booked", rebooks: null, booked: { ...told, item } })
  }

  /** @param {string} code */
  async unbook(code) {
    if (await this.booth.ask("appointment.cancel", { code })) this.home()
  }

  async leave() {
    await this.#ofCall("call.leave")
  }

  /** @param {number} level  @param {string[]} [reasons]  @param {string} [phone] to be called back */
  async rate(level, reasons = [], phone) {
    await this.#ofCall("call.rate", { level, reasons, ...(phone ? { phone } : {}) })
  }

  receiptRead() {
    this.booth.receipts.read = true
    this.booth.draw()
  }

  async printReceipt() {
    const { receipts } = this.booth
    const { given } = receipts
    if (!given || receipts.printing === "busy") return
    receipts.printing = "busy"
    this.booth.draw()
    const code = await this.print({ source: "receipt", id: given.receipt.receipt_id, title: given.case.spaced })
    // A slow printer may end when somebody else stands there.
    if (receipts.given?.receipt.receipt_id !== given.receipt.receipt_id) return
    receipts.printing = code === "ok" ? "done" : "failed"
    this.booth.draw()
  }

  /** @param {boolean} agreed */
  async record(agreed) {
    await this.#ofCall("recording.answer", { agreed })
  }

  async dismiss() {
    await this.#ofCall("call.dismiss")
  }

  /** @param {string} text  @param {string} message_id */
  say(text, message_id) {
    const call_id = this.#call_id
    return this.booth.signal.request("chat.say", { call_id, text, message_id }, { repeatable: true, timeout_ms: 20_000 })
  }

  /** The citizen does not sign. @param {string} signing_id */
  declineSigning(signing_id) {
    this.booth.form.decline(signing_id).catch((error) => this.booth.failed(error))
  }

  /** Put a still on both screens. @param {string} capture_id */
  look(capture_id) {
    this.booth.board.show("capture", capture_id)
  }

  /** @param {string} capture_id */
  async withdraw(capture_id) {
    try {
      await this.booth.captures.withdraw(capture_id)
    } catch (error) {
      this.booth.failed(error)
    }
  }

  /** Something about the call there is; nothing without one. @param {string} name  @param {object} [more] */
  async #ofCall(name, more = {}) {
    const call_id = this.#call_id
    if (call_id) await this.booth.ask(name, { call_id, ...more })
  }

  // ── the operator ──

  /** @param {string} credential */
  async enrol(credential) {
    this.booth.problem = (await enrol(credential)) ?? ""
    this.booth.refused = this.booth.problem !== ""
    if (!this.booth.refused) {
      this.booth.signal.start()
      // Somebody who sets the booth up stands here now; later on nobody would know which camera is which.
      this.booth.settingUp = !this.booth.devices.configured
    }
    this.booth.draw()
  }

  async retry() {
    // A page that was shut out is never let in again; a new one may be.
    if (this.booth.refused || ["refused", "signed_out", "superseded"].includes(this.booth.signal.state)) location.reload()
    else await this.booth.check()
  }

  setup() {
    this.booth.settingUp = true
    this.booth.keepDevices()
    this.booth.draw()
  }

  setupDone() {
    this.booth.settingUp = false
    this.booth.keepDevices()
    this.booth.draw()
  }
}

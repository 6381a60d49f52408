// A form that two fill in, as this page knows it; no DOM. Each field has a version: what is typed is told with the version
// it was typed on. Who comes second is told what the other wrote, and decides; fields nobody else touched never meet.

import { Problem } from "./signal.js"

/** @typedef {import("./signal.js").Signal} Signal */
/** @typedef {{value: string, version: number, by: string, side: string, at: number, source: "" | "card" | "paper", capture_id: string}} Entry */
/** @typedef {{value: string, capture_id: string, material_id: string}} Offer */
/** @typedef {{id: string, name: string, name_en: string}} Option */
/** @typedef {{id: string, type: string, name: string, name_en: string, hint: string, hint_en: string, required: boolean, longest: number, options: Option[], source: string}} Field */
/** @typedef {{id: string, name: string, name_en: string, declaration: string, sections: {name: string, name_en: string, fields: Field[]}[]}} FormInfo */
/**
 * @typedef {object} Signing
 * @property {string} signing_id
 * @property {"preparing" | "asked" | "sealing" | "signed" | "declined" | "withdrawn" | "failed"} state
 * @property {string} form_id
 * @property {string} document_id
 * @property {string} sha256
 * @property {string} signed_id
 * @property {{code?: string} | null} [problem]
 */

/** While somebody types, what they wrote is told this long after the last key. */
const TYPED_MS = 250

export class Form {
  /** Every form of the matter. @type {FormInfo[]} */
  all = []
  /** The one that is open. @type {FormInfo | null} */
  info = null
  version = 0
  /** @type {Map<string, Entry>} */
  entries = new Map()
  /** @type {Record<string, string>} */
  problems = {}
  /** Who is in which field, by person. @type {Map<string, {field: string, side: string}>} */
  focused = new Map()
  /** What I wrote and the other wrote otherwise meanwhile. @type {Map<string, {mine: string, theirs: string, version: number}>} */
  conflicts = new Map()
  /** @type {Map<string, Signing>} */
  signings = new Map()
  /** What papers offer fields of the open form; the citizen's page is offered nothing. @type {Record<string, Offer>} */
  offers = {}
  #callId = ""
  #formId = ""
  /** That lies on the board, if it is a form. */
  #lying = ""
  /** Typed and not told yet, by field. @type {Map<string, {value: string, timer: ReturnType<typeof setTimeout>}>} */
  #typed = new Map()
  /** Edits on their way, by field: the next waits for its answer. @type {Set<string>} */
  #telling = new Set()
  /** Signings told since the last reading began: its answer may be older than they are. @type {Map<string, Signing>} */
  #news = new Map()

  /** @param {{signal: Signal, changed: () => void}} options */
  constructor({ signal, changed }) {
    this.signal = signal
    this.changed = changed
  }

  get formId() {
    return this.#formId
  }

  /** The newest signing of all. @returns {Signing | null} */
  get signing() {
    return newest([...this.signings.values()])
  }

  /** The newest signing of the open form. @returns {Signing | null} */
  get ownSigning() {
    return newest([...this.signings.values()].filter((one) => one.form_id === this.#formId))
  }

  /** Turn to the form of a call's item, or to none. @param {string} callId  @param {string} itemId  @param {boolean} [anew] */
  async follow(callId, itemId, anew = false) {
    if (callId === this.#callId && !anew) return
    if (callId !== this.#callId) this.#forget()
    this.#callId = callId
    if (!callId) return
    if (!this.info) {
      const all = await this.#ofItem(itemId)
      if (callId !== this.#callId || !all.length) return
      this.all = all
      this.#turn(this.#lying)
    }
    await this.#read()
  }

  /** Turn to the form that both look at. @param {import("./board.js").Surface | null} surface */
  lies(surface) {
    this.#lying = surface?.kind === "form" ? surface.id : ""
    if (!this.#lying || this.#lying === this.#formId || !this.all.length) return
    this.flush()
    this.#clear()
    this.#turn(this.#lying)
    this.#read()
  }

  /** @param {string} formId of the matter's forms, else the first */
  #turn(formId) {
    this.info = this.all.find((one) => one.id === formId) ?? this.all[0] ?? null
    this.#formId = this.info?.id ?? ""
  }

  #forget() {
    this.#clear()
    this.all = []
    this.info = null
    this.#formId = ""
    this.signings = new Map()
    this.changed()
  }

  /** Nothing of the open form stays. */
  #clear() {
    for (const { timer } of this.#typed.values()) clearTimeout(timer)
    this.version = 0
    this.entries = new Map()
    this.problems = {}
    this.focused = new Map()
    this.conflicts = new Map()
    this.offers = {}
    this.#typed.clear()
    this.#telling.clear()
  }

  /** @param {string} itemId  @returns {Promise<FormInfo[]>} */
  async #ofItem(itemId) {
    try {
      const response = await fetch(`/api/items/${itemId}/forms`)
      return response.ok ? (await response.json()).forms : []
    } catch {
      return []
    }
  }

  async #read() {
    const [callId, formId] = [this.#callId, this.#formId]
    const news = (this.#news = new Map())
    try {
      const read = await this.signal.request("form.read", { call_id: callId, form_id: formId }, { repeatable: true, timeout_ms: 20_000 })
      if (callId !== this.#callId || formId !== this.#formId || news !== this.#news) return
      this.#take(read)
      this.signings = new Map([...read.signings.map((/** @type {Signing} */ one) => /** @type {const} */ ([one.signing_id, one])), ...news])
      this.changed()
      for (const [field, { value }] of this.#typed) this.#tell(field, value)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
  }

  /** Take over what is told of the open form, but for what is older than what is known. @param {{version: number, problems: Record<string, string>, entries: Record<string, Entry>}} told */
  #take({ version, problems, entries }) {
    if (version >= this.version) Object.assign(this, { version, problems })
    for (const [field, entry] of Object.entries(entries)) if (entry.version >= (this.entries.get(field)?.version ?? 0)) this.entries.set(field, entry)
  }

  /** @param {string} name  @param {any} payload  @returns {boolean} whether it was for a form */
  handle(name, payload) {
    if (!name.startsWith("form.") && !name.startsWith("sign.")) return false
    if (payload.call_id !== this.#callId) return true
    if (name === "form.changed" && payload.form_id === this.#formId) this.#take(payload)
    else if (name === "form.focused" && payload.form_id === this.#formId) {
      if (payload.field) this.focused.set(payload.by, { field: payload.field, side: payload.side })
      else this.focused.delete(payload.by)
    } else if (name === "sign.changed") {
      this.signings.set(payload.signing_id, payload)
      this.#news.set(payload.signing_id, payload)
    }
    this.changed()
    return true
  }

  /** What the field shows to who writes here. @param {string} field */
  value(field) {
    return this.#typed.get(field)?.value ?? this.entries.get(field)?.value ?? ""
  }

  /** A key was pressed. @param {string} field  @param {string} value */
  type(field, value) {
    clearTimeout(this.#typed.get(field)?.timer)
    this.#typed.set(field, { value, timer: setTimeout(() => this.#tell(field, value), TYPED_MS) })
  }

  /** The field was left, or something chosen: told at once. @param {string} field  @param {string} value */
  write(field, value) {
    clearTimeout(this.#typed.get(field)?.timer)
    this.#typed.set(field, { value, timer: setTimeout(() => {}, 0) })
    return this.#tell(field, value)
  }

  /** @param {string} field */
  focus(field) {
    if (this.#callId && this.#formId) this.signal.request("form.focus", { call_id: this.#callId, form_id: this.#formId, field }).catch(() => {})
  }

  /** Decide between the two: mine once more, or what the other wrote. @param {string} field  @param {boolean} mine */
  settle(field, mine) {
    const conflict = this.conflicts.get(field)
    this.conflicts.delete(field)
    this.#typed.delete(field)
    this.changed()
    if (conflict && mine) return this.write(field, conflict.mine)
  }

  /** What the citizen's card says of fields that are empty. @param {Record<string, string>} card by the fields' sources  @returns {[field: string, value: string][]} */
  fromCard(card) {
    const fields = this.info?.sections.flatMap((section) => section.fields) ?? []
    return fields.map(({ id, source }) => /** @type {[string, string]} */ ([id, (source && card[source]) || ""])).filter(([id, value]) => value && !this.value(id))
  }

  /** Fill empty fields with what the citizen's card says. @param {Record<string, string>} card by the fields' sources */
  takeCard(card) {
    for (const [field, value] of this.fromCard(card)) this.#put(field, value, "card")
  }

  /** Ask anew what the papers offer: one was read, or decided about. */
  async askOffers() {
    const [callId, formId] = [this.#callId, this.#formId]
    if (!formId) return
    try {
      const { offers } = await this.signal.request("form.offers", { call_id: callId, form_id: formId })
      if (callId !== this.#callId || formId !== this.#formId) return
      this.offers = offers
      this.changed()
    } catch (error) {
      // Offline, or over: the papers are told anew, and it is asked then.
      if (!(error instanceof Problem)) throw error
    }
  }

  /** Fill empty fields with what the papers say. */
  takeOffers() {
    for (const [field, { value }] of Object.entries(this.offers)) if (value && !this.value(field)) this.#put(field, value, "paper")
  }

  /** In this field the paper is right, whatever stands there. @param {string} field */
  takeOffer(field) {
    const value = this.offers[field]?.value
    if (value) this.#put(field, value, "paper")
  }

  /** @param {string} field  @param {string} value  @param {"card" | "paper"} source */
  #put(field, value, source) {
    clearTimeout(this.#typed.get(field)?.timer)
    this.#typed.set(field, { value, timer: setTimeout(() => {}, 0) })
    this.#tell(field, value, source)
  }

  /** @param {string} field  @param {string} value  @param {"card" | "paper"} [source] */
  async #tell(field, value, source) {
    if (this.#telling.has(field)) return
    this.#telling.add(field)
    const [callId, formId] = [this.#callId, this.#formId]
    const here = () => callId === this.#callId && formId === this.#formId
    const base = this.entries.get(field)?.version ?? 0
    try {
      const { version } = await this.signal.request("form.edit", { call_id: callId, form_id: formId, field, value, base, ...(source ? { source } : {}) }, { timeout_ms: 20_000 })
      if (!here()) return
      const known = this.entries.get(field)
      if (!known || known.version < version) this.entries.set(field, { value, version, by: "", side: "", at: 0, source: "", capture_id: "" })
      if (this.#typed.get(field)?.value === value) this.#typed.delete(field)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (!here()) return
      this.#refused(field, value, error)
    } finally {
      if (here()) this.#telling.delete(field)
    }
    const more = this.#typed.get(field)
    if (more && more.value !== value && !this.conflicts.has(field)) this.#tell(field, more.value)
    this.changed()
  }

  /** @param {string} field  @param {string} value  @param {Problem} problem */
  #refused(field, value, problem) {
    if (problem.code === "field_changed") this.conflicts.set(field, { mine: value, theirs: problem.more.value ?? "", version: Number(problem.more.version) })
    else if (problem.code !== "offline" && problem.code !== "timeout") this.problems = { ...this.problems, [field]: problem.code }
    // Offline: what was typed stays, and is told when the form is read again.
  }

  // The signature ---------------------------------------------------------------------------------------------------

  /** Everything typed is told. */
  async flush() {
    await Promise.all([...this.#typed].map(([field, { value }]) => this.#tell(field, value)))
  }

  /** @param {{form_id: string} | {document_id: string}} what */
  async ask(what) {
    await this.flush()
    return this.signal.request("sign.ask", { call_id: this.#callId, ...what })
  }

  /** @param {string} signing_id */
  withdraw(signing_id) {
    return this.signal.request("sign.withdraw", { call_id: this.#callId, signing_id })
  }

  /** @param {string} signing_id */
  decline(signing_id) {
    return this.signal.request("sign.decline", { call_id: this.#callId, signing_id })
  }
}

/** @param {Signing[]} signings */
function newest(signings) {
  return signings.sort((a, b) => (a.signing_id < b.signing_id ? 1 : -1))[0] ?? null
}

// A form that two fill in, as this page knows it; no DOM. Each field has a version: what is typed is told with the version
// it was typed on. Who comes second is told what the other wrote, and decides; fields nobody else touched never meet.

import { Problem } from "./signal.js"

/** @typedef {import("./signal.js").Signal} Signal */
/** @typedef {{value: string, version: number, by: string, side: string, at: number, source: string}} Entry */
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
  /** @type {FormInfo | null} */
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
  #callId = ""
  #formId = ""
  /** Typed and not told yet, by field. @type {Map<string, {value: string, timer: ReturnType<typeof setTimeout>}>} */
  #typed = new Map()
  /** Edits on their way, by field: the next waits for its answer. @type {Set<string>} */
  #telling = new Set()

  /** @param {{signal: Signal, changed: () => void}} options */
  constructor({ signal, changed }) {
    this.signal = signal
    this.changed = changed
  }

  get formId() {
    return this.#formId
  }

  /** The newest signing that still counts. @returns {Signing | null} */
  get signing() {
    return [...this.signings.values()].sort((a, b) => (a.signing_id < b.signing_id ? 1 : -1))[0] ?? null
  }

  /** Turn to the form of a call's item, or to none. @param {string} callId  @param {string} itemId  @param {boolean} [anew] */
  async follow(callId, itemId, anew = false) {
    if (callId === this.#callId && !anew) return
    if (callId !== this.#callId) this.#forget()
    this.#callId = callId
    if (!callId) return
    if (!this.info) {
      const info = await this.#ofItem(itemId)
      if (callId !== this.#callId || !info) return
      this.info = info
      this.#formId = info.id
    }
    await this.#read()
  }

  #forget() {
    for (const { timer } of this.#typed.values()) clearTimeout(timer)
    this.info = null
    this.#formId = ""
    this.version = 0
    this.entries = new Map()
    this.problems = {}
    this.focused = new Map()
    this.conflicts = new Map()
    this.signings = new Map()
    this.#typed.clear()
    this.#telling.clear()
    this.changed()
  }

  /** @param {string} itemId  @returns {Promise<FormInfo | null>} */
  async #ofItem(itemId) {
    try {
      const response = await fetch(`/api/items/${itemId}/forms`)
      return response.ok ? ((await response.json()).forms[0] ?? null) : null
    } catch {
      return null
    }
  }

  async #read() {
    const callId = this.#callId
    try {
      const read = await this.signal.request("form.read", { call_id: callId, form_id: this.#formId }, { repeatable: true, timeout_ms: 20_000 })
      if (callId !== this.#callId) return
      this.version = read.version
      this.entries = new Map(Object.entries(read.entries))
      this.problems = read.problems
      this.signings = new Map(read.signings.map((/** @type {Signing} */ one) => [one.signing_id, one]))
      this.changed()
      for (const [field, { value }] of this.#typed) this.#tell(field, value)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
  }

  /** @param {string} name  @param {any} payload  @returns {boolean} whether it was for a form */
  handle(name, payload) {
    if (!name.startsWith("form.") && !name.startsWith("sign.")) return false
    if (payload.call_id !== this.#callId) return true
    if (name === "form.changed" && payload.form_id === this.#formId) {
      this.version = payload.version
      this.problems = payload.problems
      for (const [field, entry] of Object.entries(payload.entries)) {
        const known = this.entries.get(field)
        if (!known || entry.version > known.version) this.entries.set(field, entry)
      }
    } else if (name === "form.focused") {
      if (payload.field) this.focused.set(payload.by, { field: payload.field, side: payload.side })
      else this.focused.delete(payload.by)
    } else if (name === "sign.changed") this.signings.set(payload.signing_id, payload)
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

  /** Fill empty fields with what the citizen's card says. @param {Record<string, string>} card by the fields' sources */
  take(card) {
    for (const field of this.info?.sections.flatMap((section) => section.fields) ?? []) {
      const value = field.source ? card[field.source] : ""
      if (!value || this.value(field.id)) continue
      this.#typed.set(field.id, { value, timer: setTimeout(() => {}, 0) })
      this.#tell(field.id, value, "card")
    }
  }

  /** @param {string} field  @param {string} value  @param {"card"} [source] */
  async #tell(field, value, source) {
    if (this.#telling.has(field)) return
    this.#telling.add(field)
    const callId = this.#callId
    const base = this.entries.get(field)?.version ?? 0
    try {
      const { version } = await this.signal.request("form.edit", { call_id: callId, form_id: this.#formId, field, value, base, ...(source ? { source } : {}) }, { timeout_ms: 20_000 })
      const known = this.entries.get(field)
      if (!known || known.version < version) this.entries.set(field, { value, version, by: "", side: "", at: 0, source: "" })
      if (this.#typed.get(field)?.value === value) this.#typed.delete(field)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.#refused(field, value, error)
    } finally {
      this.#telling.delete(field)
    }
    if (callId !== this.#callId) return
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

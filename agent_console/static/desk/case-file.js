// The case of the call at this desk: the one it brings papers for, the receipt it was given, the digits the citizen typed.

import { ask } from "../http.js"

/** @typedef {{number: string, spaced: string, state: string, taken: string[], missing: string[], item: {id: string, name: string, name_en: string}}} Case */
/** @typedef {{receipt_id: string, taken: string[], missing: string[], next_steps: string}} Receipt */

export class CaseFile {
  /** @type {Case | null} */
  case = null
  /** @type {Receipt | null} */
  receipt = null
  /** The booth was asked for the digits, or has answered. @type {"" | "asked" | "typed"} */
  digits = ""
  #call_id = ""

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed
  }

  /** Another call, or none. @param {string} call_id */
  open(call_id) {
    this.#call_id = call_id
    this.case = this.receipt = null
    this.digits = ""
    if (call_id) this.load()
  }

  async load() {
    const call_id = this.#call_id
    try {
      const found = await ask(`/api/calls/${encodeURIComponent(call_id)}/case`)
      if (this.#call_id !== call_id) return
      this.case = found.case
      this.receipt = found.receipt
      this.changed()
    } catch {
      // It is read again with the next news of it, and the server knows it when a receipt is given.
    }
  }

  /** @param {string} name  @param {any} payload  @returns {boolean} it was for the case */
  hear(name, payload) {
    if (payload?.call_id !== this.#call_id) return false
    if (name === "digits.typed") this.digits = "typed"
    else if (name === "case.joined" || name === "case.changed" || name === "receipt.given") this.load()
    else return false
    this.changed()
    return true
  }
}

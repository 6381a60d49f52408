// The citizen's earlier visits, as far as they show them in this call. Held for as long as they do, and not a moment longer.

import { ask } from "../http.js"

/** @typedef {"" | "asked" | "shown" | "refused" | "taken_back"} EarlierState */
/** @typedef {{at: string, point: string, item: string, agent: string, outcome: string, number: string, case_state: string, taken: string[], missing: string[], next_steps: string}} Visit */

export class EarlierVisits {
  /** @type {EarlierState} */
  state = ""
  /** Empty also while they are fetched: `null` then. @type {Visit[] | null} */
  visits = null
  #call_id = ""
  /** How often it was told of a change: what was read before the last of them is older than it. */
  #heard = 0

  /** @param {() => void} changed  @param {(state: EarlierState) => void} told the citizen answered */
  constructor(changed, told) {
    this.changed = changed
    this.told = told
  }

  /** The call that is talked in, or none. @param {string} call_id */
  follow(call_id) {
    if (call_id === this.#call_id) return
    this.#call_id = call_id
    this.#forget("")
    if (call_id) this.load()
  }

  /** What the citizen allowed may have changed while this page was away: it is asked for, never remembered. */
  async load() {
    const call_id = this.#call_id
    if (!call_id) return
    const heard = this.#heard
    const old = () => this.#call_id !== call_id || this.#heard !== heard
    try {
      const { state, visits } = await ask(`/api/calls/${encodeURIComponent(call_id)}/earlier`)
      if (old()) return
      this.state = state
      this.visits = state === "shown" ? visits : null
    } catch {
      if (!old()) this.#forget("")
    }
    this.changed()
  }

  /** @param {string} name  @param {any} payload  @returns {boolean} it was for these */
  hear(name, payload) {
    if (name !== "earlier.changed" || payload.call_id !== this.#call_id) return false
    this.#heard += 1
    this.#forget(payload.state)
    if (payload.state === "shown") this.load()
    this.told(payload.state)
    this.changed()
    return true
  }

  /** @param {EarlierState} state */
  #forget(state) {
    this.state = state
    this.visits = null
  }
}

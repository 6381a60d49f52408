// The helper asks to see the citizen's earlier visits. Whoever has no receipt typed in this call yet types one: the visits
// shown are those of its case. The server decides; this only knows how it stands, and asks again after every snapshot.

import { Problem } from "/static/web/js/signal.js"
import { askDigits, ENDING, NUMBER } from "./digits-dialog.js"
import { advice } from "./refusals.js"

export class Earlier {
  /** @type {"" | "asked" | "shown"} */
  state = ""
  /** A sentence about what was just refused. */
  problem = ""
  #known = false
  #callId = ""
  /** How often the server told of a change: what was read before the last of them is older than it. */
  #told = 0
  #asking = new AbortController()

  /** @param {(name: string, payload: object) => Promise<unknown>} say  @param {() => void} changed */
  constructor(say, changed) {
    this.say = say
    this.changed = changed
  }

  /** The call that is talked in, or none; after a snapshot how it stands is read anew. @param {string} callId  @param {boolean} [anew] */
  follow(callId, anew = false) {
    if (callId === this.#callId && !anew) return
    if (callId !== this.#callId) this.#is("")
    this.#callId = callId
    if (callId) this.#load(callId)
  }

  /** @param {string} callId */
  async #load(callId) {
    const told = this.#told
    try {
      const answer = await fetch(`/api/calls/${encodeURIComponent(callId)}/earlier`, { cache: "no-store", credentials: "same-origin" })
      if (!answer.ok) return
      const { state, known } = await answer.json()
      if (this.#callId !== callId || this.#told !== told) return
      this.#known = known
      this.#is(state)
    } catch {
      // Nothing is shown without a question; the helper asks again.
    }
  }

  /** @param {string} name  @param {any} payload  @returns {boolean} it was for this */
  handle(name, payload) {
    if (name !== "earlier.changed") return false
    if (payload.call_id !== this.#callId) return true
    this.#told += 1
    this.#known = payload.known
    this.#is(payload.state === "asked" || payload.state === "shown" ? payload.state : "")
    return true
  }

  /** The citizen shows them. */
  async show() {
    const receipt = this.#known ? {} : await this.#receipt()
    if (receipt) await this.#say("earlier.show", receipt)
  }

  /** Not now, or no longer. */
  async hide() {
    this.#asking.abort()
    await this.#say("earlier.hide", {})
  }

  /** @returns {Promise<{number: string, last_four: string} | null>} null when the citizen would rather not */
  async #receipt() {
    this.#asking.abort()
    const { signal } = (this.#asking = new AbortController())
    const number = await askDigits(signal, NUMBER)
    const last_four = number && (await askDigits(signal, ENDING))
    return number && last_four ? { number, last_four } : null
  }

  /** @param {string} name  @param {object} payload */
  async #say(name, payload) {
    try {
      await this.say(name, { call_id: this.#callId, ...payload })
      this.problem = ""
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.problem = advice(error)
    }
    this.changed()
  }

  /** @param {"" | "asked" | "shown"} state */
  #is(state) {
    if (state !== "asked") this.#asking.abort()
    this.state = state
    this.problem = ""
    this.changed()
  }
}

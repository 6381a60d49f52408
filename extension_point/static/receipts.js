// What this visit left behind: the receipt the helper gave, and the case a citizen asked about. Forgotten with the visit.

import { Problem } from "/static/web/js/signal.js"

/**
 * @typedef {object} CaseStep
 * @property {string} at
 * @property {string} state
 * @property {"hall" | "back_office"} by
 * @property {string} words
 */

/**
 * @typedef {object} CaseFile Where a case stands.
 * @property {string} number
 * @property {string} spaced
 * @property {{id: string, name: string, name_en: string}} item
 * @property {string} point
 * @property {string} state
 * @property {boolean} has_phone
 * @property {string[]} taken
 * @property {string[]} missing
 * @property {string} next_steps
 * @property {string} opened_at
 * @property {string} changed_at
 * @property {string | null} due_at
 * @property {CaseStep[]} steps
 */

/**
 * @typedef {object} Receipt What one call took in.
 * @property {string} receipt_id
 * @property {string} call_id
 * @property {string} booth
 * @property {{name: string, badge: string}} agent
 * @property {string[]} taken
 * @property {string[]} missing
 * @property {string} next_steps
 * @property {string} given_at
 * @property {string | null} due_at
 */

/** @typedef {{case: CaseFile, receipt: Receipt}} Given */

/** What did not come is asked for again after this long. */
const AGAIN_MS = 3000

export class Receipts {
  /** The receipt of this visit. @type {Given | null} */
  given = null
  /** It was read and put away: the rating may be asked for. */
  read = false
  /** @type {"ready" | "busy" | "done" | "failed"} */
  printing = "ready"
  #callId = ""
  /** Takes back what is being asked: only the latest question's answer counts. */
  #asking = new AbortController()

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed
  }

  /** The call that is over and not rated yet, or none; after a snapshot, which may have missed the news, it is read anew. @param {string} callId  @param {boolean} [anew] */
  follow(callId, anew = false) {
    if (callId && (anew || callId !== this.#callId)) this.load(callId)
  }

  /** Read the receipt of a call; what did not come is asked for again while the visit lasts. @param {string} callId */
  async load(callId) {
    this.#asking.abort()
    const { signal } = (this.#asking = new AbortController())
    this.#callId = callId
    let found = await answered(callId, signal)
    while (!found && !signal.aborted) {
      await new Promise((done) => setTimeout(done, AGAIN_MS))
      found = await answered(callId, signal)
    }
    if (signal.aborted || !found?.receipt) return
    this.given = found
    this.changed()
  }

  forget() {
    this.#asking.abort()
    this.given = null
    this.read = false
    this.printing = "ready"
    this.#callId = ""
  }
}

/**
 * A call's case and receipt as the server has them; without a receipt where it has none, or refuses to say.
 * @param {string} callId  @param {AbortSignal} signal
 * @returns {Promise<Given | {receipt: null} | null>} null when it is to be asked again, or was taken back
 */
async function answered(callId, signal) {
  try {
    const answer = await fetch(`/api/calls/${encodeURIComponent(callId)}/case`, { cache: "no-store", credentials: "same-origin", signal })
    if (answer.ok) return await answer.json()
    return answer.status >= 500 || answer.status === 429 ? null : { receipt: null }
  } catch {
    return null
  }
}

/**
 * Where a case stands.
 * @param {string} number  @param {string} last_four
 * @returns {Promise<CaseFile>}
 * @throws {Problem}
 */
export async function findCase(number, last_four) {
  /** @type {Response} */
  let answer
  try {
    answer = await fetch("/api/progress", {
      method: "POST", cache: "no-store", credentials: "same-origin",
      headers: { "Content-Type": "application/json" }, body: JSON.stringify({ number, last_four }),
    })
  } catch {
    throw new Problem({ code: "offline" })
  }
  if (answer.ok) return answer.json()
  throw new Problem(await answer.json().catch(() => ({ code: "unavailable", status: answer.status })))
}

/**
 * Does the last digit of a receipt's number check the others? ISO/IEC 7064, MOD 11,10, as the server does it.
 * @param {string} number twelve digits
 */
export function isNumber(number) {
  let check = 5
  for (const digit of number) check = ((((check || 10) * 2) % 11) + Number(digit)) % 10
  return /^[0-9]{12}$/.test(number) && check === 1
}


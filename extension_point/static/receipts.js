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

export class Receipts {
  /** The receipt of this visit. @type {Given | null} */
  given = null
  /** It was read and put away: the rating may be asked for. */
  read = false
  /** @type {"ready" | "busy" | "done" | "failed"} */
  printing = "ready"
  #asked = ""

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed
  }

  /** A page that was reloaded, or missed the news, asks once for each call. @param {string} call_id */
  async follow(call_id) {
    if (this.#asked === call_id) return
    this.#asked = call_id
    await this.load(call_id)
  }

  /** @param {string} call_id */
  async load(call_id) {
    this.#asked = call_id
    try {
      const answer = await fetch(`/api/calls/${encodeURIComponent(call_id)}/case`, { cache: "no-store", credentials: "same-origin" })
      if (!answer.ok) return
      const found = await answer.json()
      if (found.receipt && this.#asked === call_id) this.given = found
    } catch {
      // The receipt is kept; the helper can send the number by chat, and any booth shows where the case stands.
      this.#asked = ""
    }
    this.changed()
  }

  forget() {
    this.given = null
    this.read = false
    this.printing = "ready"
    this.#asked = ""
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


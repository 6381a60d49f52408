// The HTTP interface as the console uses it: an answer, or a typed Problem with the server's own words.

import { Problem } from "/static/web/js/signal.js"

/**
 * @param {string} url
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the answer's JSON; null when it has no body
 * @throws {Problem}
 */
export async function ask(url, options = {}) {
  /** @type {Response} */
  let response
  try {
    response = await fetch(url, { credentials: "same-origin", cache: "no-store", ...options })
  } catch {
    throw new Problem({ code: "offline" })
  }
  const text = await response.text()
  if (response.ok) return text ? JSON.parse(text) : null
  const retry = Number(response.headers.get("Retry-After")) || 0
  throw Object.assign(new Problem(problemOf(text, response.status)), { retry_after_s: retry })
}

/** @param {string} text  @param {number} status */
function problemOf(text, status) {
  try {
    return JSON.parse(text)
  } catch {
    // A proxy in between answers in HTML.
    return { code: status >= 500 ? "unavailable" : "refused", status }
  }
}

/** @param {string} method  @param {string} url  @param {unknown} body */
export const send = (method, url, body) => ask(url, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })

/** @param {string} url  @param {unknown} body */
export const post = (url, body) => send("POST", url, body)

// A booth's credential comes once, in the address's fragment, which no server log sees; it is exchanged for a cookie and
// taken out of the address and the history at once.

/** @returns {string | null} */
export function credentialFromAddress() {
  const found = /^#enrol=(.+)$/.exec(location.hash)
  if (!found?.[1]) return null
  history.replaceState(null, "", location.pathname + location.search)
  return decodeURIComponent(found[1])
}

/**
 * @param {string} credential
 * @returns {Promise<string | null>} the code of the refusal, null when enrolled
 */
export async function enrol(credential) {
  try {
    const response = await fetch("/api/booth/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ credential }),
      credentials: "same-origin",
    })
    if (response.ok) return null
    const problem = await response.json().catch(() => null)
    return problem?.code ?? "unavailable"
  } catch {
    return "offline"
  }
}

// A booth's credential, and the pairing with the bridge on its machine, come once in the address's fragment, which no server
// log sees. The credential is exchanged for a cookie; both are taken out of the address and the history at once.

/** @returns {{credential: string | null, pairing: string | null}} */
export function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1))
  const [credential, pairing] = [given.get("enrol"), given.get("bridge")]
  if (credential || pairing) history.replaceState(null, "", location.pathname + location.search)
  return { credential, pairing }
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

// Prints a stored document or still: the bytes come from the service with the booth's own cookie and go to the bridge.

/** @typedef {import("./bridge.js").Answer} Answer */
/** @typedef {{source: "document" | "capture" | "receipt", id: string, title?: string, copies?: number}} Printed */

/** Printing by the citizen's own touch lends the printer to this page for so long. */
const OWN_S = 60
const ADDRESS = { document: "/api/documents/", capture: "/api/captures/", receipt: "/api/receipts/" }

/**
 * Print under a lease. @param {import("./bridge.js").Bridge} bridge  @param {string} lease_id  @param {Printed} what
 * @returns {Promise<Answer>}
 */
export async function printUnder(bridge, lease_id, { source, id, title, copies = 1 }) {
  /** @type {ArrayBuffer} */
  let data
  try {
    const response = await fetch(`${ADDRESS[source]}${encodeURIComponent(id)}/content`, { credentials: "same-origin", cache: "no-store" })
    if (!response.ok) return { code: "failed", detail: `the document was not given: ${response.status}` }
    data = await response.arrayBuffer()
  } catch {
    return { code: "failed", detail: "the service is away" }
  }
  return bridge.do({ lease_id, device: "printer", command: "print", parameters: { title: title ?? id, copies } }, data)
}

/**
 * Print at the citizen's own touch: they need nobody's leave, and it is written down all the same.
 * @param {import("./bridge.js").Bridge} bridge  @param {Printed} what
 * @param {(name: string, payload: object) => Promise<unknown>} say
 * @returns {Promise<string>} a code of docs/bridge.md
 */
export async function printOwn(bridge, what, say) {
  const lease_id = `own_${crypto.randomUUID()}`
  const granted = await bridge.grant(lease_id, ["printer"], OWN_S)
  const { code } = granted.code === "ok" ? await printUnder(bridge, lease_id, what) : granted
  bridge.end(lease_id)
  const { source, id, copies = 1 } = what
  await say("device.own", { device: "printer", action: "print", code, parameters: { source, id, copies } }).catch(() => {})
  return code
}

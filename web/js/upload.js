// Resumable upload by draft-ietf-httpbis-resumable-upload: parts by PATCH, the offset asked by HEAD after a break.
// The last part carries the SHA-256 of the whole (RFC 9530 Repr-Digest), so that the server stores what was taken or
// nothing. Small parts, so that progress moves and a break costs little.

/**
 * @typedef {object} UploadDelegate
 * @property {(upload: Upload, sent: number, size: number) => void} [uploadProgress]
 * @property {(upload: Upload, waiting: boolean) => void} [uploadWaiting]  the line is down; it goes on by itself
 */

const PART_BYTES = 1024 * 1024
/** Between tries, growing; a booth's line that is down for minutes still gets its paper through. */
const AGAIN_MS = [300, 1000, 2000, 4000, 8000]
/** A part this late is taken as lost: 1 MiB at 250 kbit/s takes 34 s. */
const PART_WITHIN_MS = 60_000

/** The server's final no; trying again would not help. */
export class UploadRefused extends Error {
  /** @param {number} status  @param {any} problem */
  constructor(status, problem) {
    super(problem?.detail ?? `status ${status}`)
    this.name = "UploadRefused"
    this.status = status
    this.code = problem?.code ?? "refused"
  }
}

export class Upload {
  sha256 = ""
  #stopped = new AbortController()
  #tries = 0

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {Blob} options.blob
   * @param {UploadDelegate} [options.delegate]
   */
  constructor({ url, blob, delegate = {} }) {
    this.url = url
    this.blob = blob
    this.delegate = delegate
  }

  /**
   * Send all of it. Resolves to the SHA-256 in hexadecimal when the server has it whole.
   * @returns {Promise<string>}
   * @throws {UploadRefused | DOMException} refused for good, or stopped (AbortError)
   */
  async start() {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await this.blob.arrayBuffer()))
    this.sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    const digestHeader = `sha-256=:${btoa(String.fromCharCode(...digest))}:`
    /** @type {number | null} */
    let offset = 0
    while (offset === null || offset < this.blob.size) {
      this.#stopped.signal.throwIfAborted()
      const before = offset
      try {
        offset = offset === null ? await this.#askOffset() : await this.#sendPart(offset, digestHeader)
        if (before !== null && offset !== null && offset > before) this.#tries = 0
      } catch (error) {
        this.#stopped.signal.throwIfAborted()
        if (error instanceof UploadRefused) throw error
        offset = null
        await this.#pause()
      }
      if (offset !== null) this.delegate.uploadProgress?.(this, offset, this.blob.size)
    }
    return this.sha256
  }

  /** Give up: the citizen withdrew the paper or the call is over. */
  stop() {
    this.#stopped.abort()
  }

  /** @param {number} offset  @param {string} digest  @returns {Promise<number | null>} the next offset, null to ask */
  async #sendPart(offset, digest) {
    const end = Math.min(offset + PART_BYTES, this.blob.size)
    const last = end === this.blob.size
    const response = await this.#fetch("PATCH", this.blob.slice(offset, end), {
      "Content-Type": "application/partial-upload",
      "Upload-Offset": String(offset),
      "Upload-Length": String(this.blob.size),
      "Upload-Complete": last ? "?1" : "?0",
      ...(last ? { "Repr-Digest": digest } : {}),
    })
    if (response.ok) return last ? end : Number(response.headers.get("Upload-Offset") ?? end)
    // 409: the server is elsewhere, as when an answer was lost; ask where. Never trust our own count then.
    if (response.status === 409) return null
    return this.#refused(response)
  }

  /** @returns {Promise<number>} */
  async #askOffset() {
    const response = await this.#fetch("HEAD", null, {})
    if (!response.ok) return this.#refused(response)
    if (response.headers.get("Upload-Complete") === "?1") return this.blob.size
    const offset = Number(response.headers.get("Upload-Offset"))
    if (!Number.isInteger(offset) || offset < 0 || offset > this.blob.size) throw new UploadRefused(0, { code: "malformed" })
    return offset
  }

  /** @param {string} method  @param {Blob | null} body  @param {Record<string, string>} headers */
  #fetch(method, body, headers) {
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(PART_WITHIN_MS)])
    return fetch(this.url, { method, body, headers, signal, cache: "no-store", credentials: "same-origin" })
  }

  /** @param {Response} response  @returns {Promise<never>} */
  async #refused(response) {
    const passing = response.status >= 500 || response.status === 429 || response.status === 408
    if (passing) throw new Error(`status ${response.status}`)
    throw new UploadRefused(response.status, await response.json().catch(() => null))
  }

  async #pause() {
    this.delegate.uploadWaiting?.(this, true)
    const ms = AGAIN_MS[Math.min(this.#tries++, AGAIN_MS.length - 1)]
    await new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer)
        removeEventListener("online", go)
        this.#stopped.signal.removeEventListener("abort", go)
        resolve(null)
      }
      const timer = setTimeout(go, ms)
      addEventListener("online", go)
      this.#stopped.signal.addEventListener("abort", go)
    })
    this.delegate.uploadWaiting?.(this, false)
  }
}

// Looks for a ticket's code or a receipt in front of the booth's cameras: a small frame a second, read by the server, kept by nobody.

/** One frame of one camera after the other: the server takes two a second. */
const EVERY_MS = 700
const WIDEST = 1280
const WITHIN_MS = 5000

/** @typedef {{code: string | null, receipt: string | null}} Seen a ticket's eight digits, a receipt's twelve */

export class CodeScan {
  /** @type {Map<string, HTMLVideoElement>} */
  #videos = new Map()
  #stopped = new AbortController()
  #turn = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #next

  /** @param {(seen: Seen) => void} found told each code once in a row */
  constructor(found) {
    this.found = found
    this.last = ""
  }

  /** Look through this camera, or no longer. @param {string} role  @param {MediaStreamTrack | null} track */
  through(role, track) {
    this.#drop(role)
    if (!track || this.#stopped.signal.aborted) return
    const video = document.createElement("video")
    Object.assign(video, { muted: true, playsInline: true, srcObject: new MediaStream([track]) })
    video.play().catch(() => {}) // taken away before it began
    this.#videos.set(role, video)
    this.#next ??= setTimeout(() => this.#look(), EVERY_MS)
  }

  stop() {
    this.#stopped.abort()
    clearTimeout(this.#next)
    for (const role of [...this.#videos.keys()]) this.#drop(role)
  }

  /** @param {string} role */
  #drop(role) {
    const video = this.#videos.get(role)
    if (video) video.srcObject = null
    this.#videos.delete(role)
  }

  async #look() {
    const videos = [...this.#videos.values()].filter((one) => one.videoWidth > 0)
    const video = videos[this.#turn++ % Math.max(1, videos.length)]
    const seen = video ? await this.#read(video).catch(() => null) : null // the next frame may do better
    if (this.#stopped.signal.aborted) return
    const code = seen?.code ?? seen?.receipt
    if (seen && code && code !== this.last) {
      this.last = code
      this.found(seen)
      if (this.#stopped.signal.aborted) return
    }
    this.#next = setTimeout(() => this.#look(), EVERY_MS)
  }

  /** @param {HTMLVideoElement} video  @returns {Promise<Seen | null>} */
  async #read(video) {
    const scale = Math.min(1, WIDEST / video.videoWidth)
    const canvas = new OffscreenCanvas(Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale))
    canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height)
    const body = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 })
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(WITHIN_MS)])
    const response = await fetch("/api/ticket-codes", { method: "POST", headers: { "Content-Type": "image/jpeg" }, body, signal, cache: "no-store", credentials: "same-origin" })
    return response.ok ? await response.json() : null
  }
}

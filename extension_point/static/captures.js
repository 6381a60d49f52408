// The papers of this call: takes the still when the helper asks, sends it, shows each one to the citizen, who may take it
// back. Bytes live in memory only, and only until the server has them or the call is over.

import { takeStill } from "/static/web/js/still.js"
import { Upload, UploadRefused } from "/static/web/js/upload.js"

/** @typedef {import("/static/web/js/types.js").CaptureInfo} CaptureInfo */

/**
 * A capture as the citizen sees it.
 * @typedef {object} Paper
 * @property {string} capture_id
 * @property {CaptureInfo["state"]} state
 * @property {number} progress 0..1
 * @property {boolean} waiting the line is down, it goes on by itself
 * @property {string} picture an address for an image, "" while there is none
 */

/**
 * @typedef {object} CapturesDelegate
 * @property {() => void} capturesChanged
 * @property {() => MediaStreamTrack | undefined} captureTrack the document camera
 * @property {(name: string, payload: object) => Promise<unknown>} captureSay
 */

export class Captures {
  /** @type {Map<string, Paper>} */
  #papers = new Map()
  /** @type {Map<string, Upload>} */
  #uploads = new Map()
  /** @type {Map<string, string>} */
  #urls = new Map()
  #callId = ""

  /** @param {CapturesDelegate} delegate */
  constructor(delegate) {
    this.delegate = delegate
  }

  /** @returns {Paper[]} */
  get papers() {
    return [...this.#papers.values()]
  }

  /**
   * What the server knows when the page connects.
   * @param {string | null} callId
   * @param {CaptureInfo[]} captures
   */
  restore(callId, captures) {
    this.follow(callId)
    for (const capture of captures) this.changed(capture)
  }

  /** Papers of another call are forgotten. @param {string | null} callId */
  follow(callId) {
    if (this.#callId && this.#callId !== callId) this.forget()
    this.#callId = callId ?? ""
  }

  /** A `capture.changed` of the server; a request is the order to take the still. @param {CaptureInfo} capture */
  changed(capture) {
    if (capture.call_id !== this.#callId) return
    const id = capture.capture_id
    const ours = this.#uploads.has(id)
    if (capture.state === "requested" && !ours) this.#take(id)
    // A page that was reloaded in the middle has lost the bytes; the helper asks again.
    else if (capture.state === "uploading" && !ours) this.delegate.captureSay("capture.fail", { capture_id: id, reason: "page_reloaded" }).catch(() => {})
    if (capture.state === "withdrawn" || capture.state === "failed") this.#drop(id)
    const stored = capture.state === "stored"
    const picture = this.#urls.get(id) ?? (stored ? `/api/captures/${id}/content` : "")
    const progress = stored ? 1 : (this.#papers.get(id)?.progress ?? 0)
    this.#show(id, { state: capture.state, progress, picture })
  }

  /** The helper takes it now. @param {string} id  @returns {boolean} whether there is such a still to take */
  release(id) {
    return this.#papers.has(id)
  }

  /** Take a paper back. @param {string} id */
  async withdraw(id) {
    this.#uploads.get(id)?.stop()
    await this.delegate.captureSay("capture.withdraw", { capture_id: id })
    this.#drop(id)
    this.#show(id, { state: "withdrawn", picture: "" })
  }

  /** Nothing of any paper is left. */
  forget() {
    for (const id of [...this.#uploads.keys(), ...this.#urls.keys()]) this.#drop(id)
    this.#papers.clear()
    this.#callId = ""
  }

  /** @param {string} id */
  async #take(id) {
    const callId = this.#callId
    const track = this.delegate.captureTrack()
    try {
      if (!track) throw new Error("no_document_camera")
      // Named before the first await: a second order for the same still must find it.
      this.#uploads.set(id, new Upload({ url: "", blob: new Blob() }))
      const { blob } = await takeStill(track)
      if (this.#callId !== callId) return
      this.#urls.set(id, URL.createObjectURL(blob))
      this.#show(id, { state: "uploading", picture: this.#urls.get(id) })
      await this.#send(id, blob)
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return
      if (this.#callId === callId) this.#failed(id, error)
    }
  }

  /** @param {string} id  @param {Blob} blob */
  async #send(id, blob) {
    const upload = new Upload({
      url: `/api/captures/${id}/content`,
      blob,
      delegate: {
        uploadProgress: (_upload, sent, size) => this.#show(id, { progress: sent / size }),
        uploadWaiting: (_upload, waiting) => this.#show(id, { waiting }),
      },
    })
    this.#uploads.set(id, upload)
    await upload.start()
    this.#show(id, { progress: 1 })
  }

  /** @param {string} id  @param {unknown} error */
  #failed(id, error) {
    const reason = error instanceof UploadRefused ? error.code : error instanceof Error ? error.message : "failed"
    this.#drop(id)
    this.#show(id, { state: "failed", picture: "" })
    this.delegate.captureSay("capture.fail", { capture_id: id, reason: reason.slice(0, 200) }).catch(() => {})
  }

  /** @param {string} id */
  #drop(id) {
    this.#uploads.get(id)?.stop()
    this.#uploads.delete(id)
    const url = this.#urls.get(id)
    if (url) URL.revokeObjectURL(url)
    this.#urls.delete(id)
  }

  /** @param {string} id  @param {Partial<Paper>} change */
  #show(id, change) {
    if (!this.#callId) return
    const before = this.#papers.get(id) ?? { capture_id: id, state: "requested", progress: 0, waiting: false, picture: "" }
    this.#papers.set(id, { ...before, ...change })
    this.delegate.capturesChanged()
  }
}

// The papers of this call: when the helper asks, one still after the other is guided and taken, sent, and shown to the
// citizen, who may say no or take it back. Bytes live in memory only, and only until the server has them or the call is over.

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
 * @property {string} [bad] what is wrong with it, "" when it is good
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
  /** Asked for and not yet taken, the first one being guided. @type {Map<string, CaptureInfo>} */
  #asked = new Map()

  /** @param {CapturesDelegate} delegate */
  constructor(delegate) {
    this.delegate = delegate
  }

  /** The still that the citizen is guided to now. @returns {CaptureInfo | null} */
  get guiding() {
    return this.#asked.values().next().value ?? null
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

  /** A `capture.changed` of the server; a request is the order to guide the citizen to it. @param {CaptureInfo} capture */
  changed(capture) {
    if (capture.call_id !== this.#callId) return
    const id = capture.capture_id
    const ours = this.#uploads.has(id)
    if (capture.state !== "requested") this.#asked.delete(id)
    else if (!ours) this.#ask(capture)
    // A page that was reloaded in the middle has lost the bytes; the helper asks again.
    if (capture.state === "uploading" && !ours) this.delegate.captureSay("capture.fail", { capture_id: id, reason: "page_reloaded" }).catch(() => {})
    if (capture.state === "withdrawn" || capture.state === "failed") this.#drop(id)
    const stored = capture.state === "stored"
    // From now on the server's small picture is shown: the large one is neither held nor decoded again.
    if (stored) this.#forgetPicture(id)
    const picture = stored ? `/api/captures/${id}/small` : (this.#urls.get(id) ?? "")
    const progress = stored ? 1 : (this.#papers.get(id)?.progress ?? 0)
    this.#show(id, { state: capture.state, progress, picture })
  }

  /** Take a still that is asked for now. @param {string} [id] the guided one  @returns {boolean} whether there was one to take */
  release(id = this.guiding?.capture_id ?? "") {
    if (!this.#asked.delete(id)) return false
    this.#take(id)
    this.delegate.capturesChanged()
    return true
  }

  /** Is this still on its way, or there? @param {string} id */
  taken(id) {
    return this.#uploads.has(id)
  }

  /** The citizen does not want it taken, or laid no paper down. @param {string} reason */
  decline(reason) {
    const id = this.guiding?.capture_id
    if (!id) return
    this.#asked.delete(id)
    this.#failed(id, new Error(reason))
  }

  /** How good the picture is: what is wrong with it, worst first. @param {{capture_id: string, call_id: string, problems: string[]}} told */
  judged({ capture_id, call_id, problems }) {
    if (call_id === this.#callId && this.#papers.has(capture_id)) this.#show(capture_id, { bad: problems[0] ?? "" })
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
    this.#asked.clear()
    this.#callId = ""
  }

  /** @param {CaptureInfo} capture */
  #ask(capture) {
    if (this.delegate.captureTrack()) this.#asked.set(capture.capture_id, capture)
    else this.#failed(capture.capture_id, new Error("no_document_camera"))
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
    this.#forgetPicture(id)
  }

  /** @param {string} id */
  #forgetPicture(id) {
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

// A picture with its honest state: shows the stream, or in words why there is none; a pointer of the other side on top,
// and the own touches told to whoever asked for them.

import { h, say } from "/static/web/js/dom.js"

/**
 * @typedef {object} StageDelegate
 * @property {() => void} [stageFrame]  the first picture of a stream was shown
 * @property {(x: number, y: number) => void} [stagePoint]  the person points at the picture, 0..1
 * @property {() => void} [stageSilenced]  the browser plays no sound before a touch
 */

/** A pointer that moved no more for this long is taken off the picture. */
const POINTER_MS = 2500

export class Stage {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pointerGone
  #generation = 0

  /**
   * @param {object} options
   * @param {string} options.label what the picture shows, for those who do not see it
   * @param {string} [options.kind] a class of its own: "remote", "self", "screen", "document"
   * @param {boolean} [options.muted]
   * @param {boolean} [options.mirror] the own face, as in a mirror
   * @param {StageDelegate} [options.delegate]
   */
  constructor({ label, kind = "", muted = false, mirror = false, delegate = {} }) {
    this.delegate = delegate
    this.video = h("video", { class: `stage-video${mirror ? " stage-mirror" : ""}`, autoplay: true, playsinline: true, muted, "aria-label": label })
    this.state = h("p", { class: "stage-state", role: "status" })
    this.pointer = h("span", { class: "stage-pointer", hidden: true })
    this.element = h("figure", { class: "stage", "data-stage": kind, "data-playing": "false" }, this.video, this.state, this.pointer)
    if (delegate.stagePoint) this.element.addEventListener("pointermove", (event) => this.#point(event))
    if (delegate.stagePoint) this.element.addEventListener("pointerdown", (event) => this.#point(event))
  }

  /** @param {MediaStream | null} stream */
  show(stream) {
    if (this.video.srcObject === stream) return
    const generation = ++this.#generation
    this.element.dataset.playing = "false"
    this.video.srcObject = stream
    if (!stream) return
    this.video.requestVideoFrameCallback(() => {
      if (generation !== this.#generation) return
      this.element.dataset.playing = "true"
      this.delegate.stageFrame?.()
    })
    this.play()
  }

  play() {
    this.video.play().catch((error) => {
      if (error.name !== "NotAllowedError") return
      this.video.muted = true
      this.video.play().catch(() => {})
      this.delegate.stageSilenced?.()
    })
  }

  /** After a touch of the person, sound may be had. */
  unmute() {
    this.video.muted = false
    this.play()
  }

  /** A sentence over the picture: "" when the picture speaks for itself. @param {string} text */
  tell(text) {
    say(this.state, text)
    this.element.dataset.told = String(text !== "")
  }

  /** The other side points here. @param {number} x  @param {number} y */
  pointAt(x, y) {
    const box = this.#picture()
    const frame = this.element.getBoundingClientRect()
    this.pointer.hidden = false
    this.pointer.style.transform = `translate(${box.left - frame.left + x * box.width}px, ${box.top - frame.top + y * box.height}px)`
    clearTimeout(this.#pointerGone)
    this.#pointerGone = setTimeout(() => (this.pointer.hidden = true), POINTER_MS)
  }

  stop() {
    clearTimeout(this.#pointerGone)
    this.#generation += 1
    this.video.srcObject = null
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const box = this.#picture()
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
    if (x >= 0 && x <= 1 && y >= 0 && y <= 1) this.delegate.stagePoint?.(x, y)
  }

  /** Where the picture itself lies inside its letterboxed element. */
  #picture() {
    const box = this.video.getBoundingClientRect()
    const { videoWidth, videoHeight } = this.video
    if (!videoWidth || getComputedStyle(this.video).objectFit === "cover") return box
    const scale = Math.min(box.width / videoWidth, box.height / videoHeight)
    const [width, height] = [videoWidth * scale, videoHeight * scale]
    return { left: box.left + (box.width - width) / 2, top: box.top + (box.height - height) / 2, width, height }
  }
}

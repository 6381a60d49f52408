// Looks at the document camera while a still is asked for: shows the judge a few frames a second, and tells what it says.

import { Judge } from "./judge.js"

/** @typedef {import("./judge.js").View} View */

/** Frames the judge sees are this wide; eight of them a second, some milliseconds each. */
const ACROSS = 240
const EVERY_MS = 120
const STRIPS = 24
/** The citizen has so long to lay the paper down; then the helper is told that none came. */
const PATIENCE_MS = 90_000

/**
 * @typedef {object} GuideDelegate
 * @property {(view: View) => void} guideSees
 * @property {() => void} guideReleases  the sheet lies sharp and still: once
 * @property {() => void} guideGivesUp
 */

export class Guide {
  #judge
  #begun = performance.now()
  #stopped = false
  #small = new OffscreenCanvas(1, 1)
  #strips = new OffscreenCanvas(1, 1)
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer

  /**
   * @param {HTMLVideoElement} video that plays the document camera
   * @param {GuideDelegate} delegate
   * @param {Float32Array | null} before the imprint of the page before
   */
  constructor(video, delegate, before) {
    this.video = video
    this.delegate = delegate
    this.#judge = new Judge(before)
    this.#look()
  }

  stop() {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  /** Of the sheet that lies there, to know it again. */
  get imprint() {
    return this.#judge.imprint
  }

  #look() {
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.#look(), EVERY_MS)
    const { videoWidth: width, videoHeight: height } = this.video
    const now = performance.now()
    if (now - this.#begun > PATIENCE_MS) return this.#end(() => this.delegate.guideGivesUp())
    if (!width || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return
    const view = this.#judge.see(this.#frame(width, height), now, (sheet) => this.#across(sheet, width, height))
    this.delegate.guideSees(view)
    if (view.release) this.#end(() => this.delegate.guideReleases())
  }

  /** @param {() => void} tell */
  #end(tell) {
    this.stop()
    tell()
  }

  /** @param {number} width  @param {number} height */
  #frame(width, height) {
    const [across, down] = [ACROSS, Math.round((ACROSS * height) / width)]
    return drawn(this.#small, across, down, (context) => context.drawImage(this.video, 0, 0, across, down))
  }

  /** Lines of the camera's own pixels from the sheet's one side to the other. @param {import("./sheet.js").Sheet} sheet  @param {number} width  @param {number} height */
  #across({ corners }, width, height) {
    const [xs, ys] = [corners.map(({ x }) => x * width), corners.map(({ y }) => y * height)]
    const [left, right] = [Math.max(0, Math.floor(Math.min(...xs))), Math.min(width, Math.ceil(Math.max(...xs)))]
    const [top, bottom] = [Math.max(0, Math.min(...ys)), Math.min(height - 1, Math.max(...ys))]
    return drawn(this.#strips, right - left, STRIPS, (context) => {
      for (let line = 0; line < STRIPS; line += 1) {
        const y = Math.floor(top + ((bottom - top) * (line + 1)) / (STRIPS + 1))
        context.drawImage(this.video, left, y, right - left, 1, 0, line, right - left, 1)
      }
    })
  }
}

/**
 * @param {OffscreenCanvas} canvas  @param {number} width  @param {number} height
 * @param {(context: OffscreenCanvasRenderingContext2D) => void} draw
 */
function drawn(canvas, width, height, draw) {
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }))
  draw(context)
  return context.getImageData(0, 0, width, height)
}

// When to release: sees frame after frame with its time, says what the citizen should do, and when the still is to be taken.
// Pure, as `sheet.js` is: the same frames at the same times give the same answers.

import { brightness, findSheet, glare, imprint, motion, moved, sharpness, unlike } from "./sheet.js"

/** @typedef {import("./sheet.js").Frame} Frame */
/** @typedef {import("./sheet.js").Sheet} Sheet */
/** @typedef {"empty" | "cut" | "dark" | "flat" | "same" | "hold" | "glare" | "blurred" | "ready"} Word what the citizen is told */
/** @typedef {{word: Word, sheet: Sheet | null, release: boolean}} View */

/** Still for so long, and over so many frames: shorter than a breath is a hand that just lets go. */
const STILL_MS = 600
const STILL_FRAMES = 4
/** Distance of brightness between two frames of a sheet that lies still, where it is largest; webcams in poor light have 5. */
const STILL_MOTION = 10
/** Of the picture's diagonal; the corners of a still sheet tremble by a pixel of 240. */
const STILL_MOVED = 0.012
const DARK = 60
/** Opposite sides differ by a fifth each way: the camera looks at a slant, or the sheet is bent. */
const SQUARE = 0.62
/** Measured on drawn pages of 0.9 to 5 megapixels: 0.68 and more in focus, 0.35 and less where letters are hardly read. */
const SHARP = 0.48
/** Of the sheet: half of what the server calls glare, as a spot that is burnt out has a rim that is nearly. */
const GLARE = 0.003
/** A lamp that cannot be moved away must not keep anybody there: then it is taken, and the helper is told of the glare. */
const GLARE_MS = 5000
/** Two pages of one text differ by 20 and more, the same page laid again by less than 6. */
const SAME = 7

export class Judge {
  /** @type {{frame: Frame, sheet: Sheet} | null} */
  #last = null
  #stillSince = 0
  #stillFrames = 0

  /** @param {Float32Array | null} [before] the imprint of the page before: it is not taken twice */
  constructor(before = null) {
    this.before = before
  }

  /** The imprint of the sheet seen last. */
  get imprint() {
    return this.#last ? imprint(this.#last.frame, this.#last.sheet) : null
  }

  /**
   * @param {Frame} frame about 240 pixels across
   * @param {number} now_ms
   * @param {(sheet: Sheet) => Frame | null} strips the camera's own pixels across the sheet, asked for only when they matter
   * @returns {View}
   */
  see(frame, now_ms, strips) {
    const sheet = findSheet(frame)
    const last = this.#last
    this.#last = sheet ? { frame, sheet } : null
    if (!sheet) return this.#not("empty", null)
    if (sheet.cut) return this.#not("cut", sheet)
    if (brightness(frame, sheet) < DARK) return this.#not("dark", sheet)
    if (sheet.square < SQUARE) return this.#not("flat", sheet)
    if (!last || moved(last.sheet, sheet) > STILL_MOVED || motion(last.frame, frame, sheet) > STILL_MOTION) {
      this.#stillSince = now_ms
      this.#stillFrames = 0
      return { word: "hold", sheet, release: false }
    }
    this.#stillFrames += 1
    if (this.#stillFrames < STILL_FRAMES || now_ms - this.#stillSince < STILL_MS) return { word: "hold", sheet, release: false }
    if (this.before && unlike(this.before, imprint(frame, sheet)) < SAME) return { word: "same", sheet, release: false }
    if (now_ms - this.#stillSince < GLARE_MS && glare(frame, sheet) > GLARE) return { word: "glare", sheet, release: false }
    const seen = strips(sheet)
    // A sheet has at least its own four edges; where none is to be seen, nothing is sharp.
    if (!seen || (sharpness(seen) ?? 0) < SHARP) return { word: "blurred", sheet, release: false }
    return { word: "ready", sheet, release: true }
  }

  /** @param {Word} word  @param {Sheet | null} sheet  @returns {View} */
  #not(word, sheet) {
    this.#stillFrames = 0
    return { word, sheet, release: false }
  }
}

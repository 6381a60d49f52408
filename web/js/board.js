// What a call's people look at together, as this page knows it; no DOM. The server's board is the truth: every change comes
// back numbered, and whoever missed a number reads the whole again. A stroke is told while it is drawn, a few points at a
// time, so that the others see it grow.

import { Problem } from "./signal.js"

/** @typedef {import("./signal.js").Signal} Signal */
/** @typedef {"highlight" | "pen" | "arrow"} Tool */
/** Of a still, page 1 is the untouched picture and page 2 the corrected one, which has a version.
 * @typedef {{kind: "capture" | "document" | "form", id: string, pages: number, version: string}} Surface */
/** @typedef {{left: number, top: number, right: number, bottom: number}} View */
/** @typedef {{mark_id: string, by: string, side: string, surface_id: string, page: number, tool: Tool, points: [number, number][]}} Mark */
/** @typedef {{surface_id: string, page: number, by: string, side: string, x: number, y: number}} Pointed */

/**
 * @typedef {object} BoardDelegate
 * @property {() => void} boardChanged another paper, page, view or marks
 * @property {(pointed: Pointed) => void} boardPointed
 * @property {(problem: Problem) => void} [boardRefused]
 */

/** Between two messages of one kind: 25 a second, half of what a page may say. */
const EVERY_MS = 40
const MOST_POINTS = 100
/** As the server keeps them, so that all pages draw the same line. @param {[number, number]} at  @returns {[number, number]} */
const rounded = ([x, y]) => [Math.round(x * 1e5) / 1e5, Math.round(y * 1e5) / 1e5]
const WHOLE = { left: 0, top: 0, right: 1, bottom: 1 }

export class Board {
  seq = -1
  /** @type {Surface | null} */
  surface = null
  page = 1
  /** @type {View} */
  view = WHOLE
  leader = ""
  /** @type {Map<string, Mark>} */
  marks = new Map()
  #callId = ""
  #reading = false
  /** The stroke under the hand, and what of it is not told yet. @type {{mark: Mark, untold: [number, number][]} | null} */
  #drawing = null
  /** @type {Map<string, {payload: object, timer: ReturnType<typeof setTimeout>} | null>} */
  #soon = new Map()

  /** @param {{signal: Signal, delegate: BoardDelegate}} options */
  constructor({ signal, delegate }) {
    this.signal = signal
    this.delegate = delegate
  }

  get callId() {
    return this.#callId
  }

  /** Turn to a call that talks, or to none. Read anew on every snapshot. @param {string} callId  @param {boolean} [anew] */
  follow(callId, anew = false) {
    if (callId === this.#callId && !anew) return
    if (callId !== this.#callId) this.#forget()
    this.#callId = callId
    if (callId) this.#read()
  }

  #forget() {
    this.seq = -1
    this.surface = null
    this.page = 1
    this.view = WHOLE
    this.marks = new Map()
    this.#drawing = null
    for (const waiting of this.#soon.values()) clearTimeout(waiting?.timer)
    this.#soon.clear()
    this.delegate.boardChanged()
  }

  /** Marks of the page that lies open, in the order they were begun. */
  get shown() {
    return [...this.marks.values()].filter((mark) => mark.surface_id === this.surface?.id && mark.page === this.page)
  }

  /** @param {string} name  @param {any} payload  @returns {boolean} whether it was for the board */
  handle(name, payload) {
    if (!name.startsWith("board.")) return false
    if (payload.call_id !== this.#callId) return true
    if (name === "board.pointed") this.delegate.boardPointed(payload)
    else if (this.seq >= 0 && payload.seq === this.seq + 1) this.#apply(name, payload)
    else if (payload.seq > this.seq) this.#read()
    return true
  }

  /** @param {string} name  @param {any} payload */
  #apply(name, payload) {
    this.seq = payload.seq
    if (name === "board.changed") this.#lay(payload)
    else if (name === "board.wiped") for (const id of payload.mark_ids) this.marks.delete(id)
    else if (name === "board.drawn" && payload.mark.mark_id !== this.#drawing?.mark.mark_id) {
      const known = this.marks.get(payload.mark.mark_id)
      // Our own points are on the screen since they were drawn.
      if (!known) this.marks.set(payload.mark.mark_id, payload.mark)
      else if (!this.#own.has(payload.mark.mark_id)) known.points.push(...payload.mark.points)
    }
    this.delegate.boardChanged()
  }

  /** @type {Set<string>} */
  #own = new Set()

  /** @param {any} payload */
  #lay({ surface, page, view, leader }) {
    this.surface = surface
    this.page = page
    this.view = view
    this.leader = leader
  }

  async #read() {
    if (this.#reading) return
    this.#reading = true
    const callId = this.#callId
    try {
      const whole = await this.signal.request("board.read", { call_id: callId }, { repeatable: true, timeout_ms: 20_000 })
      if (callId !== this.#callId) return
      this.seq = whole.seq
      this.#lay(whole)
      this.marks = new Map(whole.marks.map((/** @type {Mark} */ mark) => [mark.mark_id, mark]))
      this.#own.clear()
      this.delegate.boardChanged()
    } catch (error) {
      // The call is over, or the line is down: the next snapshot reads again.
      if (!(error instanceof Problem)) throw error
    } finally {
      this.#reading = false
    }
  }

  // What the person does ------------------------------------------------------------------------------------------

  /** Lay a paper down: its first page, of a still the corrected picture. @param {"capture" | "document" | "form"} kind  @param {string} id */
  show(kind, id) {
    return this.#ask("board.show", { kind, id })
  }

  hide() {
    return this.#ask("board.hide", {})
  }

  /** The page asked for last, until the server has answered. @type {{surface_id: string, page: number} | null} */
  #asked = null

  /** Turn so many pages on, or back: from the page asked for last, which may not have come yet. @param {number} pages */
  async turn(pages) {
    if (!this.surface) return
    const { id: surface_id } = this.surface
    const from = this.#asked?.surface_id === surface_id ? this.#asked.page : this.page
    const asked = { surface_id, page: from + pages }
    if (asked.page < 1 || asked.page > this.surface.pages) return
    this.#asked = asked
    await this.#ask("board.turn", asked)
    if (this.#asked === asked) this.#asked = null
  }

  /** Move the view, and lead. @param {View} view */
  look(view) {
    if (this.surface) this.#often("board.look", { surface_id: this.surface.id, page: this.page, ...view })
  }

  undo() {
    return this.#ask("board.undo", {})
  }

  clear() {
    return this.#ask("board.clear", {})
  }

  /** @param {number} x  @param {number} y */
  point(x, y) {
    if (this.surface) this.#often("board.point", { surface_id: this.surface.id, page: this.page, x, y })
  }

  /** Begin a stroke. @param {Tool} tool  @param {[number, number]} at  @param {string} by  @param {string} side */
  begin(tool, at, by, side) {
    if (!this.surface) return
    at = rounded(at)
    const mark_id = `mark_${crypto.randomUUID().replaceAll("-", "")}`
    const mark = { mark_id, by, side, surface_id: this.surface.id, page: this.page, tool, points: [at] }
    this.#drawing = { mark, untold: [at] }
    this.#own.add(mark_id)
    this.marks.set(mark_id, mark)
    this.#tellStroke()
    this.delegate.boardChanged()
  }

  /** Go on with the stroke. @param {[number, number]} at */
  go(at) {
    if (!this.#drawing) return
    const { mark, untold } = this.#drawing
    at = rounded(at)
    if (mark.points.length >= 1000) return
    mark.points.push(at)
    untold.push(at)
    this.#strokeTimer ??= setTimeout(() => this.#tellStroke(), EVERY_MS)
    this.delegate.boardChanged()
  }

  end() {
    this.#tellStroke()
    this.#drawing = null
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #strokeTimer

  #tellStroke() {
    clearTimeout(this.#strokeTimer)
    this.#strokeTimer = undefined
    const drawing = this.#drawing
    if (!drawing) return
    while (drawing.untold.length > 0) {
      const { mark_id, surface_id, page, tool } = drawing.mark
      const points = drawing.untold.splice(0, MOST_POINTS)
      this.#ask("board.draw", { mark_id, surface_id, page, tool, points }).then((taken) => {
        if (!taken) this.#read()
      })
    }
  }

  /** The last of several is what counts. @param {string} name  @param {object} payload */
  #often(name, payload) {
    const waiting = this.#soon.get(name)
    if (waiting) return void (waiting.payload = payload)
    this.#ask(name, payload)
    const next = { payload: /** @type {object} */ ({}), timer: setTimeout(() => this.#later(name), EVERY_MS) }
    this.#soon.set(name, next)
  }

  /** @param {string} name */
  #later(name) {
    const waiting = this.#soon.get(name)
    this.#soon.delete(name)
    if (waiting && Object.keys(waiting.payload).length > 0) this.#often(name, waiting.payload)
  }

  /** @param {string} name  @param {object} payload  @returns {Promise<boolean>} whether it was taken */
  async #ask(name, payload) {
    try {
      await this.signal.request(name, { call_id: this.#callId, ...payload })
      return true
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      // A view or a pointer of a page that was just turned is of no interest any more.
      if (name !== "board.look" && name !== "board.point") this.delegate.boardRefused?.(error)
      return false
    }
  }
}

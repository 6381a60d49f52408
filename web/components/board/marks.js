// Marks and pointers over a page, as lines that stay thin however close one looks.

import { h, icon } from "/static/web/js/dom.js"

/** @typedef {import("/static/web/js/board.js").Mark} Mark */

const SVG = "http://www.w3.org/2000/svg"
/** A pointer that moved no more for this long is taken off. */
const POINTER_MS = 3000
/** Width of a stroke as a share of the page's width. */
const WIDTHS = { highlight: 0.022, pen: 0.004, arrow: 0.006 }

export class Marks {
  #svg = document.createElementNS(SVG, "svg")
  /** @type {Map<string, {path: SVGPathElement, points: number}>} */
  #paths = new Map()
  /** @type {Map<string, {element: HTMLElement, gone: ReturnType<typeof setTimeout> | undefined}>} */
  #pointers = new Map()
  #width = 1
  #height = 1

  /** @param {(by: string, side: string) => string} nameOf */
  constructor(nameOf) {
    this.nameOf = nameOf
    this.#svg.setAttribute("class", "board-marks")
    this.#svg.setAttribute("aria-hidden", "true")
    this.element = h("div", { class: "board-over" })
    this.element.append(this.#svg)
  }

  /** The page has another size on the screen. @param {number} width  @param {number} height */
  size(width, height) {
    const ratio = height / width
    if (Math.abs(ratio - this.#height / this.#width) > 1e-6) {
      this.#width = 1000
      this.#height = 1000 * ratio
      this.#svg.setAttribute("viewBox", `0 0 1000 ${this.#height}`)
      for (const one of this.#paths.values()) one.points = -1
      this.#redraw?.()
    }
  }

  /** @type {(() => void) | undefined} */
  #redraw

  /** @param {Mark[]} marks */
  show(marks) {
    this.#redraw = () => this.show(marks)
    const ids = new Set(marks.map((mark) => mark.mark_id))
    for (const [id, { path }] of this.#paths) if (!ids.has(id)) (path.remove(), this.#paths.delete(id))
    for (const mark of marks) this.#draw(mark)
  }

  /** @param {Mark} mark */
  #draw(mark) {
    let one = this.#paths.get(mark.mark_id)
    if (!one) {
      const path = document.createElementNS(SVG, "path")
      path.setAttribute("class", `mark mark-${mark.tool} mark-${mark.side}`)
      path.setAttribute("data-mark", mark.mark_id)
      path.setAttribute("stroke-width", String(1000 * WIDTHS[mark.tool]))
      this.#svg.append(path)
      this.#paths.set(mark.mark_id, (one = { path, points: -1 }))
    }
    if (one.points === mark.points.length) return
    one.points = mark.points.length
    one.path.setAttribute("d", this.#line(mark))
  }

  /** @param {Mark} mark */
  #line({ tool, points }) {
    const at = (/** @type {[number, number]} */ [x, y]) => [x * this.#width, y * this.#height]
    const places = (tool === "arrow" ? [points[0], points.at(-1)] : points).filter((one) => one !== undefined).map(at)
    const [first, ...more] = places
    if (!first) return ""
    const line = `M${first.join(" ")}${(more.length ? more : [first]).map((one) => `L${one.join(" ")}`).join("")}`
    const tip = more.at(-1)
    return tool === "arrow" && tip ? line + head(first, tip) : line
  }

  /** @param {import("/static/web/js/board.js").Pointed} pointed */
  point({ by, side, x, y }) {
    let one = this.#pointers.get(by)
    if (!one) {
      const element = h("div", { class: `board-pointer board-pointer-${side}`, "data-by": by }, icon("pointer"), h("span", null, this.nameOf(by, side)))
      this.element.append(element)
      this.#pointers.set(by, (one = { element, gone: undefined }))
    }
    Object.assign(one.element.style, { left: `${100 * x}%`, top: `${100 * y}%` })
    clearTimeout(one.gone)
    one.gone = setTimeout(() => this.#unpoint(by), POINTER_MS)
  }

  /** @param {string} by */
  #unpoint(by) {
    this.#pointers.get(by)?.element.remove()
    this.#pointers.delete(by)
  }

  wipe() {
    this.show([])
    for (const [by, { gone }] of this.#pointers) (clearTimeout(gone), this.#unpoint(by))
  }
}

/** @param {number[]} from  @param {number[]} to */
function head([x0 = 0, y0 = 0], [x = 0, y = 0]) {
  const angle = Math.atan2(y - y0, x - x0)
  const wing = (/** @type {number} */ turn) => `${x - 28 * Math.cos(angle + turn)} ${y - 28 * Math.sin(angle + turn)}`
  return `M${wing(0.45)}L${x} ${y}L${wing(-0.45)}`
}

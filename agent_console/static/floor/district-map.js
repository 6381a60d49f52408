// The district as a schematic map: every point where the world's files place it, its street around it, and how its
// booths are. The streets are the parts of the plane nearest to their points; nobody surveyed them.

import { named, t } from "/static/web/js/i18n.js"
import { attribute } from "../panels/list.js"

/** @typedef {import("./model.js").Point} Point */
/** @typedef {import("./model.js").Named} Named */
/** @typedef {[number, number]} Spot */

/** The map is as wide in units of its drawing, and as high as the places of its points ask for. */
const WIDE = 1000
/** The land ends so far beyond the outermost points. */
const MARGIN = 90
const TINTS = 4

/**
 * @typedef {object} Mark What a point shows.
 * @property {string} state  idle, waiting, talking, broken, away, never: in CSS
 * @property {string} text  inside the mark
 * @property {string} label  for whoever does not see it
 */

export class DistrictMap {
  #points = svg("g", { class: "map-points" })
  /** @type {Map<string, {group: SVGElement, text: SVGElement}>} */
  #marks = new Map()

  /** @param {{open?: (point_id: string) => void, label: string}} options  without `open` it is a picture */
  constructor({ open, label }) {
    this.open = open
    this.element = svg("svg", { class: "map", role: open ? "group" : "img", "aria-label": label, preserveAspectRatio: "xMidYMid meet" })
    if (open) this.element.addEventListener("keydown", this.#key)
  }

  /** @param {readonly Point[]} points  @param {ReadonlyMap<string, Named>} streets */
  draw(points, streets) {
    const [left, top] = [Math.min(...points.map((point) => point.x)), Math.min(...points.map((point) => point.y))]
    const scale = (WIDE - 2 * MARGIN) / (Math.max(...points.map((point) => point.x)) - left || 1)
    const spots = points.map((point) => /** @type {Spot} */ ([MARGIN + (point.x - left) * scale, MARGIN + (point.y - top) * scale]))
    this.element.setAttribute("viewBox", `0 0 ${WIDE} ${Math.round(Math.max(...spots.map((spot) => spot[1])) + MARGIN)}`)
    const land = outline(spots)
    const order = [...streets.keys()]
    const parts = svg("g", { class: "map-land" })
    const borders = svg("g", { class: "map-borders" })
    points.forEach((point, index) => {
      const { cell, edges } = nearest(land, spots, index)
      parts.append(svg("polygon", { points: cell.map((spot) => spot.join(",")).join(" "), "data-tint": String(order.indexOf(point.street_id) % TINTS) }))
      for (const { from, to, other } of edges) if (points[other]?.street_id !== point.street_id && other > index) borders.append(svg("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }))
    })
    const names = svg("g", { class: "map-names", "aria-hidden": "true" })
    for (const [id, street] of streets) {
      const mine = spots.filter((_, index) => points[index]?.street_id === id)
      if (!mine.length) continue
      const words = named(street).replace(/(新村街道|路街道|镇街道|街道|镇| Xincun| Road| Town)$/, "")
      const text = svg("text", whereClear(mine, spots, words))
      text.textContent = words
      names.append(text)
    }
    this.#points.replaceChildren()
    this.#marks.clear()
    points.forEach((point, index) => this.#mark(point, /** @type {Spot} */ (spots[index]), index === 0))
    this.element.replaceChildren(parts, borders, svg("polygon", { class: "map-coast", points: land.map((spot) => spot.join(",")).join(" ") }), names, this.#points)
  }

  /** @param {Point} point  @param {Spot} spot  @param {boolean} first */
  #mark(point, [x, y], first) {
    const group = svg("g", { class: "map-point", transform: `translate(${x} ${y})`, "data-point": point.id })
    const text = svg("text", { y: 8, "aria-hidden": "true" })
    group.append(svg("circle", { class: "map-ring", r: 31 }), svg("circle", { class: "map-dot", r: 23 }), text)
    if (this.open) {
      attribute(group, "role", "button")
      attribute(group, "tabindex", first ? "0" : "-1")
      group.addEventListener("click", () => this.open?.(point.id))
    }
    this.#points.append(group)
    this.#marks.set(point.id, { group, text })
  }

  /** @param {string} id  @param {Mark} mark */
  show(id, { state, text, label }) {
    const mark = this.#marks.get(id)
    if (!mark) return
    attribute(mark.group, "data-state", state)
    if (this.open) attribute(mark.group, "aria-label", label)
    if (mark.text.textContent !== text) mark.text.textContent = text
  }

  #key = (/** @type {KeyboardEvent} */ event) => {
    const marks = [...this.#marks.values()].map((one) => one.group)
    const at = marks.indexOf(/** @type {any} */ (document.activeElement))
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (at < 0) return
    if (event.key === "Enter" || event.key === " ") this.open?.(marks[at]?.getAttribute("data-point") ?? "")
    else if (step) {
      const next = marks[(at + step + marks.length) % marks.length]
      for (const mark of marks) attribute(mark, "tabindex", mark === next ? "0" : "-1")
      next?.focus()
    } else return
    event.preventDefault()
  }
}

/**
 * Where a street's name stands: below, above or between its points, wherever most room is left to all marks.
 * @param {readonly Spot[]} mine  @param {readonly Spot[]} spots  @param {string} words
 */
function whereClear(mine, spots, words) {
  const half = [...words].reduce((sum, letter) => sum + (letter > "\u2e80" ? 15 : 8), 0)
  const [xs, ys] = [mine.map((spot) => spot[0]), mine.map((spot) => spot[1])]
  const middle = xs.reduce((sum, x) => sum + x, 0) / xs.length
  const places = [...xs, middle].flatMap((x) => [Math.max(...ys) + 50, Math.min(...ys) - 34, ys.reduce((sum, y) => sum + y, 0) / ys.length + 10].map((y) => ({ x, y })))
  // From the middle of the letters, a third of their height above the line they stand on.
  const room = ({ x = 0, y = 0 }) => Math.min(...spots.map((spot) => Math.hypot(Math.max(0, Math.abs(spot[0] - x) - half), spot[1] - (y - 10))))
  return places.reduce((best, place) => (Math.min(room(place), 50) > Math.min(room(best), 50) ? place : best), { x: middle, y: Math.max(...ys) + 50 })
}

/** What one booth's state means among several: the worst decides. */
const WORST = ["broken", "away", "talking", "waiting", "idle", "never"]

/** @param {readonly string[]} states */
export const worst = (states) => WORST.find((state) => states.includes(state)) ?? "never"

/** @param {Named | undefined} point  @param {string} state  @param {number} talking */
export const described = (point, state, talking) => t("map.point", { point: named(point), state: t(`booth.${state}`), count: talking })

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag  @param {Record<string, string | number>} props
 */
function svg(tag, props) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag)
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, typeof value === "number" ? String(Math.round(value * 10) / 10) : value)
  return element
}

/** The land: the hull of circles around all points. @param {readonly Spot[]} spots  @returns {Spot[]} */
function outline(spots) {
  const rim = spots.flatMap(([x, y]) => Array.from({ length: 16 }, (_, turn) => /** @type {Spot} */ ([x + MARGIN * 0.9 * Math.cos((turn * Math.PI) / 8), y + MARGIN * 0.9 * Math.sin((turn * Math.PI) / 8)])))
  rim.sort((a, b) => a[0] - b[0] || a[1] - b[1])
  const half = (/** @type {Spot[]} */ list) => {
    /** @type {Spot[]} */
    const hull = []
    for (const spot of list) {
      while (hull.length > 1 && turn(/** @type {Spot} */ (hull.at(-2)), /** @type {Spot} */ (hull.at(-1)), spot) <= 0) hull.pop()
      hull.push(spot)
    }
    return hull.slice(0, -1)
  }
  return [...half(rim), ...half(rim.reverse())]
}

/** @param {Spot} a  @param {Spot} b  @param {Spot} c */
const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

/**
 * The part of the land that is nearer to one spot than to any other, and with whom each of its edges is shared.
 * @param {readonly Spot[]} land  @param {readonly Spot[]} spots  @param {number} index
 */
function nearest(land, spots, index) {
  const [px, py] = /** @type {Spot} */ (spots[index])
  /** @type {{spot: Spot, other: number}[]} each corner, and whose edge begins there (-1: the coast) */
  let corners = land.map((spot) => ({ spot, other: -1 }))
  spots.forEach(([qx, qy], other) => {
    if (other === index) return
    const side = (/** @type {Spot} */ [x, y]) => (x - (px + qx) / 2) * (qx - px) + (y - (py + qy) / 2) * (qy - py)
    /** @type {typeof corners} */
    const kept = []
    corners.forEach((corner, at) => {
      const next = /** @type {typeof corner} */ (corners[(at + 1) % corners.length])
      const [here, there] = [side(corner.spot), side(next.spot)]
      if (here <= 0) kept.push(corner)
      if (here <= 0 === there <= 0) return
      const share = here / (here - there)
      const spot = /** @type {Spot} */ ([corner.spot[0] + share * (next.spot[0] - corner.spot[0]), corner.spot[1] + share * (next.spot[1] - corner.spot[1])])
      kept.push({ spot, other: here <= 0 ? other : corner.other })
    })
    corners = kept
  })
  const edges = corners.map((corner, at) => ({ from: corner.spot, to: /** @type {{spot: Spot}} */ (corners[(at + 1) % corners.length]).spot, other: corner.other }))
  return { cell: corners.map((corner) => corner.spot), edges }
}

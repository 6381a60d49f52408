// Where the sheet lies on the desk, and whether it is sharp and still: numbers in, numbers out, no DOM and no clock.
//
// The desk is what the picture's edge shows, with its light falling off to a side (a plane, fitted to the edge by colour); the
// sheet is the largest thing that differs from it. That works for white paper on any mat, and for a card darker or
// lighter than the desk; where its sides do not look like a sheet's, straight edges are tried (`sides.js`). Made for frames
// of about 240 pixels across: some milliseconds each, so that it runs live.

import { evidence, lines, quads } from "./sides.js"

/** @typedef {{x: number, y: number}} Point 0..1 of the picture */
/** @typedef {{width: number, height: number, data: Uint8ClampedArray}} Frame RGBA, row by row, as ImageData has it */
/** @typedef {{corners: Point[], area: number, cut: boolean, square: number}} Sheet corners clockwise from the top left;
 *  `area` is its share of the picture; `cut`: it reaches the picture's edge; `square`: 1 seen from above, less at a slant */

/** The least that counts as a sheet: an identity card is 4% of the field of an A3 document camera. */
const LEAST_AREA = 0.02
const MOST_AREA = 0.97
/** Colour distance below which nothing differs from the desk: noise and shading of plain webcams stay under it. */
const LEAST_DISTANCE = 26
/** Steps from pixel to pixel of less are a plain ground: a card's fine pattern, a soft shadow, noise. */
const PLAIN = 12
/** A quadrilateral fills its own hull; a hand or a heap of things does not. */
const LEAST_FILL = 0.86

/** Evidence of its sides above which a sheet is believed without a look at the picture's straight edges. */
const EVIDENT = 0.7
/** So much more evident another one must be: a sheet that is found by two ways in turn seems to move. */
const MORE = 0.1
/** And below which straight edges alone are no sheet: grained wood and cloth have them too. */
const LEAST_EVIDENCE = 0.6

/** @param {Frame} frame  @returns {Sheet | null} */
export function findSheet(frame) {
  const different = unlikeDesk(frame)
  const found = different && !different.cut ? different : (plain(frame) ?? different)
  const sure = found ? evident(frame, found) : 0
  return sure > EVIDENT ? found : (bySides(frame, Math.max(sure + MORE, LEAST_EVIDENCE)) ?? found)
}

/** @param {Frame} frame  @param {Sheet} sheet */
const evident = (frame, { corners }) => evidence(frame, corners.map(({ x, y }) => ({ x: x * frame.width, y: y * frame.height })))

/** The four straight edges that are most evidently a sheet's sides. @param {Frame} frame  @param {number} least evidence */
function bySides(frame, least) {
  const { width, height } = frame
  /** @type {Sheet | null} */
  let best = null
  let most = 0
  for (const quad of quads(lines(frame), width, height)) {
    const [area, square] = [areaOf(quad) / (width * height), shapeOf(quad)]
    if (area < LEAST_AREA || area > MOST_AREA || square === null) continue
    const sure = evidence(frame, quad)
    const worth = sure + 0.3 * Math.sqrt(area)
    if (sure < least || worth < most) continue
    most = worth
    best = { corners: clockwise(quad).map(({ x, y }) => ({ x: x / width, y: y / height })), area, cut: false, square }
  }
  return best
}

/** The largest thing that differs from the desk. @param {Frame} frame */
function unlikeDesk(frame) {
  const { width, height } = frame
  const distance = fromDesk(frame)
  const threshold = Math.max(LEAST_DISTANCE, otsu(distance))
  const mask = closed(distance.map((value) => (value > threshold ? 1 : 0)), width, height)
  const [found] = blobs(mask, width, height).sort((one, other) => other.count - one.count)
  return found ? sheetOf(found, width, height, 0) : null
}

/**
 * The largest plain thing with four corners near the middle: on striped cloth, grained wood, or a desk full of other things,
 * nothing can be said of the desk, but a sheet's own ground is of one colour, and ends all around. @param {Frame} frame
 */
function plain({ width, height, data }) {
  const mask = new Uint8ClampedArray(width * height)
  for (let y = 0; y < height - 1; y += 1) {
    for (let x = 0; x < width - 1; x += 1) {
      const at = (y * width + x) * 4
      let step = 0
      for (let channel = at; channel < at + 3; channel += 1) {
        const value = data[channel] ?? 0
        step = Math.max(step, Math.abs((data[channel + 4] ?? 0) - value), Math.abs((data[channel + width * 4] ?? 0) - value))
      }
      mask[y * width + x] = step < PLAIN ? 1 : 0
    }
  }
  const middle = (/** @type {Sheet} */ { corners }) => Math.hypot(...["x", "y"].map((axis) => corners.reduce((sum, point) => sum + point[/** @type {"x" | "y"} */ (axis)] / 4, -0.5)))
  const worth = (/** @type {Sheet} */ sheet) => Math.sqrt(sheet.area) - 0.5 * middle(sheet)
  return blobs(spread(mask, width, height, 0), width, height)
    .flatMap((blob) => sheetOf(blob, width, height, 1.5) ?? [])
    .filter((sheet) => !sheet.cut)
    .reduce((best, sheet) => (best && worth(best) > worth(sheet) ? best : sheet), /** @type {Sheet | null} */ (null))
}

/**
 * A thing's four corners, when it is a sheet. @param {Blob} blob  @param {number} width  @param {number} height
 * @param {number} rim pixels to its edge that the thing does not show  @returns {Sheet | null}
 */
function sheetOf(blob, width, height, rim) {
  if (blob.count < LEAST_AREA * 0.6 * width * height) return null
  const hull = hullOf(blob.rim)
  const quad = quadOf(hull)
  if (!quad) return null
  const [quadArea, hullArea] = [areaOf(quad), areaOf(hull)]
  const area = quadArea / (width * height)
  if (area < LEAST_AREA || area > MOST_AREA) return null
  if (blob.filled / hullArea < LEAST_FILL || Math.min(quadArea, hullArea) / Math.max(quadArea, hullArea) < LEAST_FILL) return null
  const shape = shapeOf(quad)
  if (!shape) return null
  const cut = blob.rim.some(({ x, y }) => x <= 1 || y <= 1 || x >= width - 2 || y >= height - 2)
  return { corners: clockwise(widened(quad, rim)).map(({ x, y }) => ({ x: x / width, y: y / height })), area, cut, square: shape }
}

/** @param {Point[]} quad  @param {number} by pixels along both axes, away from its middle */
function widened(quad, by) {
  const [x, y] = [quad.reduce((sum, point) => sum + point.x / 4, 0), quad.reduce((sum, point) => sum + point.y / 4, 0)]
  return quad.map((point) => {
    const far = Math.hypot(point.x - x, point.y - y) || 1
    const more = (by * Math.SQRT2) / far
    return { x: point.x + (point.x - x) * more, y: point.y + (point.y - y) * more }
  })
}

/**
 * The share of the sheet that a lamp burns out: white in every channel where the paper around it is not.
 * @param {Frame} frame  @param {Sheet} sheet
 */
export function glare(frame, sheet) {
  const side = 64
  const darkest = rectified(frame, sheet.corners, side, (red, green, blue) => Math.min(red, green, blue))
  const paper = darkest.slice().sort()[Math.floor(darkest.length * 0.6)] ?? 0
  const burnt = darkest.map((value) => (value >= Math.max(250, Math.min(253, paper + 6)) ? 1 : 0))
  let spots = 0
  // Alone among its neighbours it is noise.
  for (let at = side + 1; at < burnt.length - side - 1; at += 1) spots += burnt[at] && burnt[at - 1] && burnt[at + 1] && burnt[at - side] && burnt[at + side] ? 1 : 0
  return spots / burnt.length
}

/** Mean brightness inside the sheet, 0..255. @param {Frame} frame  @param {Sheet} sheet */
export function brightness(frame, sheet) {
  const patch = rectified(frame, sheet.corners, 24)
  return patch.reduce((sum, value) => sum + value, 0) / patch.length
}

/** What the sheet shows, small and seen from above: to tell the next page from the last. @param {Frame} frame  @param {Sheet} sheet */
export const imprint = (frame, sheet) => blocks(rectified(frame, sheet.corners, IMPRINT * 6), 6)

/** How different two imprints are: mean distance of brightness, 0..255. @param {Float32Array} one  @param {Float32Array} other */
export function unlike(one, other) {
  return one.reduce((sum, value, index) => sum + Math.abs(value - (other[index] ?? 0)), 0) / one.length
}

/**
 * How much two frames differ where the sheet lies: the distance of brightness, 0..255, in the part of it where it is largest,
 * as a finger is small. @param {Frame} one  @param {Frame} other  @param {Sheet} sheet
 */
export function motion(one, other, sheet) {
  const [before, now] = [one, other].map((frame) => rectified(frame, sheet.corners, 48))
  return Math.max(...blocks(/** @type {Float32Array} */ (before).map((value, index) => Math.abs(value - (now?.[index] ?? 0))), 6))
}

/** How far the corners went, as a share of the picture's diagonal. @param {Sheet} one  @param {Sheet} other */
export function moved(one, other) {
  return Math.max(...one.corners.map(({ x, y }, index) => Math.hypot(x - (other.corners[index]?.x ?? 0), y - (other.corners[index]?.y ?? 0)))) / Math.SQRT2
}

/**
 * How sharp strips of the camera's own pixels are: the share of an edge's height that it climbs within one pixel. A step is
 * 1, a lens well out of focus 0.25; the light and the paper's colour do not matter. Null where there are too few edges.
 * @param {Frame} strips  @returns {number | null}
 */
export function sharpness({ width, height, data }) {
  const [reach, least] = [4, 32]
  let [sum, edges] = [0, 0]
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x + reach < width; x += reach) {
      const at = (y * width + x) * 4 + 1
      const rise = Math.abs(green(data, at + reach * 4) - green(data, at))
      if (rise < least) continue
      let steepest = 0
      for (let step = 0; step < reach; step += 1) steepest = Math.max(steepest, Math.abs(green(data, at + (step + 1) * 4) - green(data, at + step * 4)))
      sum += Math.min(1, steepest / rise)
      edges += 1
    }
  }
  return edges < 16 ? null : sum / edges
}

/** @param {Uint8ClampedArray} data  @param {number} at */
const green = (data, at) => data[at] ?? 0

/** How far each pixel's colour is from what the desk would have there, 0..255. @param {Frame} frame */
function fromDesk({ width, height, data }) {
  const planes = [0, 1, 2].map((channel) => plane({ width, height, data }, channel))
  const distance = new Uint8ClampedArray(width * height)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 4
      let sum = 0
      for (const [channel, { a, b, c }] of planes.entries()) sum += ((data[at + channel] ?? 0) - (a * x + b * y + c)) ** 2
      distance[y * width + x] = Math.sqrt(sum)
    }
  }
  return distance
}

/** A plane through the picture's edge, fitted twice: the second time without what is not desk. @param {Frame} frame  @param {number} channel */
function plane({ width, height, data }, channel) {
  /** @type {[number, number, number][]} */
  let rim = []
  for (let x = 0; x < width; x += 2) for (const y of [0, 1, height - 2, height - 1]) rim.push([x, y, data[(y * width + x) * 4 + channel] ?? 0])
  for (let y = 2; y < height - 2; y += 2) for (const x of [0, 1, width - 2, width - 1]) rim.push([x, y, data[(y * width + x) * 4 + channel] ?? 0])
  const middle = rim.map(([, , value]) => value).sort((one, other) => one - other)[rim.length >> 1] ?? 0
  const near = rim.filter(([, , value]) => Math.abs(value - middle) < 60)
  let fitted = fit(near)
  rim = near.filter(([x, y, value]) => Math.abs(value - (fitted.a * x + fitted.b * y + fitted.c)) < 20)
  if (rim.length > near.length / 3) fitted = fit(rim)
  return fitted
}

/** Least squares of value = a·x + b·y + c. @param {[number, number, number][]} points */
function fit(points) {
  const n = points.length
  const mean = [0, 1, 2].map((index) => points.reduce((sum, point) => sum + (point[index] ?? 0), 0) / n)
  const [mx = 0, my = 0, mv = 0] = mean
  let [xx, xy, yy, xv, yv] = [0, 0, 0, 0, 0]
  for (const [x, y, value] of points) {
    const [dx, dy, dv] = [x - mx, y - my, value - mv]
    xx += dx * dx
    xy += dx * dy
    yy += dy * dy
    xv += dx * dv
    yv += dy * dv
  }
  const determinant = xx * yy - xy * xy
  if (determinant < 1) return { a: 0, b: 0, c: mv }
  const a = (xv * yy - yv * xy) / determinant
  const b = (yv * xx - xv * xy) / determinant
  return { a, b, c: mv - a * mx - b * my }
}

/** The threshold that parts two groups best (Otsu 1979). @param {Uint8ClampedArray} values */
function otsu(values) {
  const counts = new Float64Array(256)
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  const total = values.length
  const sum = counts.reduce((all, count, value) => all + count * value, 0)
  let [below, sumBelow, best, threshold] = [0, 0, -1, 0]
  for (let value = 0; value < 256; value += 1) {
    below += counts[value] ?? 0
    sumBelow += (counts[value] ?? 0) * value
    if (!below || below === total) continue
    const apart = sumBelow / below - (sum - sumBelow) / (total - below)
    const between = below * (total - below) * apart * apart
    if (between > best) [best, threshold] = [between, value]
  }
  return threshold / 1.6 // a sheet has dark letters and its shaded side: rather a little desk than half a page
}

/** Dilate and erode once: letters and a fold do not part a sheet. @param {Uint8ClampedArray} mask  @param {number} width  @param {number} height */
function closed(mask, width, height) {
  return spread(spread(mask, width, height, 1), width, height, 0)
}

/** @param {Uint8ClampedArray} mask  @param {number} width  @param {number} height  @param {0 | 1} what */
function spread(mask, width, height, what) {
  const out = mask.slice()
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x
      if (mask[at] === what) continue
      if (mask[at - 1] === what || mask[at + 1] === what || mask[at - width] === what || mask[at + width] === what) out[at] = what
    }
  }
  return out
}

/**
 * @typedef {object} Blob a connected thing
 * @property {Point[]} rim its outermost points, row by row
 * @property {number} count of its pixels
 * @property {number} filled with its holes filled
 */

/** Connected things that are large enough for a sheet. @param {Uint8ClampedArray} mask  @param {number} width  @param {number} height  @returns {Blob[]} */
function blobs(mask, width, height) {
  const seen = new Uint8Array(mask.length)
  const line = new Int32Array(mask.length)
  const least = LEAST_AREA * 0.6 * mask.length
  const found = []
  for (let start = 0; start < mask.length; start += 1) {
    if (!mask[start] || seen[start]) continue
    let count = 1
    line[0] = start
    seen[start] = 1
    for (let next = 0; next < count; next += 1) {
      const at = line[next] ?? 0
      const x = at % width
      for (const near of [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width, at + width]) {
        if (near < 0 || near >= mask.length || !mask[near] || seen[near]) continue
        seen[near] = 1
        line[count++] = near
      }
    }
    if (count >= least) found.push(outlined(line.subarray(0, count), width, height))
  }
  return found
}

/** @param {Int32Array} pixels  @param {number} width  @param {number} height  @returns {Blob} */
function outlined(pixels, width, height) {
  const [left, right] = [new Int32Array(height).fill(width), new Int32Array(height).fill(-1)]
  for (const at of pixels) {
    const [x, y] = [at % width, Math.floor(at / width)]
    if (x < (left[y] ?? 0)) left[y] = x
    if (x > (right[y] ?? 0)) right[y] = x
  }
  /** @type {Point[]} */
  const rim = []
  let filled = 0
  for (let y = 0; y < height; y += 1) {
    const [from = 0, to = -1] = [left[y], right[y]]
    if (to < 0) continue
    filled += to - from + 1
    rim.push({ x: from, y }, { x: to, y })
  }
  return { rim, count: pixels.length, filled }
}

/** Convex hull (Andrew's monotone chain). @param {Point[]} points */
function hullOf(points) {
  const sorted = points.slice().sort((one, other) => one.x - other.x || one.y - other.y)
  const half = (/** @type {Point[]} */ from) => {
    /** @type {Point[]} */
    const chain = []
    for (const point of from) {
      while (chain.length > 1 && turn(chain.at(-2), chain.at(-1), point) <= 0) chain.pop()
      chain.push(point)
    }
    chain.pop()
    return chain
  }
  return [...half(sorted), ...half(sorted.slice().reverse())]
}

/** @param {Point | undefined} a  @param {Point | undefined} b  @param {Point} c */
const turn = (a, b, c) => (a && b ? (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) : 0)

/**
 * Four corners of a hull: of all its sides the ones that can be left out at the least cost are, their neighbours meeting
 * instead, so that a rounded or folded corner becomes the corner it was. @param {Point[]} hull  @returns {Point[] | null}
 */
function quadOf(hull) {
  const points = hull.slice()
  while (points.length > 4) {
    let [cheapest, cost] = [-1, Infinity]
    /** @type {Point | null} */
    let meeting = null
    for (let index = 0; index < points.length; index += 1) {
      const [before, from, to, after] = [-1, 0, 1, 2].map((step) => /** @type {Point} */ (points[(index + step + points.length) % points.length]))
      const met = before && from && to && after ? meet(before, from, to, after) : null
      if (!met || !from || !to) continue
      const more = Math.abs(turn(from, met, to)) / 2
      if (more < cost) [cheapest, cost, meeting] = [index, more, met]
    }
    if (cheapest < 0 || !meeting) return null
    points.splice(cheapest, 1, meeting)
    points.splice((cheapest + 1) % points.length, 1)
  }
  return points.length === 4 ? points : null
}

/** Where the line before a side and the line after it meet, outside of it. @param {Point} a  @param {Point} b  @param {Point} c  @param {Point} d */
function meet(a, b, c, d) {
  const [ux, uy, vx, vy] = [b.x - a.x, b.y - a.y, d.x - c.x, d.y - c.y]
  const cross = ux * vy - uy * vx
  if (Math.abs(cross) < 1e-9) return null
  const along = ((c.x - a.x) * vy - (c.y - a.y) * vx) / cross
  // Behind the corner they open instead of meeting.
  return along >= 1 ? { x: a.x + along * ux, y: a.y + along * uy } : null
}

/** @param {Point[]} polygon */
function areaOf(polygon) {
  return Math.abs(polygon.reduce((sum, { x, y }, index) => {
    const next = /** @type {Point} */ (polygon[(index + 1) % polygon.length])
    return sum + x * next.y - next.x * y
  }, 0)) / 2
}

/** How square a quadrilateral is, 0..1; null when it is no sheet seen from anywhere near above. @param {Point[]} quad */
function shapeOf(quad) {
  const sides = quad.map(({ x, y }, index) => {
    const next = /** @type {Point} */ (quad[(index + 1) % 4])
    return Math.hypot(next.x - x, next.y - y)
  })
  const [a = 0, b = 0, c = 0, d = 0] = sides
  const slant = Math.min(a / c, c / a) * Math.min(b / d, d / b)
  const ratio = Math.max((a + c) / (b + d), (b + d) / (a + c))
  return slant < 0.4 || ratio > 2.6 ? null : slant
}

/** @param {Point[]} quad */
function clockwise(quad) {
  const turned = areaSign(quad) > 0 ? quad : quad.slice().reverse()
  const first = turned.reduce((best, { x, y }, index) => (x + y < (turned[best]?.x ?? 0) + (turned[best]?.y ?? 0) ? index : best), 0)
  return [...turned.slice(first), ...turned.slice(0, first)]
}

/** @param {Point[]} polygon */
const areaSign = (polygon) => polygon.reduce((sum, { x, y }, index) => {
  const next = /** @type {Point} */ (polygon[(index + 1) % polygon.length])
  return sum + x * next.y - next.x * y
}, 0)

/** Luminance (ITU-R BT.601). @param {number} red  @param {number} green  @param {number} blue */
const light = (red, green, blue) => 0.299 * red + 0.587 * green + 0.114 * blue

/**
 * Values on a grid laid over the four corners. @param {Frame} frame  @param {Point[]} corners  @param {number} side
 * @param {(red: number, green: number, blue: number) => number} [value] of a pixel: its brightness
 */
function rectified({ width, height, data }, corners, side, value = light) {
  const [p = ORIGIN, q = ORIGIN, r = ORIGIN, s = ORIGIN] = corners
  const out = new Float32Array(side * side)
  for (let row = 0; row < side; row += 1) {
    const v = (row + 0.5) / side
    for (let column = 0; column < side; column += 1) {
      const u = (column + 0.5) / side
      const x = (1 - v) * ((1 - u) * p.x + u * q.x) + v * ((1 - u) * s.x + u * r.x)
      const y = (1 - v) * ((1 - u) * p.y + u * q.y) + v * ((1 - u) * s.y + u * r.y)
      const at = (Math.min(height - 1, Math.floor(y * height)) * width + Math.min(width - 1, Math.floor(x * width))) * 4
      out[row * side + column] = value(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0)
    }
  }
  return out
}

/** Means of square blocks of a square. @param {Float32Array} values  @param {number} size of a block */
function blocks(values, size) {
  const side = Math.sqrt(values.length)
  const across = side / size
  const out = new Float32Array(across * across)
  for (const [index, value] of values.entries()) {
    const block = Math.floor(index / side / size) * across + Math.floor((index % side) / size)
    out[block] = (out[block] ?? 0) + value / (size * size)
  }
  return out
}

/** Blocks across an imprint. */
const IMPRINT = 16
const ORIGIN = { x: 0, y: 0 }

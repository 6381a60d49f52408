// The sheet by its four sides: on a desk full of other things neither the desk nor the sheet's ground parts from the rest, but
// a sheet's sides are straight, part one colour from another all along, and end where they meet. Pure, like `sheet.js`.

/** @typedef {import("./sheet.js").Point} Point */
/** @typedef {import("./sheet.js").Frame} Frame */
/** @typedef {{x: number, y: number, dx: number, dy: number}} Line a point in pixels, and the way it runs */

/** Directions that are told apart when edges are counted together (Duda and Hart 1972); the lines are fitted afterwards. */
const TURNS = 90
/** Steps from pixel to pixel of less are noise and grain; of more than the second they count no more. */
const [LEAST_STEP, MOST_STEP] = [10, 50]
/** The lines most edges lie on; and no more of them than this that run the same way, or a striped cloth has them all. */
const [LINES, ALIKE] = [26, 7]
/** Pixels to either side of a line where the two colours are taken: a printed line or a letter is thinner. */
const REACH = 2.5
/** Distance of colour that parts two things. */
const PARTED = 16
/** So many pixels beyond a corner a side must have ended. */
const BEYOND = [3, 6, 9]

/**
 * How well four corners are a sheet's, 0..1: the share of its sides that part two colours, the same along each, and end at the
 * corners. The weakest side weighs most.
 * @param {Frame} frame  @param {Point[]} quad in pixels
 */
export function evidence(frame, quad) {
  const sides = quad.map((from, index) => side(frame, from, quad[(index + 1) % 4] ?? from))
  return 0.5 * Math.min(...sides) + 0.125 * sides.reduce((sum, one) => sum + one, 0)
}

/** @param {Frame} frame  @param {Point} from  @param {Point} to */
function side(frame, from, to) {
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const [ux, uy] = [(to.x - from.x) / length, (to.y - from.y) / length]
  const count = Math.max(6, Math.round(length / 3))
  const sum = [0, 0, 0]
  let [parted, steps] = [0, 0]
  for (let n = 0; n < count; n += 1) {
    const along = (length * (n + 0.5)) / count
    const size = across(frame, from.x + ux * along, from.y + uy * along, -uy, ux)
    if (size < 0) continue
    steps += size
    if (size > PARTED) parted += 1
    for (const channel of CHANNELS) sum[channel] = (sum[channel] ?? 0) + (STEP[channel] ?? 0)
  }
  const whole = Math.hypot(...sum)
  const through = BEYOND.reduce((all, far) => all + goesOn(frame, from, -ux * far, -uy * far, ux, uy, sum, whole) + goesOn(frame, to, ux * far, uy * far, ux, uy, sum, whole), 0) / (2 * BEYOND.length)
  return steps ? (parted / count) * (whole / steps) * (1 - 0.5 * through) : 0
}

/**
 * Whether the step of a side is there beyond its end too. @param {Frame} frame  @param {Point} end  @param {number} x
 * @param {number} y  @param {number} ux  @param {number} uy  @param {number[]} sum  @param {number} whole
 */
function goesOn(frame, end, x, y, ux, uy, sum, whole) {
  const size = across(frame, end.x + x, end.y + y, -uy, ux)
  if (size < PARTED) return 0
  return CHANNELS.reduce((all, channel) => all + (sum[channel] ?? 0) * (STEP[channel] ?? 0), 0) > 0.7 * whole * size ? 1 : 0
}

const CHANNELS = [0, 1, 2]
/** The last step that was looked at, by channel: an array of its own each time would be most of the work. */
const STEP = new Float64Array(3)

/** The step of colour across a line at a point, left in `STEP`; its size, -1 beyond the picture. @param {Frame} frame  @param {number} x  @param {number} y  @param {number} nx  @param {number} ny */
function across({ width, height, data }, x, y, nx, ny) {
  const [ax, ay, bx, by] = [Math.round(x + nx * REACH), Math.round(y + ny * REACH), Math.round(x - nx * REACH), Math.round(y - ny * REACH)]
  if (Math.min(ax, bx, ay, by) < 0 || Math.max(ax, bx) >= width || Math.max(ay, by) >= height) return -1
  const [one, other] = [(ay * width + ax) * 4, (by * width + bx) * 4]
  let sum = 0
  for (const channel of CHANNELS) sum += (STEP[channel] = (data[one + channel] ?? 0) - (data[other + channel] ?? 0)) ** 2
  return Math.sqrt(sum)
}

/** The longest straight edges of a picture. @param {Frame} frame  @returns {Line[]} */
export function lines(frame) {
  const edges = edgesOf(frame)
  const { width, height } = frame
  const far = Math.ceil(Math.hypot(width, height))
  const counts = new Float32Array(TURNS * 2 * far)
  for (const { x, y, turn, size } of edges) {
    for (let by = -1; by <= 1; by += 1) {
      const at = (turn + by + TURNS) % TURNS
      const [cos, sin] = [COS[at] ?? 0, SIN[at] ?? 0]
      const cell = at * 2 * far + Math.round(x * cos + y * sin) + far
      counts[cell] = (counts[cell] ?? 0) + size
    }
  }
  return peaks(counts, far, 0.12 * Math.min(width, height) * LEAST_STEP).map((peak) => fitted(edges, peak))
}

const COS = Float64Array.from({ length: TURNS }, (_, turn) => Math.cos((Math.PI * turn) / TURNS))
const SIN = Float64Array.from({ length: TURNS }, (_, turn) => Math.sin((Math.PI * turn) / TURNS))

/** Where colour steps from pixel to pixel, in the channel where it does most. @param {Frame} frame */
function edgesOf({ width, height, data }) {
  const edges = []
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = (y * width + x) * 4
      let [gx, gy, most] = [0, 0, LEAST_STEP * LEAST_STEP * 4]
      for (let channel = at; channel < at + 3; channel += 1) {
        const h = (data[channel + 4] ?? 0) - (data[channel - 4] ?? 0)
        const v = (data[channel + width * 4] ?? 0) - (data[channel - width * 4] ?? 0)
        if (h * h + v * v > most) [gx, gy, most] = [h, v, h * h + v * v]
      }
      if (!gx && !gy) continue
      const turn = Math.round((Math.atan2(gy, gx) / Math.PI) * TURNS + TURNS) % TURNS
      edges.push({ x, y, turn, size: Math.min(MOST_STEP, Math.sqrt(most) / 2) })
    }
  }
  return edges
}

/** @param {Float32Array} counts  @param {number} far  @param {number} least */
function peaks(counts, far, least) {
  const found = []
  const wide = 2 * far
  while (found.length < LINES) {
    let best = 0
    for (let at = 1; at < counts.length; at += 1) if ((counts[at] ?? 0) > (counts[best] ?? 0)) best = at
    if ((counts[best] ?? 0) < least) break
    const [turn, from] = [Math.floor(best / wide), (best % wide) - far]
    const apart = (/** @type {number} */ other) => Math.min(Math.abs(turn - other), TURNS - Math.abs(turn - other))
    if (found.filter((one) => apart(one.turn) <= 2).length < ALIKE) found.push({ turn, from })
    for (let by = -3; by <= 3; by += 1) {
      // Past half a turn a line has its distance from the other side.
      const at = turn + by
      const [row, middle] = at < 0 || at >= TURNS ? [(at + TURNS) % TURNS, -from] : [at, from]
      counts.fill(0, row * wide + Math.max(0, middle + far - 4), row * wide + Math.min(wide, middle + far + 5))
    }
  }
  return found
}

/** The line through the edges near a peak, by their moments. @param {ReturnType<typeof edgesOf>} edges  @param {{turn: number, from: number}} peak  @returns {Line} */
function fitted(edges, { turn, from }) {
  const [cos, sin] = [COS[turn] ?? 0, SIN[turn] ?? 0]
  let [n, sx, sy, xx, xy, yy] = [0, 0, 0, 0, 0, 0]
  for (const edge of edges) {
    const apart = Math.abs(edge.turn - turn)
    if (Math.abs(edge.x * cos + edge.y * sin - from) > 2.5 || Math.min(apart, TURNS - apart) > 4) continue
    n += edge.size
    sx += edge.size * edge.x
    sy += edge.size * edge.y
    xx += edge.size * edge.x * edge.x
    xy += edge.size * edge.x * edge.y
    yy += edge.size * edge.y * edge.y
  }
  const [x, y] = [sx / n, sy / n]
  const way = Math.atan2(2 * (xy / n - x * y), xx / n - x * x - (yy / n - y * y)) / 2
  return { x, y, dx: Math.cos(way), dy: Math.sin(way) }
}

/**
 * All the quadrilaterals that lines make which may be a sheet's sides. @param {Line[]} all  @param {number} width  @param {number} height
 * @returns {Generator<Point[]>}
 */
export function* quads(all, width, height) {
  const pairs = all.flatMap((one, index) => all.slice(index + 1).map((other) => /** @type {const} */ ([one, other])))
    .filter(([one, other]) => Math.abs(one.dx * other.dy - one.dy * other.dx) < 0.3 && apart(one, other) > 0.1 * height)
  for (const [index, [a, b]] of pairs.entries()) {
    for (const [c, d] of pairs.slice(index + 1)) {
      if (Math.abs(a.dx * c.dy - a.dy * c.dx) < 0.8 || a === c || a === d || b === c || b === d) continue
      const quad = [crossing(a, c), crossing(c, b), crossing(b, d), crossing(d, a)]
      if (quad.every(({ x, y }) => x > -1 && y > -1 && x < width && y < height)) yield quad
    }
  }
}

/** @param {Line} one  @param {Line} other */
const apart = (one, other) => Math.abs((other.x - one.x) * one.dy - (other.y - one.y) * one.dx)

/** @param {Line} one  @param {Line} other  @returns {Point} */
function crossing(one, other) {
  const along = ((other.x - one.x) * other.dy - (other.y - one.y) * other.dx) / (one.dx * other.dy - one.dy * other.dx)
  return { x: one.x + along * one.dx, y: one.y + along * one.dy }
}

// What there is to play: segments sorted into lanes, one for each person and kind of media. No media, no DOM.

/**
 * @typedef {object} Segment as the API tells it; `at_s` counts from the recording's origin
 * @property {number} id
 * @property {string} track
 * @property {string} person_id
 * @property {string} name
 * @property {string} role
 * @property {"microphone" | "camera" | "screen" | "document"} kind
 * @property {number} at_s
 * @property {number} duration_s
 * @property {[number, number][]} gaps
 */

/** Less than this between two segments is no hole: the packets in between were late. */
const SEAM_S = 0.5

export class Lane {
  /** In order of time. @type {Segment[]} */
  segments = []

  /** @param {string} id  @param {Segment} first */
  constructor(id, first) {
    this.id = id
    this.person = first.person_id || first.track
    this.name = first.name
    this.role = first.role
    this.kind = first.kind
  }

  /** @param {Segment} segment */
  add(segment) {
    if (this.segments.some((one) => one.id === segment.id)) return
    this.segments.push(segment)
    this.segments.sort((a, b) => a.at_s - b.at_s)
  }

  /** The segment to play at a moment: the one that covers it, else the next one. @param {number} at */
  at(at) {
    return this.segments.findLast((one) => one.at_s <= at && this.until(one) > at) ?? this.segments.find((one) => one.at_s > at) ?? null
  }

  /** @param {Segment} segment */
  next(segment) {
    return this.segments[this.segments.indexOf(segment) + 1] ?? null
  }

  /** Until when a segment is played: where the way of the media changed, two overlap for a moment. @param {Segment} segment */
  until(segment) {
    const end = segment.at_s + segment.duration_s
    const next = this.next(segment)
    return next ? Math.min(end, next.at_s) : end
  }

  /** @param {number} at */
  covers(at) {
    const segment = this.at(at)
    return segment !== null && segment.at_s <= at
  }

  /** From when to when something is there, holes shorter than a seam closed. @returns {[number, number][]} */
  get spans() {
    /** @type {[number, number][]} */
    const spans = []
    for (const { at_s, duration_s } of this.segments) {
      const last = spans.at(-1)
      if (last && at_s - last[1] < SEAM_S) last[1] = Math.max(last[1], at_s + duration_s)
      else spans.push([at_s, at_s + duration_s])
    }
    return spans
  }
}

const ORDER = ["citizen", "agent", "expert", "interpreter", "participant"]

export class Lanes {
  /** @type {Map<string, Lane>} */
  all = new Map()

  /** @param {Segment[]} segments  @returns {boolean} whether lanes came that were not there */
  add(segments) {
    const before = this.all.size
    for (const segment of segments) {
      const id = `${segment.person_id || segment.track}/${segment.kind}`
      const lane = this.all.get(id) ?? new Lane(id, segment)
      lane.add(segment)
      this.all.set(id, lane)
    }
    return this.all.size > before
  }

  /** The citizen first. */
  get sorted() {
    return [...this.all.values()].sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role) || a.id.localeCompare(b.id))
  }

  get start() {
    return Math.min(0, ...[...this.all.values()].map((lane) => lane.segments[0]?.at_s ?? 0))
  }

  get end() {
    return Math.max(0, ...[...this.all.values()].map((lane) => lane.spans.at(-1)?.[1] ?? 0))
  }

  /** Where anything is there again after a moment at which nothing is; null when something is, or nothing follows. @param {number} at */
  after(at) {
    const lanes = [...this.all.values()]
    if (lanes.some((lane) => lane.covers(at))) return null
    const next = Math.min(...lanes.map((lane) => lane.at(at)?.at_s ?? Infinity))
    return Number.isFinite(next) ? next : null
  }
}

// Who is seen over a link: its transceivers stand in groups of four, and in each group one person sits.
//
// Promise: nobody counts as shown before a frame of theirs was decoded on this link, as then another link may let go of
// them; whoever sends no picture is waited for, but not long. It looks only while there is something to find out.

/** @typedef {import("./types.js").MediaKind} MediaKind */

/**
 * What is seen of a person in a group: frames decoded when last looked (-1: not counted yet), since when they sit there
 * and are shown, when the last new frame was noticed, and in how many looks one after the other.
 * @typedef {{person: string | null, decoded: number, seatedAt: number, shownAt: number, freshAt: number, run: number}} Seen
 */

/** What each group carries, in this order. @type {readonly MediaKind[]} */
export const KINDS = ["microphone", "camera", "screen", "document"]

/** A person who sends no picture counts as shown this long after their seat was taken and the link stood. */
const SHOWN_AT_LATEST_MS = 2500
/** How often a new link is asked whether it has decoded a frame: three frames of a camera. */
const LOOK_EVERY_MS = 100
/** A picture that had new frames in so many looks one after the other moves; one of a slow camera counts after this long. */
const STEADY_LOOKS = 3
const STEADY_AT_LATEST_MS = 1500
/** A picture without a new frame for so long stands still. */
const STALLED_MS = 500

export class Seats {
  /** Who sits in which group; a server that was restarted may not know it for a moment. @type {(string | null)[]} */
  people = []
  /** What is seen of whoever sits in a group. @type {Seen[]} */
  #seen = []
  /** @type {Partial<Record<MediaKind, MediaStreamTrack>>[]} */
  #tracks = []
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #looking
  #observed = false
  #stopped = false
  #connectedAt = 0

  /**
   * @param {RTCPeerConnection} pc
   * @param {() => void} changed  more or less of those who sit here can be seen or heard now
   */
  constructor(pc, changed) {
    this.pc = pc
    this.changed = changed
  }

  /** Let people sit as the server says; null: it does not say. @param {(string | null)[] | null} people */
  take(people) {
    if (!people) return
    people.forEach((person, group) => {
      const before = this.#seen[group]
      // The first word may already leave a seat empty: it has its entry nevertheless.
      if (before?.person === person) return
      // Frames of whoever sat here before count nothing: the next look begins to count.
      const decoded = before && (before.shownAt || before.decoded < 0) ? -1 : 0
      this.#seen[group] = { person, decoded, seatedAt: performance.now(), shownAt: 0, freshAt: 0, run: 0 }
    })
    this.people = people
    this.#look()
  }

  /**
   * Keep a track that arrives, and return its kind; null: of a transceiver that is none of ours.
   * @param {RTCRtpTransceiver} transceiver  @param {MediaStreamTrack} track
   */
  receive(transceiver, track) {
    const at = this.pc.getTransceivers().indexOf(transceiver)
    const kind = KINDS[at % KINDS.length]
    if (!kind) return null
    const group = Math.floor(at / KINDS.length)
    this.#tracks[group] = { ...this.#tracks[group], [kind]: track }
    return kind
  }

  /** What a person sends over this link. @param {string} person  @param {MediaKind} kind  @returns {MediaStreamTrack | null} */
  track(person, kind) {
    return this.#tracks[this.people.indexOf(person)]?.[kind] ?? null
  }

  /** Can this person be seen or heard over this link? @param {string} person */
  shows(person) {
    return (this.#seenOf(person)?.shownAt ?? 0) > 0
  }

  /**
   * Does their picture move? A first key frame fills a new link: what comes after it may wait for a third of a second.
   * @param {string} person
   */
  isSteady(person) {
    const seen = this.#seenOf(person)
    if (!seen?.shownAt) return false
    return seen.run >= STEADY_LOOKS || performance.now() - seen.shownAt >= STEADY_AT_LATEST_MS
  }

  /** Did it move a moment ago? Only known of a link that is observed. @param {string} person */
  moves(person) {
    const seen = this.#seenOf(person)
    return !!seen?.shownAt && performance.now() - seen.freshAt < STALLED_MS
  }

  /** Look at its pictures until told otherwise: another link could take their place. @param {boolean} observed */
  observe(observed) {
    // What it did while nobody looked counts as moving.
    if (observed && !this.#observed) for (const seen of this.#seen) seen.freshAt = Math.max(seen.freshAt, performance.now())
    this.#observed = observed
    this.#look()
  }

  /** The link is closed. */
  stop() {
    this.#stopped = true
    clearInterval(this.#looking)
  }

  /** @param {string} person */
  #seenOf(person) {
    return this.#seen.find((seen) => seen.person === person)
  }

  /** Until everybody who sits here is shown steadily, and while it is observed, look again and again. */
  #look() {
    const waiting = () => !this.#stopped && (this.#observed || this.people.some((person) => person && !this.isSteady(person)))
    if (this.#looking || !waiting()) return
    this.#looking = setInterval(async () => {
      if (this.pc.connectionState === "connected") await this.#lookOnce()
      if (waiting()) return
      clearInterval(this.#looking)
      this.#looking = undefined
    }, LOOK_EVERY_MS)
  }

  async #lookOnce() {
    this.#connectedAt ||= performance.now()
    let changed = false
    for (const [group, seen] of this.#seen.entries()) {
      const { person } = seen
      if (!person) continue
      const before = [this.shows(person), this.isSteady(person), this.moves(person)].join()
      const receiver = this.pc.getTransceivers()[group * KINDS.length + KINDS.indexOf("camera")]?.receiver
      const decoded = receiver ? await framesDecoded(receiver) : 0
      // Somebody else sits here now: what was counted was not theirs.
      if (this.#stopped || this.#seen[group] !== seen) continue
      this.#note(seen, decoded)
      changed ||= before !== [this.shows(person), this.isSteady(person), this.moves(person)].join()
    }
    if (changed) this.changed()
  }

  /** @param {Seen} seen  @param {number} decoded */
  #note(seen, decoded) {
    const now = performance.now()
    const fresh = seen.decoded >= 0 && decoded > seen.decoded
    seen.decoded = decoded
    seen.run = fresh ? seen.run + 1 : 0
    if (fresh) seen.freshAt = now
    if (fresh) seen.shownAt ||= now
    // Whoever sends no picture has nothing that could stand still.
    else if (!seen.shownAt && now - Math.max(this.#connectedAt, seen.seatedAt) >= SHOWN_AT_LATEST_MS) {
      Object.assign(seen, { shownAt: now, freshAt: Infinity, run: STEADY_LOOKS })
    }
  }
}

/** @param {RTCRtpReceiver} receiver */
async function framesDecoded(receiver) {
  for (const stat of (await receiver.getStats()).values()) if (stat.type === "inbound-rtp") return stat.framesDecoded ?? 0
  return 0
}

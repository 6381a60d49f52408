// The sound of an offer, made here: two warm notes, twice, every three seconds. Scheduled ahead for the whole offer,
// because a page in the background has slow timers. A browser lets a page sound only after a touch or key on it:
// `audible` says honestly whether it would.

const EVERY_S = 3
const NOTES = [
  { hertz: 587.33, at_s: 0 },
  { hertz: 880, at_s: 0.18 },
  { hertz: 587.33, at_s: 0.55 },
  { hertz: 880, at_s: 0.73 },
]

export class Ring {
  /** @type {AudioContext | null} */
  #context = null
  /** @type {GainNode | null} */
  #ringing = null
  volume = 0.6

  /** @param {() => void} changed audible or not */
  constructor(changed) {
    this.changed = changed
  }

  get audible() {
    return this.#context?.state === "running"
  }

  /** Call on the first touch or key of the person. */
  async unlock() {
    if (this.audible) return
    this.#open()
    await this.#context?.resume().catch(() => {})
    this.changed()
  }

  /** Try without a touch: some browsers trust a page that was used before. */
  #open() {
    if (this.#context) return
    this.#context = new AudioContext({ latencyHint: "interactive" })
    this.#context.onstatechange = () => this.changed()
  }

  /** @param {number} seconds how long the offer stands  @param {string} [speaker] */
  start(seconds, speaker) {
    this.stop()
    this.#open()
    const context = this.#context
    if (!context) return
    if (speaker) /** @type {any} */ (context).setSinkId?.(speaker).catch(() => {})
    const out = new GainNode(context, { gain: this.volume })
    out.connect(context.destination)
    this.#ringing = out
    const begin = context.currentTime + 0.02
    for (let at = 0; at < Math.min(seconds, 120); at += EVERY_S) {
      for (const note of NOTES) sound(context, out, note.hertz, begin + at + note.at_s)
    }
  }

  stop() {
    this.#ringing?.disconnect()
    this.#ringing = null
  }

  /** A short, quiet sign: a line of chat arrived, a still arrived. */
  tick() {
    const context = this.#context
    if (context?.state === "running") sound(context, context.destination, 1046.5, context.currentTime, 0.08)
  }

  close() {
    this.stop()
    this.#context?.close()
    this.#context = null
  }
}

/** @param {AudioContext} context  @param {AudioNode} out  @param {number} hertz  @param {number} at  @param {number} [loud] */
function sound(context, out, hertz, at, loud = 0.35) {
  const envelope = new GainNode(context, { gain: 0 })
  envelope.gain.setValueAtTime(0, at)
  envelope.gain.linearRampToValueAtTime(loud, at + 0.02)
  envelope.gain.exponentialRampToValueAtTime(0.001, at + 0.4)
  const tone = new OscillatorNode(context, { frequency: hertz, type: "triangle" })
  tone.connect(envelope).connect(out)
  tone.start(at)
  tone.stop(at + 0.42)
  tone.onended = () => envelope.disconnect()
}

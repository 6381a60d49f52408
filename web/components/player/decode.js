// A lane's pictures and sound, decoded a moment before they are due. Each object is moved by its owner: `seek`, then
// `pump` often; it keeps little decoded and little coded, whatever the length of the recording.

/** @typedef {import("./lanes.js").Lane} Lane */
/** @typedef {import("./lanes.js").Segment} Segment */
/** @typedef {import("./webm.js").Content} Content */
/** @typedef {import("./webm.js").CodedFrame} CodedFrame */
/** @typedef {(segment: Segment) => Content | null} Load the content, or null while it is being fetched */

const AHEAD_S = 0.8
const PREFETCH_S = 4
/** Decoders hold few pictures at once: more wait for each other. */
const MOST_PICTURES = 6
/** A picture that nothing followed for so long is over, even where its segment goes on. */
const STALE_S = 3
/** Where no picture is shown, one that is due so soon is: sound often begins a little before the picture does. */
const EARLY_S = 0.6
/** Sound is put together to pieces as long as this: a seam every 20 ms would be heard when it is played faster. */
const PIECE_S = 0.2
/** Times in the file are whole milliseconds; less than this off is the same stream going on. */
const SEAM_S = 0.03

/** Coded frames of a lane, one after the other, over the seams of its segments. */
class Feed {
  /** @type {Segment | null} */
  #segment = null
  #cursor = -1
  #from = 0

  /** @param {Lane} lane  @param {Load} load */
  constructor(lane, load) {
    this.lane = lane
    this.load = load
  }

  /** @param {number} at */
  seek(at) {
    this.#segment = this.lane.at(at)
    this.#from = at
    this.#cursor = -1
  }

  /** The next frame, and when it is due; "loading" while it is on its way, null when there is no more (yet). */
  peek() {
    this.#segment ??= this.lane.at(this.#from)
    while (this.#segment) {
      const segment = this.#segment
      const content = this.load(segment)
      if (!content) return "loading"
      if (this.#cursor < 0) this.#cursor = beginning(content.frames, this.#from - segment.at_s)
      const frame = content.frames[this.#cursor]
      const at = segment.at_s + (frame?.at ?? 0)
      const next = this.lane.next(segment)
      if (next && this.lane.until(segment) - at < PREFETCH_S) this.load(next)
      if (frame && (!next || at < next.at_s)) return { content, frame, at }
      if (!next) return null
      this.#segment = next
      this.#cursor = 0
    }
    return null
  }

  take() {
    this.#cursor += 1
  }
}

/** The last key frame before a moment. @param {CodedFrame[]} frames  @param {number} at */
function beginning(frames, at) {
  const found = frames.findLastIndex((frame) => frame.key && frame.at <= at)
  return Math.max(0, found)
}

/** The pictures of a lane. */
export class Pictures {
  /** @type {VideoDecoder | null} */
  #decoder = null
  #configured = ""
  /** @type {VideoFrame[]} */
  #frames = []
  /** @type {VideoFrame | null} */
  shown = null
  #now = 0

  /** @param {Lane} lane  @param {Load} load */
  constructor(lane, load) {
    this.feed = new Feed(lane, load)
    this.lane = lane
  }

  /** @param {number} at */
  seek(at) {
    this.stop()
    this.#now = at
    this.feed.seek(at)
  }

  stop() {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close()
    this.#decoder = null
    this.#configured = ""
    for (const frame of this.#frames) frame.close()
    this.#frames = []
    this.shown?.close()
    this.shown = null
  }

  /** Is the next picture on its way, or are those before it being passed through? */
  get waiting() {
    return this.feed.peek() === "loading" || ((this.#decoder?.decodeQueueSize ?? 0) > 0 && (this.#frames.at(-1)?.timestamp ?? 0) / 1e6 < this.#now - 0.2)
  }

  /** Decode what is due soon. @param {number} now */
  pump(now) {
    this.#now = now
    while (this.#frames.length + (this.#decoder?.decodeQueueSize ?? 0) < MOST_PICTURES) {
      const next = this.feed.peek()
      if (next === null || next === "loading" || next.at > now + AHEAD_S) return
      this.feed.take()
      this.#decode(next.content, next.frame, next.at)
    }
  }

  /** Of pictures before now the newest is kept: after a seek there are some on the way to it. @param {VideoFrame} picture */
  #came(picture) {
    const passed = picture.timestamp / 1e6 <= this.#now
    if (passed) for (const older of this.#frames.splice(0)) older.close()
    this.#frames.push(picture)
    if (passed) this.pump(this.#now)
  }

  /** @param {Content} content  @param {CodedFrame} frame  @param {number} at */
  #decode({ codec, description }, frame, at) {
    if (!this.#decoder || this.#decoder.state === "closed") {
      this.#decoder = new VideoDecoder({ output: (picture) => this.#came(picture), error: () => {} })
      this.#configured = ""
    }
    if (this.#configured !== codec) {
      this.#decoder.configure({ codec, ...(description ? { description } : {}), optimizeForLatency: true })
      this.#configured = codec
      if (!frame.key) return
    }
    this.#decoder.decode(new EncodedVideoChunk({ type: frame.key ? "key" : "delta", timestamp: Math.round(at * 1e6), data: frame.data }))
  }

  /** The picture to show now, the older ones let go; null where there is none. @param {number} now */
  take(now) {
    const early = this.shown ? 0 : EARLY_S
    while (this.#frames[0] && this.#frames[0].timestamp / 1e6 <= now + early) {
      this.shown?.close()
      this.shown = this.#frames.shift() ?? null
    }
    const stale = this.shown !== null && now - this.shown.timestamp / 1e6 > STALE_S
    if (this.shown && stale && !this.#frames.length && !this.waiting) {
      this.shown.close()
      this.shown = null
    }
    return this.shown
  }
}

/** The sound of a lane, put on the clock of an `AudioContext`. */
export class Sound {
  /** @type {AudioDecoder | null} */
  #decoder = null
  /** Decoded and not played yet. @type {AudioData[]} */
  #waiting = []
  /** @type {Set<AudioBufferSourceNode>} */
  #playing = new Set()
  #endsAt = 0
  #asked = -Infinity

  /** @param {Lane} lane  @param {Load} load  @param {AudioContext} context */
  constructor(lane, load, context) {
    this.feed = new Feed(lane, load)
    this.lane = lane
    this.context = context
    this.gain = new GainNode(context)
    this.gain.connect(context.destination)
  }

  /** @param {number} at */
  seek(at) {
    this.stop()
    this.feed.seek(at)
    this.#asked = at
  }

  stop() {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close()
    this.#decoder = null
    for (const data of this.#waiting) data.close()
    this.#waiting = []
    for (const node of this.#playing) node.stop()
    this.#playing.clear()
    this.#endsAt = 0
  }

  get waiting() {
    return this.feed.peek() === "loading"
  }

  /**
   * Decode what is due soon, and put it on the clock.
   * @param {number} now
   * @param {number} rate
   * @param {(at: number) => number} due when a moment of the recording is played, by the context's clock
   */
  pump(now, rate, due) {
    for (;;) {
      const next = this.feed.peek()
      if (next === null || next === "loading" || next.at > now + AHEAD_S * rate) break
      this.feed.take()
      this.#decode(next.frame, next.at)
    }
    this.#schedule(now, rate, due)
  }

  /** @param {CodedFrame} frame  @param {number} at */
  #decode(frame, at) {
    if (!this.#decoder || this.#decoder.state === "closed") {
      this.#decoder = new AudioDecoder({ output: (data) => this.#waiting.push(data), error: () => {} })
      this.#decoder.configure({ codec: "opus", sampleRate: 48_000, numberOfChannels: 2 })
    }
    this.#decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: Math.round(at * 1e6), data: frame.data }))
  }

  /** @param {number} now  @param {number} rate  @param {(at: number) => number} due */
  #schedule(now, rate, due) {
    while (this.#waiting.length) {
      const piece = this.#piece(now, rate)
      if (!piece.length) return
      const at = /** @type {AudioData} */ (piece[0]).timestamp / 1e6
      if (at >= this.#asked - 0.02) this.#play(piece, due(at), rate)
      for (const data of piece) data.close()
    }
  }

  /** What belongs together; nothing while more may come and there is time to wait for it. @param {number} now  @param {number} rate */
  #piece(now, rate) {
    let length = 0
    let end = 0
    for (const data of this.#waiting) {
      const at = data.timestamp / 1e6
      if (length && (Math.abs(at - end) > SEAM_S || at - /** @type {AudioData} */ (this.#waiting[0]).timestamp / 1e6 >= PIECE_S)) return this.#waiting.splice(0, length)
      length += 1
      end = at + data.duration / 1e6
    }
    const urgent = end - now < (AHEAD_S * rate) / 2
    return urgent ? this.#waiting.splice(0, length) : []
  }

  /** @param {AudioData[]} piece  @param {number} due  @param {number} rate */
  #play(piece, due, rate) {
    const [first] = piece
    if (!first) return
    const { numberOfChannels, sampleRate } = first
    const buffer = new AudioBuffer({ length: piece.reduce((sum, one) => sum + one.numberOfFrames, 0), numberOfChannels, sampleRate })
    for (let channel = 0; channel < numberOfChannels; channel += 1) {
      let offset = 0
      for (const data of piece) {
        const samples = new Float32Array(data.numberOfFrames)
        data.copyTo(samples, { planeIndex: channel, format: "f32-planar" })
        buffer.copyToChannel(samples, channel, offset)
        offset += data.numberOfFrames
      }
    }
    // Going on where the last piece ended, as long as that is where it should be: no seam.
    const at = Math.abs(due - this.#endsAt) < SEAM_S ? this.#endsAt : due
    const late = this.context.currentTime - at
    if (late >= buffer.duration / rate) return
    const node = new AudioBufferSourceNode(this.context, { buffer, playbackRate: rate })
    node.connect(this.gain)
    node.onended = () => this.#playing.delete(node)
    node.start(Math.max(at, this.context.currentTime), Math.max(0, late) * rate)
    this.#playing.add(node)
    this.#endsAt = at + buffer.duration / rate
  }
}

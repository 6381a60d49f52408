// One RTCPeerConnection to one peer, or to a media node, from the server's word that it shall exist until the word that
// it shall not.
//
// Four transceivers in a fixed order carry everything, so that starting and stopping a screen or a document picture is
// `replaceTrack`: no renegotiation, no glare, no gap. Perfect negotiation covers the rest, which is ICE restarts. A link
// to a node shows one more person in each further group of four, which only receive; `info.seats` says who sits where.
//
// Signals may get lost while a socket is down. Therefore an offer that stays unanswered is sent again as it then
// stands, with every candidate gathered so far; a description is idempotent, so repeating it does no harm.

import { LinkStats } from "./link-stats.js"
import { ranked } from "./node-answer.js"
import { PathWatch } from "./path-watch.js"
import { KINDS, Seats } from "./seats.js"
import { withStartBitrate } from "./start-bitrate.js"
import { isDomException, unboundConnection } from "./unbound.js"

/** @typedef {import("./types.js").LinkInfo} LinkInfo */
/** @typedef {import("./types.js").LinkReport} LinkReport */
/** @typedef {import("./types.js").LinkState} LinkState */
/** @typedef {import("./types.js").MediaKind} MediaKind */
/** @typedef {import("./types.js").SignalMessage} SignalMessage */

/**
 * @typedef {object} LinkDelegate
 * @property {(link: Link, message: SignalMessage) => Promise<unknown>} linkSignal  carry to the peer; rejects if it could not
 * @property {(link: Link, kind: MediaKind, track: MediaStreamTrack) => void} linkTrack  once per kind and group; may be muted
 * @property {(link: Link) => void} [linkShows]  more of those who sit here can be seen or heard now
 * @property {(link: Link, state: LinkState) => void} linkState
 * @property {(link: Link, report: LinkReport) => void} linkReport  once a second while there is something to say
 */

/**
 * What each kind is sent with. The camera keeps its motion and gives up size, as a face must not freeze; text keeps
 * its size and gives up rate, as a letter that is blurred says nothing.
 * @type {Record<MediaKind, {media: "audio" | "video", hint: string, prefer: RTCDegradationPreference, encoding: RTCRtpEncodingParameters}>}
 */
const SENDING = {
  microphone: { media: "audio", hint: "speech", prefer: "balanced", encoding: { priority: "high", networkPriority: "high" } },
  camera: { media: "video", hint: "motion", prefer: "maintain-framerate", encoding: { maxBitrate: 2_000_000, maxFramerate: 30 } },
  screen: { media: "video", hint: "text", prefer: "maintain-resolution", encoding: { maxBitrate: 4_000_000, maxFramerate: 15 } },
  document: { media: "video", hint: "detail", prefer: "maintain-resolution", encoding: { maxBitrate: 2_500_000, maxFramerate: 10 } },
}

const LIVE_DOCUMENT_WIDTH = 1920

/**
 * On a thin line half of the voice's rate, which is sent twice against loss, is a quarter of the line: it goes to the
 * picture, from which signs are read. 16 to 20 kbit/s is what Opus wants for wideband speech (RFC 6716 §2.1.1).
 */
const VOICE = { thin_kbps: 220, wide_kbps: 350, slim_bps: 16_000 }

/** An unanswered offer goes out again after this long: two round trips over a bad mobile network. */
const ANSWER_DUE_MS = 2000
/**
 * Disconnected this long means the path is gone, not a few packets; the impolite end restarts first, against glare. A
 * node never restarts, so nothing is waited for: the browser took seconds to come to that word.
 */
const RESTART_AFTER_MS = { hosted: 0, impolite: 700, polite: 2500 }
/** A restart that has not connected by then is tried anew. */
const RESTART_DUE_MS = 6000
/** The server is asked for a restart if one that asked nobody has not connected by then. */
const MOVE_DUE_MS = 2000

/** Lay what is missing of so many groups. @param {RTCPeerConnection} pc  @param {number} groups */
const addTransceivers = (pc, groups) => {
  for (let at = pc.getTransceivers().length; at < groups * KINDS.length; at += 1) {
    const { media, encoding } = SENDING[/** @type {MediaKind} */ (KINDS[at % KINDS.length])]
    if (at < KINDS.length) pc.addTransceiver(media, { direction: "sendrecv", sendEncodings: [{ ...encoding }] })
    else pc.addTransceiver(media, { direction: "recvonly" })
  }
}

export class Link {
  /** @type {LinkState} */
  state = "connecting"
  /** @type {Record<MediaKind, MediaStreamTrack | null>} */
  #local = { microphone: null, camera: null, screen: null, document: null }
  #offering = false
  #ignoring = false
  #settingAnswer = false
  #started = false
  #everConnected = false
  #incoming = Promise.resolve()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #answerDue
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #restartDue
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watch
  /** @type {RTCIceCandidateInit[]} */
  #early = []
  /** What a node answered last. @type {RTCSessionDescriptionInit | null} */
  #answered = null
  #answers = 0
  #moving = false
  #slim = false

  /**
   * @param {LinkInfo} info
   * @param {LinkDelegate} delegate
   */
  constructor(info, delegate) {
    this.info = info
    this.delegate = delegate
    /** @type {RTCConfiguration} */
    const configuration = { iceServers: info.ice_servers, bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" }
    this.pc = info.topology === "hosted" ? unboundConnection(configuration) : new RTCPeerConnection(configuration)
    if (info.offerer) addTransceivers(this.pc, info.groups)
    this.stats = new LinkStats(this.pc)
    this.path = new PathWatch(this.pc, () => this.restart())
    this.seats = new Seats(this.pc, () => delegate.linkShows?.(this))
    this.seats.take(info.seats)
  }

  /** Follow what the server says of this link now; true if it has just gone live. @param {LinkInfo} info */
  update(info) {
    const live = info.live && !this.info.live
    this.info = info
    this.seats.take(info.seats)
    if (this.#started && info.offerer && this.state !== "closed") addTransceivers(this.pc, info.groups)
    return live
  }

  get id() {
    return this.info.link_id
  }

  start() {
    if (this.#started || this.state === "closed") return
    this.#started = true
    this.pc.onnegotiationneeded = () => this.#offer()
    // A node finds out by itself where we are.
    if (this.info.topology === "direct") this.pc.onicecandidate = ({ candidate }) => void (candidate && this.#tell({ candidate: candidate.toJSON() }))
    this.pc.ontrack = ({ transceiver, track }) => this.#remoteTrack(transceiver, track)
    this.pc.onconnectionstatechange = () => this.#connectionChanged()
    addEventListener("online", this.#networkChanged)
    connectionOf(navigator)?.addEventListener("change", this.#networkChanged)
    this.#watch = setInterval(() => this.#measure(), 1000)
    if (!this.info.offerer) return
    this.#dressAll()
    // At once, not when the browser comes to say that it is needed.
    this.#offer()
  }

  stop() {
    if (this.state === "closed") return
    for (const timer of [this.#answerDue, this.#restartDue]) clearTimeout(timer)
    clearInterval(this.#watch)
    this.seats.stop()
    this.path.stop()
    removeEventListener("online", this.#networkChanged)
    connectionOf(navigator)?.removeEventListener("change", this.#networkChanged)
    this.pc.onnegotiationneeded = this.pc.onicecandidate = this.pc.ontrack = this.pc.onconnectionstatechange = null
    this.pc.close()
    this.#become("closed")
  }

  /**
   * Send this track from now on, or nothing. No renegotiation.
   * @param {MediaKind} kind
   * @param {MediaStreamTrack | null} track
   */
  async setTrack(kind, track) {
    this.#local[kind] = track
    const transceiver = this.pc.getTransceivers()[KINDS.indexOf(kind)]
    if (transceiver && this.state !== "closed") await this.#dress(kind, transceiver)
  }

  /**
   * A message of the peer; messages are handled one after the other, and one that fails does not stop the next.
   * @param {SignalMessage} message
   */
  async receive(message) {
    // What a connection was doing when it was closed never settles, so nothing may queue up behind it.
    if (this.state === "closed") return
    this.#incoming = this.#incoming.catch(() => {}).then(async () => {
      if (this.state === "closed") return
      if (message.description) await this.#described(message.description)
      else if (message.candidate !== undefined) await this.#candidate(message.candidate)
    })
    return this.#incoming
  }

  /** Look for a new path; the old one serves until the new one stands. */
  restart() {
    if (this.state === "closed" || !this.#started) return
    // Every other time the server is asked: a node may have forgotten us, and the socket may be as broken as the path.
    this.#moving = !this.#moving && this.#canMove()
    clearTimeout(this.#restartDue)
    this.#restartDue = setTimeout(() => this.#stillBroken() && this.restart(), this.#moving ? MOVE_DUE_MS : RESTART_DUE_MS)
    // What a move mends in half a second is not worth a word.
    if (this.#stillBroken() && this.#everConnected && !this.#moving) this.#become("reconnecting")
    if (this.#moving) this.#move()
    else this.pc.restartIce()
  }

  #stillBroken() {
    return this.pc.connectionState !== "connected" || this.path.silent
  }

  /** Does the last answer of a node fit what we would offer now? */
  #canMove() {
    const sections = this.#answered?.sdp?.match(/^m=/gm)?.length ?? 0
    return sections > 0 && sections === this.pc.getTransceivers().length
  }

  /** Restart without a word to anybody: the node's last answer answers this restart too. */
  #move() {
    clearTimeout(this.#answerDue)
    this.#incoming = this.#incoming.catch(() => {}).then(async () => {
      const { pc } = this
      if (pc.signalingState === "closed" || !this.#answered) return
      try {
        this.#offering = true
        if (pc.signalingState !== "stable") await pc.setLocalDescription({ type: "rollback" })
        await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }))
        this.#answers += 1
        await pc.setRemoteDescription(ranked(this.#answered, this.#answers, false))
      } catch (error) {
        // Refused, or overtaken by an answer that was asked for: the next restart asks.
        if (!isDomException(error)) throw error
      } finally {
        this.#offering = false
      }
    })
  }

  async #offer() {
    if (this.state === "closed" || (!this.info.offerer && !this.pc.remoteDescription)) return
    try {
      this.#offering = true
      await this.pc.setLocalDescription()
      this.#tellDescription()
    } catch (error) {
      // Closed while we were at it; anything else is a defect and should be seen.
      if (this.pc.signalingState !== "closed") throw error
    } finally {
      this.#offering = false
    }
  }

  #tellDescription() {
    const description = this.pc.localDescription
    if (!description) return
    this.#tell({ description: description.toJSON() })
    clearTimeout(this.#answerDue)
    if (description.type !== "offer") return
    this.#answerDue = setTimeout(() => {
      if (this.pc.signalingState === "have-local-offer") this.#tellDescription()
    }, ANSWER_DUE_MS)
  }

  /** @param {SignalMessage} message */
  #tell(message) {
    // A message that could not be carried is made good by the repeated offer or by the next restart.
    this.delegate.linkSignal(this, message).catch(() => {})
  }

  /** @param {RTCSessionDescriptionInit} description */
  async #described(description) {
    const ready = !this.#offering && (this.pc.signalingState === "stable" || this.#settingAnswer)
    const collides = description.type === "offer" && !ready
    this.#ignoring = collides && !this.info.polite
    if (this.#ignoring) return
    if (description.type === "answer" && this.info.topology === "hosted") {
      this.#answered = description
      this.#answers += 1
      description = ranked(description, this.#answers)
    }
    // The answer to an offer that was sent twice comes twice.
    if (description.type === "answer" && this.pc.signalingState === "stable") return
    this.#settingAnswer = description.type === "answer"
    try {
      await this.pc.setRemoteDescription(this.#everConnected ? description : withStartBitrate(description))
    } finally {
      this.#settingAnswer = false
    }
    for (const candidate of this.#early.splice(0)) await this.#candidate(candidate)
    if (description.type === "answer") {
      clearTimeout(this.#answerDue)
      return this.#tune()
    }
    if (!this.info.offerer) this.#dressAll()
    await this.pc.setLocalDescription()
    this.#tellDescription()
    await this.#tune()
  }

  /** @param {RTCIceCandidateInit | null} candidate */
  async #candidate(candidate) {
    if (!this.pc.remoteDescription) return void (candidate && this.#early.push(candidate))
    try {
      await this.pc.addIceCandidate(candidate ?? undefined)
    } catch (error) {
      // Candidates of an offer we ignored, or of a generation already replaced, do not fit: that is expected.
      if (!this.#ignoring && !isDomException(error)) throw error
    }
  }

  #dressAll() {
    const transceivers = this.pc.getTransceivers()
    KINDS.forEach((kind, index) => {
      const transceiver = transceivers[index]
      if (!transceiver) return
      if (transceiver.direction !== "sendrecv") transceiver.direction = "sendrecv"
      this.#dress(kind, transceiver).catch(() => {})
    })
  }

  /** Limits and preferences, once descriptions are settled: Chromium refuses parameters read before and set after. */
  async #tune() {
    for (const [index, kind] of KINDS.entries()) {
      const sender = this.pc.getTransceivers()[index]?.sender
      if (!sender || kind === "microphone") continue
      const { prefer, encoding } = SENDING[kind]
      const parameters = sender.getParameters()
      const scale = scaleFor(kind, sender.track)
      const [first] = parameters.encodings ?? []
      if (!first || (parameters.degradationPreference === prefer && first.scaleResolutionDownBy === scale)) continue
      parameters.degradationPreference = prefer
      Object.assign(first, encoding, { scaleResolutionDownBy: scale })
      // A restart that began meanwhile: its own settling tunes again.
      await sender.setParameters(parameters).catch(() => {})
    }
  }

  /** Let the voice take less while there is little room. */
  async #slimVoice() {
    const { room_kbps } = this.stats
    if (room_kbps === undefined || this.pc.signalingState !== "stable") return
    const slim = room_kbps < (this.#slim ? VOICE.wide_kbps : VOICE.thin_kbps)
    const sender = this.pc.getTransceivers()[0]?.sender
    const parameters = sender?.getParameters()
    const first = parameters?.encodings?.[0]
    if (slim === this.#slim || !first) return
    this.#slim = slim
    if (slim) first.maxBitrate = VOICE.slim_bps
    else delete first.maxBitrate
    // A restart that began meanwhile: the next second tries again.
    await sender.setParameters(parameters).catch(() => (this.#slim = !slim))
  }

  /** @param {MediaKind} kind  @param {RTCRtpTransceiver} transceiver */
  async #dress(kind, transceiver) {
    const { hint } = SENDING[kind]
    const track = this.#local[kind]
    if (track && "contentHint" in track) track.contentHint = hint
    const { sender } = transceiver
    if (sender.track !== track) await sender.replaceTrack(track)
    if (this.pc.signalingState === "stable" && this.pc.remoteDescription) await this.#tune()
  }

  /** @param {RTCRtpTransceiver} transceiver  @param {MediaStreamTrack} track */
  #remoteTrack(transceiver, track) {
    const kind = this.seats.receive(transceiver, track)
    if (!kind) return
    // Face to face comes before smoothness: play what arrives, let the jitter buffer grow only when it must.
    if (kind === "camera" || kind === "microphone") transceiver.receiver.jitterBufferTarget = 0
    this.delegate.linkTrack(this, kind, track)
  }

  #connectionChanged() {
    const now = this.pc.connectionState
    if (now === "connected") {
      this.#everConnected = true
      this.#moving = false
      if (this.info.topology === "hosted") this.path.start()
      clearTimeout(this.#restartDue)
      this.#become("good")
    } else if (now === "failed") {
      this.#become(this.#everConnected ? "lost" : "connecting")
      this.restart()
    } else if (now === "disconnected") {
      this.#become("lost")
      const after = RESTART_AFTER_MS[this.info.topology === "hosted" ? "hosted" : this.info.polite ? "polite" : "impolite"]
      clearTimeout(this.#restartDue)
      this.#restartDue = setTimeout(() => this.#stillBroken() && this.restart(), after)
    }
  }

  #networkChanged = () => this.#everConnected && this.restart()

  async #measure() {
    // While it rings there is nothing to hear, and silence says nothing of the line.
    if (this.state === "closed" || !this.#everConnected || !this.info.live) return
    const report = await this.stats.read()
    // `await` lets the link be closed meanwhile.
    if (/** @type {LinkState} */ (this.state) === "closed") return
    await this.#slimVoice()
    if (/** @type {LinkState} */ (this.state) === "closed") return
    if (!this.#stillBroken()) this.#become(this.stats.judge(report))
    this.delegate.linkReport(this, { ...report, state: this.state })
  }

  /** @param {LinkState} state */
  #become(state) {
    if (this.state === state) return
    this.state = state
    this.delegate.linkState(this, state)
  }
}

/**
 * A document camera gives stills of ten megapixels and more; its live picture is sent no wider than a display shows.
 * @param {MediaKind} kind
 * @param {MediaStreamTrack | null} track
 */
function scaleFor(kind, track) {
  const width = track?.getSettings().width ?? 0
  return kind === "document" ? Math.max(1, width / LIVE_DOCUMENT_WIDTH) : 1
}

/** The Network Information API, where there is one. @param {Navigator} navigator  @returns {EventTarget | undefined} */
const connectionOf = (navigator) => /** @type {any} */ (navigator).connection

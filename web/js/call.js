// The media of one call as the page sees it: its own tracks, the others' streams, sharing, pointer, hold.
// The server decides which links exist (`view.call.links`); this object obeys: it opens the missing, closes the rest.
// A person keeps one stream for as long as they are there: when a new link shows them, its tracks take the place of the
// old ones inside it, so that the picture goes on without a gap; the server closes the old link after that.
// The page passes every view to `update` and every other event to `handle`, and hears the outcome as a delegate.

import { Link } from "./link.js"
import { KINDS } from "./seats.js"
import { prepareUnbound } from "./unbound.js"

/** @typedef {import("./types.js").CallInfo} CallInfo */
/** @typedef {import("./types.js").LinkInfo} LinkInfo */
/** @typedef {import("./types.js").LinkReport} LinkReport */
/** @typedef {import("./types.js").LinkState} LinkState */
/** @typedef {import("./types.js").MediaKind} MediaKind */
/** @typedef {import("./types.js").Side} Side */
/** @typedef {import("./types.js").SignalMessage} SignalMessage */
/** @typedef {"camera" | "screen" | "document"} StreamKind the camera's stream holds the voice too */
/** @typedef {{x: number, y: number, surface: string, call_id: string}} Pointer x and y 0..1 of the picture */

/**
 * @typedef {object} CallDelegate
 * @property {(kind: StreamKind, stream: MediaStream | null) => void} callRemote  of the other side of the conversation; null when its link has gone; the same stream again when its tracks changed
 * @property {() => void} [callOthers]  somebody else in the call can be seen and heard, or no longer: `others`
 * @property {(state: LinkState | "new") => void} callState  of the best link
 * @property {(report: LinkReport) => void} [callReport]  own statistics, once a second
 * @property {(report: any) => void} [callPeerReport]  the other side's statistics
 * @property {(sharing: boolean) => void} [callSharing]  own screen started or stopped (also by the browser's own bar)
 * @property {(pointer: Pointer) => void} [callPointer]  the other side points at what we share, or at the paper
 */

/** The server's limit is 50 messages a second for everything; a pointer at 20 looks continuous. */
const POINTER_EVERY_MS = 50
/** Statistics are measured every second; the other side needs them less often, unless the state changed. */
const REPORT_EVERY_MS = 2000
/** A third person's picture may come later than the other side's; so long the old link is kept for it. */
const OTHERS_DUE_MS = 3000
/** Signals for a link that the next view will name; more than an offer with its candidates is not kept. */
const EARLY_SIGNALS = 64

/** @type {readonly StreamKind[]} */
const STREAMS = ["camera", "screen", "document"]

export class Call {
  /** @type {LinkState | "new"} */
  state = "new"
  /** @type {Record<StreamKind, MediaStream | null>} */
  remote = { camera: null, screen: null, document: null }
  /** @type {CallInfo | null} */
  info = null
  muted = { audio: false, video: false }

  /** Everybody else in the call who can be seen or heard, by id. @type {Map<string, MediaStream>} */
  others = new Map()

  /** @type {Map<string, Link>} */
  #links = new Map()
  /** What is shown of whom, and over which link it comes. @type {Map<string, {link: Link, streams: Partial<Record<StreamKind, MediaStream>>}>} */
  #people = new Map()
  /** @type {{link_id: string, message: SignalMessage}[]} */
  #early = []
  /** @type {Record<MediaKind, MediaStreamTrack | null>} */
  #local = { microphone: null, camera: null, screen: null, document: null }
  #pointedAt = 0
  /** @type {WeakMap<Link, {at: number, state: string}>} */
  #reported = new WeakMap()
  /** Links the server was told of that they show the other side. @type {WeakSet<Link>} */
  #toldPlaying = new WeakSet()
  #toldMedia = ""
  #openedAt = 0
  #firstFrameMs = 0

  /**
   * @param {object} options
   * @param {{request: (name: string, payload?: object, options?: object) => Promise<any>}} options.signal
   * @param {Side} options.side
   * @param {CallDelegate} options.delegate
   */
  constructor({ signal, side, delegate }) {
    this.signal = signal
    this.side = side
    this.delegate = delegate
    prepareUnbound()
  }

  get sharing() {
    return this.#local.screen !== null
  }

  /** What the other side is shown of the own desktop, for a preview with the other side's pointer. */
  get screenTrack() {
    return this.#local.screen
  }

  /** Leave everything: links, own screen. Own camera and microphone belong to `devices` and stay. */
  stop() {
    this.#early = []
    this.update(null)
  }

  /**
   * Obey the newest view.
   * @param {CallInfo | null} info  the call one is in
   * @param {LinkInfo[]} [coming]  links of a call that rings: made ready, with nothing sent over them yet
   */
  update(info, coming = []) {
    const before = this.info
    if (before && before.call_id !== info?.call_id) this.#leave()
    this.info = info
    const wanted = new Map([...(info?.links ?? []), ...coming].map((link) => [link.link_id, link]))
    // Open before closing: a new path plays before the old one goes.
    for (const [id, info] of wanted) {
      const link = this.#links.get(id)
      if (!link) this.#open(info)
      else if (link.update(info)) this.#send(link)
    }
    const gone = [...this.#links.values()].filter((link) => !wanted.has(link.id))
    for (const link of gone) this.#links.delete(link.id)
    if (info && (before?.role !== info.role || before?.private !== info.private)) for (const link of this.#links.values()) this.#send(link)
    // What was given up may be what is shown: the picture goes to what stays before its own way is closed.
    this.#arrange()
    for (const link of gone) link.stop()
    if (info) this.#applyEnabled()
    this.#judgeState()
  }

  /** Whom this side talks with: the citizen and the leading agent with each other, everybody else with the citizen. */
  get other() {
    return (this.side === "citizen" ? this.info?.agent?.id : this.info?.booth.id) ?? null
  }

  /**
   * A server event; true if it was about the call's media.
   * @param {string} name
   * @param {any} payload
   */
  handle(name, payload) {
    if (name === "link.signal") this.#signalled(payload)
    else if (name === "peer.report") this.delegate.callPeerReport?.(payload)
    else if (name === "pointer") this.delegate.callPointer?.(payload)
    else return false
    return true
  }

  /**
   * Send this track from now on. The call does not stop tracks it was given, except a screen.
   * @param {MediaKind} kind
   * @param {MediaStreamTrack | null} track
   */
  async setLocal(kind, track) {
    this.#local[kind] = track
    this.#applyEnabled()
    await Promise.all([...this.#links.values()].map((link) => link.setTrack(kind, this.#sent(kind, link))))
  }

  /** @param {Partial<{audio: boolean, video: boolean}>} change */
  setMuted(change) {
    Object.assign(this.muted, change)
    this.#applyEnabled()
  }

  /**
   * Show the own desktop or a window. Needs a touch or click of the person. Rejects with NotAllowedError when declined.
   * @param {MediaStreamTrack} [track] for a surface that is not the desktop
   */
  async shareScreen(track) {
    track ??= await chooseScreen()
    if (!this.info) return track.stop()
    this.#local.screen?.stop()
    track.addEventListener("ended", () => this.#local.screen === track && this.stopSharing())
    const { call_id } = this.info
    await this.setLocal("screen", track)
    this.delegate.callSharing?.(true)
    try {
      await this.signal.request("share.start", { call_id })
    } catch (error) {
      await this.stopSharing()
      throw error
    }
  }

  async stopSharing() {
    const track = this.#local.screen
    if (!track) return
    track.stop()
    const call_id = this.info?.call_id
    await this.setLocal("screen", null)
    this.delegate.callSharing?.(false)
    if (call_id) await this.signal.request("share.stop", { call_id }).catch(() => {})
  }

  /**
   * Point at the other side's picture; the server drops what comes too fast, so do we.
   * @param {"screen" | "document"} surface
   * @param {number} x
   * @param {number} y
   */
  point(surface, x, y) {
    const now = performance.now()
    if (!this.info || now - this.#pointedAt < POINTER_EVERY_MS) return
    this.#pointedAt = now
    const [cx, cy] = [x, y].map((value) => Math.min(1, Math.max(0, value)))
    this.signal.request("pointer", { call_id: this.info.call_id, surface, x: cx, y: cy }).catch(() => {})
  }

  /** The page shows the other side's first picture: measured once a call, told with the next report. */
  pictureShown() {
    if (this.#openedAt && this.#firstFrameMs === 0) this.#firstFrameMs = Math.round(performance.now() - this.#openedAt)
  }

  /**
   * The server forgets what pages do with their tracks when it restarts; a snapshot shows what it knows.
   * @param {CallInfo | null} info
   * @param {LinkInfo[]} [coming]
   */
  reconcile(info, coming) {
    this.#toldMedia = ""
    this.update(info, coming)
    if (info && info.sharing[this.side] !== this.sharing) {
      const name = this.sharing ? "share.start" : "share.stop"
      this.signal.request(name, { call_id: info.call_id }).catch(() => {})
    }
  }

  /** @param {LinkInfo} info */
  #open(info) {
    const link = new Link(info, this.#linkDelegate)
    this.#links.set(link.id, link)
    this.#send(link)
    link.start()
    const early = this.#early.filter((one) => one.link_id === link.id)
    this.#early = this.#early.filter((one) => one.link_id !== link.id)
    for (const { message } of early) link.receive(message)
  }

  /** Send over a link what is sent now. @param {Link} link */
  #send(link) {
    if (link.info.live) this.#openedAt ||= performance.now()
    for (const kind of KINDS) link.setTrack(kind, this.#sent(kind, link)).catch(() => {})
  }

  /**
   * Nothing is sent while it only rings; and a listener sends nothing, which the media node would not pass on either.
   * @param {MediaKind} kind  @param {Link} link
   */
  #sent(kind, link) {
    return link.info.live && this.info?.role !== "listener" && !this.#wouldLeak(link) ? this.#local[kind] : null
  }

  /**
   * Would the citizen perceive over this link what is discussed without them? Until the node has said that it keeps them
   * apart the leading agent is silent everywhere; after that, wherever no node is between.
   * @param {Link} link
   */
  #wouldLeak(link) {
    const { role, private: aside } = this.info ?? {}
    return role === "agent" && !!aside && (aside === "coming" || link.info.topology === "direct")
  }

  /** Let everybody be shown over the newest link that shows them, without the picture standing still on the way. */
  #arrange() {
    const links = [...this.#links.values()].filter((link) => link.info.live)
    for (const link of links) link.seats.observe(links.length > 1)
    const seated = new Set(links.flatMap((link) => link.seats.people.filter((person) => person !== null)))
    for (const person of seated) {
      const had = this.#people.get(person)
      const offered = links.filter((link) => KINDS.some((kind) => link.seats.track(person, kind)))
      const newest = offered.findLast((one) => one.seats.shows(person))
      const old = had && offered.includes(had.link) ? had.link : null
      const goesOn = old && (!newest || (old.seats.moves(person) && !newest.seats.isSteady(person)))
      const link = goesOn ? old : (newest ?? offered[0])
      if (link) this.#show(person, link)
      else seated.delete(person)
    }
    for (const person of this.#people.keys()) if (!seated.has(person)) this.#people.delete(person)
    this.#tellRemote()
    for (const link of links) {
      if (this.#toldPlaying.has(link) || !this.#plays(link)) continue
      this.#toldPlaying.add(link)
      this.signal.request("link.playing", { link_id: link.id }).catch(() => this.#toldPlaying.delete(link))
    }
  }

  /**
   * Is whom one talks with shown over this link, and everybody else too? Others who do not come are not waited for long.
   * @param {Link} link
   */
  #plays(link) {
    if (!this.other || !link.seats.shows(this.other) || this.#people.get(this.other)?.link !== link) return false
    if ([...this.#people.values()].every((shown) => shown.link === link)) return true
    const since = this.#playsSince.get(link)
    if (since !== undefined) return performance.now() - since >= OTHERS_DUE_MS
    this.#playsSince.set(link, performance.now())
    setTimeout(() => this.#arrange(), OTHERS_DUE_MS + 1)
    return false
  }

  /** @type {WeakMap<Link, number>} */
  #playsSince = new WeakMap()

  /** @param {string} person  @param {Link} link */
  #show(person, link) {
    const shown = this.#people.get(person) ?? { link, streams: {} }
    shown.link = link
    this.#people.set(person, shown)
    for (const name of STREAMS) {
      const kinds = name === "camera" ? /** @type {const} */ (["microphone", "camera"]) : [name]
      const tracks = kinds.map((kind) => link.seats.track(person, kind)).filter((track) => track !== null)
      const stream = shown.streams[name]
      if (!tracks.length) delete shown.streams[name]
      else if (!stream) shown.streams[name] = new MediaStream(tracks)
      else if (change(stream, tracks)) this.#retold.add(stream)
    }
  }

  /** Streams whose tracks have changed. @type {Set<MediaStream>} */
  #retold = new Set()

  #tellRemote() {
    const { other } = this
    const main = (other && this.#people.get(other)?.streams) || {}
    for (const kind of STREAMS) {
      const stream = main[kind] ?? null
      if (stream === this.remote[kind] && !(stream && this.#retold.has(stream))) continue
      this.remote[kind] = stream
      this.delegate.callRemote(kind, stream)
    }
    this.#retold.clear()
    /** @type {Map<string, MediaStream>} */
    const others = new Map()
    for (const [person, { streams }] of this.#people) if (person !== other && streams.camera) others.set(person, streams.camera)
    const same = others.size === this.others.size && [...others].every(([person, stream]) => this.others.get(person) === stream)
    if (same) return
    this.others = others
    this.delegate.callOthers?.()
  }

  /** The call has ended or another one began: nothing of it may be left. */
  #leave() {
    this.#local.screen?.stop()
    if (this.#local.screen) this.delegate.callSharing?.(false)
    this.#local.screen = null
    this.muted = { audio: false, video: false }
    this.#toldMedia = ""
    this.#openedAt = this.#firstFrameMs = 0
  }

  /** @type {import("./link.js").LinkDelegate} */
  #linkDelegate = {
    linkSignal: (link, message) => this.signal.request("link.signal", { link_id: link.id, ...message }),
    linkTrack: () => this.#arrange(),
    linkShows: () => this.#arrange(),
    linkState: () => this.#judgeState(),
    linkReport: (link, report) => this.#report(link, report),
  }

  /** @param {{link_id: string} & SignalMessage} payload */
  #signalled({ link_id, description, candidate }) {
    const message = description ? { description } : { candidate }
    const link = this.#links.get(link_id)
    if (link) return void link.receive(message)
    this.#early.push({ link_id, message })
    if (this.#early.length > EARLY_SIGNALS) this.#early.shift()
  }

  #applyEnabled() {
    const held = this.info?.held ?? false
    const enabled = { microphone: !held && !this.muted.audio, camera: !held && !this.muted.video, screen: !held, document: !held }
    for (const kind of KINDS) {
      const track = this.#local[kind]
      if (track) track.enabled = enabled[kind]
    }
    this.#tellMedia()
  }

  /** The other side shows "microphone off" only if it is told; a muted track looks like silence. */
  #tellMedia() {
    if (!this.info?.links?.length) return
    const media = { audio: !this.muted.audio && !!this.#local.microphone, video: !this.muted.video && !!this.#local.camera }
    const told = `${this.info.call_id} ${media.audio} ${media.video}`
    if (told === this.#toldMedia) return
    this.#toldMedia = told
    this.signal.request("media.state", { call_id: this.info.call_id, ...media }).catch(() => (this.#toldMedia = ""))
  }

  #judgeState() {
    /** @type {(LinkState | "new")[]} */
    const order = ["good", "poor", "connecting", "reconnecting", "lost", "closed"]
    const states = [...this.#links.values()].filter((link) => link.info.live).map((link) => link.state)
    const state = order.find((one) => states.includes(/** @type {LinkState} */ (one))) ?? "new"
    if (state === this.state) return
    this.state = state
    this.delegate.callState(state)
  }

  /** @param {Link} link  @param {LinkReport} report */
  #report(link, report) {
    const { other } = this
    const shown = other ? this.#people.get(other)?.link : null
    if (!shown || shown === link) this.delegate.callReport?.(report)
    const now = performance.now()
    const last = this.#reported.get(link)
    if (report.state === last?.state && now - last.at < REPORT_EVERY_MS) return
    this.#reported.set(link, { at: now, state: report.state })
    if (this.#firstFrameMs > 0) report = { ...report, first_frame_ms: this.#firstFrameMs }
    // Told once; NaN is neither zero nor more.
    if (this.#firstFrameMs > 0) this.#firstFrameMs = NaN
    this.signal.request("link.report", { link_id: link.id, ...report }).catch(() => {})
  }
}

/**
 * Let a stream hold these tracks: the new ones come before the old ones go, so that what plays it never stops.
 * @param {MediaStream} stream  @param {MediaStreamTrack[]} tracks  @returns {boolean} whether that changed it
 */
function change(stream, tracks) {
  const old = stream.getTracks().filter((track) => !tracks.includes(track))
  const fresh = tracks.filter((track) => !stream.getTracks().includes(track))
  for (const track of fresh) stream.addTrack(track)
  for (const track of old) stream.removeTrack(track)
  return old.length + fresh.length > 0
}

/** @returns {Promise<MediaStreamTrack>} */
async function chooseScreen() {
  const stream = await navigator.mediaDevices.getDisplayMedia({
    // The display's own pixels: text that was scaled once is not sharp any more.
    video: { frameRate: { ideal: 15, max: 30 } },
    audio: false,
  })
  const [track] = stream.getVideoTracks()
  if (!track) throw new DOMException("no picture was chosen", "NotFoundError")
  return track
}

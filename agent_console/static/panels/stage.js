// The pictures of a call. One is large, the others stand small at its side; each has its place for good, as moving a
// playing video in the document would make it blink. 1–5 choose which is large.

import { BoardView } from "/static/web/components/board/board.js"
import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { clock, word } from "../words.js"
import { attribute, show } from "./list.js"
import { FormPanel } from "./form-panel.js"
import { play } from "./play.js"
import { Viewer } from "./viewer.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {"camera" | "document" | "screen" | "own" | "capture" | "board" | "form"} TileName */

/** @type {TileName[]} */
export const TILES = ["camera", "document", "screen", "own", "capture", "board", "form"]

/** What a second window can hold: papers, never a person. @type {TileName[]} */
const PAPERS = ["document", "capture", "board", "form"]

/** Covers that say something of the line, not of the citizen's camera. */
const LINE = new Set(["cover.booth_lost", "cover.held", "cover.aside", "cover.lost", "cover.reconnecting", "cover.connecting"])

export class Stage {
  /** @type {TileName} */
  large = "camera"
  /** @type {string | null} */
  capture = null
  /** Where the papers lie while a second window is open, and which of them is large there. */
  #apart = h("section", { class: "stage", "aria-label": t("stage.papers") })
  #away = false
  /** @type {TileName} */
  #paper = "board"

  #camera = h("video", { class: "tile-video", playsinline: true, autoplay: true, "aria-label": t("stage.camera") })
  #screen = h("video", { muted: true, playsinline: true, "aria-label": t("stage.screen") })
  #document = h("video", { muted: true, playsinline: true, "aria-label": t("stage.document") })
  #own = h("video", { muted: true, playsinline: true, "aria-label": t("stage.own") })
  #self = h("video", { class: "tile-video mirrored", muted: true, playsinline: true, "aria-label": t("stage.self") })
  #still = h("img", { alt: "" })
  #cover = h("div", { class: "stage-cover" })
  #covered = ""
  #unheard = h("button", { type: "button", class: "button button-primary unheard", hidden: true, onclick: () => this.#playCamera() }, icon("speaker"), t("stage.unheard"))
  #citizenShared = false
  #original = false
  #call = ""

  /** @param {Desk} desk  @param {(capture_id: string) => void} corners set them by hand */
  constructor(desk, corners) {
    this.desk = desk
    this.corners = corners
    const point = (/** @type {"screen" | "document"} */ surface) => (/** @type {import("./viewer.js").Point} */ at) => {
      desk.call.point(surface, at.x, at.y)
      this.viewers[surface].mark("me", at, t("pointer.me"))
    }
    this.viewers = {
      screen: new Viewer(this.#screen, { label: t("stage.screen_points"), pointed: point("screen") }),
      document: new Viewer(this.#document, { label: t("stage.document_points"), pointed: point("document") }),
      own: new Viewer(this.#own, { label: t("stage.own") }),
      capture: new Viewer(this.#still, { label: t("stage.capture") }),
    }
    this.paper = new BoardView({ board: desk.board, side: "agent", me: () => desk.view?.agent.id ?? "", nameOf: (by, side) => this.#nameOf(by, side) })
    this.form = new FormPanel(desk, (by, side) => this.#nameOf(by, side))
    this.together = h("button", { type: "button", class: "button button-primary stage-together", id: "look-together", onclick: () => this.capture && desk.board.show("capture", this.capture) }, icon("eye"), t("stage.together"))
    /** @type {Record<TileName | "self", HTMLElement>} */
    this.tiles = {
      camera: this.#tile("camera", this.#camera),
      document: this.#tile("document", this.viewers.document.element),
      screen: this.#tile("screen", this.viewers.screen.element),
      own: this.#tile("own", this.viewers.own.element),
      capture: this.#tile("capture", this.viewers.capture.element),
      board: this.#tile("board", this.paper.element),
      form: this.#tile("form", this.form.element),
      self: h("div", { class: "tile tile-self" }, this.#self, h("span", { class: "tile-name" }, t("stage.self"))),
    }
    this.tiles.capture.append(this.#stillChoices())
    this.element = h("section", { class: "stage", "aria-label": t("stage.label") }, Object.values(this.tiles), this.#cover, this.#unheard, this.#tools())
    this.tiles.capture.append(this.together)
    this.#camera.addEventListener("resize", () => desk.changed())
  }

  /** @param {TileName} name  @param {HTMLElement} content */
  #tile(name, content) {
    const choose = h("button", { type: "button", class: "tile-choose", onclick: () => this.choose(name), "aria-label": t(`stage.show_${name}`) })
    const label = h("span", { class: "tile-name" }, h("span", null, t(`stage.${name}`)), h("kbd", { "aria-hidden": "true" }, TILES.indexOf(name) + 1))
    return h("div", { class: `tile tile-${name}`, hidden: true }, content, label, choose)
  }

  #tools() {
    this.pictureInPicture = h("button", { type: "button", class: "stage-button", "aria-label": t("stage.float"), title: t("stage.float"), onclick: () => this.float() }, icon("screen"))
    const full = h("button", { type: "button", class: "stage-button", "aria-label": t("stage.full"), title: t("stage.full"), onclick: () => this.full() }, icon("expand"))
    show(this.pictureInPicture, document.pictureInPictureEnabled ?? false)
    return h("div", { class: "stage-tools" }, this.pictureInPicture, full)
  }

  /** A still as it was taken or laid straight; and its corners, where they were not found. */
  #stillChoices() {
    this.untouched = h("button", { type: "button", class: "stage-button", "aria-pressed": "false", onclick: () => this.toggleOriginal() }, t("stage.original"))
    this.byHand = h("button", { type: "button", class: "stage-button", onclick: () => this.capture && this.corners(this.capture) }, t("corners.open"))
    return h("div", { class: "still-choices", role: "group", "aria-label": t("stage.capture") }, this.untouched, this.byHand)
  }

  /** The corrected picture, or the untouched one. */
  toggleOriginal() {
    this.#original = !this.#original
    this.desk.changed()
  }

  /** @param {TileName} name */
  choose(name) {
    if (!this.#present(name)) return
    this.#enlarge(name)
    this.desk.changed()
  }

  /** @param {TileName} name */
  #enlarge(name) {
    if (this.#away && PAPERS.includes(name)) this.#paper = name
    else this.large = name
  }

  /** Is this the large picture, here or in the second window? @param {TileName} name */
  shows(name) {
    return name === (this.#away && PAPERS.includes(name) ? this.#paper : this.large)
  }

  /** The papers move to a second window. @param {HTMLElement} place */
  layApart(place) {
    const papers = PAPERS.map((name) => this.tiles[name])
    place.prepend(this.#apart)
    this.#apart.append(...papers)
    if (PAPERS.includes(this.large)) [this.#paper, this.large] = [this.large, "camera"]
    this.#away = true
    this.resized()
    this.desk.changed()
  }

  /** They come back to where they were, between what stays playing. */
  layTogether() {
    if (!this.#away) return
    this.#away = false
    this.tiles.camera.after(this.tiles.document)
    this.tiles.self.before(this.tiles.capture, this.tiles.board, this.tiles.form)
    this.#apart.remove()
    // The paper one was at stays before one's eyes.
    if (this.large === "camera" && this.#paper !== "document" && this.#present(this.#paper)) this.large = this.#paper
    this.resized()
    this.desk.changed()
  }

  /** Another window, or one of another size. */
  resized() {
    for (const name of /** @type {const} */ (["document", "capture"])) this.viewers[name].resized()
    this.paper.resized()
    // A video that moved to another document stands still until it is told to play.
    if (this.#document.srcObject) this.#document.play().catch(() => {})
  }

  /** Look at a still. @param {string} capture_id */
  look(capture_id) {
    if (this.capture !== capture_id) this.#original = false
    this.capture = capture_id
    this.choose("capture")
  }

  /** The citizen in a small window above all others: for the time the helper works in another program. */
  async float() {
    if (document.pictureInPictureElement) await document.exitPictureInPicture()
    else await this.#camera.requestPictureInPicture().catch(() => {})
  }

  async full() {
    if (document.fullscreenElement) await document.exitFullscreen()
    else await this.element.requestFullscreen().catch(() => {})
  }

  /** @param {import("/static/web/js/call.js").StreamKind} kind  @param {MediaStream | null} stream */
  remote(kind, stream) {
    const video = { camera: this.#camera, screen: this.#screen, document: this.#document }[kind]
    // The same stream with other tracks goes on playing; set anew it would blink.
    if (video.srcObject !== stream) video.srcObject = stream
    if (!stream) return
    if (kind !== "camera") return void video.play().catch(() => {})
    video.requestVideoFrameCallback(() => this.desk.call.pictureShown())
    this.#playCamera()
  }

  /** The citizen's picture holds their voice too; a browser may want a click before it lets a page be heard. */
  async #playCamera() {
    try {
      this.#camera.muted = false
      await this.#camera.play()
      show(this.#unheard, false)
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return
      show(this.#unheard, true)
      this.#camera.muted = true
      this.#camera.play().catch(() => {})
    }
  }

  /** @param {string} deviceId */
  async speaker(deviceId) {
    await /** @type {any} */ (this.#camera).setSinkId?.(deviceId).catch(() => {})
  }

  /** The other side points: at what we share, or at its own paper. @param {import("/static/web/js/call.js").Pointer} pointer */
  pointed({ surface, x, y }) {
    const viewer = surface === "document" ? this.viewers.document : this.viewers.own
    viewer.mark("citizen", { x, y }, t("pointer.citizen"))
  }

  /** Others in the call, by id: each has a small picture of their own. @type {Map<string, {tile: HTMLElement, video: HTMLVideoElement}>} */
  #others = new Map()

  /** Show everybody else who can be seen now. */
  follow() {
    const { others } = this.desk.call
    for (const [id, { tile, video }] of this.#others) {
      if (others.has(id)) continue
      video.srcObject = null
      tile.remove()
      this.#others.delete(id)
    }
    for (const [id, stream] of others) {
      let other = this.#others.get(id)
      if (!other) {
        const video = h("video", { class: "tile-video", playsinline: true, autoplay: true })
        other = { video, tile: h("div", { class: "tile tile-other", "data-person": id }, video, h("span", { class: "tile-name" })) }
        this.#others.set(id, other)
        this.element.append(other.tile)
      }
      if (other.video.srcObject !== stream) other.video.srcObject = stream
      other.video.play().catch(() => {})
    }
  }

  /** Their names and why they came. */
  #nameOthers() {
    for (const [id, { tile, video }] of this.#others) {
      const one = this.desk.view?.call?.participants.find((someone) => someone.id === id)
      const name = one ? `${one.name} · ${word("party", one.role)}` : ""
      say(/** @type {Element} */ (tile.querySelector(".tile-name")), name)
      attribute(video, "aria-label", name)
    }
  }

  render() {
    const call = this.desk.view?.call
    if (!call) return this.#rest()
    if (call.call_id !== this.#call) this.#begin(call.call_id)
    this.#followSharing(call.sharing)
    this.#followBoard()
    if (!this.#present(this.large)) this.large = "camera"
    if (!this.#present(this.#paper)) this.#paper = PAPERS.find((name) => this.#present(name)) ?? "board"
    play(this.#own, this.desk.call.screenTrack ? [this.desk.call.screenTrack] : [])
    const camera = this.desk.devices.tracks.camera
    play(this.#self, camera ? [camera] : [])
    this.#renderStill()
    this.#place()
    this.#renderCover(call)
    attribute(this.tiles.self, "data-off", camera && !this.desk.call.muted.video && !call.held ? null : "off")
  }

  /** @param {string} call_id */
  #begin(call_id) {
    this.#call = call_id
    this.large = "camera"
    this.capture = null
    for (const viewer of Object.values(this.viewers)) viewer.fit()
  }

  #rest() {
    if (!this.#call) return
    this.#begin("")
    for (const video of [this.#own, this.#self]) play(video, [])
    for (const video of [this.#camera, this.#screen, this.#document]) video.srcObject = null
    this.#still.removeAttribute("src")
    show(this.#unheard, false)
    this.#citizenShared = false
    if (document.pictureInPictureElement) document.exitPictureInPicture().catch(() => {})
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {})
  }

  /** What the citizen begins to show is looked at; when it ends, one looks at the citizen again. */
  #followSharing(/** @type {{citizen: boolean}} */ { citizen }) {
    if (citizen && !this.#citizenShared) this.#enlarge("screen")
    this.#citizenShared = citizen
  }

  #lying = ""

  /** A paper that was laid down is looked at by both; when it is put away, one looks at the citizen again. */
  #followBoard() {
    const lying = this.desk.board.surface?.id ?? ""
    const name = this.desk.board.surface?.kind === "form" ? "form" : "board"
    if (lying && lying !== this.#lying) this.#enlarge(name)
    this.#lying = lying
    this.paper.render()
    this.form.render()
    show(this.together, this.desk.leads)
  }

  /** @param {string} by  @param {string} side */
  #nameOf(by, side) {
    if (by === this.desk.view?.agent.id) return t("pointer.me")
    const one = this.desk.view?.call?.participants.find((someone) => someone.id === by)
    return side === "citizen" || !one ? t("pointer.citizen") : named(one)
  }

  /** @param {TileName} name */
  #present(name) {
    const { desk } = this
    if (name === "screen") return desk.view?.call?.sharing.citizen ?? false
    if (name === "document") return desk.documentLive
    if (name === "own") return desk.call.sharing
    if (name === "board") return desk.board.surface !== null && desk.board.surface.kind !== "form"
    if (name === "form") return desk.board.surface?.kind === "form"
    if (name === "capture") return this.capture !== null && desk.captures.get(this.capture)?.state === "stored"
    return true
  }

  #renderStill() {
    const reading = this.desk.papers.readings.get(this.capture ?? "")
    const straight = reading?.state === "read" && !this.#original
    // Twelve million pixels would be decoded for the second until the corrected picture is there.
    const kind = straight ? `corrected?v=${reading.sha256.slice(0, 12)}` : reading || this.#original ? "content" : "small"
    const src = this.#present("capture") ? `/api/captures/${this.capture}/${kind}` : null
    show(/** @type {HTMLElement} */ (this.untouched), reading?.state === "read")
    attribute(/** @type {HTMLElement} */ (this.untouched), "aria-pressed", String(this.#original))
    show(/** @type {HTMLElement} */ (this.byHand), reading !== undefined && this.desk.leads)
    if (this.#still.getAttribute("src") === src) return
    attribute(this.#still, "src", src)
    attribute(this.#still, "alt", t("stage.capture"))
    this.viewers.capture.fit()
  }

  /** The large one fills; the others take the places of the rail from the top; one's own picture is the last. */
  #place() {
    attribute(this.element, "data-large", this.large)
    attribute(this.#apart, "data-large", this.#paper)
    let slot = this.#line(this.#away ? TILES.filter((name) => !PAPERS.includes(name)) : TILES)
    if (this.#away) this.#line(PAPERS)
    for (const { tile } of this.#others.values()) tile.style.setProperty("--slot", String(slot++))
    this.#nameOthers()
    this.tiles.self.style.setProperty("--slot", String(slot))
    show(this.tiles.self, true)
    show(/** @type {HTMLElement} */ (this.pictureInPicture), (document.pictureInPictureEnabled ?? false) && this.#camera.srcObject !== null)
  }

  /** The pictures of one window; return how many places of its rail they take. @param {TileName[]} names */
  #line(names) {
    let slot = 0
    for (const name of names) {
      const tile = this.tiles[name]
      const present = this.#present(name)
      const large = present && this.shows(name)
      // A still has its place in the strip below, not in the rail.
      show(tile, large || (name !== "capture" && present))
      tile.classList.toggle("tile-large", large)
      if (!tile.hidden && !large) tile.style.setProperty("--slot", String(slot++))
    }
    return slot
  }

  /** What stands in place of the citizen's picture, and why. @param {import("../types.js").CallInfo} call */
  #renderCover(call) {
    const state = this.desk.call.state
    const [key, symbol, params] = cover(call, state, this.#camera, this.desk)
    // A still and one's own desktop are there whatever the line does; a shared desktop is not.
    show(this.#cover, key !== "" && (this.large === "camera" || (this.large === "screen" && LINE.has(key))))
    attribute(this.#cover, "data-kind", key)
    const text = key ? t(key, params) : ""
    if (text === this.#covered) return
    this.#covered = text
    mount(this.#cover, symbol === "spinner" ? h("span", { class: "spinner" }) : icon(symbol), h("p", { role: "status" }, text))
  }

  /** Said to screen readers when the picture changes. */
  get described() {
    return t(`stage.${this.large}`)
  }
}

/**
 * @param {import("../types.js").CallInfo} call  @param {string} state  @param {HTMLVideoElement} video  @param {Desk} desk
 * @returns {[string, string, Record<string, string>]} key of the sentence ("" for none), icon, parameters
 */
function cover(call, state, video, desk) {
  if (call.booth_lost_at && state !== "good" && state !== "poor") return ["cover.booth_lost", "offline", { time: clock(desk.since(call.booth_lost_at)) }]
  if (call.held) return ["cover.held", "pause", {}]
  // Apart are both sides: what is not heard over there is not seen here.
  if (call.private === "on" && call.role !== "listener") return ["cover.aside", "pause", {}]
  if (state === "lost") return ["cover.lost", "spinner", {}]
  if (state === "reconnecting") return ["cover.reconnecting", "spinner", {}]
  if (state === "connecting" || state === "new" || state === "closed") return ["cover.connecting", "spinner", {}]
  if (!call.media.citizen.video) return ["cover.camera_off", "camera-off", {}]
  if (!video.videoWidth) return ["cover.first_picture", "spinner", {}]
  return ["", "", {}]
}


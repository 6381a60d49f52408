// The citizen lays a paper down: its live picture, large, with the outline that is seen and one short sentence. The still is
// taken by itself; a button takes it too, another says no. Several cameras: one button goes on to the next.

import { h, icon, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { Guide } from "../guide/guide.js"

/** @typedef {import("../types.js").BoothState} BoothState */
/** @typedef {import("/static/web/js/types.js").CaptureInfo} CaptureInfo */

const SVG = "http://www.w3.org/2000/svg"

export class CaptureGuide {
  /** @type {Guide | null} */
  #guide = null
  #capture = ""
  /** @type {MediaStreamTrack | null} */
  #track = null
  #word = ""
  #taken = () => {}

  /** @param {import("../types.js").BoothActions} actions */
  constructor(actions) {
    this.actions = actions
    this.video = h("video", { class: "guide-video", autoplay: true, playsinline: true, muted: true, "aria-label": t("talk.document") })
    this.outline = document.createElementNS(SVG, "polygon")
    const drawing = document.createElementNS(SVG, "svg")
    drawing.setAttribute("class", "guide-outline")
    drawing.setAttribute("viewBox", "0 0 1 1")
    drawing.setAttribute("preserveAspectRatio", "none")
    drawing.setAttribute("aria-hidden", "true")
    drawing.append(this.outline)
    this.title = h("h2", { class: "guide-title" })
    this.told = h("p", { class: "guide-word", role: "status" })
    this.frame = h("div", { class: "guide-frame" }, this.video, drawing)
    const no = h("button", { class: "button", type: "button", "data-action": "guide-no", onclick: () => actions.declineStill() }, t("guide.no"))
    this.other = h("button", { class: "button", type: "button", "data-action": "guide-camera", hidden: true, onclick: () => actions.nextCamera() }, icon("rotate"), t("guide.camera"))
    const take = h("button", { class: "button button-primary", type: "button", "data-action": "guide-take", onclick: () => this.#take() }, icon("camera"), t("guide.take"))
    this.element = h("section", { class: "guide", hidden: true, "data-guide": "", "aria-label": t("guide.title") }, h("div", { class: "guide-words" }, this.title, this.told), h("div", { class: "guide-room" }, this.frame), h("div", { class: "guide-acts" }, no, this.other, take))
    this.video.addEventListener("resize", () => this.#fit())
    this.sizes = new ResizeObserver(() => this.#fit())
    this.sizes.observe(this.element)
  }

  /** @param {BoothState} state */
  show(state) {
    const capture = state.guiding
    const track = state.devices.tracks.document_camera ?? null
    this.element.hidden = !capture
    if (!capture) return this.#rest()
    if (track !== this.#track) this.#play(track)
    if (capture.capture_id !== this.#capture) this.#begin(capture, state.visit)
    state.devices.choices("document_camera").then((choices) => (this.other.hidden = choices.length < 2))
  }

  stop() {
    this.#rest()
    this.sizes.disconnect()
  }

  /** @param {CaptureInfo} capture  @param {import("../types.js").Visit} visit */
  #begin(capture, visit) {
    this.#guide?.stop()
    this.#capture = capture.capture_id
    const { kind, page, paper_id } = capture
    const key = kind === "id_card" ? (page === 1 ? "guide.card_front" : "guide.card_back") : page > 1 ? "guide.page" : "guide.title"
    say(this.title, t(key, { count: page }))
    this.#tell("empty")
    this.outline.removeAttribute("points")
    const before = page > 1 && visit.page && visit.page.paper_id === paper_id ? visit.page.imprint : null
    const taken = () => {
      const imprint = this.#guide?.imprint
      if (imprint && paper_id) visit.page = { paper_id, imprint }
    }
    this.#guide = new Guide(this.video, {
      guideSees: (view) => this.#see(view),
      guideReleases: () => (taken(), this.actions.takeStill()),
      guideGivesUp: () => this.actions.declineStill("no_paper"),
    }, before)
    this.#taken = taken
  }

  #take() {
    this.#taken()
    this.#guide?.stop()
    this.actions.takeStill()
  }

  /** @param {import("../guide/judge.js").View} view */
  #see({ word, sheet }) {
    this.#tell(word)
    this.outline.setAttribute("points", sheet ? sheet.corners.map(({ x, y }) => `${x},${y}`).join(" ") : "")
  }

  /** @param {string} word */
  #tell(word) {
    if (word === this.#word) return
    this.#word = word
    this.element.dataset.guide = word
    say(this.told, t(`guide.${word}`))
  }

  /** @param {MediaStreamTrack | null} track */
  #play(track) {
    this.#track = track
    this.video.srcObject = track ? new MediaStream([track]) : null
    if (track) this.video.play().catch(() => {})
  }

  #rest() {
    if (!this.#capture && !this.#track) return
    this.#guide?.stop()
    this.#guide = null
    this.#capture = this.#word = ""
    this.#play(null)
  }

  /** The frame has the picture's own shape, as large as there is room: the outline lies on it exactly. */
  #fit() {
    const { videoWidth, videoHeight } = this.video
    if (videoWidth) this.frame.style.setProperty("--shape", String(videoWidth / videoHeight))
  }
}

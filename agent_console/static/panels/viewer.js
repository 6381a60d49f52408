// A picture one can look at closely: zoom, rotate, pan by mouse, wheel and keys; and points on it, which stay on the
// same spot of the picture however it is turned. For stills, the live document camera and shared desktops alike.

import { h, icon } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/** @typedef {{x: number, y: number}} Point */

const MOST = 12
const STEP = 1.25
const PAN_PX = 60

export class Viewer {
  #zoom = 1
  #turn = 0
  #pan = { x: 0, y: 0 }
  /** @type {{x: number, y: number, pan: Point} | null} */
  #drag = null
  /** @type {Map<string, {mark: HTMLElement, at: Point, gone: ReturnType<typeof setTimeout> | undefined}>} */
  #marks = new Map()

  /**
   * @param {HTMLVideoElement | HTMLImageElement} media
   * @param {object} options
   * @param {string} options.label
   * @param {(at: Point) => void} [options.pointed] the person points: 0..1 of the picture
   */
  constructor(media, { label, pointed }) {
    this.media = media
    this.pointed = pointed
    media.classList.add("viewer-media")
    media.draggable = false
    this.plane = h("div", { class: "viewer-plane", tabindex: "0", role: "group", "aria-label": label, "aria-keyshortcuts": "+ - 0 R ArrowUp ArrowDown ArrowLeft ArrowRight" }, media)
    this.element = h("div", { class: "viewer" }, this.plane, this.#tools())
    this.sizes = new ResizeObserver(() => this.#apply())
    this.sizes.observe(this.plane)
    for (const name of ["load", "resize", "loadedmetadata"]) media.addEventListener(name, () => this.#apply())
    this.plane.addEventListener("wheel", this.#wheel, { passive: false })
    this.plane.addEventListener("pointerdown", this.#grab)
    this.plane.addEventListener("pointermove", this.#move)
    this.plane.addEventListener("pointerup", () => (this.#drag = null))
    this.plane.addEventListener("pointercancel", () => (this.#drag = null))
    this.plane.addEventListener("dblclick", (event) => this.zoom(this.#zoom > 1 ? 1 : 3, this.#local(event)))
    this.plane.addEventListener("keydown", this.#key)
  }

  #tools() {
    const tool = (/** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ run) =>
      h("button", { type: "button", class: "stage-button", "aria-label": label, title: label, onclick: run }, icon(name))
    return h(
      "div",
      { class: "viewer-tools", role: "toolbar", "aria-label": t("viewer.tools") },
      tool("zoom-out", t("viewer.zoom_out"), () => this.zoom(this.#zoom / STEP)),
      tool("zoom-in", t("viewer.zoom_in"), () => this.zoom(this.#zoom * STEP)),
      tool("rotate", t("viewer.rotate"), () => this.rotate(90)),
      tool("home", t("viewer.fit"), () => this.fit()),
    )
  }

  /** The picture's own size. */
  get natural() {
    const { media } = this
    return media instanceof HTMLVideoElement ? { width: media.videoWidth, height: media.videoHeight } : { width: media.naturalWidth, height: media.naturalHeight }
  }

  /** The room for the picture is another; an observer of one window sees nothing of another's. */
  resized() {
    this.#apply()
  }

  /** Everything as at first. */
  fit() {
    this.#turn = 0
    this.zoom(1)
  }

  /** @param {number} degrees */
  rotate(degrees) {
    this.#turn = (this.#turn + degrees + 360) % 360
    this.zoom(1)
  }

  /** @param {number} to  @param {Point} [about] stays where it is, measured from the plane's middle */
  zoom(to, about = { x: 0, y: 0 }) {
    const zoom = Math.min(MOST, Math.max(1, to))
    const ratio = zoom / this.#zoom
    this.#pan = { x: about.x - (about.x - this.#pan.x) * ratio, y: about.y - (about.y - this.#pan.y) * ratio }
    this.#zoom = zoom
    this.#apply()
  }

  /** @param {number} x  @param {number} y */
  panBy(x, y) {
    this.#pan = { x: this.#pan.x + x, y: this.#pan.y + y }
    this.#apply()
  }

  /**
   * Show where somebody points; it fades when nothing more comes.
   * @param {string} who  @param {Point} at  @param {string} label
   */
  mark(who, at, label) {
    let one = this.#marks.get(who)
    if (!one) {
      const mark = h("div", { class: `pointer pointer-${who}` }, icon("pointer"), h("span", null, label))
      this.plane.append(mark)
      this.#marks.set(who, (one = { mark, at, gone: undefined }))
    }
    one.at = at
    clearTimeout(one.gone)
    one.gone = setTimeout(() => this.#unmark(who), 2500)
    this.#place(one)
  }

  /** @param {string} who */
  #unmark(who) {
    this.#marks.get(who)?.mark.remove()
    this.#marks.delete(who)
  }

  /** Scale at which the whole picture fits, turned as it is. */
  #fitScale() {
    const { width, height } = this.natural
    const turned = this.#turn % 180 !== 0
    const [w, h_] = turned ? [height, width] : [width, height]
    const { clientWidth, clientHeight } = this.plane
    return w && h_ ? Math.min(clientWidth / w, clientHeight / h_) : 0
  }

  #apply() {
    const { width, height } = this.natural
    const fit = this.#fitScale()
    if (!fit) return
    const scale = fit * this.#zoom
    const turned = this.#turn % 180 !== 0
    const reach = (/** @type {number} */ size, /** @type {number} */ room) => Math.max(0, (size * scale - room) / 2)
    const [w, h_] = turned ? [height, width] : [width, height]
    const [rx, ry] = [reach(w, this.plane.clientWidth), reach(h_, this.plane.clientHeight)]
    this.#pan = { x: Math.min(rx, Math.max(-rx, this.#pan.x)), y: Math.min(ry, Math.max(-ry, this.#pan.y)) }
    Object.assign(this.media.style, { width: `${width}px`, height: `${height}px` })
    this.media.style.transform = `translate(-50%, -50%) translate(${this.#pan.x}px, ${this.#pan.y}px) rotate(${this.#turn}deg) scale(${scale})`
    this.plane.classList.toggle("viewer-zoomed", this.#zoom > 1.01)
    for (const one of this.#marks.values()) this.#place(one)
  }

  /** @param {{mark: HTMLElement, at: Point}} one */
  #place({ mark, at }) {
    const { width, height } = this.natural
    const scale = this.#fitScale() * this.#zoom
    const [x, y] = rotated((at.x - 0.5) * width * scale, (at.y - 0.5) * height * scale, this.#turn)
    mark.style.left = `${this.plane.clientWidth / 2 + this.#pan.x + x}px`
    mark.style.top = `${this.plane.clientHeight / 2 + this.#pan.y + y}px`
  }

  /** From the plane's middle, in pixels. @param {MouseEvent} event  @returns {Point} */
  #local(event) {
    const box = this.plane.getBoundingClientRect()
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 }
  }

  /** Where on the picture, 0..1; null beside it. @param {Point} local  @returns {Point | null} */
  #onPicture(local) {
    const { width, height } = this.natural
    const scale = this.#fitScale() * this.#zoom
    if (!scale) return null
    const [x, y] = rotated(local.x - this.#pan.x, local.y - this.#pan.y, -this.#turn)
    const at = { x: x / (width * scale) + 0.5, y: y / (height * scale) + 0.5 }
    return at.x >= 0 && at.x <= 1 && at.y >= 0 && at.y <= 1 ? at : null
  }

  #wheel = (/** @type {WheelEvent} */ event) => {
    event.preventDefault()
    this.zoom(this.#zoom * Math.exp(-event.deltaY / 400), this.#local(event))
  }

  #grab = (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return
    this.#drag = { x: event.clientX, y: event.clientY, pan: this.#pan }
    this.plane.setPointerCapture(event.pointerId)
  }

  #move = (/** @type {PointerEvent} */ event) => {
    if (this.#drag && this.#zoom > 1) {
      this.#pan = { x: this.#drag.pan.x + event.clientX - this.#drag.x, y: this.#drag.pan.y + event.clientY - this.#drag.y }
      return this.#apply()
    }
    const at = this.#onPicture(this.#local(event))
    if (at) this.pointed?.(at)
  }

  #key = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    /** @type {Record<string, () => void>} */
    const does = {
      "+": () => this.zoom(this.#zoom * STEP),
      "=": () => this.zoom(this.#zoom * STEP),
      "-": () => this.zoom(this.#zoom / STEP),
      "0": () => this.fit(),
      r: () => this.rotate(90),
      R: () => this.rotate(270),
      ArrowLeft: () => this.#arrow(1, 0, event.shiftKey),
      ArrowRight: () => this.#arrow(-1, 0, event.shiftKey),
      ArrowUp: () => this.#arrow(0, 1, event.shiftKey),
      ArrowDown: () => this.#arrow(0, -1, event.shiftKey),
    }
    const run = does[event.key]
    if (!run) return
    run()
    event.preventDefault()
    event.stopPropagation()
  }

  /** Where the keys point now; Shift with an arrow points instead of panning. */
  #finger = { x: 0.5, y: 0.5 }

  /** @param {number} x  @param {number} y  @param {boolean} point */
  #arrow(x, y, point) {
    if (!point || !this.pointed) return this.panBy(x * PAN_PX, y * PAN_PX)
    const clamp = (/** @type {number} */ value) => Math.min(1, Math.max(0, value))
    this.#finger = { x: clamp(this.#finger.x - x * 0.02), y: clamp(this.#finger.y - y * 0.02) }
    this.pointed(this.#finger)
  }
}

/** @param {number} x  @param {number} y  @param {number} degrees a multiple of 90  @returns {[number, number]} */
function rotated(x, y, degrees) {
  const [cos, sin] = [[1, 0], [0, 1], [-1, 0], [0, -1]][((degrees % 360) + 360) % 360 / 90] ?? [1, 0]
  return [x * cos - y * sin, x * sin + y * cos]
}

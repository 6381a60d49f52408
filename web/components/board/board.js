// The paper on both screens: pages turned together, pointers, marker and arrows, a view that follows whoever leads unless
// one looks around by oneself. For the finger at the booth, for mouse and keys at the desk.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { Marks } from "./marks.js"
import { PagePicture } from "./pages.js"

/** @typedef {import("/static/web/js/board.js").Board} Board */
/** @typedef {import("/static/web/js/board.js").Tool} Tool */
/** @typedef {"hand" | "point" | Tool} Hand */

const MOST = 10
const STEP = 1.5
const HANDS = /** @type {const} */ (["hand", "point", "highlight", "arrow", "pen"])
const ICONS = { hand: "hand", point: "pointer", highlight: "marker", arrow: "arrow", pen: "pen" }

export class BoardView {
  /** @type {Hand} */
  hand = "point"
  /** Looking around by oneself. */
  free = false
  #zoom = 1
  /** The page's middle, from the plane's middle, in pixels. */
  #pan = { x: 0, y: 0 }
  /** @type {Map<number, {x: number, y: number}>} */
  #fingers = new Map()
  #shownKey = ""

  /**
   * @param {object} options
   * @param {Board} options.board
   * @param {"citizen" | "agent"} options.side
   * @param {() => string} options.me
   * @param {(by: string, side: string) => string} options.nameOf
   * @param {boolean} [options.mayTouch] whether this person takes part, or only sees
   */
  constructor({ board, side, me, nameOf }) {
    this.board = board
    this.side = side
    this.me = me
    this.picture = new PagePicture({ sized: () => this.#place(), came: () => (this.trouble.hidden = true), failed: () => (this.trouble.hidden = false) })
    this.marks = new Marks(nameOf)
    this.sheet = h("div", { class: "board-sheet" }, this.picture.element, this.marks.element)
    this.trouble = h("p", { class: "board-trouble", role: "status", hidden: true }, t("board.trouble"))
    this.plane = h("div", { class: "board-plane", tabindex: "0", role: "application", "aria-label": t("board.plane"), "data-hand": this.hand, "aria-keyshortcuts": "PageUp PageDown + - 0 ArrowUp ArrowDown ArrowLeft ArrowRight U" }, this.sheet, this.trouble)
    this.pageWord = h("span", { class: "board-pages digits", role: "status" })
    this.follow = h("button", { type: "button", class: "button button-primary board-follow", "data-action": "board-follow", hidden: true, onclick: () => this.#followAgain() }, icon("eye"), t("board.follow"))
    this.hands = HANDS.map((hand) => this.#tool(`board-${hand}`, ICONS[hand], t(`board.${hand}`), () => this.take(hand)))
    this.before = this.#tool("board-before", "back", t("board.before"), () => board.turn(-1))
    this.after = this.#tool("board-after", "next", t("board.after"), () => board.turn(1))
    this.untouched = h("button", { type: "button", class: "board-tool board-untouched", "data-action": "board-untouched", onclick: () => board.turn(3 - 2 * board.page) }, icon("document"), h("span", { class: "board-word" }, t("board.untouched")))
    this.turning = h("div", { class: "board-group" }, this.before, this.pageWord, this.after)
    this.element = h("section", { class: `board board-${side}`, "aria-label": t("board.title"), hidden: true }, this.plane, this.follow, this.#bar())
    new ResizeObserver(() => this.#place()).observe(this.plane)
    this.#listen()
    this.take("point")
  }

  #bar() {
    const zoom = (/** @type {number} */ by) => () => this.zoomTo(this.#zoom * by)
    return h("div", { class: "board-bar", role: "toolbar", "aria-label": t("board.tools") },
      this.turning, this.untouched,
      h("div", { class: "board-group" }, this.hands),
      h("div", { class: "board-group" },
        this.#tool("board-undo", "undo", t("board.undo"), () => this.board.undo()),
        this.#tool("board-clear", "eraser", t("board.clear"), () => this.board.clear())),
      h("div", { class: "board-group" },
        this.#tool("board-out", "zoom-out", t("board.zoom_out"), zoom(1 / STEP)),
        this.#tool("board-in", "zoom-in", t("board.zoom_in"), zoom(STEP)),
        this.#tool("board-fit", "expand", t("board.fit"), () => this.zoomTo(1))),
      this.#tool("board-hide", "close", t("board.hide"), () => this.board.hide()))
  }

  /** @param {string} action  @param {string} picture  @param {string} text  @param {() => void} pressed */
  #tool(action, picture, text, pressed) {
    return h("button", { type: "button", class: "board-tool", "data-action": action, "aria-label": text, title: text, onclick: pressed }, icon(picture), h("span", { class: "board-word" }, text))
  }

  /** Choose what the hand does. @param {Hand} hand */
  take(hand) {
    this.hand = hand
    this.plane.dataset.hand = hand
    HANDS.forEach((one, index) => this.hands[index]?.setAttribute("aria-pressed", String(one === hand)))
  }

  /** Show what the board says now. */
  render() {
    const { board } = this
    // A form lies on the board too, and is drawn by its own view.
    const surface = board.surface?.kind === "form" ? null : board.surface
    const { page } = board
    this.element.hidden = !surface
    const key = surface ? `${surface.id} ${page} ${page > 1 ? surface.version : ""}` : ""
    if (key !== this.#shownKey) {
      this.#shownKey = key
      this.free = false
      this.trouble.hidden = true
      this.#zoom = 1
      this.#pan = { x: 0, y: 0 }
      this.picture.show(surface, page)
    }
    if (!surface) return this.marks.wipe()
    // A still is turned to its untouched picture and back; pages are turned one by one.
    this.turning.hidden = surface.kind === "capture"
    this.untouched.hidden = surface.kind !== "capture" || !surface.version
    this.untouched.setAttribute("aria-pressed", String(page === 1))
    say(this.pageWord, t("board.page", { page, pages: surface.pages }))
    this.before.disabled = page <= 1
    this.after.disabled = page >= surface.pages
    if (!this.free && board.leader !== this.me()) this.#followView()
    this.follow.hidden = !this.free
    this.marks.show(board.shown)
    this.element.dataset.seq = String(board.seq)
  }

  /** The room for the page is another; an observer of one window sees nothing of another's. */
  resized() {
    this.#place()
  }

  /** @param {import("/static/web/js/board.js").Pointed} pointed */
  pointed(pointed) {
    if (pointed.surface_id === this.board.surface?.id && pointed.page === this.board.page) this.marks.point(pointed)
  }

  #followAgain() {
    this.free = false
    this.render()
  }

  // Where the page lies -------------------------------------------------------------------------------------------

  get #fit() {
    const { size } = this.picture
    if (!size) return 0
    const { clientWidth, clientHeight } = this.plane
    return Math.min(clientWidth / size.width, clientHeight / size.height)
  }

  /** All of what the leader sees is seen here, whatever shape this screen has. */
  #followView() {
    const { size } = this.picture
    if (!size) return
    const { left, top, right, bottom } = this.board.view
    const { clientWidth, clientHeight } = this.plane
    const scale = Math.min(clientWidth / ((right - left) * size.width), clientHeight / ((bottom - top) * size.height))
    this.#zoom = Math.min(MOST, Math.max(1, scale / this.#fit))
    const now = this.#fit * this.#zoom
    this.#pan = { x: (0.5 - (left + right) / 2) * size.width * now, y: (0.5 - (top + bottom) / 2) * size.height * now }
    this.#place()
  }

  #place() {
    const { size } = this.picture
    if (!size) return
    const scale = this.#fit * this.#zoom
    const [width, height] = [size.width * scale, size.height * scale]
    const { clientWidth, clientHeight } = this.plane
    const reach = (/** @type {number} */ length, /** @type {number} */ room) => Math.max(0, (length - room) / 2)
    const [rx, ry] = [reach(width, clientWidth), reach(height, clientHeight)]
    this.#pan = { x: Math.min(rx, Math.max(-rx, this.#pan.x)), y: Math.min(ry, Math.max(-ry, this.#pan.y)) }
    const left = (clientWidth - width) / 2 + this.#pan.x
    const top = (clientHeight - height) / 2 + this.#pan.y
    Object.assign(this.sheet.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` })
    this.marks.size(width, height)
    this.picture.draw(width * devicePixelRatio, this.#seen())
  }

  /** @returns {import("/static/web/js/board.js").View} */
  #seen() {
    const share = (/** @type {number} */ value) => Math.min(1, Math.max(0, Number.isFinite(value) ? value : 0))
    const sheet = this.sheet.getBoundingClientRect()
    const plane = this.plane.getBoundingClientRect()
    return {
      left: share((plane.left - sheet.left) / sheet.width), top: share((plane.top - sheet.top) / sheet.height),
      right: share((plane.right - sheet.left) / sheet.width), bottom: share((plane.bottom - sheet.top) / sheet.height),
    }
  }

  /** @param {number} zoom  @param {{x: number, y: number}} [about] from the plane's middle */
  zoomTo(zoom, about = { x: 0, y: 0 }) {
    const to = Math.min(MOST, Math.max(1, zoom))
    const ratio = to / this.#zoom
    this.#pan = { x: about.x - (about.x - this.#pan.x) * ratio, y: about.y - (about.y - this.#pan.y) * ratio }
    this.#zoom = to
    this.#moved()
  }

  /** @param {number} x  @param {number} y */
  panBy(x, y) {
    this.#pan = { x: this.#pan.x + x, y: this.#pan.y + y }
    this.#moved()
  }

  /** The helper's view leads; the citizen looks around for themselves and comes back with one touch. */
  #moved() {
    this.#place()
    if (this.side === "agent") {
      this.free = false
      this.board.look(this.#seen())
    } else {
      this.free = true
      this.follow.hidden = false
    }
  }

  // Hands and keys ------------------------------------------------------------------------------------------------

  #listen() {
    const { plane } = this
    plane.addEventListener("pointerdown", (event) => this.#down(event))
    plane.addEventListener("pointermove", (event) => this.#move(event))
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) plane.addEventListener(name, (event) => this.#up(event))
    plane.addEventListener("wheel", (event) => (event.preventDefault(), this.zoomTo(this.#zoom * Math.exp(-event.deltaY / 400), this.#local(event))), { passive: false })
    plane.addEventListener("keydown", (event) => this.#key(event))
  }

  /** @param {MouseEvent} event */
  #local(event) {
    const box = this.plane.getBoundingClientRect()
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 }
  }

  /** @param {MouseEvent} event  @returns {[number, number] | null} */
  #onPage(event) {
    const box = this.sheet.getBoundingClientRect()
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
    return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? [x, y] : null
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0) return
    this.plane.setPointerCapture(event.pointerId)
    this.#fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    const at = this.#onPage(event)
    if (this.#fingers.size > 1) return this.board.end()
    if (!at) return
    if (this.hand === "point") this.board.point(...at)
    else if (this.hand !== "hand") this.board.begin(this.hand, at, this.me(), this.side)
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const last = this.#fingers.get(event.pointerId)
    const at = this.#onPage(event)
    if (!last) {
      if (at && this.hand === "point" && event.pointerType === "mouse") this.board.point(...at)
      return
    }
    if (this.#fingers.size > 1) this.#pinch(event, last)
    else if (this.hand === "hand") this.panBy(event.clientX - last.x, event.clientY - last.y)
    else if (at && this.hand === "point") this.board.point(...at)
    else if (at) for (const one of event.getCoalescedEvents?.() ?? [event]) this.board.go(this.#onPage(one) ?? at)
    this.#fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
  }

  /** Two fingers move and spread the page. @param {PointerEvent} event  @param {{x: number, y: number}} last */
  #pinch(event, last) {
    const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1]
    if (!other) return
    const before = Math.hypot(last.x - other.x, last.y - other.y)
    const now = Math.hypot(event.clientX - other.x, event.clientY - other.y)
    this.panBy((event.clientX - last.x) / 2, (event.clientY - last.y) / 2)
    if (before > 0) this.zoomTo((this.#zoom * now) / before, this.#local(event))
  }

  /** @param {PointerEvent} event */
  #up(event) {
    this.#fingers.delete(event.pointerId)
    this.board.end()
  }

  #finger = { x: 0.5, y: 0.5 }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const pan = (/** @type {number} */ x, /** @type {number} */ y) => (event.shiftKey ? this.#pointBy(x, y) : this.panBy(60 * x, 60 * y))
    /** @type {Record<string, () => void>} */
    const does = {
      PageUp: () => this.board.turn(-1), PageDown: () => this.board.turn(1),
      "+": () => this.zoomTo(this.#zoom * STEP), "=": () => this.zoomTo(this.#zoom * STEP), "-": () => this.zoomTo(this.#zoom / STEP), 0: () => this.zoomTo(1),
      ArrowLeft: () => pan(1, 0), ArrowRight: () => pan(-1, 0), ArrowUp: () => pan(0, 1), ArrowDown: () => pan(0, -1),
      u: () => this.board.undo(), U: () => this.board.undo(),
    }
    const run = does[event.key]
    if (!run) return
    run()
    event.preventDefault()
    event.stopPropagation()
  }

  /** @param {number} x  @param {number} y */
  #pointBy(x, y) {
    const clamp = (/** @type {number} */ value) => Math.min(1, Math.max(0, value))
    this.#finger = { x: clamp(this.#finger.x - 0.02 * x), y: clamp(this.#finger.y - 0.02 * y) }
    this.board.point(this.#finger.x, this.#finger.y)
    this.marks.point({ surface_id: "", page: 0, by: this.me(), side: this.side, ...this.#finger })
  }

  /** Nothing of the paper stays. */
  stop() {
    this.picture.show(null, 0)
    this.marks.wipe()
    mount(this.follow)
  }
}

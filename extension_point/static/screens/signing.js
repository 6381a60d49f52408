// The signature: the whole document is shown first, then agreed to, then signed with finger or pen. Calm, one step at a time;
// nothing is lost by a mistake, and saying no is always possible.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { language, refusal, t } from "/static/web/js/i18n.js"
import { insist, pageSizes } from "/static/web/js/picture.js"

/** @typedef {import("/static/web/js/form.js").Signing} Signing */

const WIDTH = 2048
const TILE = 1024
/** A line thick enough for a finger, as a share of the pad's width. */
const LINE = 0.006
/** As the service takes them. */
const MOST_POINTS = 6000
const MOST_STROKES = 200
/** Pixels by which two heights may differ without one seeing it. */
const SLACK = 4

export class SigningView {
  /** @type {Signing | null} */
  #signing = null
  #began = 0
  /** When each page was first seen, in ms since the document was shown. @type {(number | null)[]} */
  #pages = []
  /** Down to where it was before the citizen's eyes without a gap, as a share of the whole. */
  #seen = 0
  #read_ms = 0
  #consent_ms = 0
  /** @type {number[][][]} */
  #strokes = []
  #pointer = "touch"
  #drawing = -1
  #sending = false

  /** @param {{decline: (signing_id: string) => void}} does */
  constructor(does) {
    this.does = does
    this.title = h("h2", { class: "signing-title", tabindex: "-1" })
    this.pages = h("div", { class: "signing-pages", tabindex: "0", role: "document", "aria-label": t("signing.document") })
    this.canvas = h("canvas", { class: "signing-pad", role: "img", "aria-label": t("signing.pad") })
    this.hint = h("p", { class: "signing-hint" }, t("signing.here"))
    this.error = h("p", { class: "banner banner-danger", role: "alert", hidden: true })
    this.step = h("div", { class: "signing-step" })
    this.element = h("section", { class: "signing", role: "dialog", "aria-modal": "true", "aria-label": t("signing.title"), hidden: true }, this.title, this.pages, this.error, this.step)
    this.pages.addEventListener("scroll", () => this.#looked(), { passive: true })
    this.canvas.addEventListener("pointerdown", (event) => this.#down(event))
    this.canvas.addEventListener("pointermove", (event) => this.#move(event))
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) this.canvas.addEventListener(name, () => (this.#drawing = -1))
    this.resized = new ResizeObserver(() => (this.#draw(), this.#looked()))
    this.resized.observe(this.canvas)
    this.resized.observe(this.pages)
  }

  /** Follow what the server says. @param {Signing | null} signing */
  render(signing) {
    const open = signing !== null && (signing.state === "asked" || signing.state === "sealing")
    if (open && signing.signing_id !== this.#signing?.signing_id) this.#begin(signing)
    else if (!open && this.#signing) this.#end()
    this.element.hidden = !open
    // It stands over all of the conversation: neither a key nor a reader comes to what lies beneath.
    for (const one of this.element.parentElement?.children ?? []) if (one !== this.element) one.toggleAttribute("inert", open)
  }

  /** @param {Signing} signing */
  async #begin(signing) {
    this.#signing = signing
    this.#began = performance.now()
    this.#pages = []
    this.#seen = this.#read_ms = this.#consent_ms = 0
    this.#strokes = []
    this.#sending = false
    this.error.hidden = true
    say(this.title, t("signing.read_title"))
    mount(this.step, h("p", { class: "signing-wait soft" }, t("signing.loading")), h("div", { class: "signing-buttons" }, this.#no()))
    mount(this.pages)
    const wanted = () => this.#signing === signing
    const sizes = await pageSizes(signing.document_id, wanted)
    if (!wanted()) return
    if (!sizes) {
      mount(this.step, h("div", { class: "signing-buttons" }, this.#no()))
      return this.#trouble()
    }
    this.#pages = sizes.map(() => null)
    mount(this.pages, sizes.map((size, index) => this.#page(signing, size, index)))
    this.pages.scrollTop = 0
    this.title.focus({ preventScroll: true })
    this.#showRead()
    requestAnimationFrame(() => this.#looked())
  }

  /** @param {Signing} signing  @param {[number, number]} size  @param {number} index */
  #page(signing, [width, height], index) {
    const tall = Math.max(1, Math.round((WIDTH * height) / width))
    const sheet = h("div", { class: "signing-sheet", "data-page": index })
    sheet.style.aspectRatio = `${width} / ${height}`
    for (let column = 0; column * TILE < WIDTH; column++)
      for (let row = 0; row * TILE < tall; row++) {
        const address = `/api/documents/${signing.document_id}/pages/${index + 1}/${WIDTH}/${column}/${row}`
        const tile = h("img", { class: "board-tile", alt: "", loading: index < 2 ? "eager" : "lazy", src: address })
        insist(tile, address, { wanted: () => this.#signing === signing, came: () => this.#looked(), failed: () => this.#trouble() })
        const share = (/** @type {number} */ value, /** @type {number} */ of) => `${(100 * value) / of}%`
        Object.assign(tile.style, { left: share(column * TILE, WIDTH), top: share(row * TILE, tall), width: share(Math.min(TILE, WIDTH - column * TILE), WIDTH), height: share(Math.min(TILE, tall - row * TILE), tall) })
        sheet.append(tile)
      }
    return sheet
  }

  /** What was before the citizen's eyes: pages whose pictures are there, and no further than they were seen without a gap. */
  #looked() {
    if (!this.#signing || this.#read_ms || this.#pages.length === 0) return
    const { scrollTop, clientHeight, scrollHeight } = this.pages
    if (!clientHeight || scrollTop > this.#seen * scrollHeight + SLACK || !this.#drawn()) return
    this.#seen = Math.max(this.#seen, (scrollTop + clientHeight + SLACK) / scrollHeight)
    const now = Math.round(performance.now() - this.#began)
    for (const sheet of this.#inFrame(this.pages.children)) this.#pages[Number(sheet.dataset.page)] ??= now
    if (this.#seen < 1) return
    this.#read_ms = now
    this.#showConsent()
  }

  /** Are all pictures there that lie in the frame? */
  #drawn() {
    const tiles = this.#inFrame(this.pages.children).flatMap((sheet) => this.#inFrame(sheet.children))
    return /** @type {HTMLImageElement[]} */ (tiles).every((tile) => tile.complete && tile.naturalWidth > 0)
  }

  /** @param {HTMLCollection} elements  @returns {HTMLElement[]} */
  #inFrame(elements) {
    const frame = this.pages.getBoundingClientRect()
    return /** @type {HTMLElement[]} */ ([...elements]).filter((one) => {
      const box = one.getBoundingClientRect()
      return box.top < frame.bottom && box.bottom > frame.top
    })
  }

  #showRead() {
    mount(this.step, h("p", { class: "signing-words" }, t("signing.read_first")),
      h("div", { class: "signing-buttons" }, this.#no(), h("button", { type: "button", class: "button button-primary", "data-action": "signing-on", onclick: () => this.#on() }, t("signing.on"), icon("next"))))
  }

  /** The next part; whoever went further than they have seen comes back to where that was. */
  #on() {
    const { clientHeight, scrollHeight } = this.pages
    this.pages.scrollTo({ top: this.#seen * scrollHeight - clientHeight * 0.15, behavior: "smooth" })
  }

  #showConsent() {
    say(this.title, t("signing.consent_title"))
    mount(this.step, h("p", { class: "signing-words" }, t("signing.consent")),
      h("div", { class: "signing-buttons" }, this.#no(), h("button", { type: "button", class: "button button-primary", "data-action": "signing-agree", onclick: () => this.#agree() }, icon("check"), t("signing.agree"))))
  }

  #agree() {
    this.#consent_ms = Math.round(performance.now() - this.#began)
    this.#showPad()
  }

  #showPad() {
    say(this.title, t("signing.sign_title"))
    this.undo = h("button", { type: "button", class: "button", "data-action": "signing-undo", onclick: () => this.#back(1) }, icon("undo"), t("signing.undo"))
    this.clear = h("button", { type: "button", class: "button", "data-action": "signing-clear", onclick: () => this.#back(Infinity) }, icon("eraser"), t("signing.clear"))
    this.done = h("button", { type: "button", class: "button button-primary", "data-action": "signing-done", onclick: () => this.#send() }, icon("check"), t("signing.done"))
    mount(this.step, h("div", { class: "signing-paper" }, this.canvas, this.hint), h("div", { class: "signing-buttons" }, this.#no(), this.undo, this.clear, this.done))
    this.#draw()
  }

  #no() {
    return h("button", { type: "button", class: "button button-quiet", "data-action": "signing-no", onclick: () => this.#signing && this.does.decline(this.#signing.signing_id) }, t("signing.no"))
  }

  // The pad ---------------------------------------------------------------------------------------------------------

  get #count() {
    return this.#strokes.reduce((sum, stroke) => sum + stroke.length, 0)
  }

  /** @param {PointerEvent} event  @returns {number[]} */
  #point(event) {
    const box = this.canvas.getBoundingClientRect()
    const share = (/** @type {number} */ value, /** @type {number} */ of) => Math.min(10_000, Math.max(0, Math.round((10_000 * value) / of)))
    const last = this.#strokes.at(-1)?.at(-1)?.[2] ?? 0
    // Events of one frame may come out of order by a fraction of a millisecond.
    const at = Math.max(last, Math.round(event.timeStamp - this.#began))
    return [share(event.clientX - box.left, box.width), share(event.clientY - box.top, box.height), at, Math.round(255 * event.pressure)]
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0 || this.#drawing !== -1 || this.#sending || this.#count >= MOST_POINTS || this.#strokes.length >= MOST_STROKES) return
    this.#drawing = event.pointerId
    this.#pointer = event.pointerType || "mouse"
    this.canvas.setPointerCapture(event.pointerId)
    this.#strokes.push([this.#point(event)])
    this.#draw()
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (event.pointerId !== this.#drawing || this.#count >= MOST_POINTS) return
    const events = event.getCoalescedEvents?.() ?? []
    for (const one of events.length ? events : [event]) if (this.#count < MOST_POINTS) this.#strokes.at(-1)?.push(this.#point(one))
    this.#draw()
  }

  /** @param {number} strokes */
  #back(strokes) {
    this.#strokes.splice(Math.max(0, this.#strokes.length - strokes))
    this.#draw()
  }

  #draw() {
    const { canvas } = this
    const [width, height] = [canvas.clientWidth * devicePixelRatio, canvas.clientHeight * devicePixelRatio].map(Math.round)
    if (!width || !height) return
    canvas.width = width
    canvas.height = height
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"))
    pen.lineCap = pen.lineJoin = "round"
    pen.strokeStyle = "#10204a"
    for (const stroke of this.#strokes) {
      const force = stroke.reduce((sum, point) => sum + (point[3] ?? 0), 0) / stroke.length / 255
      pen.lineWidth = width * LINE * (0.6 + 0.8 * force)
      pen.beginPath()
      stroke.forEach(([x = 0, y = 0], index) => (index ? pen.lineTo : pen.moveTo).call(pen, (x / 10_000) * width, (y / 10_000) * height))
      if (stroke.length === 1) pen.lineTo(((stroke[0]?.[0] ?? 0) / 10_000) * width + 1, ((stroke[0]?.[1] ?? 0) / 10_000) * height)
      pen.stroke()
    }
    this.hint.hidden = this.#strokes.length > 0
    for (const button of [this.undo, this.clear]) if (button) button.disabled = this.#strokes.length === 0
    if (this.done) this.done.disabled = this.#count < 5
  }

  async #send() {
    const signing = this.#signing
    if (!signing || this.#sending) return
    this.#sending = true
    this.error.hidden = true
    const strokes = this.#strokes
    const given = {
      sha256: signing.sha256, pages_ms: this.#pages, read_ms: this.#read_ms, consent: t("signing.consent"), consent_ms: this.#consent_ms, lang: language(),
      width: Math.round(this.canvas.clientWidth), height: Math.round(this.canvas.clientHeight), pointer: ["touch", "pen"].includes(this.#pointer) ? this.#pointer : "mouse", strokes,
    }
    const buttons = /** @type {HTMLElement} */ (this.step.querySelector(".signing-buttons"))
    mount(buttons, h("p", { class: "signing-wait", role: "status" }, h("span", { class: "spinner" }), t("signing.sealing")))
    const response = await fetch(`/api/signings/${signing.signing_id}/signature`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given) }).catch(() => null)
    if (this.#signing !== signing) return
    this.#sending = false
    if (response?.ok) return
    const problem = await response?.json().catch(() => null)
    this.#showPad()
    this.#tell(problem ? refusal(problem) : t("problem.unavailable"))
  }

  /** The document is not to be had: nothing is signed that was not seen. */
  #trouble() {
    if (!this.#read_ms) this.#tell(t("signing.trouble"))
  }

  /** @param {string} text */
  #tell(text) {
    this.error.hidden = false
    mount(this.error, icon("warning"), text)
  }

  #end() {
    this.#signing = null
    this.#strokes = []
    for (const image of this.pages.querySelectorAll("img")) image.removeAttribute("src")
    mount(this.pages)
    mount(this.step)
    this.#draw()
  }

  stop() {
    this.resized.disconnect()
    this.#end()
  }
}

// The sheet's corners set by hand, without dragging: choose a corner, click where it lies or move it with the arrow keys.
// The paper is then laid straight and read anew.

import { h, icon } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

const NAMES = ["upper_left", "upper_right", "lower_right", "lower_left"]
/** A step of an arrow key in fractions of the picture; with Shift a fifth of it. */
const STEP = 0.01
const SVG = "http://www.w3.org/2000/svg"

export class CornersDialog {
  /** @type {[number, number][]} */
  #corners = []
  #chosen = 0
  #quarters = 0
  #capture = ""

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
    this.image = h("img", { alt: t("corners.original"), draggable: "false" })
    this.shape = document.createElementNS(SVG, "polygon")
    const drawing = document.createElementNS(SVG, "svg")
    drawing.setAttribute("viewBox", "0 0 1 1")
    drawing.setAttribute("preserveAspectRatio", "none")
    drawing.setAttribute("aria-hidden", "true")
    drawing.append(this.shape)
    this.dots = NAMES.map(() => h("span", { class: "corner-dot", "aria-hidden": "true" }))
    this.board = h("div", { class: "corner-board", onclick: this.#put }, this.image, drawing, this.dots)
    this.buttons = NAMES.map((name, index) => h("button", { type: "button", class: "button corner-choice", onclick: () => this.#choose(index), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event, index) }, t(`corners.${name}`)))
    this.turn = h("button", { type: "button", class: "button", onclick: () => this.#turned() }, icon("rotate"), h("span", null))
    this.done = h("button", { type: "button", class: "button button-primary", id: "corners-done", onclick: () => this.#send() }, icon("check"), t("corners.done"))
    this.element = h(
      "dialog",
      { class: "dialog dialog-corners", "aria-labelledby": "corners-title" },
      h("h2", { class: "dialog-title", id: "corners-title" }, t("corners.title")),
      h("p", { class: "soft" }, t("corners.how")),
      this.board,
      h("div", { class: "corner-choices", role: "group", "aria-label": t("corners.title") }, this.buttons, this.turn),
      h("div", { class: "dialog-actions" }, h("button", { type: "button", class: "button", onclick: () => this.element.close() }, t("action.cancel")), this.done),
    )
  }

  /** @param {string} capture_id */
  open(capture_id) {
    const reading = this.desk.papers.readings.get(capture_id)
    this.#capture = capture_id
    this.#quarters = reading?.quarters ?? 0
    this.#corners = reading?.points.length === 4 ? reading.points.map(([x, y]) => [clamp(x), clamp(y)]) : [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
    this.image.src = `/api/captures/${capture_id}/content`
    this.#choose(0)
    this.#draw()
    this.element.showModal()
    this.buttons[0].focus()
  }

  render() {
    if (this.element.open && !this.desk.captures.has(this.#capture)) this.element.close()
  }

  /** @param {number} index */
  #choose(index) {
    this.#chosen = index
    this.buttons.forEach((button, one) => button.setAttribute("aria-pressed", String(one === index)))
    this.#draw()
  }

  #put = (/** @type {MouseEvent} */ event) => {
    const box = this.board.getBoundingClientRect()
    this.#corners[this.#chosen] = [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)]
    this.#choose((this.#chosen + 1) % 4)
  }

  /** @param {KeyboardEvent} event  @param {number} index */
  #key(event, index) {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0]
    if (!x && !y) return
    event.preventDefault()
    this.#choose(index)
    const step = event.shiftKey ? STEP / 5 : STEP
    const [left, top] = this.#corners[index]
    this.#corners[index] = [clamp(left + x * step), clamp(top + y * step)]
    this.#draw()
  }

  #turned() {
    this.#quarters = (this.#quarters + 1) % 4
    this.#draw()
  }

  #draw() {
    this.shape.setAttribute("points", this.#corners.map(([x, y]) => `${x},${y}`).join(" "))
    this.dots.forEach((dot, index) => {
      const [x, y] = this.#corners[index] ?? [0, 0]
      dot.style.left = `${x * 100}%`
      dot.style.top = `${y * 100}%`
      dot.classList.toggle("corner-chosen", index === this.#chosen)
    })
    const words = /** @type {HTMLElement} */ (this.turn.lastElementChild)
    words.textContent = t("corners.turn", { degrees: this.#quarters * 90 })
  }

  async #send() {
    this.done.disabled = true
    try {
      if (await this.desk.papers.lay(this.#capture, this.#corners.flat(), this.#quarters)) this.element.close()
    } finally {
      this.done.disabled = false
    }
  }
}

/** @param {number} value */
const clamp = (value) => Math.min(1, Math.max(0, value))

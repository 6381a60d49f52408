// Time left as a ring that empties, with the seconds inside. The text is what screen readers get, and only at steps.

import { h, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

const SVG = "http://www.w3.org/2000/svg"
const AROUND = 2 * Math.PI * 42

export class Countdown {
  #arc = shape("countdown-arc")
  #seconds = h("span", { class: "countdown-seconds digits", "aria-hidden": "true" })

  constructor() {
    const svg = document.createElementNS(SVG, "svg")
    svg.setAttribute("viewBox", "0 0 100 100")
    svg.setAttribute("aria-hidden", "true")
    svg.append(shape("countdown-track"), this.#arc)
    this.element = h("div", { class: "countdown", role: "timer", "aria-label": t("time.left") }, svg, this.#seconds)
  }

  /** @param {number} left_s  @param {number} whole_s */
  render(left_s, whole_s) {
    const share = whole_s > 0 ? Math.min(1, left_s / whole_s) : 0
    this.#arc.style.strokeDashoffset = String(AROUND * (1 - share))
    this.element.dataset.level = share < 0.25 ? "danger" : share < 0.5 ? "warn" : "calm"
    say(this.#seconds, String(Math.ceil(left_s)))
  }
}

/** @param {string} name */
function shape(name) {
  const circle = document.createElementNS(SVG, "circle")
  for (const [key, value] of Object.entries({ class: name, cx: 50, cy: 50, r: 42 })) circle.setAttribute(key, String(value))
  circle.style.strokeDasharray = String(AROUND)
  return circle
}

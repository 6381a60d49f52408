// The day's curve: calls that came and calls that were answered, by half-hour. One chart for the page's life, told only
// what changed.

import * as echarts from "/vendor/echarts.esm.min.js"
import { h } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/** The hours shown when nothing has happened yet. */
const [FIRST, LAST] = [16, 36]

/** @param {number} at */
const hour = (at) => `${String(Math.floor(at / 2)).padStart(2, "0")}:${at % 2 ? "30" : "00"}`

export class Curve {
  element = h("div", { class: "wall-chart", role: "img" })
  /** @type {import("/vendor/echarts.esm.min.js").ECharts | null} */
  #chart = null
  #shown = ""

  start() {
    this.#chart = echarts.init(this.element)
    new ResizeObserver(() => this.#resize()).observe(this.element)
    this.#resize()
  }

  #resize() {
    this.#chart?.resize()
    this.#shown = ""
    this.show(this.#curve)
  }

  /** @type {{half_hour: number, offered: number, answered: number}[]} */
  #curve = []

  /** @param {{half_hour: number, offered: number, answered: number}[]} curve */
  show(curve) {
    this.#curve = curve
    const shown = JSON.stringify(curve)
    if (shown === this.#shown) return
    this.#shown = shown
    const first = Math.min(FIRST, ...curve.map((one) => one.half_hour))
    const last = Math.max(LAST, ...curve.map((one) => one.half_hour))
    const slots = Array.from({ length: last - first + 1 }, (_, at) => first + at)
    const of = (/** @type {"offered" | "answered"} */ name) => slots.map((at) => curve.find((one) => one.half_hour === at)?.[name] ?? 0)
    const style = getComputedStyle(document.documentElement)
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim()
    const rem = parseFloat(style.fontSize)
    const text = { color: colour("--ink-soft"), fontSize: rem * 0.85, fontFamily: style.fontFamily }
    this.element.setAttribute("aria-label", t("wall.curve_says", { offered: of("offered").reduce((a, b) => a + b, 0), answered: of("answered").reduce((a, b) => a + b, 0) }))
    this.#chart?.setOption({
      animation: false,
      grid: { left: rem * 2.6, right: rem * 0.6, top: rem * 2.4, bottom: rem * 1.9 },
      legend: { right: 0, top: 0, textStyle: text, itemWidth: rem, itemHeight: rem * 0.7 },
      xAxis: { type: "category", data: slots.map(hour), axisLabel: text, axisLine: { lineStyle: { color: colour("--line-strong") } }, axisTick: { show: false } },
      yAxis: { type: "value", minInterval: 1, axisLabel: text, splitLine: { lineStyle: { color: colour("--line-soft") } } },
      series: [
        { name: t("wall.came"), type: "bar", data: of("offered"), itemStyle: { color: colour("--surface-3") }, barGap: "-100%", barWidth: "62%" },
        { name: t("wall.served_then"), type: "bar", data: of("answered"), itemStyle: { color: colour("--primary") }, barWidth: "62%" },
      ],
    })
  }
}

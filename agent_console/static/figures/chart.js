// A chart in the page's own colours, drawn on a canvas: the page's policy allows no style that a script writes as text.

import * as echarts from "/vendor/echarts.esm.min.js"
import { h } from "/static/web/js/dom.js"

/** @typedef {{name: string, values: (number | null)[], dashed?: boolean}} Series */
/** @typedef {{places: string[], series: Series[], kind: "line" | "bar" | "across", text: (value: number | null) => string, label: string}} Picture */

const [BAR_PX, AXIS_PX] = [17, 48]

export class Chart {
  #frame = h("div", { class: "chart", role: "img" })
  /** @type {import("/vendor/echarts.esm.min.js").ECharts | null} */
  #chart = null
  /** @type {Picture | null} */
  #picture = null

  get element() {
    return this.#frame
  }

  start() {
    this.#chart = echarts.init(this.#frame, null, { renderer: "canvas" })
    new ResizeObserver(() => this.#chart?.resize()).observe(this.#frame)
    const repaint = () => this.#picture && this.show(this.#picture)
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint)
    new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] })
  }

  /** @param {Picture} picture */
  show(picture) {
    this.#picture = picture
    this.#frame.setAttribute("aria-label", picture.label)
    // Names beside bars need their line each; a few have it in the usual height.
    this.#frame.style.minHeight = picture.kind === "across" ? `${picture.places.length * BAR_PX + AXIS_PX}px` : ""
    this.#chart?.setOption(option(picture), { notMerge: true })
  }
}

/** @param {Picture} picture  @returns {any} */
function option({ places, series, kind, text, label }) {
  const colour = colours()
  const many = places.length > 40
  const names = { type: "category", data: places, axisLine: { lineStyle: { color: colour.line } }, axisLabel: { color: colour.soft, hideOverlap: true, ...(kind === "across" ? { interval: 0, fontSize: 10 } : {}) }, axisTick: { show: false }, inverse: kind === "across" }
  const values = { type: "value", splitLine: { lineStyle: { color: colour.grid } }, axisLabel: { color: colour.soft, formatter: text } }
  return {
    aria: { enabled: true, label: { description: label } },
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 240,
    color: colour.series,
    textStyle: { fontFamily: colour.font },
    grid: { left: 8, right: 20, top: series.length > 1 ? 36 : 16, bottom: 8, containLabel: true },
    legend: { show: series.length > 1, type: "scroll", top: 0, textStyle: { color: colour.ink }, pageTextStyle: { color: colour.ink }, inactiveColor: colour.line },
    // Drawn, not an element: the tooltip's own markup would carry styles.
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, valueFormatter: text, backgroundColor: colour.surface, borderColor: colour.line, textStyle: { color: colour.ink } },
    xAxis: kind === "across" ? values : names,
    yAxis: kind === "across" ? names : values,
    series: series.map((one) => ({
      name: one.name,
      data: one.values,
      type: kind === "line" ? "line" : "bar",
      connectNulls: false,
      showSymbol: !many,
      symbolSize: 6,
      barMaxWidth: 28,
      lineStyle: { width: 2, type: one.dashed ? "dashed" : "solid" },
    })),
  }
}

function colours() {
  const style = getComputedStyle(document.documentElement)
  const token = (/** @type {string} */ name) => style.getPropertyValue(name).trim()
  return {
    ink: token("--ink"),
    soft: token("--ink-soft"),
    line: token("--line-strong"),
    grid: token("--line-soft"),
    surface: token("--surface"),
    font: token("--font"),
    series: ["--primary", "--accent", "--good", "--warn", "--danger", "--line-strong"].map(token),
  }
}

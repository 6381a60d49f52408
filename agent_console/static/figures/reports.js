// Reports: figures of a time, by steps and by queue, item, point, helper or call; as tiles, chart, table and files.

import { h, icon, mount } from "/static/web/js/dom.js"
import { pageData, t } from "/static/web/js/i18n.js"
import { ask } from "../http.js"
import { Answer } from "../panels/answer.js"
import { Chart } from "./chart.js"
import { Grid } from "./grid.js"
import { helpButton } from "./help.js"
import { groupName, shift, shown } from "./shown.js"
import { Wishes } from "./wishes.js"

/** @typedef {import("./shown.js").Line} Line */
/** @typedef {import("./shown.js").Measure} Measure */
/** @typedef {import("./shown.js").Report} Report */

const TILES = ["offered", "service_level", "asa", "p90_answer", "aht", "abandon_rate", "fcr", "satisfaction", "occupancy"]
const HIDDEN = ["finished", "att", "hold", "acw", "rating", "rated", "busy", "signed_in"]
const TIME = new Set(["occupancy", "busy", "signed_in"])
/** More lines in one chart are a tangle; more bars are a wall. */
const MOST_SERIES = 6
const MOST_BARS = 20

class Reports {
  #answer = new Answer("reports", () => (this.#wishes ? this.#load() : this.#begin()))
  #tiles = h("dl", { class: "tiles", "aria-label": t("reports.tiles") })
  #chart = new Chart()
  #chartCard = h("section", { class: "card chart-card", "aria-label": t("reports.chart") })
  #measure = h("select", { class: "input", id: "chart-measure", "aria-label": t("reports.chart_measure") })
  /** @type {Grid<Line>} */
  #grid = new Grid({ label: t("reports.table"), store: "vw.reports.hidden", hidden: HIDDEN })
  #search = h("input", { type: "search", class: "input", id: "search", placeholder: t("reports.search"), "aria-label": t("reports.search") })
  /** @type {Wishes | null} */
  #wishes = null
  /** @type {Report | null} */
  #report = null
  #room = h("div", { class: "wishes-room" })
  #asked = 0

  start() {
    const main = /** @type {Element} */ (document.getElementById("reports"))
    const head = h("div", { class: "page-head" }, h("h1", null, t("reports.title")), h("p", { class: "soft" }, t(pageData.role === "supervisor" ? "reports.scope_all" : "reports.scope_mine")), h("div", { class: "page-actions" }, helpButton(() => this.#report?.measures ?? []), this.#grid.columnChoice(() => undefined), ["csv", "xlsx"].map((kind) => this.#fileButton(kind))))
    this.#chartCard.append(this.#measure, this.#chart.element)
    mount(main, head, this.#room, this.#answer.element, this.#tiles, this.#chartCard, h("div", { class: "card grid-card" }, h("div", { class: "grid-bar" }, h("div", { class: "search" }, icon("search"), this.#search), this.#grid.told), this.#grid.element))
    this.#chart.start()
    this.#search.addEventListener("input", () => this.#grid.filter(this.#search.value))
    this.#measure.addEventListener("change", () => this.#draw())
    this.#begin()
  }

  async #begin() {
    try {
      const choices = await ask("/api/reports/choices")
      const groups = ["", "queue", "item", "point", ...(pageData.role === "supervisor" ? ["agent"] : []), "call"]
      this.#wishes = new Wishes(choices, { steps: ["", "half_hour", "day", "week", "month"], groups, start: { step: "day" }, changed: () => this.#load() })
      mount(this.#room, this.#wishes.element)
      await this.#load()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** @param {string} kind */
  #fileButton(kind) {
    return h("button", { type: "button", class: "button", id: `export-${kind}`, onclick: () => this.#export(kind) }, t(`reports.${kind}`))
  }

  /** @param {string} kind */
  #export(kind) {
    const query = this.#wishes?.query() ?? new URLSearchParams()
    query.set("format", kind)
    query.set("columns", this.#grid.chosen.filter((key) => this.#report?.measures.some((one) => one.key === key)).join(","))
    query.set("lang", pageData.lang)
    location.assign(`/api/reports/export?${query}`)
  }

  async #load() {
    const asked = ++this.#asked
    document.body.toggleAttribute("data-busy", true)
    try {
      const report = /** @type {Report} */ (await ask(`/api/reports?${this.#wishes?.query()}`))
      // A newer question was asked meanwhile.
      if (asked !== this.#asked) return
      this.#report = report
      this.#answer.came()
      this.#show(report)
    } catch (error) {
      if (asked === this.#asked) this.#fail(error)
    } finally {
      if (asked === this.#asked) document.body.toggleAttribute("data-busy", false)
    }
  }

  /** @param {any} error */
  #fail(error) {
    this.#answer.failed(error, error.code === "malformed" && error.field === "to" ? t("reports.bad_time") : undefined)
  }

  /** @param {Report} report */
  #show(report) {
    const at = (/** @type {string} */ key) => report.measures.findIndex((one) => one.key === key)
    mount(this.#tiles, TILES.map((key) => h("div", { class: "tile", "data-measure": key }, h("dt", null, t(`measure.${key}`)), h("dd", { class: "digits" }, shown(report.total[at(key)] ?? null, /** @type {Measure} */ (report.measures[at(key)]).unit)))))
    const chosen = this.#measure.value || "offered"
    mount(this.#measure, report.measures.map((one) => h("option", { value: one.key }, t(`measure.${one.key}`))))
    this.#measure.value = chosen
    const lead = report.step || report.by === "call"
    this.#grid.show(columns(report), report.lines, { period: t("total"), group: report.by ? { id: "", name: lead ? "" : t("total"), name_en: "" } : null, values: report.total })
    this.#draw()
  }

  #draw() {
    const report = this.#report
    if (!report) return
    const at = report.measures.findIndex((one) => one.key === this.#measure.value)
    const measure = /** @type {Measure} */ (report.measures[at])
    const text = (/** @type {number | null} */ value) => shown(value ?? null, measure.unit)
    const label = t("reports.chart_label", { measure: t(`measure.${measure.key}`), from: report.first, to: report.last })
    this.#chartCard.hidden = report.by === "call" || (!report.step && !report.by) || !report.lines.length
    if (this.#chartCard.hidden) return
    if (!report.step) {
      const most = [...report.lines].sort((a, b) => (b.values[at] ?? -1) - (a.values[at] ?? -1)).slice(0, MOST_BARS)
      this.#chart.show({ kind: "across", places: most.map((line) => groupName(line.group)), series: [{ name: t(`measure.${measure.key}`), values: most.map((line) => line.values[at] ?? null) }], text, label })
      return
    }
    const places = periods(report)
    const groups = report.by ? largest(report) : [null]
    const series = groups.map((group) => {
      const mine = new Map(report.lines.filter((line) => group === null || line.group?.id === group.id).map((line) => [line.period, line.values[at] ?? null]))
      return { name: group ? groupName(group) : t(`measure.${measure.key}`), values: places.map((place) => mine.get(place) ?? (measure.unit === "count" ? 0 : null)) }
    })
    this.#chart.show({ kind: measure.unit === "count" && series.length === 1 ? "bar" : "line", places, series, text, label })
  }
}

/** @param {Report} report */
function columns(report) {
  /** @type {import("./grid.js").Column<Line>[]} */
  const lead = []
  if (report.step || report.by === "call") lead.push({ key: "period", label: t(`step.${report.step || "moment"}`), text: (line) => line.period, value: (line) => line.period })
  if (report.by) {
    const link = report.by === "call" ? (/** @type {Line} */ line) => `/console/history/${line.group?.id}` : undefined
    lead.push({ key: "group", label: t(`by.${report.by}`), text: (line) => groupName(line.group), value: (line) => groupName(line.group), link })
  }
  if (!lead.length) lead.push({ key: "group", label: t("by.all"), text: () => t("total"), value: () => "" })
  // Time ready belongs to no queue, item or point.
  const known = report.measures.map((measure, at) => ({ measure, at })).filter(({ measure, at }) => !TIME.has(measure.key) || report.total[at])
  const measures = known.map(({ measure, at }) => ({
    key: measure.key, label: t(`measure.${measure.key}`), help: t(`meaning.${measure.key}`), number: true,
    text: (/** @type {Line} */ line) => shown(line.values[at] ?? null, measure.unit), value: (/** @type {Line} */ line) => line.values[at] ?? null,
  }))
  return [...lead, ...measures]
}

/** Every period, also those in which nothing was. @param {Report} report */
function periods(report) {
  if (report.step === "half_hour") {
    const known = report.lines.map((line) => line.period).sort()
    const all = Array.from({ length: 48 }, (_, number) => `${String(Math.floor(number / 2)).padStart(2, "0")}:${number % 2 ? "30" : "00"}`)
    return all.filter((one) => one >= (known[0] ?? "") && one <= (known.at(-1) ?? ""))
  }
  if (report.step !== "day") return [...new Set(report.lines.map((line) => line.period))]
  const days = []
  for (let one = report.first; one <= report.last; one = shift(one, 1)) days.push(one)
  return days
}

/** The groups with most calls. @param {Report} report */
function largest(report) {
  const at = report.measures.findIndex((one) => one.key === "offered")
  /** @type {Map<string, {group: NonNullable<Line["group"]>, count: number}>} */
  const found = new Map()
  for (const { group, values } of report.lines) {
    if (group) found.set(group.id, { group, count: (found.get(group.id)?.count ?? 0) + (values[at] ?? 0) })
  }
  return [...found.values()].sort((a, b) => b.count - a.count).slice(0, MOST_SERIES).map((one) => one.group)
}

new Reports().start()

// Planning: what the days were like by half-hours, how many helpers a goal needs, and what moving helpers would do.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { ask } from "../http.js"
import { Answer } from "../panels/answer.js"
import { Chart } from "./chart.js"
import { shown, span } from "./shown.js"
import { Wishes } from "./wishes.js"

/** @typedef {import("./shown.js").Named} Named */
/** @typedef {{service_level: number, asa_s: number | null, abandon_rate: number, occupancy: number}} Foretold */
/** @typedef {{half_hour: number, offered: number, service_level: number | null, staffed: number, staffed_after: number, needed: number, before: Foretold, after: Foretold}} Cell */
/** @typedef {{queue: Named, target_s: number, handling_s: number, patience_s: number | null, offered: number, service_level: number | null, cells: Cell[], before: Foretold | null, after: Foretold | null}} QueuePlan */
/** @typedef {{point: Named, cells: {half_hour: number, offered: number, asa_s: number | null}[]}} PointPlan */
/** @typedef {{first: string, last: string, days: number, goal: number, queues: QueuePlan[], points: PointPlan[]}} Plan */

const GOALS = [0.7, 0.8, 0.9, 0.95]
const DEPTHS = 5

/** 18 → 09:00. @param {number} half */
const at = (half) => `${String(Math.floor(half / 2)).padStart(2, "0")}:${half % 2 ? "30" : "00"}`

class Planning {
  #answer = new Answer("planning", () => (this.#wishes ? this.#load() : this.#begin()))
  #told = h("p", { class: "soft", role: "status" })
  #room = h("div", { class: "wishes-room" })
  #queues = h("div", { class: "card plan-queues", tabindex: "0", role: "region", "aria-label": t("planning.queues") })
  #list = h("ul", { class: "plan-list", "aria-label": t("planning.moves") })
  #form = h("form", { class: "plan-form" })
  #chart = new Chart()
  #chartTitle = h("h2", null)
  #chartCard = h("section", { class: "card chart-card plan-chart", "aria-label": t("planning.chart") }, this.#chartTitle, this.#chart.element)
  #places = h("div", { class: "heat-scroll", tabindex: "0", role: "region", "aria-label": t("planning.points") })
  #goal = h("select", { class: "input", id: "goal" }, GOALS.map((goal) => h("option", { value: goal }, shown(goal, "share"))))
  #measure = h("select", { class: "input", id: "heat-measure", "aria-label": t("planning.heat_measure") }, h("option", { value: "offered" }, t("planning.load")), h("option", { value: "asa_s" }, t("planning.wait")))
  #wishes = /** @type {Wishes | null} */ (null)
  #plan = /** @type {Plan | null} */ (null)
  #moves = new URLSearchParams(location.search).getAll("move")
  #queue = ""
  #asked = 0

  start() {
    const moves = h("section", { class: "card plan-moves", "aria-labelledby": "moves-title" }, h("h2", { id: "moves-title" }, t("planning.moves")), h("p", { class: "soft" }, t("planning.moves_text")), this.#form, this.#list)
    mount(
      /** @type {Element} */ (document.getElementById("planning")),
      h("div", { class: "page-head" }, h("h1", null, t("planning.title")), this.#told),
      this.#room,
      this.#answer.element,
      h("div", { class: "plan-columns" }, this.#queues, moves),
      this.#chartCard,
      h("div", { class: "card plan-places" }, h("div", { class: "plan-head" }, h("h2", null, t("planning.points")), this.#measure), this.#places),
    )
    this.#chart.start()
    this.#goal.value = "0.8"
    this.#goal.addEventListener("change", () => this.#load())
    this.#measure.addEventListener("change", () => this.#drawPlaces())
    this.#begin()
  }

  async #begin() {
    try {
      const choices = await ask("/api/reports/choices")
      this.#wishes = new Wishes({ ...choices, queues: [], items: [], points: [], agents: [] }, { steps: [], groups: [], start: {}, changed: () => this.#load() })
      this.#wishes.element.append(h("label", { class: "wish" }, h("span", null, t("planning.goal")), this.#goal))
      mount(this.#room, this.#wishes.element)
      await this.#load()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** @returns {Promise<boolean>} whether the server took it */
  async #load() {
    const asked = ++this.#asked
    const query = this.#wishes?.query() ?? new URLSearchParams()
    query.set("goal", this.#goal.value)
    for (const move of this.#moves) query.append("move", move)
    document.body.toggleAttribute("data-busy", true)
    try {
      const plan = /** @type {Plan} */ (await ask(`/api/planning?${query}`))
      if (asked !== this.#asked) return true
      this.#plan = plan
      this.#answer.came()
      this.#draw()
      return true
    } catch (error) {
      if (asked === this.#asked) this.#fail(error)
      return false
    } finally {
      if (asked === this.#asked) document.body.toggleAttribute("data-busy", false)
    }
  }

  /** @param {any} error */
  #fail(error) {
    const queue = this.#plan?.queues.find((one) => one.queue.id === error.more?.queue)?.queue
    const few = error.code === "too_few_helpers" && t("planning.too_few", { queue: named(queue), time: at(Number(error.more.half_hour)), count: error.more.staffed })
    this.#answer.failed(error, few || (error.field === "to" ? t("reports.bad_time") : undefined))
  }

  #draw() {
    const plan = /** @type {Plan} */ (this.#plan)
    if (!plan.queues.some((one) => one.queue.id === this.#queue)) this.#queue = plan.queues[0]?.queue.id ?? ""
    say(this.#told, plan.days ? t("planning.days", { count: plan.days }) : t("planning.nothing"))
    this.#drawQueues(plan)
    this.#drawForm(plan)
    this.#drawMoves(plan)
    this.#drawChart()
    this.#drawPlaces()
  }

  /** @param {Plan} plan */
  #drawQueues(plan) {
    const heads = ["queue", "offered", "aht", "patience", "staffed", "measured", "foretold", "asa", "abandon", "occupancy"]
    const rows = plan.queues.map((one) => {
      const most = one.cells.reduce((best, cell) => (cell.needed - cell.staffed > best.needed - best.staffed ? cell : best), one.cells[0] ?? null)
      return h("tr", { "aria-current": one.queue.id === this.#queue ? "true" : null, "data-queue": one.queue.id },
        h("th", { scope: "row" }, h("button", { type: "button", class: "plan-pick", onclick: () => this.#pick(one.queue.id) }, named(one.queue))),
        number(one.offered.toFixed(1)), number(span(one.handling_s)), number(one.patience_s === null ? "–" : span(one.patience_s)),
        number(most ? t("planning.of", { staffed: most.staffed.toFixed(1), needed: most.needed, time: at(most.half_hour) }) : "–"),
        number(shown(one.service_level, "share")),
        change(one, "service_level", "share", 1), change(one, "asa_s", "seconds", -1), change(one, "abandon_rate", "share", -1), change(one, "occupancy", "share", 0),
      )
    })
    mount(this.#queues, h("table", { class: "grid" }, h("thead", null, h("tr", null, heads.map((head, place) => h("th", { scope: "col", class: place ? "grid-number" : "", title: t(`planning.${head}_text`) }, h("span", { class: "grid-title" }, t(`planning.${head}`)))))), h("tbody", null, rows)))
  }

  /** @param {string} queue */
  #pick(queue) {
    this.#queue = queue
    if (this.#plan) this.#drawQueues(this.#plan)
    this.#drawChart()
    const picked = this.#queues.querySelector(`[data-queue="${queue}"] button`)
    if (picked instanceof HTMLElement) picked.focus()
  }

  /** @param {Plan} plan */
  #drawForm(plan) {
    if (this.#form.childElementCount) return
    const queues = () => plan.queues.map((one) => h("option", { value: one.queue.id }, named(one.queue)))
    const times = (/** @type {number} */ end) => Array.from({ length: 48 }, (_, half) => h("option", { value: half }, at(half + end)))
    const count = h("input", { type: "number", class: "input", id: "move-count", value: "1", min: "1", max: "99" })
    const [from, to] = ["move-from", "move-to"].map((id) => h("select", { class: "input", id }, queues()))
    const [first, last, toFirst, toLast] = [["move-first", 0], ["move-last", 1], ["move-to-first", 0], ["move-to-last", 1]].map(([id, end]) => h("select", { class: "input", id: String(id) }, times(Number(end))))
    if (!from || !to || !first || !last || !toFirst || !toLast) return
    const busiest = plan.queues.flatMap((one) => one.cells).reduce((best, cell) => (cell.offered > (best?.offered ?? 0) ? cell : best), /** @type {Cell | null} */ (null))
    for (const field of [first, last, toFirst, toLast]) field.value = String(busiest?.half_hour ?? 18)
    to.value = plan.queues[1]?.queue.id ?? ""
    // The same time is what is meant nearly always.
    first.addEventListener("change", () => (toFirst.value = first.value))
    last.addEventListener("change", () => (toLast.value = last.value))
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault()
      this.#add(`${count.value}:${from.value}:${first.value}-${last.value}:${to.value}:${toFirst.value}-${toLast.value}`)
    })
    const field = (/** @type {string} */ name, /** @type {HTMLElement} */ element) => h("label", { class: "wish" }, h("span", null, t(`planning.${name}`)), element)
    mount(this.#form, field("count", count), field("move_from", from), field("move_to", to), field("first", first), field("last", last), h("span", null), field("to_first", toFirst), field("to_last", toLast), h("button", { type: "submit", class: "button button-primary", id: "move-add" }, t("planning.move")))
  }

  /** @param {string} move */
  async #add(move) {
    this.#moves.push(move)
    // What cannot be done is not kept.
    if (!(await this.#load())) this.#moves.pop()
    this.#keep()
  }

  /** @param {number} place */
  async #drop(place) {
    this.#moves.splice(place, 1)
    this.#keep()
    await this.#load()
    document.getElementById("move-add")?.focus()
  }

  #keep() {
    const url = new URL(location.href)
    url.searchParams.delete("move")
    for (const move of this.#moves) url.searchParams.append("move", move)
    history.replaceState(null, "", url)
  }

  /** @param {Plan} plan */
  #drawMoves(plan) {
    const name = (/** @type {string} */ id) => named(plan.queues.find((one) => one.queue.id === id)?.queue)
    const rows = this.#moves.map((move, place) => {
      const [count = "", from = "", times = "", to = "", toTimes = ""] = move.split(":")
      const text = t("planning.one_move", { count, from: name(from), time: range(times), to: name(to), to_time: range(toTimes) })
      return h("li", null, h("span", null, text), h("button", { type: "button", class: "button button-quiet bar-icon", "aria-label": t("planning.drop", { move: text }), onclick: () => this.#drop(place) }, icon("close")))
    })
    mount(this.#list, rows)
  }

  #drawChart() {
    const one = this.#plan?.queues.find((each) => each.queue.id === this.#queue)
    this.#chartCard.hidden = !this.#plan?.days
    if (!one) return
    const moved = one.cells.some((cell) => cell.staffed !== cell.staffed_after)
    say(this.#chartTitle, t("planning.chart_title", { queue: named(one.queue) }))
    const series = [
      { name: t("planning.needed"), values: one.cells.map((cell) => cell.needed) },
      { name: t("planning.staffed_now"), values: one.cells.map((cell) => cell.staffed) },
      ...(moved ? [{ name: t("planning.staffed_after"), values: one.cells.map((cell) => cell.staffed_after), dashed: true }] : []),
      { name: t("planning.calls"), values: one.cells.map((cell) => cell.offered) },
    ]
    this.#chart.show({ kind: "line", places: one.cells.map((cell) => at(cell.half_hour)), series, text: (value) => (value === null ? "–" : String(Math.round(value * 10) / 10)), label: t("planning.chart_title", { queue: named(one.queue) }) })
  }

  #drawPlaces() {
    const plan = this.#plan
    if (!plan) return
    const key = /** @type {"offered" | "asa_s"} */ (this.#measure.value)
    const halves = [...new Set(plan.points.flatMap((one) => one.cells.map((cell) => cell.half_hour)))].sort((a, b) => a - b)
    const most = Math.max(...plan.points.flatMap((one) => one.cells.map((cell) => cell[key] ?? 0)), 0)
    const cell = (/** @type {number | null | undefined} */ value) => {
      if (value === null || value === undefined) return h("td", { class: "soft" }, "·")
      const depth = most ? Math.min(DEPTHS, Math.ceil((value / most) * DEPTHS)) : 0
      return h("td", { class: `digits heat-${depth}` }, key === "offered" ? value.toFixed(1) : span(value))
    }
    const rows = plan.points.filter((one) => one.cells.length).map((one) => {
      const mine = new Map(one.cells.map((each) => [each.half_hour, each[key]]))
      return h("tr", null, h("th", { scope: "row" }, named(one.point)), halves.map((half) => cell(mine.get(half))))
    })
    mount(this.#places, rows.length ? h("table", { class: "heat" }, h("thead", null, h("tr", null, h("th", { scope: "col" }, t("by.point")), halves.map((half) => h("th", { scope: "col" }, at(half))))), h("tbody", null, rows)) : h("p", { class: "soft" }, t("planning.nothing")))
  }
}

/** @param {string} text */
const number = (text) => h("td", { class: "grid-number digits" }, text)

/** "18-21" → 09:00–11:00. @param {string} times */
function range(times) {
  const [first = 0, last = 0] = times.split("-").map(Number)
  return `${at(first)}–${at(last + 1)}`
}

/**
 * What is foretold, and after the moves, with an arrow and a word of whether it is better.
 * @param {QueuePlan} one  @param {keyof Foretold} key  @param {"share" | "seconds"} unit  @param {number} good 1: more is better
 */
function change(one, key, unit, good) {
  const before = one.before?.[key] ?? null
  const after = one.after?.[key] ?? null
  const text = (/** @type {number | null} */ value) => (value === null && key === "asa_s" && one.before ? "∞" : shown(value, unit))
  if (text(before) === text(after)) return number(text(before))
  const better = ((after ?? Infinity) - (before ?? Infinity)) * good > 0
  const kind = good === 0 ? "" : better ? "plan-better" : "plan-worse"
  const said = good === 0 ? "" : t(better ? "planning.better" : "planning.worse")
  return h("td", { class: "grid-number digits" }, h("span", { class: "plan-change" }, text(before), " → ", h("span", { class: kind }, text(after)), h("span", { class: "visually-hidden" }, said)))
}

new Planning().start()

// The supervisor's desk: the whole hall on one screen. Queues and the district's map, waiting and talking calls, alerts
// and people; whatever is chosen opens beside what can be done about it. Drawn after each change of the rows, at most
// once a frame, and once a second for what moves with time.

import { h, icon, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { ask } from "../http.js"
import { attribute, follow, show } from "../panels/list.js"
import { because } from "../panels/status-bar.js"
import { clock, word } from "../words.js"
import { BroadcastDialog } from "./broadcast.js"
import { Detail } from "./detail.js"
import { DistrictMap, described, worst } from "./district-map.js"
import { FloorModel } from "./model.js"
import { Pictures } from "./pictures.js"
import { VirtualList } from "./virtual-list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("./model.js").AgentRow} AgentRow */
/** @typedef {import("./model.js").AlertRow} AlertRow */
/** @typedef {import("./model.js").CallRow} CallRow */
/** @typedef {import("./model.js").QueueRow} QueueRow */

const AGAIN_MS = 3000
const STATES = ["talking", "offered", "wrap_up", "ready", "not_ready"]

export class Floor {
  model = new FloorModel()
  /** The queue everything is narrowed to; "" for all. */
  queue = ""
  /** The state of the people shown; "" for everybody at work. */
  state = ""
  #drawn = -1
  #second = -1
  #asked = false
  #watching = false

  /** @param {Desk} desk  @param {import("../panels/announcer.js").Announcer} announcer */
  constructor(desk, announcer) {
    this.desk = desk
    this.announcer = announcer
    this.detail = new Detail(this)
    this.broadcast = new BroadcastDialog(this)
    this.pictures = new Pictures(this)
    this.map = new DistrictMap({ label: t("map.label"), open: (id) => this.detail.open("points", id) })
    /** @type {VirtualList<CallRow>} */
    this.waiting = new VirtualList({ name: "waiting", label: t("floor.waiting"), row_px: 44, make: waitingCells, fill: (cells, call, row) => this.#fillWaiting(cells, call, row), open: (call) => this.detail.open("calls", call.id) })
    /** @type {VirtualList<CallRow>} */
    this.talking = new VirtualList({ name: "talking", label: t("floor.talking"), row_px: 44, make: talkingCells, fill: (cells, call, row) => this.#fillTalking(cells, call, row), open: (call) => this.detail.open("calls", call.id) })
    /** @type {VirtualList<AgentRow>} */
    this.agents = new VirtualList({ name: "agents", label: t("floor.agents"), row_px: 44, make: agentCells, fill: (cells, agent, row) => this.#fillAgent(cells, agent, row), open: (agent) => this.detail.open("agents", agent.id) })
    this.queues = h("ul", { class: "fq-list" })
    this.alerts = h("ul", { class: "fa-list" })
    this.spoken = h("p", { class: "visually-hidden", role: "status" })
    this.noAlerts = h("p", { class: "soft floor-empty" }, icon("check"), t("floor.no_alerts"))
    this.noWaiting = h("p", { class: "soft floor-empty" }, t("floor.no_waiting"))
    this.noTalking = h("p", { class: "soft floor-empty" }, t("floor.no_talking"))
    this.noAgents = h("p", { class: "soft floor-empty" }, t("floor.no_agents"))
    this.counts = Object.fromEntries(["waiting", "talking", "alerts", "agents"].map((name) => [name, h("span", { class: "badge digits" })]))
    this.states = h("div", { class: "floor-chips", role: "group", "aria-label": t("floor.states") })
    this.narrowed = h("button", { type: "button", class: "button button-small", id: "floor-all", hidden: true, onclick: () => this.narrow("") }, icon("close"), h("span", null))
    const broadcast = h("button", { type: "button", class: "button button-small", id: "broadcast", onclick: () => this.broadcast.open() }, icon("speaker"), t("broadcast.open"))
    this.element = h(
      "div",
      { class: "floor", hidden: true },
      h("h1", { class: "visually-hidden" }, t("nav.floor")),
      panel("queues", t("floor.queues"), [broadcast], this.queues),
      panel("map", t("floor.map"), [], this.map.element, legend()),
      panel("waiting", t("floor.waiting"), [this.counts.waiting, this.narrowed], this.noWaiting, this.waiting.element),
      panel("talking", t("floor.talking"), [this.pictures.button, this.counts.talking], this.noTalking, this.talking.element),
      panel("alerts", t("floor.alerts"), [this.counts.alerts], this.spoken, this.noAlerts, this.alerts),
      panel("agents", t("floor.agents"), [this.counts.agents], this.states, this.noAgents, this.agents.element),
      this.pictures.element,
    )
    this.dialogs = [this.detail.element, this.broadcast.element]
    for (const state of ["", ...STATES]) this.states.append(h("button", { type: "button", class: "chip", "data-state": state, onclick: () => this.#pick(state) }))
  }

  /** Read the names; until they are there, ids stand for them. */
  async load() {
    try {
      this.model.named(await ask("/api/floor"))
      this.map.draw([...this.model.names.points.values()], this.model.names.streets)
      this.#later()
    } catch {
      setTimeout(() => this.load(), AGAIN_MS)
    }
  }

  /** The socket stands (again): what was told before may have gaps. */
  async watch() {
    if (this.#watching) return
    this.#watching = true
    try {
      this.model.restore(await this.desk.signal.request("floor.watch"))
      this.#later()
    } catch {
      setTimeout(() => this.desk.socket === "online" && this.watch(), AGAIN_MS)
    } finally {
      this.#watching = false
    }
  }

  /** A server event; true if it was about the floor. @param {string} name  @param {any} payload */
  handle(name, payload) {
    if (name !== "floor.changed") return false
    // While the first board is on its way, it holds this change too.
    if (this.model.loaded) this.model.change(payload)
    this.#later()
    return true
  }

  /** @param {string} queue */
  narrow(queue) {
    this.queue = this.queue === queue ? "" : queue
    this.redraw()
  }

  /** @param {string} state */
  #pick(state) {
    this.state = state
    this.redraw()
  }

  /** Draw although no row changed. */
  redraw() {
    this.model.version += 1
    this.#later()
  }

  /** How long ago, as a person reads it. @param {string | null} at */
  since = (at) => clock(this.model.since(at))

  #later() {
    if (this.#asked) return
    this.#asked = true
    requestAnimationFrame(() => {
      this.#asked = false
      this.render()
    })
  }

  /** Also twice a second by the page: then only what moves with time is drawn. */
  render() {
    if (this.element.hidden) return this.pictures.render([], false)
    const second = Math.floor(this.model.now)
    if (this.model.version === this.#drawn && second === this.#second) return
    const fresh = this.model.version !== this.#drawn
    this.#drawn = this.model.version
    this.#second = second
    const { model, queue } = this
    const [waiting, talking, agents] = [model.waiting(queue), model.talking(queue), model.agents(queue, this.state)]
    this.waiting.show(waiting)
    this.talking.show(talking)
    this.agents.show(agents)
    this.pictures.render(talking, true)
    this.#renderQueues()
    // Until the names are here an alert would be told by an id.
    if (model.names.queues.size) this.#renderAlerts()
    this.detail.render()
    if (!fresh) return
    for (const [name, list] of /** @type {const} */ ([["waiting", waiting], ["talking", talking], ["agents", agents]])) say(/** @type {Element} */ (this.counts[name]), String(list.length))
    show(this.noWaiting, model.loaded && !waiting.length)
    show(this.noTalking, model.loaded && !talking.length)
    show(this.noAgents, model.loaded && !agents.length)
    show(this.narrowed, queue !== "")
    if (queue) say(/** @type {Element} */ (this.narrowed.lastElementChild), this.queueName(queue))
    for (const chip of /** @type {NodeListOf<HTMLElement>} */ (this.states.querySelectorAll("button"))) {
      const state = chip.dataset.state ?? ""
      attribute(chip, "aria-pressed", String(state === this.state))
      say(chip, state ? `${word("state", state)} ${model.states.get(state) ?? 0}` : t("floor.everybody"))
    }
    this.#renderMap()
    this.broadcast.render()
  }

  #renderQueues() {
    follow(this.queues, this.model.queues, { key: (row) => row.id, make: (row) => this.#makeQueue(row), update: (element, row) => this.#updateQueue(element, row) })
  }

  /** @param {QueueRow} row */
  #makeQueue(row) {
    return h(
      "li",
      { class: "fq" },
      h("button", { type: "button", class: "fq-narrow", onclick: () => this.narrow(row.id) }, h("span", { class: "fq-name" }), h("span", { class: "fq-count digits" }), h("span", { class: "fq-wait digits" }), h("span", { class: "fq-staff soft" })),
      h("button", { type: "button", class: "button button-quiet bar-icon fq-more", onclick: () => this.detail.open("queues", row.id) }, icon("settings")),
    )
  }

  /** @param {HTMLElement} element  @param {QueueRow} row */
  #updateQueue(element, row) {
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (element.querySelector(`.fq-${name}`))
    const since = this.model.longest.get(row.id)
    const wait = this.model.since(since)
    attribute(element, "data-level", row.open ? (since ? this.level(row.id, wait) : "empty") : "closed")
    say(part("name"), this.queueName(row.id))
    say(part("count"), String(row.waiting))
    say(part("wait"), !row.open ? t(row.closed ? "floor.queue_closed" : "floor.queue_shut") : since ? `${t("floor.longest")} ${clock(wait)}` : t("queue.empty"))
    say(part("staff"), t("floor.queue_staff", { ready: row.ready, talking: row.talking, present: row.present }))
    attribute(part("narrow"), "aria-pressed", String(this.queue === row.id))
    attribute(part("more"), "aria-label", t("floor.queue_more", { queue: this.queueName(row.id) }))
  }

  #renderAlerts() {
    const { alerts } = this.model
    follow(this.alerts, alerts, { key: (one) => one.id, make: (one) => this.#makeAlert(one), update: (element, one) => this.#updateAlert(element, one) })
    const open = alerts.filter((one) => one.acknowledged_by === null)
    say(/** @type {Element} */ (this.counts.alerts), String(open.length))
    attribute(/** @type {Element} */ (this.counts.alerts), "data-level", open.length ? "danger" : null)
    show(this.noAlerts, this.model.loaded && !alerts.length)
    this.#announce(open)
  }

  /** @type {Set<string>} */
  #announced = new Set()

  /** A new alert is said once to whoever does not see the corner. @param {AlertRow[]} open */
  #announce(open) {
    const fresh = open.filter((alert) => !this.#announced.has(alert.id))
    if (fresh.length) say(this.spoken, fresh.map((alert) => this.alertText(alert)).join(" "))
    this.#announced = new Set(open.map((alert) => alert.id))
  }

  /** @param {AlertRow} alert */
  #makeAlert(alert) {
    const acknowledge = h("button", { type: "button", class: "button button-small fa-take", onclick: () => this.desk.ask("alert.acknowledge", { alert_id: alert.id }) }, t("alert.take"))
    return h("li", { class: "fa", "data-kind": alert.kind }, icon(alert.kind === "long_wait" || alert.kind === "service_level" ? "clock" : "warning"), h("span", { class: "fa-text" }), h("span", { class: "fa-since digits soft" }), acknowledge, h("span", { class: "fa-by soft" }))
  }

  /** @param {HTMLElement} element  @param {AlertRow} alert */
  #updateAlert(element, alert) {
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (element.querySelector(`.fa-${name}`))
    const by = alert.acknowledged_by
    attribute(element, "data-taken", String(by !== null))
    say(part("text"), this.alertText(alert))
    say(part("since"), clock(this.model.since(alert.since)))
    show(part("take"), by === null)
    show(part("by"), by !== null)
    say(part("by"), by === null ? "" : t("alert.taken", { name: this.agentName(by) }))
  }

  #renderMap() {
    for (const point of this.model.names.points.values()) {
      const booths = this.model.boothsOf.get(point.id) ?? []
      const states = booths.map((id) => this.model.health(id))
      const talking = states.filter((state) => state === "talking").length
      const state = worst(states)
      const signs = /** @type {Record<string, string>} */ ({ broken: "!", away: "×", talking: String(talking), waiting: "…" })
      this.map.show(point.id, { state, text: signs[state] ?? "", label: described(point, state, talking) })
    }
  }

  /** @param {HTMLElement[]} cells  @param {CallRow} call  @param {HTMLElement} row */
  #fillWaiting(cells, call, row) {
    const wait = this.model.since(call.entered_at)
    const level = this.level(call.queue, wait)
    attribute(row, "data-level", level)
    fill(cells, [String(this.model.ranks.get(call.id) ?? ""), call.ticket, this.itemName(call.item), this.pointName(call.booth), this.whyWaits(call), `${level === "danger" ? `${t("floor.too_long")} ` : ""}${clock(wait)}`])
  }

  /** @param {HTMLElement[]} cells  @param {CallRow} call  @param {HTMLElement} row */
  #fillTalking(cells, call, row) {
    const others = call.others.map(([id, role]) => `${this.agentName(id)}（${word("party", role)}）`)
    attribute(row, "data-level", call.booth_lost_at || call.recovering ? "danger" : call.held ? "warn" : "calm")
    const state = call.recovering ? t("floor.recovering") : call.booth_lost_at ? t("floor.booth_lost") : call.held ? t("floor.held") : ""
    const recording = call.recording === "on" ? t("floor.recorded") : call.recording && call.recording !== "off" ? t("floor.not_recorded") : ""
    fill(cells, [call.ticket, call.agent ? this.agentName(call.agent) : "", this.itemName(call.item), this.pointName(call.booth), [state, recording, ...others].filter(Boolean).join(" "), clock(this.model.since(call.accepted_at))])
  }

  /** @param {HTMLElement[]} cells  @param {AgentRow} agent  @param {HTMLElement} row */
  #fillAgent(cells, agent, row) {
    const call = agent.call ? this.model.rows.calls.get(agent.call) : undefined
    attribute(row, "data-state", agent.lost_at ? "lost" : agent.state)
    const doing = agent.lost_at ? t("floor.lost") : agent.state === "not_ready" ? because(agent.reason) : (call?.ticket ?? "")
    fill(cells, ["", this.agentName(agent.id), `${word("state", agent.state)}${doing ? ` · ${doing}` : ""}`, clock(this.model.since(agent.since))])
  }

  // Names -----------------------------------------------------------------------------------------------------------

  /** @param {string} id */
  queueName = (id) => named(this.model.names.queues.get(id)) || id
  /** @param {string} id */
  itemName = (id) => named(this.model.names.items.get(id)) || id
  /** @param {string} id */
  agentName = (id) => named(this.model.names.agents.get(id)) || id
  /** @param {string} booth */
  pointName = (booth) => named(this.model.names.points.get(this.model.names.booths.get(booth)?.point_id ?? "")) || booth

  /** From its target on a wait is long, from its danger on too long. @param {string} queue  @param {number} wait_s */
  level(queue, wait_s) {
    const row = this.model.rows.queues.get(queue)
    return !row ? "calm" : wait_s >= row.danger_s ? "danger" : wait_s >= row.target_s ? "warn" : "calm"
  }

  /** What is told of a waiting call without asking. @param {CallRow} call */
  whyWaits(call) {
    const told = [...call.priority.map((code) => word("priority", code))]
    if (call.offered_to) told.push(t("floor.rings", { name: this.agentName(call.offered_to) }))
    if (call.moved) told.push(t("floor.moved"))
    if (call.aside_until) told.push(t("floor.aside"))
    if (call.callback) told.push(t("floor.callback"))
    if (call.booth_lost_at) told.push(t("floor.booth_lost"))
    return told.join(" · ")
  }

  /** @param {AlertRow} alert */
  alertText(alert) {
    const { subject, value } = alert
    const names = /** @type {Record<string, () => string>} */ ({
      long_wait: () => this.queueName(subject),
      service_level: () => this.queueName(subject),
      booth_down: () => this.pointName(subject),
      device_broken: () => this.pointName(subject),
      offers_missed: () => this.agentName(subject),
      recording_stopped: () => this.model.rows.calls.get(subject)?.ticket ?? subject,
    })
    return t(`alert.${alert.kind}`, { name: names[alert.kind]?.() ?? subject, count: value ?? 0, share: Math.round((value ?? 0) * 100) })
  }

  focus() {
    /** @type {HTMLElement | null} */ (this.element.querySelector(".fq-narrow"))?.focus()
  }
}

/** @param {string} name  @param {string} title  @param {(Node | undefined)[]} tools  @param {...Element} content */
const panel = (name, title, tools, ...content) =>
  h("section", { class: `card panel floor-${name}`, "aria-labelledby": `floor-${name}-title` }, h("div", { class: "panel-head" }, h("h2", { id: `floor-${name}-title` }, title), h("div", { class: "floor-tools" }, tools.filter((one) => one !== undefined))), ...content)

/** @param {...string} classes */
const cells = (...classes) => () => classes.map((name) => h("span", { class: name }))
const waitingCells = cells("cell-rank digits", "cell-ticket digits", "cell-item", "cell-point soft", "cell-why", "cell-time digits")
const talkingCells = cells("cell-ticket digits", "cell-agent", "cell-item", "cell-point soft", "cell-why", "cell-time digits")
const agentCells = cells("dot", "cell-agent", "cell-doing", "cell-time digits")

/** @param {HTMLElement[]} cells  @param {string[]} texts */
const fill = (cells, texts) => cells.forEach((cell, at) => say(cell, texts[at] ?? ""))

const legend = () =>
  h("ul", { class: "map-legend" }, ["idle", "talking", "waiting", "broken", "away", "never"].map((state) => h("li", { "data-state": state }, h("span", { class: "map-sign", "aria-hidden": "true" }), t(`booth.${state}`))))

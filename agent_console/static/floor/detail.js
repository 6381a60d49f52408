// What is known about one thing of the floor, and what a supervisor can do about it. Every order asks for its reason:
// it goes into the audit log under the supervisor's name.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { language, named, t } from "/static/web/js/i18n.js"
import { attribute, show } from "../panels/list.js"
import { because } from "../panels/status-bar.js"
import { WAYS } from "../panels/company.js"
import { clock, word } from "../words.js"

/** @typedef {import("./floor.js").Floor} Floor */
/** @typedef {"calls" | "agents" | "queues" | "points"} Kind */
/** @typedef {[string, string][]} Facts */

/** Why a call waits is asked again so often while it is looked at. */
const WHY_MS = 3000

export class Detail {
  /** @type {Kind} */
  kind = "calls"
  id = ""
  #title = h("h2", { class: "dialog-title", id: "detail-title" })
  #facts = h("dl", { class: "facts detail-facts" })
  #acts = h("div", { class: "detail-acts" })
  /** @type {any} */
  #why = null
  #whyAt = 0
  #shown = ""

  /** @param {Floor} floor */
  constructor(floor) {
    this.floor = floor
    const close = h("button", { type: "button", class: "button button-quiet bar-icon", "aria-label": t("detail.close"), onclick: () => this.element.close() }, icon("close"))
    this.element = h("dialog", { class: "dialog detail", "aria-labelledby": "detail-title" }, h("div", { class: "dialog-head" }, this.#title, close), this.#facts, this.#acts)
  }

  /** @param {Kind} kind  @param {string} id */
  open(kind, id) {
    Object.assign(this, { kind, id })
    this.#why = null
    this.#whyAt = 0
    this.#shown = ""
    this.render()
    if (!this.element.open) this.element.showModal()
  }

  render() {
    if (!this.id || (!this.element.open && this.#shown)) return
    const { floor } = this
    const { rows, names } = floor.model
    if (this.kind === "points") return this.#point(/** @type {any} */ (names.points.get(this.id)))
    const row = /** @type {any} */ (rows[this.kind].get(this.id))
    if (!row) return this.#gone()
    if (this.kind === "calls") this.#call(row)
    else if (this.kind === "agents") this.#agent(row)
    else this.#queue(row)
  }

  #gone() {
    if (this.element.open) mount(this.#acts, h("p", { class: "banner" }, t("detail.gone")))
    this.#shown = "gone"
  }

  /** @param {string} shape  @param {() => Node[]} make  the acts are made once for a shape, so that what is typed stays */
  #act(shape, make) {
    if (this.#shown === shape) return
    this.#shown = shape
    mount(this.#acts, make())
  }

  /** @param {string} title  @param {Facts} facts */
  #tell(title, facts) {
    say(this.#title, title)
    const told = facts.filter(([, text]) => text)
    const shape = told.map(([name]) => name).join()
    if (this.#facts.dataset.shape !== shape) mount(this.#facts, told.map(([name]) => h("div", null, h("dt", null, name), h("dd", null))))
    this.#facts.dataset.shape = shape
    told.forEach(([, text], at) => say(/** @type {Element} */ (this.#facts.children[at]?.lastElementChild), text))
  }

  /** @param {import("./model.js").CallRow} call */
  #call(call) {
    const { floor } = this
    const talking = call.state === "talking"
    this.#tell(`${call.ticket} · ${floor.itemName(call.item)}`, [
      [t("detail.queue"), floor.queueName(call.queue)],
      [t("detail.point"), floor.pointName(call.booth)],
      [t("detail.state"), word("call_state", call.state)],
      [t(talking ? "detail.talked" : "detail.waited"), clock(floor.model.since(talking ? call.accepted_at : call.entered_at))],
      [t("detail.agent"), call.agent ? floor.agentName(call.agent) : ""],
      [t("detail.others"), call.others.map(([id, role]) => `${floor.agentName(id)}（${word("party", role)}）`).join(" ")],
      [t("detail.why"), talking ? "" : this.#whyText(call)],
      [t("detail.moved"), call.moved],
    ])
    if (talking) this.#act("talking", () => [this.#ways(call.id), this.#stop(call.id, ["completed", "partly_completed", "referred"])])
    else this.#act("waiting", () => [this.#order(t("detail.move_ahead"), "move-ahead", (reason) => floor.desk.ask("call.move_ahead", { call_id: call.id, reason })), this.#stop(call.id, ["referred", "refused"])])
  }

  /** @param {import("./model.js").CallRow} call */
  #whyText(call) {
    const { floor } = this
    if (performance.now() - this.#whyAt > WHY_MS) {
      this.#whyAt = performance.now()
      floor.desk.signal.request("floor.why", { call_id: call.id }).then((why) => ((this.#why = why), this.render()), () => {})
    }
    const why = this.#why
    if (!why) return floor.whyWaits(call) || "…"
    const ahead = why.groups.map((/** @type {any} */ one) => `${word("before", one.cause)} ${one.count}`).join("、")
    const told = [why.ahead ? `${t("detail.ahead", { count: why.ahead })}${ahead ? `（${ahead}）` : ""}` : t("detail.next"), t("detail.could", { present: why.present_agents, ready: why.ready_agents }), why.hindered ? word("hindered", why.hindered) : "", floor.whyWaits(call)]
    return told.filter(Boolean).join(language() === "en" ? "; " : "；")
  }

  /** @param {string} call_id */
  #ways(call_id) {
    const { desk } = this.floor
    const enter = (/** @type {typeof WAYS[number]} */ role) => {
      this.element.close()
      desk.company.join(call_id, role)
    }
    return h("div", { class: "detail-ways", role: "group", "aria-label": t("detail.ways") }, WAYS.map((role) => h("button", { type: "button", class: "button", "data-way": role, onclick: () => enter(role) }, h("strong", null, word("way", role)), h("span", { class: "soft" }, t(`way_note.${role}`)))))
  }

  /** @param {string} call_id  @param {string[]} outcomes */
  #stop(call_id, outcomes) {
    const choice = h("select", { class: "input", id: "stop-outcome" }, outcomes.map((one) => h("option", { value: one }, word("outcome", one))))
    return this.#order(t("detail.stop"), "stop", (reason) => this.floor.desk.ask("call.stop", { call_id, outcome: choice.value, reason }), [h("div", { class: "field" }, h("label", { for: "stop-outcome" }, t("detail.outcome")), choice)], true)
  }

  /** @param {import("./model.js").AgentRow} agent */
  #agent(agent) {
    const { floor } = this
    const known = floor.model.names.agents.get(agent.id)
    const call = agent.call ? floor.model.rows.calls.get(agent.call) : undefined
    const state = [word("state", agent.state), agent.lost_at ? t("floor.lost") : "", agent.state === "not_ready" ? because(agent.reason) : ""].filter(Boolean).join(" · ")
    this.#tell([floor.agentName(agent.id), known?.badge, named(known, "title")].filter(Boolean).join(" · "), [
      [t("detail.state"), state],
      [t("detail.since"), clock(floor.model.since(agent.since))],
      [t("detail.call"), call ? `${call.ticket} · ${floor.itemName(call.item)}` : ""],
      [t("detail.planned"), agent.planned ? word("reason", agent.planned) : ""],
      [t("detail.misses"), agent.misses ? String(agent.misses) : ""],
      [t("detail.queues"), agent.queues.map(floor.queueName).join("、") || t("detail.no_queue")],
      [t("detail.second"), agent.second.map(floor.queueName).join("、")],
    ])
    this.#act(`agent ${agent.queues} ${agent.second} ${agent.state === "offline"}`, () => (agent.state === "offline" ? [] : [this.#assign(agent)]))
  }

  /** @param {import("./model.js").AgentRow} agent */
  #assign(agent) {
    const { floor } = this
    const choices = [...floor.model.names.queues.keys()].map((id) => {
      const now = agent.queues.includes(id) ? "first" : agent.second.includes(id) ? "second" : "no"
      const choice = h("select", { class: "input", id: `serves-${id}` }, ["first", "second", "no"].map((value) => h("option", { value, selected: value === now }, t(`serves.${value}`))))
      return { id, choice, element: h("div", { class: "field detail-serves" }, h("label", { for: `serves-${id}` }, floor.queueName(id)), choice) }
    })
    const chosen = (/** @type {string} */ value) => choices.filter((one) => one.choice.value === value).map((one) => one.id)
    return this.#order(t("detail.assign"), "assign", (reason) => floor.desk.ask("agent.assign", { agent_id: agent.id, queues: chosen("first"), second: chosen("second"), reason }), choices.map((one) => one.element))
  }

  /** @param {import("./model.js").QueueRow} queue */
  #queue(queue) {
    const { floor } = this
    const longest = floor.model.longest.get(queue.id)
    this.#tell(floor.queueName(queue.id), [
      [t("detail.state"), t(queue.open ? "detail.queue_open" : queue.closed ? "floor.queue_closed" : "floor.queue_shut")],
      [t("detail.reason"), queue.closed ? queue.closed_reason : ""],
      [t("floor.waiting"), String(queue.waiting)],
      [t("floor.longest"), longest ? clock(floor.model.since(longest)) : ""],
      [t("floor.talking"), String(queue.talking)],
      [t("detail.staff"), t("floor.queue_staff", { ready: queue.ready, talking: queue.talking, present: queue.present })],
      [t("detail.target"), `${clock(queue.target_s)} / ${clock(queue.danger_s)}`],
    ])
    this.#act(`queue ${queue.closed}`, () => [
      queue.closed
        ? this.#order(t("detail.open_queue"), "open-queue", (reason) => floor.desk.ask("queue.open", { queue_id: queue.id, reason }))
        : this.#order(t("detail.close_queue"), "close-queue", (reason) => floor.desk.ask("queue.close", { queue_id: queue.id, reason }), [], true),
    ])
  }

  /** @param {import("./model.js").Point | undefined} point */
  #point(point) {
    const { floor } = this
    const { model } = floor
    const booths = model.boothsOf.get(this.id) ?? []
    const street = model.names.streets.get(point?.street_id ?? "")
    this.#tell([named(street), named(point)].filter(Boolean).join(" · "), booths.map((id) => [model.names.booths.get(id)?.name ?? id, this.#boothText(id)]))
    this.#act("point", () => [h("div", null, h("button", { type: "button", class: "button", onclick: () => (this.element.close(), floor.broadcast.open(`point:${this.id}`)) }, icon("speaker"), t("broadcast.here")))])
  }

  /** @param {string} id */
  #boothText(id) {
    const { floor } = this
    const booth = floor.model.rows.booths.get(id)
    const state = floor.model.health(id)
    const call = booth?.call ? floor.model.rows.calls.get(booth.call) : undefined
    const told = [t(`booth.${state}`)]
    if (booth?.broken.length) told.push(booth.broken.map((device) => word("device", device)).join("、"))
    if (booth?.since && state === "away") told.push(clock(floor.model.since(booth.since)))
    if (call) told.push(`${call.ticket} · ${floor.itemName(call.item)}`)
    return told.join(" · ")
  }

  /**
   * A form with a reason and a button; done, it closes.
   * @param {string} title  @param {string} id  @param {(reason: string) => Promise<any> | undefined} give
   * @param {Element[]} [fields]  @param {boolean} [danger]
   */
  #order(title, id, give, fields = [], danger = false) {
    const reason = h("input", { class: "input", id: `${id}-reason`, maxlength: "200", required: true, autocomplete: "off" })
    const confirm = h("button", { type: "submit", class: `button ${danger ? "button-danger" : "button-primary"}`, id: `${id}-confirm` }, title)
    const submit = async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault()
      confirm.disabled = true
      const done = await give(reason.value.trim())
      confirm.disabled = false
      if (done) this.element.close()
    }
    const form = h("form", { class: "detail-order", onsubmit: submit }, fields.length ? h("div", { class: "detail-fields" }, fields) : null, h("div", { class: "field" }, h("label", { for: `${id}-reason` }, t("detail.reason")), reason), confirm)
    const more = h("details", { class: "detail-more" }, h("summary", { id: `${id}-open` }, title), form)
    // One order at a time is looked at; the first one is open where it is the only one.
    more.addEventListener("toggle", () => more.open && reason.focus())
    attribute(more, "name", "order")
    show(more, true)
    return more
  }
}

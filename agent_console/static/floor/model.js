// The floor as this page knows it: rows by kind and id, changed by the server's deltas, with the names they mean.
// Promise: no DOM; what is derived (order, ranks, counts) is made anew only when rows of its kind changed, however often it
// is asked for.

/** @typedef {{id: string, waiting: number, talking: number, ready: number, present: number, open: boolean, closed: boolean, closed_reason: string, next_opening: string | null, target_s: number, danger_s: number}} QueueRow */
/** @typedef {{id: string, ticket: string, queue: string, item: string, booth: string, state: "waiting" | "offered" | "talking", entered_at: string, place: number, number: number, priority: string[], moved: string, aside_until: string | null, callback: boolean, booth_lost_at: string | null, offered_to: string | null, agent: string | null, accepted_at: string | null, held: boolean, recovering: boolean, others: [string, string][], recording: string}} CallRow */
/** @typedef {{id: string, state: string, reason: string, since: string, call: string | null, role: string | null, lost_at: string | null, misses: number, planned: string, queues: string[], second: string[]}} AgentRow */
/** @typedef {{id: string, here: boolean, since: string | null, broken: string[], call: string | null}} BoothRow */
/** @typedef {{id: string, kind: string, subject: string, since: string, value: number | null, acknowledged_by: string | null}} AlertRow */
/** @typedef {{id: string, text: string, street: string | null, point: string | null, by: string, until: string}} MessageRow */
/** @typedef {{queues: QueueRow, calls: CallRow, agents: AgentRow, booths: BoothRow, alerts: AlertRow, messages: MessageRow}} Rows */
/** @typedef {keyof Rows} Kind */
/** @typedef {{id: string, name: string, name_en: string}} Named */
/** @typedef {Named & {street_id: string, x: number, y: number}} Point */

/** @type {readonly Kind[]} */
export const KINDS = ["queues", "calls", "agents", "booths", "alerts", "messages"]

/** How urgent a state is to a supervisor: who needs them comes first. */
const STATES = ["talking", "offered", "wrap_up", "ready", "not_ready", "offline"]
/** The worst first, as the service judges them (signaling/floor/alerts.py). */
const ALERTS = ["node_down", "recording_stopped", "booth_down", "long_wait", "service_level", "offers_missed", "device_broken"]

export class FloorModel {
  /** @type {{[K in Kind]: Map<string, Rows[K]>}} */
  rows = { queues: new Map(), calls: new Map(), agents: new Map(), booths: new Map(), alerts: new Map(), messages: new Map() }
  /** @type {{agents: Map<string, Named & {badge: string, title: string, role: string}>, queues: Map<string, Named>, items: Map<string, Named>, streets: Map<string, Named>, points: Map<string, Point>, booths: Map<string, {id: string, name: string, point_id: string}>}} */
  names = { agents: new Map(), queues: new Map(), items: new Map(), streets: new Map(), points: new Map(), booths: new Map() }
  /** Rows are here: before that a list is not empty but unknown. */
  loaded = false
  /** Grows with every change. */
  version = 0
  /** How often each kind changed, and the names. @type {Record<Kind | "names", number>} */
  #changes = { queues: 0, calls: 0, agents: 0, booths: 0, alerts: 0, messages: 0, names: 0 }

  #skew_ms = 0

  /** The server's time in seconds. */
  get now() {
    return (Date.now() + this.#skew_ms) / 1000
  }

  /** Seconds from a time of the server until now. @param {string | null | undefined} at */
  since(at) {
    return at ? Math.max(0, this.now - Date.parse(at) / 1000) : 0
  }

  /** @param {Record<string, any[]>} names */
  named(names) {
    for (const [kind, list] of Object.entries(names)) if (kind in this.names) /** @type {any} */ (this.names)[kind] = new Map(list.map((one) => [one.id, one]))
    this.#changed("names")
  }

  /** Everything as it is now. @param {Record<string, any>} board */
  restore(board) {
    for (const kind of KINDS) this.rows[kind] = /** @type {any} */ (new Map(board[kind].map((/** @type {any} */ row) => [row.id, row])))
    this.#skew_ms = Date.parse(board.now) - Date.now()
    this.loaded = true
    this.#changed(...KINDS)
  }

  /** What changed since. @param {Record<string, any>} delta */
  change(delta) {
    this.#skew_ms = Date.parse(delta.now) - Date.now()
    for (const kind of KINDS) {
      const rows = /** @type {Map<string, any>} */ (this.rows[kind])
      for (const row of delta[kind] ?? []) rows.set(row.id, row)
      for (const id of delta.gone?.[kind] ?? []) rows.delete(id)
      if (delta[kind] || delta.gone?.[kind]) this.#changed(kind)
    }
  }

  /** @param {...(Kind | "names")} kinds */
  #changed(...kinds) {
    for (const kind of kinds) this.#changes[kind] += 1
    this.version += 1
  }

  /** Queues in the district's own order. */
  get queues() {
    return this.#derived("queues", ["queues", "names"], () => {
      const order = [...this.names.queues.keys()]
      return [...this.rows.queues.values()].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
    })
  }

  /** Waiting calls in the order they will be served in, queue by queue where one is chosen, else the longest first. @param {string} queue "" for all */
  waiting(queue) {
    return this.#derived(`waiting ${queue}`, ["calls"], () => {
      const waiting = [...this.rows.calls.values()].filter((call) => call.state !== "talking" && (!queue || call.queue === queue))
      return queue ? waiting.sort(byPlace) : waiting.sort((a, b) => (a.entered_at < b.entered_at ? -1 : a.entered_at > b.entered_at ? 1 : a.number - b.number))
    })
  }

  /** Each waiting call's place in its queue, from 1. */
  get ranks() {
    return this.#derived("ranks", ["calls"], () => {
      /** @type {Map<string, number>} */
      const ranks = new Map()
      /** @type {Map<string, number>} */
      const counted = new Map()
      for (const call of [...this.rows.calls.values()].filter((one) => one.state !== "talking").sort(byPlace)) {
        const rank = (counted.get(call.queue) ?? 0) + 1
        counted.set(call.queue, rank)
        ranks.set(call.id, rank)
      }
      return ranks
    })
  }

  /** Talking calls, the longest first. @param {string} queue "" for all */
  talking(queue) {
    return this.#derived(`talking ${queue}`, ["calls"], () => [...this.rows.calls.values()].filter((call) => call.state === "talking" && (!queue || call.queue === queue)).sort((a, b) => ((a.accepted_at ?? "") < (b.accepted_at ?? "") ? -1 : 1)))
  }

  /** Who serves a queue, by state and since when. @param {string} queue "" for all  @param {string} state "" for everybody at work */
  agents(queue, state) {
    return this.#derived(`agents ${queue} ${state}`, ["agents"], () =>
      [...this.rows.agents.values()]
        .filter((agent) => (state ? agent.state === state : agent.state !== "offline") && (!queue || agent.queues.includes(queue) || agent.second.includes(queue)))
        .sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || (a.since < b.since ? -1 : a.since > b.since ? 1 : a.id < b.id ? -1 : 1)),
    )
  }

  /** @returns {Map<string, number>} */
  get states() {
    return this.#derived("states", ["agents"], () => {
      const counted = new Map()
      for (const agent of this.rows.agents.values()) counted.set(agent.state, (counted.get(agent.state) ?? 0) + 1)
      return counted
    })
  }

  /** When the call that waits longest in a queue entered. @returns {Map<string, string>} */
  get longest() {
    return this.#derived("longest", ["calls"], () => {
      const longest = new Map()
      for (const call of this.rows.calls.values()) {
        if (call.state === "talking") continue
        const known = longest.get(call.queue)
        if (!known || call.entered_at < known) longest.set(call.queue, call.entered_at)
      }
      return longest
    })
  }

  /** Alerts: those nobody looks after first, then the worst kinds, then the oldest. */
  get alerts() {
    return this.#derived("alerts", ["alerts"], () => [...this.rows.alerts.values()].sort((a, b) => Number(a.acknowledged_by !== null) - Number(b.acknowledged_by !== null) || ALERTS.indexOf(a.kind) - ALERTS.indexOf(b.kind) || (a.since < b.since ? -1 : 1)))
  }

  /** The booths of each point. @returns {Map<string, string[]>} */
  get boothsOf() {
    return this.#derived("boothsOf", ["names"], () => {
      const booths = new Map()
      for (const booth of this.names.booths.values()) booths.set(booth.point_id, [...(booths.get(booth.point_id) ?? []), booth.id])
      return booths
    })
  }

  /** How a booth is, in one word. @param {string} id */
  health(id) {
    const booth = this.rows.booths.get(id)
    if (!booth?.since) return "never"
    if (!booth.here) return "away"
    const call = booth.call ? this.rows.calls.get(booth.call) : undefined
    if (booth.broken.length) return "broken"
    if (!call) return "idle"
    return call.state === "talking" ? "talking" : "waiting"
  }

  /** @type {Map<string, {of: number, value: any}>} */
  #made = new Map()

  /** @template T  @param {string} key  @param {(Kind | "names")[]} kinds  what it is made of  @param {() => T} make  @returns {T} */
  #derived(key, kinds, make) {
    const of = kinds.reduce((sum, kind) => sum + this.#changes[kind], 0)
    const known = this.#made.get(key)
    if (known?.of === of) return known.value
    const value = make()
    this.#made.set(key, { of, value })
    return value
  }
}

/** @param {CallRow} a  @param {CallRow} b */
const byPlace = (a, b) => a.place - b.place || a.number - b.number

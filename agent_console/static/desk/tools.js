// The booth's devices as the helper has them: which there are, the citizen's leave, and what was done last. No DOM.

/** @typedef {{device: string, name: string, state: "ok" | "missing" | "failed", simulated: boolean, choices: {id: string, name: string}[], chosen: string, controls: import("./turning.js").Control[]}} Tool */
/** @typedef {{lease_id: string, call_id: string, state: "asked" | "live" | "ended", devices: string[], for_s: number, expires_at?: string, reason?: string}} Lease */
/** @typedef {{action_id: string, device: string, action: string, code: string, detail: string, result: Record<string, string | number | boolean>}} Done */

/**
 * @typedef {object} ToolsDelegate
 * @property {(name: string, payload: object) => Promise<any>} toolsAsk  a request; null when it was refused, which is told
 * @property {() => void} toolsChanged
 * @property {() => Promise<{document_id: string, name: string, removed?: boolean}[]>} toolsPrintable  the call's stored documents
 * @property {(lease: Lease) => void} toolsLease  a lease moved on
 * @property {(done: Done) => void} toolsDone  an action ended
 */

export class Tools {
  /** @type {Tool[]} */
  tools = []
  /** @type {Lease | null} */
  question = null
  /** @type {Lease | null} */
  live = null
  /** Under way, by device. @type {Map<string, string>} */
  doing = new Map()
  /** @type {Done | null} */
  last = null
  /** What can be printed beside the stills. @type {{document_id: string, name: string}[]} */
  documents = []

  /** @param {ToolsDelegate} delegate */
  constructor(delegate) {
    this.delegate = delegate
  }

  /** Another call: nothing of the last citizen's devices or cards stays. */
  forget() {
    this.tools = []
    this.documents = []
    this.question = this.live = this.last = null
    this.doing.clear()
  }

  /** @param {Lease[]} leases  @param {Tool[]} tools */
  restore(leases, tools) {
    this.tools = tools
    // How it ended may have been told while nobody heard; what still goes on the service says when it is asked.
    this.doing.clear()
    this.question = leases.find((one) => one.state === "asked") ?? null
    this.live = leases.find((one) => one.state === "live") ?? null
    this.refresh()
  }

  /** Read anew what can be printed; without an answer it stays as it was. */
  async refresh() {
    try {
      this.documents = (await this.delegate.toolsPrintable()).filter((one) => !one.removed)
      this.delegate.toolsChanged()
    } catch {
      // The stills can be printed all the same.
    }
  }

  /** @param {string} name  @param {any} payload  @returns {boolean} whether this was about devices */
  hear(name, payload) {
    if (name === "document.changed") this.refresh()
    if (name === "booth.devices") this.tools = payload.devices
    else if (name === "lease.changed") this.#leaseChanged(payload)
    else if (name === "device.done") this.#done(payload)
    else return false
    return true
  }

  /** Ask for all devices that work. @param {string} call_id */
  ask(call_id) {
    const devices = this.tools.filter((one) => one.state === "ok").map((one) => one.device)
    return this.delegate.toolsAsk("lease.ask", { call_id, devices })
  }

  /** Give back, or take the question back. */
  giveBack() {
    const lease = this.live ?? this.question
    if (lease) return this.delegate.toolsAsk("lease.give_back", { lease_id: lease.lease_id })
  }

  /** @param {string} device */
  can(device) {
    return (this.live?.devices.includes(device) ?? false) && !this.doing.has(device)
  }

  /** @param {string} device  @param {string} action  @param {object} [parameters] */
  async do(device, action, parameters = {}) {
    if (!this.live || !this.can(device)) return
    this.doing.set(device, action)
    this.delegate.toolsChanged()
    const answer = await this.delegate.toolsAsk("device.do", { lease_id: this.live.lease_id, device, action, parameters })
    if (!answer) this.doing.delete(device)
    this.delegate.toolsChanged()
  }

  /** @param {Lease} lease */
  #leaseChanged(lease) {
    const before = this.live
    if (lease.state === "asked") this.question = lease
    else if (this.question?.lease_id === lease.lease_id) this.question = null
    if (lease.state === "live") this.live = lease
    else if (this.live?.lease_id === lease.lease_id) this.live = null
    if (before && !this.live) this.doing.clear()
    this.delegate.toolsLease(lease)
  }

  /** @param {Done} done */
  #done(done) {
    this.doing.delete(done.device)
    this.last = done
    this.delegate.toolsDone(done)
  }
}

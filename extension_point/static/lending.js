// The devices in the helper's hands: what the citizen allowed, for how long, and what is done under it. Nothing is done
// here without a lease that lives by this page's own account; what the citizen takes back has ended before anyone is told,
// also while the service is away. An order is carried out once, and its end told until it is heard.

import { Problem } from "/static/web/js/signal.js"

/**
 * @typedef {object} Lease
 * @property {string} lease_id
 * @property {string} call_id
 * @property {"asked" | "live" | "ended"} state
 * @property {string[]} devices
 * @property {number} for_s
 * @property {string} [expires_at]
 */

/**
 * @typedef {object} Order
 * @property {string} action_id
 * @property {string} lease_id
 * @property {string} device
 * @property {string} action
 * @property {Record<string, string | number | boolean>} parameters
 */

/** @typedef {import("./bridge.js").Answer} Answer */

/**
 * @typedef {object} LendingDelegate
 * @property {() => void} lendingChanged
 * @property {(name: string, payload: object) => Promise<unknown>} lendingSay
 * @property {() => number} lendingNow  the server's time in seconds
 * @property {(order: Order) => Promise<Answer>} lendingDo  carry an order out
 */

/** Shown this long after it has ended, so that one sees what happened. */
const SHOWN_MS = 4000
const AGAIN_MS = 2000

export class Lending {
  /** @type {Lease | null} */
  question = null
  /** @type {Lease | null} */
  live = null
  /** What is being done, and what has just been: for the citizen to see. @type {{device: string, action: string, code: string} | null} */
  doing = null
  /** Taken back here, whatever the service says. @type {Set<string>} */
  #taken = new Set()
  /** @type {Set<string>} */
  #carried = new Set()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #expiry

  /** @param {LendingDelegate} delegate  @param {import("./bridge.js").Bridge} bridge */
  constructor(delegate, bridge) {
    this.delegate = delegate
    this.bridge = bridge
  }

  /** Seconds left of the lease; 0 without one. */
  get left_s() {
    return this.live?.expires_at ? Math.max(0, Date.parse(this.live.expires_at) / 1000 - this.delegate.lendingNow()) : 0
  }

  /** Does a live lease cover this device? @param {string} lease_id  @param {string} device */
  covers(lease_id, device) {
    return this.live?.lease_id === lease_id && this.live.devices.includes(device) && this.left_s > 0
  }

  /** What stands when the page connects. @param {Lease[]} leases */
  restore(leases) {
    this.#set("question", null)
    const live = leases.find((one) => one.state === "live")
    if (this.live && live?.lease_id !== this.live.lease_id) this.#ended(this.live.lease_id)
    for (const lease of leases) this.changed(lease)
  }

  /** @param {Lease} lease */
  changed(lease) {
    if (this.#taken.has(lease.lease_id)) {
      // The service has not heard yet that it is over.
      if (lease.state !== "ended") this.#sayTaken(lease.lease_id)
      return
    }
    if (lease.state === "asked") this.#set("question", lease)
    else if (this.question?.lease_id === lease.lease_id) this.#set("question", null)
    if (lease.state === "live") this.#begin(lease)
    if (lease.state === "ended") this.#ended(lease.lease_id)
  }

  /** The bridge was lost and is back: it has forgotten what is live. */
  regrant() {
    if (this.live && this.left_s > 0) this.bridge.grant(this.live.lease_id, this.live.devices, this.left_s)
  }

  async allow() {
    if (this.question) await this.#answer("lease.allow", this.question.lease_id)
  }

  async refuse() {
    const { question } = this
    this.#set("question", null)
    if (question) await this.#answer("lease.refuse", question.lease_id)
  }

  /** Here and at the bridge first, and then at the service. */
  takeBack() {
    const { live } = this
    if (!live) return
    this.#taken.add(live.lease_id)
    this.#ended(live.lease_id)
    this.#sayTaken(live.lease_id)
  }

  /** The call is over: nothing of it is left. */
  forget() {
    if (this.live) this.#ended(this.live.lease_id)
    this.question = this.doing = null
    this.#taken.clear()
    this.#carried.clear()
  }

  /** An order of the helper. @param {Order} order */
  async carryOut(order) {
    if (this.#carried.has(order.action_id)) return
    this.#carried.add(order.action_id)
    this.#show(order, "")
    const answer = this.covers(order.lease_id, order.device) ? await this.delegate.lendingDo(order) : { code: "no_lease" }
    this.#show(order, answer.code)
    this.#report(order.action_id, answer)
  }

  /** @param {string} action_id  @param {Answer} answer */
  #report(action_id, { code, detail = "", result = {} }) {
    const say = async () => {
      try {
        await this.delegate.lendingSay("device.did", { action_id, code, detail: detail.slice(0, 200), result })
      } catch (error) {
        // Refused is heard; away is not.
        if (error instanceof Problem && !["offline", "timeout", "unavailable"].includes(error.code)) return
        if (this.#carried.has(action_id)) setTimeout(say, AGAIN_MS)
      }
    }
    say()
  }

  /** @param {Order} order  @param {string} code */
  #show({ device, action }, code) {
    const doing = { device, action, code }
    this.#set("doing", doing)
    if (code) setTimeout(() => this.doing === doing && this.#set("doing", null), SHOWN_MS)
  }

  /** @param {Lease} lease */
  #begin(lease) {
    if (this.live && this.live.lease_id !== lease.lease_id) this.#ended(this.live.lease_id)
    this.#set("live", lease)
    this.regrant()
    // With the last lease the bridge has put back what was turned.
    this.bridge.look()
    clearTimeout(this.#expiry)
    // The service says so too; without it the lease ends all the same.
    this.#expiry = setTimeout(() => this.#ended(lease.lease_id), this.left_s * 1000)
  }

  /** @param {string} lease_id */
  #ended(lease_id) {
    if (this.live?.lease_id !== lease_id) return
    clearTimeout(this.#expiry)
    this.bridge.end(lease_id)
    this.#set("live", null)
  }

  /** @param {string} lease_id */
  #sayTaken(lease_id) {
    this.delegate.lendingSay("lease.take_back", { lease_id }).catch(() => {
      // Said again with the next snapshot that still shows it.
    })
  }

  /** @param {string} name  @param {string} lease_id */
  async #answer(name, lease_id) {
    try {
      await this.delegate.lendingSay(name, { lease_id })
    } catch (error) {
      if (error instanceof Problem && error.code === "no_lease" && this.question?.lease_id === lease_id) this.#set("question", null)
      else if (!(error instanceof Problem)) throw error
    }
  }

  /** @param {"question" | "live" | "doing"} name  @param {any} value */
  #set(name, value) {
    if (this[name] === value) return
    this[name] = value
    this.delegate.lendingChanged()
  }
}

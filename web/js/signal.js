// The one socket of a page. Promises: requests are answered or rejected with a typed `Problem`, never left hanging;
// the delegate always hears the newest state; after a break the socket comes back by itself, sooner at first,
// later slower, unless the server said that it must not (signed out, superseded, refused).

import { io } from "/vendor/socket.io.esm.min.js"

/** @typedef {import("./types.js").ProblemBody} ProblemBody */
/** @typedef {import("./types.js").Snapshot} Snapshot */

/**
 * - connecting: never yet online
 * - online
 * - offline: was online or tried; trying again
 * - superseded: a newer page of the same booth or agent took over; final
 * - signed_out: the identity was revoked or ended; final
 * - refused: the server does not accept this identity; final
 * @typedef {"connecting" | "online" | "offline" | "superseded" | "signed_out" | "refused"} SignalState
 */

/**
 * @typedef {object} SignalDelegate
 * @property {(state: SignalState, problem: Problem | null) => void} signalState
 * @property {(snapshot: Snapshot) => void} signalSnapshot  on every connect; holds the view too
 * @property {(view: any) => void} signalView  replaces the last one
 * @property {(name: string, payload: any) => void} signalEvent  every other server event
 */

/** A refusal, from the server or from the socket itself. */
export class Problem extends Error {
  /** @param {Partial<ProblemBody> & {code: string}} body */
  constructor(body) {
    super(body.detail ?? body.title ?? body.code)
    this.name = "Problem"
    this.code = body.code
    this.status = body.status ?? 0
    this.field = body.field ?? null
    /** Further members, for words of one's own. @type {Partial<Record<string, string>>} */
    this.more = /** @type {any} */ (body)
  }
}

const STATES_NEVER_LEFT = new Set(["superseded", "signed_out", "refused"])

export class Signal {
  /** A page has one id for life; after a reload it is another page. */
  pageId = `page_${crypto.randomUUID().replaceAll("-", "")}`

  /** @type {SignalState} */
  state = "connecting"

  /** @type {import("/vendor/socket.io.esm.min.js").Socket | null} */
  #socket = null
  /** @type {Set<() => void>} */
  #whenOnline = new Set()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again

  /**
   * @param {object} options
   * @param {"/booth" | "/staff"} options.namespace
   * @param {SignalDelegate} options.delegate
   * @param {string} [options.origin] for tests; the page's own otherwise
   */
  constructor({ namespace, delegate, origin = "" }) {
    this.url = origin + namespace
    this.delegate = delegate
  }

  start() {
    if (this.#socket) return
    const socket = io(this.url, {
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      auth: { page_id: this.pageId },
      reconnectionDelay: 300,
      reconnectionDelayMax: 4000,
      timeout: 6000,
      closeOnBeforeunload: true,
      forceNew: true,
    })
    this.#socket = socket
    socket.on("connect", () => this.#become("online"))
    socket.on("connect_error", (error) => this.#refusedOrOffline(error))
    socket.on("disconnect", (reason) => this.#disconnected(reason))
    socket.onAny((name, payload) => this.#heard(name, payload))
    addEventListener("online", this.#hurry)
  }

  stop() {
    clearTimeout(this.#again)
    removeEventListener("online", this.#hurry)
    this.#socket?.offAny()
    this.#socket?.removeAllListeners()
    this.#socket?.disconnect()
    this.#socket = null
  }

  /**
   * Send one message and wait for its answer.
   * @param {string} name
   * @param {object} [payload]
   * @param {object} [options]
   * @param {number} [options.timeout_ms] for being online and for the answer together
   * @param {boolean} [options.repeatable] the server knows a repeated message by its id: try until answered
   * @returns {Promise<any>} the acknowledgement's members
   * @throws {Problem}
   */
  async request(name, payload = {}, { timeout_ms = 8000, repeatable = false } = {}) {
    const until = performance.now() + timeout_ms
    for (;;) {
      const socket = await this.#online(until)
      try {
        const left = Math.max(1, until - performance.now())
        const answer = await socket.timeout(repeatable ? Math.min(left, 3000) : left).emitWithAck(name, payload)
        if (answer?.ok) return answer
        throw new Problem(answer?.problem ?? { code: "malformed", detail: "an answer without ok or problem" })
      } catch (error) {
        if (error instanceof Problem) throw error
        if (!repeatable || performance.now() > until) throw new Problem({ code: "timeout" })
      }
    }
  }

  /** @param {number} until  @returns {Promise<import("/vendor/socket.io.esm.min.js").Socket>} */
  #online(until) {
    const ready = () => (this.#socket?.connected ? this.#socket : null)
    const socket = ready()
    if (socket) return Promise.resolve(socket)
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer)
        this.#whenOnline.delete(settle)
        const now = ready()
        now ? resolve(now) : reject(new Problem({ code: "offline" }))
      }
      const final = STATES_NEVER_LEFT.has(this.state) || !this.#socket
      const timer = setTimeout(settle, final ? 0 : Math.max(0, until - performance.now()))
      this.#whenOnline.add(settle)
    })
  }

  /** @param {string} name  @param {any} payload */
  #heard(name, payload) {
    if (name === "snapshot") this.delegate.signalSnapshot(payload)
    else if (name === "view") this.delegate.signalView(payload)
    else if (name === "superseded") this.#become("superseded")
    else if (name === "signed_out") this.#become("signed_out")
    else this.delegate.signalEvent(name, payload)
  }

  /** @param {Error & {data?: any}} error */
  #refusedOrOffline(error) {
    // socket.io stays active after a transport error and tries again; a refusal by the server is final to it.
    const body = error.data?.problem ?? error.data
    const status = body?.status ?? 0
    if (this.#socket?.active) this.#become("offline")
    else if (status === 401 || status === 403) this.#become("refused", new Problem(body))
    else this.#tryAgain()
  }

  /** @param {string} reason */
  #disconnected(reason) {
    // A server that closes on its own account (a restart, a drain) is tried again; socket.io itself would not.
    if (STATES_NEVER_LEFT.has(this.state)) return
    if (reason === "io server disconnect") this.#tryAgain()
    else this.#become("offline")
  }

  #tryAgain() {
    if (STATES_NEVER_LEFT.has(this.state)) return
    this.#become("offline")
    clearTimeout(this.#again)
    this.#again = setTimeout(() => this.#socket?.connect(), 500 + Math.random() * 1500)
  }

  #hurry = () => {
    if (this.#socket && !this.#socket.connected && !STATES_NEVER_LEFT.has(this.state)) this.#socket.connect()
  }

  /** @param {SignalState} state  @param {Problem | null} [problem] */
  #become(state, problem = null) {
    const changed = this.state !== state
    if (STATES_NEVER_LEFT.has(this.state)) return
    this.state = state
    if (state === "online" || STATES_NEVER_LEFT.has(state)) for (const settle of [...this.#whenOnline]) settle()
    if (STATES_NEVER_LEFT.has(state)) this.#socket?.disconnect()
    if (changed) this.delegate.signalState(state, problem)
  }
}

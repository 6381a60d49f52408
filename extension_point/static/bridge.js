// The booth's page and the bridge on its own machine (docs/bridge.md): connects where the page was paired, and again when
// it was lost; asks one thing at a time or many; holds no opinion on who may: leases are granted and ended from outside.

/** @typedef {{code: string, detail?: string, result?: Record<string, string | number | boolean>}} Answer */
/** @typedef {{control: string, value: number, least: number, most: number, step: number, usual: number, automatic: boolean | null}} Control */
/** @typedef {{device: string, name: string, state: "ok" | "missing" | "failed", simulated: boolean, cameras?: {name: string, controls: Control[]}[]}} BridgeDevice */

/**
 * @typedef {object} BridgeDelegate
 * @property {() => void} bridgeChanged  connected, lost, or other devices
 */

const STORE = "vw.bridge"
const AGAIN_MS = 5_000
/** The bridge itself ends every action by 40 s. */
const ANSWER_MS = 43_000

export class Bridge {
  /** @type {BridgeDevice[]} */
  devices = []
  connected = false
  /** @type {WebSocket | null} */
  #socket = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again
  /** @type {Map<number, (answer: Answer) => void>} */
  #waiting = new Map()
  #number = 0
  #running = false

  /** @param {BridgeDelegate} delegate  @param {Storage} [storage] where the pairing is kept */
  constructor(delegate, storage = localStorage) {
    this.delegate = delegate
    this.storage = storage
  }

  /** Was this page ever paired with a bridge? */
  get paired() {
    return this.storage.getItem(STORE) !== null
  }

  /** Keep what the bridge said at its start: its port and its token. @param {string} pairing "7681.TOKEN" */
  pair(pairing) {
    if (/^\d{1,5}\.[\w-]{20,}$/.test(pairing)) this.storage.setItem(STORE, pairing)
  }

  start() {
    if (this.#running || !this.paired) return
    this.#running = true
    this.#connect()
  }

  stop() {
    this.#running = false
    clearTimeout(this.#again)
    this.#socket?.close()
  }

  /** @param {string} lease_id  @param {string[]} devices  @param {number} for_s */
  grant(lease_id, devices, for_s) {
    return this.ask({ action: "lease", lease_id, devices, for_s: Math.min(1800, Math.max(0.1, for_s)) })
  }

  /** Nothing more happens under this lease, and what does stops. @param {string} lease_id */
  end(lease_id) {
    return this.ask({ action: "end", lease_id })
  }

  /** Look anew at what there is and how it stands. */
  async look() {
    const answer = /** @type {any} */ (await this.ask({ action: "devices" }))
    if (answer.code !== "ok" || JSON.stringify(answer.devices) === JSON.stringify(this.devices)) return
    this.devices = answer.devices
    this.delegate.bridgeChanged()
  }

  /**
   * Work a device. Never rejects: a bridge that is not there is an answer too.
   * @param {{lease_id: string, device: string, command: string, parameters?: object}} what
   * @param {ArrayBuffer} [data]
   * @returns {Promise<Answer>}
   */
  do(what, data) {
    return this.ask({ action: "do", ...what }, data)
  }

  /** @param {object} message  @param {ArrayBuffer} [data]  @returns {Promise<Answer>} */
  async ask(message, data) {
    const socket = this.#socket
    if (!socket || socket.readyState !== WebSocket.OPEN) return { code: "not_connected" }
    const id = ++this.#number
    return new Promise((resolve) => {
      const answer = (/** @type {Answer} */ said) => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        resolve(said)
      }
      const timer = setTimeout(() => answer({ code: "no_answer" }), ANSWER_MS)
      this.#waiting.set(id, answer)
      socket.send(JSON.stringify({ id, ...message, ...(data ? { bytes: data.byteLength } : {}) }))
      if (data) socket.send(data)
    })
  }

  #connect() {
    const [port, token] = (this.storage.getItem(STORE) ?? "").split(".")
    const socket = (this.#socket = new WebSocket(`ws://127.0.0.1:${port}/devices`))
    socket.onopen = async () => {
      const hello = /** @type {any} */ (await this.ask({ action: "hello", token }))
      if (hello.code !== "ok") return
      this.devices = hello.devices
      this.connected = true
      this.delegate.bridgeChanged()
    }
    socket.onmessage = ({ data }) => {
      const { id, ...answer } = JSON.parse(data)
      this.#waiting.get(id)?.(answer)
    }
    socket.onclose = () => this.#lost(socket)
  }

  /** @param {WebSocket} socket */
  #lost(socket) {
    if (this.#socket !== socket) return
    this.#socket = null
    for (const answer of [...this.#waiting.values()]) answer({ code: "not_connected" })
    const was = this.connected
    this.connected = false
    if (was) this.delegate.bridgeChanged()
    if (this.#running) this.#again = setTimeout(() => this.#connect(), AGAIN_MS)
  }
}

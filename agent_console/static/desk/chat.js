// The lines of one call, those on their way included; no DOM. A line is never lost: what could not be sent stays, says
// so, and can be sent again under the same id, which the server stores once.

/** @typedef {import("/static/web/js/types.js").ChatLine} ChatLine */
/** @typedef {ChatLine & {state: "sent" | "sending" | "failed"}} Line */

export const LONGEST = 2000

export class Chat {
  /** @type {Line[]} */
  lines = []
  call_id = ""

  /**
   * @param {object} options
   * @param {(name: string, payload: object, options?: object) => Promise<any>} options.request
   * @param {() => void} options.changed
   */
  constructor({ request, changed }) {
    this.request = request
    this.changed = changed
  }

  /** @param {string} call_id */
  open(call_id) {
    this.call_id = call_id
    this.lines = []
  }

  close() {
    this.open("")
  }

  /** What the server had; lines said since, and our own unsent ones, which go out now that it is there, stay behind it. @param {ChatLine[]} lines */
  restore(lines) {
    const known = new Set(lines.map((line) => line.message_id))
    const since = this.lines.filter((line) => !known.has(line.message_id))
    this.lines = [...lines.map((line) => ({ ...line, state: /** @type {const} */ ("sent") })), ...since]
    for (const line of since) this.again(line.message_id)
    this.changed()
  }

  /** @param {ChatLine} line */
  said(line) {
    const mine = this.lines.findIndex((one) => one.message_id === line.message_id)
    if (mine >= 0) this.lines.splice(mine, 1)
    this.lines = [...this.lines, { ...line, state: "sent" }]
    this.changed()
  }

  /** @param {string} text */
  say(text) {
    const clean = text.trim().slice(0, LONGEST)
    if (!clean || !this.call_id) return
    const message_id = `msg_${crypto.randomUUID().replaceAll("-", "")}`
    this.#send({ call_id: this.call_id, message_id, from: "agent", text: clean, at: new Date().toISOString(), state: "sending" })
  }

  /** @param {string} message_id */
  again(message_id) {
    const line = this.lines.find((one) => one.message_id === message_id)
    if (line?.state === "failed") this.#send({ ...line, state: "sending" })
  }

  /** @param {Line} line */
  async #send(line) {
    this.#put(line)
    const { call_id, message_id, text } = line
    try {
      const { at } = await this.request("chat.say", { call_id, message_id, text }, { repeatable: true })
      this.#put({ ...line, at, state: "sent" })
    } catch {
      this.#put({ ...line, state: "failed" })
    }
  }

  /** @param {Line} line */
  #put(line) {
    if (line.call_id !== this.call_id) return
    const index = this.lines.findIndex((one) => one.message_id === line.message_id)
    this.lines = index < 0 ? [...this.lines, line] : this.lines.with(index, line)
    this.changed()
  }
}

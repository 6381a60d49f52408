// Who is in the call besides its citizen, and who leads it: asking somebody in, passing the call on, coming oneself.

/** @typedef {import("./desk.js").Desk} Desk */

export class Company {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
  }

  /** Something about the call there is; nothing without one. @param {string} name  @param {object} [more] */
  #ofCall(name, more = {}) {
    const call = this.desk.view?.call
    if (call) return this.desk.ask(name, { call_id: call.call_id, ...more })
  }

  /** The same once what was noted is kept; said of the call there was at the touch. @param {string} name  @param {object} more */
  async #afterNotes(name, more) {
    const call = this.desk.view?.call
    if (!call) return
    await this.desk.notes.flush()
    return this.desk.ask(name, { call_id: call.call_id, ...more })
  }

  /** Ask somebody into the call. @param {({agent_id: string} | {skill_id: string}) & {private?: boolean}} whom */
  consult(whom) {
    return this.#ofCall("consult.ask", whom)
  }

  /** Let the citizen hear what was discussed without them. */
  open() {
    return this.#ofCall("consult.open")
  }

  /** Nobody is asked any more. */
  cancel() {
    return this.#ofCall("consult.cancel")
  }

  /** @param {string} agent_id  who leads from now on */
  handOver(agent_id) {
    return this.#afterNotes("call.hand_over", { agent_id })
  }

  /** Pass the citizen on to another window: they wait there, at the place their clock gives them. @param {string} queue_id */
  transfer(queue_id) {
    return this.#afterNotes("call.transfer", { queue_id })
  }

  /** Come to a call, or go on in it in another way. @param {string} call_id  @param {"listener" | "coach" | "participant"} role */
  join(call_id, role) {
    if (role !== "listener") this.desk.devices.open()
    return this.desk.ask("call.join", { call_id, role })
  }

  takeOver() {
    return this.#ofCall("call.take_over")
  }

  stepOut() {
    return this.#ofCall("call.step_out")
  }
}

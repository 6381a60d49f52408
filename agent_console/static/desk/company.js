// Who is in the call besides its citizen, and who leads it: asking somebody in, passing the call on, coming oneself.

/** @typedef {import("./desk.js").Desk} Desk */

export class Company {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
  }

  get #call() {
    return this.desk.view?.call
  }

  /** Ask somebody into the call. @param {({agent_id: string} | {skill_id: string}) & {private?: boolean}} whom */
  consult(whom) {
    const call = this.#call
    if (call) return this.desk.ask("consult.ask", { call_id: call.call_id, ...whom })
  }

  /** Let the citizen hear what was discussed without them. */
  open() {
    const call = this.#call
    if (call) return this.desk.ask("consult.open", { call_id: call.call_id })
  }

  /** Nobody is asked any more. */
  cancel() {
    const call = this.#call
    if (call) return this.desk.ask("consult.cancel", { call_id: call.call_id })
  }

  /** @param {string} agent_id  who leads from now on */
  async handOver(agent_id) {
    const call = this.#call
    if (!call) return
    await this.desk.notes.flush()
    return this.desk.ask("call.hand_over", { call_id: call.call_id, agent_id })
  }

  /** Pass the citizen on to another window: they wait there, at the place their clock gives them. @param {string} queue_id */
  async transfer(queue_id) {
    const call = this.#call
    if (!call) return
    await this.desk.notes.flush()
    return this.desk.ask("call.transfer", { call_id: call.call_id, queue_id })
  }

  /** Come to a call, or go on in it in another way. @param {string} call_id  @param {"listener" | "coach" | "participant"} role */
  join(call_id, role) {
    if (role !== "listener") this.desk.devices.open()
    return this.desk.ask("call.join", { call_id, role })
  }

  takeOver() {
    const call = this.#call
    if (call) return this.desk.ask("call.take_over", { call_id: call.call_id })
  }

  stepOut() {
    const call = this.#call
    if (call) return this.desk.ask("call.step_out", { call_id: call.call_id })
  }
}

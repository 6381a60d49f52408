// What was read of this call's papers and found about them: told as it happens, fetched anew after every reconnect.

import { ask } from "../http.js"

/** @typedef {{name: string, text: string, confidence: number}} Field */
/** @typedef {{format: string, text: string}} Code */
/** @typedef {{capture_id: string, state: "read" | "failed", kind: string, material_id: string, points: [number, number][], by: string, quarters: number, problems: string[], width: number, height: number, sha256: string, fields: Field[], codes: Code[]}} Reading */
/** @typedef {{finding_id: string, capture_id: string, material_id: string, rule: string, field: string, verdict: string, reason: string, detail: Record<string, any>, standing: string, decision: string | null, why: string}} Finding */
/** @typedef {{material_id: string, state: "missing" | "partly" | "passed" | "failed" | "ask", capture_ids: string[], sides: string[]}} Line */

export class Papers {
  /** @type {Map<string, Reading>} */
  readings = new Map()
  /** What is wrong with a still, as soon as it is known. @type {Map<string, string[]>} */
  judged = new Map()
  /** @type {Finding[]} */
  findings = []
  /** @type {Map<string, Line>} */
  lines = new Map()
  /** Grows with every change, so that panels know when to draw. */
  version = 0
  #call_id = ""

  /** @param {(name: string, payload: object) => Promise<any>} request  @param {() => void} changed */
  constructor(request, changed) {
    this.request = request
    this.changed = changed
  }

  /** Another call, or none. @param {string} call_id */
  open(call_id) {
    this.#call_id = call_id
    this.readings = new Map()
    this.judged = new Map()
    this.findings = []
    this.lines = new Map()
    this.version++
    if (call_id) this.load()
  }

  async load() {
    const call_id = this.#call_id
    try {
      const found = await ask(`/api/calls/${encodeURIComponent(call_id)}/papers`)
      if (this.#call_id !== call_id) return
      for (const one of found.readings) this.#read(one)
      this.#settle(found)
    } catch {
      // What happens next is told whole; until then the papers stand as they did.
    }
  }

  /** @param {string} name  @param {any} payload  @returns {boolean} it was about papers */
  hear(name, payload) {
    if (name === "capture.judged") this.judged.set(payload.capture_id, payload.problems)
    else if (name === "capture.read") this.#read(payload.reading)
    else if (name === "findings.changed") this.#settle(payload)
    else return false
    this.version++
    return true
  }

  /** @param {string} capture_id */
  problems(capture_id) {
    return this.readings.get(capture_id)?.problems ?? this.judged.get(capture_id) ?? []
  }

  /** The still was taken and is not read yet. @param {string} capture_id */
  reading(capture_id) {
    return !this.readings.has(capture_id)
  }

  /** @param {string} capture_id  @param {number[]} corners  @param {number | null} quarters */
  lay(capture_id, corners, quarters) {
    return this.request("paper.lay", { capture_id, corners, ...(quarters === null ? {} : { quarters }) })
  }

  /** @param {string} capture_id  @param {string} material_id */
  match(capture_id, material_id) {
    return this.request("paper.match", { capture_id, ...(material_id ? { material_id } : {}) })
  }

  /** @param {Finding} finding  @param {"confirmed" | "overruled"} decision  @param {string} why */
  decide(finding, decision, why = "") {
    return this.request("finding.decide", { call_id: this.#call_id, finding_id: finding.finding_id, decision, why })
  }

  /** @param {Reading} reading */
  #read(reading) {
    this.readings.set(reading.capture_id, reading)
    this.judged.set(reading.capture_id, reading.problems)
  }

  /** @param {{findings: Finding[], lines: Line[]}} told */
  #settle({ findings, lines }) {
    this.findings = findings
    this.lines = new Map(lines.map((line) => [line.material_id, line]))
    this.version++
    this.changed()
  }
}

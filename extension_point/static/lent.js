// The booth's devices as the helper has them: which there are is told to who leads the call, what they ask for under a live
// lease is done, and when the call is over everything is the booth's own again.

import { Bridge } from "./bridge.js"
import { Lending } from "./lending.js"
import { printOwn, printUnder } from "./printing.js"

/**
 * @typedef {object} LentDelegate
 * @property {() => void} draw
 * @property {import("/static/web/js/types.js").BoothView | null} view
 * @property {number} skew_s
 * @property {import("/static/web/js/devices.js").Devices} devices
 * @property {import("./captures.js").Captures} captures
 * @property {import("/static/web/js/signal.js").Signal} signal
 */

/** No name of a device is longer on the wire. */
const NAME = 100
const MOST_CAMERAS = 12

export class Lent {
  bridge = new Bridge(this)
  lending = new Lending(this, this.bridge)
  /** What the simulated signature pad shows. */
  pad = ""
  #told = ""

  /** @param {LentDelegate} delegate */
  constructor(delegate) {
    this.delegate = delegate
  }

  /** @param {string | null} pairing as the address said, if it did */
  start(pairing) {
    if (pairing) this.bridge.pair(pairing)
    this.bridge.start()
  }

  /** The socket stands again: what the server knows counts. @param {import("./lending.js").Lease[]} leases */
  restore(leases) {
    this.lending.restore(leases)
    this.#told = ""
  }

  /** The call is over: what was lent comes home. */
  forget() {
    this.lending.forget()
    this.pad = ""
  }

  takeBack() {
    this.pad = ""
    this.lending.takeBack()
  }

  /** Does the booth have a printer that prints? */
  get prints() {
    return this.bridge.connected && this.bridge.devices.some((one) => one.device === "printer" && one.state === "ok")
  }

  /** At the citizen's own touch, which needs no lease. @param {import("./printing.js").Printed} what */
  print(what) {
    return printOwn(this.bridge, what, (name, payload) => this.delegate.signal.request(name, payload))
  }

  /** The citizen goes on to the next camera, for this call. */
  async nextCamera() {
    const { devices } = this.delegate
    const choices = await devices.choices("document_camera")
    const chosen = await devices.chosen("document_camera")
    const next = choices[(choices.findIndex((one) => one.deviceId === chosen?.deviceId) + 1) % choices.length]
    if (next) await devices.use("document_camera", next.deviceId)
    this.tell()
    this.delegate.draw()
  }

  /** The helper is shown what there is; nobody else is told. */
  async tell() {
    const { devices, signal, view } = this.delegate
    if (view?.phase !== "talking") return
    const cameras = await devices.choices("document_camera")
    const chosen = await devices.chosen("document_camera")
    const short = (/** @type {string | undefined} */ name) => name?.slice(0, NAME) ?? ""
    const { controls = [], simulated = false } = this.#turning(chosen?.label) ?? {}
    const told = [
      ...(cameras.length ? [{ device: "document_camera", name: short(chosen?.label), state: "ok", simulated, choices: cameras.slice(0, MOST_CAMERAS).map((one) => ({ id: one.deviceId, name: short(one.label) })), chosen: chosen?.deviceId ?? "", controls }] : []),
      ...(this.bridge.connected ? this.bridge.devices.filter((one) => one.device !== "document_camera").map((one) => ({ ...one, name: short(one.name) })) : []),
    ]
    // Whoever comes to the call hears it too.
    const text = JSON.stringify([told, this.delegate.view?.call?.participants.map((one) => one.id)])
    if (text === this.#told) return
    this.#told = text
    signal.request("devices.are", { devices: told }).catch(() => (this.#told = ""))
  }

  /** A device was plugged in or out. */
  async look() {
    await this.bridge.look()
    this.tell()
  }

  /**
   * What the bridge can turn of the camera that has this name in the browser; two of one name cannot be told apart.
   * @param {string} [label]
   */
  #turning(label) {
    const driver = this.bridge.connected ? this.bridge.devices.find((one) => one.device === "document_camera") : null
    const alike = driver?.cameras?.filter((one) => driver.simulated || one.name === label?.replace(/\s+/g, " ").trim()) ?? []
    return driver && alike.length === 1 && alike[0] ? { camera: alike[0].name, controls: alike[0].controls, simulated: driver.simulated } : null
  }

  bridgeChanged() {
    this.lending.regrant()
    this.tell()
    this.delegate.draw()
  }

  lendingChanged() {
    this.delegate.draw()
  }

  lendingNow() {
    return Date.now() / 1000 + this.delegate.skew_s
  }

  /** @param {string} name  @param {object} payload */
  lendingSay(name, payload) {
    return this.delegate.signal.request(name, payload)
  }

  /** Do what the helper asked; a live lease was seen to. @param {import("./lending.js").Order} order */
  async lendingDo({ lease_id, device, action, parameters }) {
    if (device === "printer") return printUnder(this.bridge, lease_id, /** @type {any} */ (parameters))
    if (device === "document_camera") return this.#workCamera(lease_id, action, parameters)
    const answer = await this.bridge.do({ lease_id, device, command: action, parameters })
    if (device === "signature_pad" && answer.code === "ok" && answer.result?.simulated) this.pad = String(answer.result.screen ?? "")
    return answer
  }

  /** @param {string} lease_id  @param {string} action  @param {Record<string, any>} parameters  @returns {Promise<import("./bridge.js").Answer>} */
  async #workCamera(lease_id, action, parameters) {
    const { captures } = this.delegate
    // It may have taken itself in this moment.
    if (action === "still") return { code: captures.release(parameters.capture_id) || captures.taken(parameters.capture_id) ? "ok" : "failed" }
    if (action === "choose") return this.#chooseCamera(parameters.camera_id)
    const turning = this.#turning((await this.delegate.devices.chosen("document_camera"))?.label)
    if (!turning) return { code: "no_such_action" }
    const answer = await this.bridge.do({ lease_id, device: "document_camera", command: action, parameters: { ...parameters, camera: turning.camera } })
    await this.look()
    return answer
  }

  /** @param {string} camera_id */
  async #chooseCamera(camera_id) {
    const { devices } = this.delegate
    if (!(await devices.choices("document_camera")).some((one) => one.deviceId === camera_id)) return { code: "no_such_device" }
    await devices.use("document_camera", camera_id)
    this.tell()
    return { code: devices.health.document_camera === "ok" ? "ok" : "failed" }
  }
}

// The booth's devices under the pictures: ask the citizen, see how long they are lent, work them by button and key. What
// a card reader read is shown here until the next thing is done or the call ends, and is kept nowhere.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { knows, t } from "/static/web/js/i18n.js"
import { turns } from "../desk/turning.js"
import { clock, hour, word } from "../words.js"
import { attribute, show } from "./list.js"
import { Menu } from "./menu.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

export class ToolsPanel {
  #shown = ""
  #result = ""

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
    const { tools } = desk
    this.ask = button("tools-ask", "settings", t("tools.ask"), () => desk.askForTools(), "B")
    this.waiting = h("p", { class: "tools-waiting", role: "status" }, h("span", { class: "spinner spinner-small" }), t("tools.waiting"))
    this.cancel = button("tools-cancel", "close", t("tools.cancel"), () => tools.giveBack())
    this.left = h("strong", { class: "digits" })
    this.badge = h("p", { class: "badge badge-good tools-left" }, t("tools.live"), " ", this.left)
    this.still = button("tool-still", "camera", t("tools.still"), () => desk.takeStill())
    this.cameras = this.#menu("tool-camera", "rotate", t("tools.camera"), (id) => tools.do("document_camera", "choose", { camera_id: id }))
    /** @type {import("../desk/turning.js").Turn[]} */
    this.turns = []
    this.turning = this.#menu("tool-turning", "settings", t("tools.turning"), (index) => this.#turn(Number(index)))
    this.print = this.#menu("tool-print", "document", t("tools.print"), (id) => tools.do("printer", "print", { source: id.startsWith("cap_") ? "capture" : "document", id }))
    this.card = button("tool-card", "card", t("tools.card"), () => tools.do("card_reader", "read"))
    this.pad = button("tool-pad", "sign", t("tools.pad"), () => tools.do("signature_pad", "show", { text: t("tools.pad_text") }))
    this.clear = button("tool-clear", "close", t("tools.pad_clear"), () => tools.do("signature_pad", "clear"))
    this.back = button("tools-back", "undo", t("tools.give_back"), () => tools.giveBack())
    this.result = h("p", { class: "tools-result", role: "status" })
    this.bar = h("div", { class: "tools-bar", role: "toolbar", "aria-label": t("tools.title") }, this.ask, this.waiting, this.cancel, this.badge, this.still, this.cameras.element, this.turning.element, this.print.element, this.card, this.pad, this.clear, this.back)
    this.element = h("section", { class: "tools", "aria-label": t("tools.title") }, this.bar, this.result)
  }

  /** @param {string} id  @param {string} symbol  @param {string} text  @param {(id: string) => void} choose */
  #menu(id, symbol, text, choose) {
    return new Menu({ button: button(id, symbol, text, () => {}), items: [], choose, label: text, opens: "up" })
  }

  render() {
    const { view, tools, socket } = this.desk
    const leads = this.desk.leads && tools.tools.length > 0
    show(this.element, leads)
    if (!view?.call || !leads) return
    const { question, live } = tools
    const offline = socket !== "online" || view.call.booth_lost_at !== null
    show(this.ask, !question && !live)
    show(this.waiting, !!question)
    show(this.cancel, !!question && !live)
    show(this.badge, !!live)
    show(this.back, !!live)
    this.ask.disabled = offline || this.desk.busy.has("lease.ask")
    if (live) say(this.left, clock(this.desk.until(live.expires_at)))
    const camera = tools.tools.find((one) => one.device === "document_camera")
    /** @type {[HTMLElement, HTMLButtonElement, string, boolean][]} */
    const rows = [
      [this.still, this.still, "document_camera", true],
      [this.cameras.element, this.cameras.button, "document_camera", (camera?.choices.length ?? 0) > 1],
      [this.turning.element, this.turning.button, "document_camera", (camera?.controls.length ?? 0) > 0],
      [this.print.element, this.print.button, "printer", true],
      [this.card, this.card, "card_reader", true],
      [this.pad, this.pad, "signature_pad", true],
      [this.clear, this.clear, "signature_pad", true],
    ]
    for (const [element, press, device, is] of rows) {
      show(element, !!live?.devices.includes(device) && is)
      press.disabled = offline || !tools.can(device)
      attribute(press, "aria-busy", tools.doing.has(device) ? "true" : null)
    }
    this.#fill()
    this.#renderResult()
  }

  /** @param {number} index */
  #turn(index) {
    const turn = this.turns[index]
    if (turn) this.desk.tools.do("document_camera", turn.action, turn.parameters)
  }

  /** Where the keys go: to the question, or to the first device. */
  focus() {
    const first = /** @type {HTMLElement[]} */ ([this.ask, this.cancel, this.still, this.print.button, this.card, this.pad, this.back]).find((one) => !one.hidden && one.offsetParent)
    if (first === this.ask) this.ask.click()
    else first?.focus()
  }

  #fill() {
    const { tools, captures } = this.desk
    const camera = tools.tools.find((one) => one.device === "document_camera")
    const stills = [...captures.values()].filter((one) => one.state === "stored")
    const told = JSON.stringify([camera, stills.map((one) => one.capture_id), tools.documents])
    if (told === this.#shown) return
    this.#shown = told
    this.cameras.fill((camera?.choices ?? []).map((one, index) => ({ id: one.id, label: `${one.name || t("tools.camera_number", { count: index + 1 })}${one.id === camera?.chosen ? ` · ${t("tools.chosen")}` : ""}` })))
    say(/** @type {HTMLElement} */ (this.turning.button.querySelector("span")), t(camera?.simulated ? "tools.turning_simulated" : "tools.turning"))
    this.turns = turns(camera?.controls ?? [])
    this.turning.fill(this.turns.map((one, index) => ({ id: String(index), label: t(`tools.turn_${one.word}`) })))
    this.print.fill([
      ...tools.documents.map((one) => ({ id: one.document_id, label: one.name || t("tools.print_document") })),
      ...stills.map((one) => ({ id: one.capture_id, label: t("tools.print_still", { time: hour(one.requested_at) }) })),
    ], t("tools.nothing_to_print"))
  }

  #renderResult() {
    const { last } = this.desk.tools
    const told = JSON.stringify(last)
    if (told === this.#result) return
    this.#result = told
    show(this.result, !!last)
    if (!last) return mount(this.result)
    attribute(this.result, "data-code", last.code)
    const { name, number, valid_until } = last.result
    mount(
      this.result,
      h("strong", null, t(`tools.of_${last.device}`)),
      last.result.simulated === true && h("em", { class: "badge badge-warn" }, t("tools.simulated")),
      h("span", null, knows(`tools.code_${last.code}`) ? t(`tools.code_${last.code}`) : last.code),
      last.device === "card_reader" && last.code === "ok" && h("span", { class: "digits tools-card" }, [name, number, valid_until].filter(Boolean).join(" · ")),
      last.device === "printer" && last.code === "ok" && h("span", { class: "soft digits" }, last.detail),
    )
  }
}

/** @param {string} id  @param {string} symbol  @param {string} text  @param {() => void} run  @param {string} [key] */
function button(id, symbol, text, run, key) {
  return h("button", { type: "button", class: "button button-small", id, onclick: run }, icon(symbol), h("span", null, text), key && h("kbd", null, key))
}

/** What ended the leave, for the announcer; empty where the helper did it. @param {import("../desk/tools.js").Lease} lease */
export function leaseNews(lease) {
  if (lease.state === "live") return t("tools.allowed")
  return lease.state === "ended" && lease.reason !== "given_back" && lease.reason !== "replaced" ? word("lease_reason", lease.reason ?? "") : ""
}

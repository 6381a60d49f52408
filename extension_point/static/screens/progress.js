// Where does my matter stand? The receipt's number, typed or held before a camera, then the end of the phone's; then
// one word, large, and how it came to be. What is missing can be handed in from here: the new call knows its case.

import { Numpad } from "/static/web/components/numpad/numpad.js"
import { h, icon, mount } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { Problem } from "/static/web/js/signal.js"
import { day, moment } from "../dates.js"
import { findCase, isNumber } from "../receipts.js"
import { advice } from "../refusals.js"
import { CodeCamera } from "./code-camera.js"
import { papers } from "./receipt.js"

/** @typedef {import("../types.js").BoothState} BoothState */
/** @typedef {import("../types.js").BoothActions} BoothActions */
/** @typedef {import("../receipts.js").CaseFile} CaseFile */

const NUMBER = 12
const ENDING = 4
/** @type {Record<string, string>} */
const TONE = { done: "good", refused: "danger", withdrawn: "danger", waiting_papers: "warn" }
/** @type {Record<string, string>} */
const PICTURE = { done: "check", refused: "close", withdrawn: "close", waiting_papers: "document" }

class Progress {
  number = ""
  asking = false
  /** Looks for the receipt while its number is asked for. @type {CodeCamera | null} */
  camera = null
  title = h("h1", { class: "screen-title" })
  lead = h("p", { class: "lead" })
  problem = h("p", { class: "banner banner-danger", role: "alert", hidden: true })
  body = h("div", { class: "progress-body" })
  back = h("button", { class: "button", type: "button", "data-action": "back", onclick: () => this.#goBack() }, icon("back"), h("span", null, t("action.back")))
  on = h("button", { class: "button button-primary", type: "button", "data-action": "bring", hidden: true }, icon("document"), t("progress.bring"))
  element = h("section", { class: "screen progress" }, h("div", null, this.title, this.lead), this.problem, this.body, h("footer", { class: "actions" }, this.back, this.on))

  /** @param {BoothState} state  @param {BoothActions} actions */
  constructor(state, actions) {
    this.state = state
    this.actions = actions
    if (state.visit.receipt) this.#askEnding(state.visit.receipt)
    else this.#askNumber()
  }

  leave() {
    this.camera?.stop()
    this.camera = null
  }

  #askNumber() {
    this.number = ""
    this.#say(t("progress.title"), t("progress.lead"))
    const pad = new Numpad({ length: NUMBER, groups: [4, 4, 4], words: words("progress.number_label"), delegate: {
      numpadChanged: () => this.#complain(""),
      numpadDone: (digits) => {
        if (!isNumber(digits)) return this.#complain(t("progress.wrong_number"))
        this.#askEnding(digits)
      },
    } })
    this.camera = new CodeCamera(this.state.devices, ({ receipt }) => receipt && this.#askEnding(receipt))
    this.#show("digits", this.camera.element, pad.element)
  }

  /** @param {string} number */
  #askEnding(number) {
    this.leave()
    this.number = number
    this.#say(t("progress.phone_title"), t("progress.phone_lead"))
    const pad = new Numpad({ length: ENDING, groups: [4], words: words("progress.phone_label"), delegate: {
      numpadChanged: () => this.#complain(""),
      numpadDone: async (digits) => {
        if (this.asking) return
        this.asking = true
        try {
          const file = await findCase(this.number, digits)
          this.#found(file, digits)
        } catch (error) {
          if (!(error instanceof Problem)) throw error
          pad.set("")
          this.#complain(advice(error))
        } finally {
          this.asking = false
        }
      },
    } })
    this.#show("digits", pad.element)
  }

  /** @param {CaseFile} file  @param {string} last_four */
  #found(file, last_four) {
    this.#say(named(file.item), t("progress.from", { number: file.spaced, day: day(file.opened_at) }))
    const tone = TONE[file.state] ?? "primary"
    const item = this.state.items.find(file.item.id)
    this.#show(
      "case",
      h("div", { class: "card progress-card" },
        h("div", { class: `progress-state progress-${tone}`, "data-state": file.state }, h("span", { class: "progress-picture" }, icon(PICTURE[file.state] ?? "clock")), h("div", null, h("p", { class: "progress-word" }, t(`progress.state_${file.state}`)), h("p", null, t(`progress.text_${file.state}`)))),
        file.due_at && !["done", "refused", "withdrawn"].includes(file.state) && h("p", { class: "badge badge-primary" }, icon("clock"), t("receipt.due_by", { day: day(file.due_at) })),
        file.next_steps && h("p", { class: "receipt-words" }, file.next_steps),
        papers(file),
      ),
      h("div", { class: "card progress-steps" },
        h("h2", { class: "card-title" }, t("progress.steps")),
        h("ol", { class: "progress-list" }, [...file.steps].reverse().map((one) =>
          h("li", null, h("time", { class: "digits soft", datetime: one.at }, moment(one.at)), h("strong", null, t(`progress.state_${one.state}`)), one.words && h("span", null, one.words)))),
      ),
    )
    this.on.hidden = !item || ["done", "refused", "withdrawn"].includes(file.state)
    this.on.onclick = () => item && this.actions.go({ step: "wishes", item, bring: { number: file.number, last_four } })
    mount(this.back, icon("home"), h("span", null, t("progress.done")))
    this.number = ""
  }

  #goBack() {
    if (this.number) this.#askNumber()
    else this.actions.home()
  }

  /** @param {string} title  @param {string} lead */
  #say(title, lead) {
    mount(this.title, title)
    mount(this.lead, lead)
    this.#complain("")
  }

  /** @param {string} text */
  #complain(text) {
    this.problem.hidden = !text
    mount(this.problem, icon("warning"), text)
  }

  /** @param {"digits" | "case"} of  @param {...HTMLElement} content */
  #show(of, ...content) {
    this.body.dataset.of = of
    mount(this.body, ...content)
    content.at(of === "digits" ? -1 : 0)?.focus({ preventScroll: true })
  }
}

/** @param {string} label */
const words = (label) => ({ label: t(label), erase: t("keyboard.erase"), clear: t("keyboard.clear"), empty: t("numpad.empty") })

/** @param {BoothState} state  @param {BoothActions} actions  @returns {import("../types.js").Screen} */
export function progress(state, actions) {
  const screen = new Progress(state, actions)
  return { element: screen.element, idle_s: 60, speak: t("progress.title"), update: (now) => void (screen.state = now), media: { track: (role, track) => screen.camera?.track(role, track) }, leave: () => screen.leave() }
}

// From state to screen: one is shown, a change of name replaces it, a change of state updates it. Around it stand the
// header (place, language, letters' size), the line that says the service is away, and the question after a long silence.

import { ask } from "/static/web/components/dialog/dialog.js"
import { h, icon, mount } from "/static/web/js/dom.js"
import { language, pageData, setLanguage, t } from "/static/web/js/i18n.js"
import { Idle } from "./idle.js"
import { attract } from "./screens/attract.js"
import { choose } from "./screens/choose.js"
import { code } from "./screens/code.js"
import { enrol, offline, starting, superseded } from "./screens/closed.js"
import { papers } from "./screens/papers.js"
import { progress } from "./screens/progress.js"
import { rate } from "./screens/rate.js"
import { receipt } from "./screens/receipt.js"
import { setup } from "./screens/setup.js"
import { talk } from "./screens/talk.js"
import { thanks } from "./screens/thanks.js"
import { ticket } from "./screens/ticket.js"
import { booked, times } from "./screens/times.js"
import { wishes } from "./screens/wishes.js"
import { hush, speak } from "./voice.js"

/** @typedef {import("./types.js").BoothActions} BoothActions */
/** @typedef {import("./types.js").BoothState} BoothState */
/** @typedef {import("./types.js").Screen} Screen */

/** @type {Record<string, (state: BoothState, actions: BoothActions) => Screen>} */
const SCREENS = { attract, choose, papers, wishes, ticket, talk, receipt, rate, thanks, progress, code, times, booked, setup, enrol, offline, starting, superseded }

/** Longer than any touch by chance. */
const HELD_MS = 3000
/** The question is answered with "no" by itself after this: nobody is there. */
const STILL_THERE_S = 25

export class Screens {
  #name = ""
  /** @type {Screen | null} */
  #screen = null
  /** @type {BoothState | null} */
  #state = null
  #asking = false
  idle = new Idle(this)

  /** @param {HTMLElement} root  @param {BoothActions} actions  @param {HTMLElement} mirror the word that somebody looks at the page */
  constructor(root, actions, mirror) {
    this.actions = actions
    this.header = h("header", { class: "header" })
    this.away = h("p", { class: "banner banner-warn away", role: "status", hidden: true })
    this.messages = h("div", { class: "messages", role: "status" })
    this.main = h("main", { class: "main", id: "main" })
    mount(root, this.header, mirror, this.messages, this.away, this.main)
  }

  start() {
    document.documentElement.dataset.theme = "light"
    this.idle.start()
  }

  /** What the shown screen wants to hear of pictures and pointers. */
  get media() {
    return this.#screen?.media ?? {}
  }

  /** @param {string} name  @param {BoothState} state */
  show(name, state) {
    this.#state = state
    const elder = state.visit.elder
    document.documentElement.dataset.elder = String(elder)
    if (name !== this.#name) this.#change(name, state)
    this.#screen?.update?.(state)
    this.#drawHeader(name, state)
    this.#drawMessages(state)
    const away = !state.online && ["ticket", "talk", "receipt", "rate"].includes(name)
    this.away.hidden = !away
    if (away) mount(this.away, icon("offline"), t("booth.away"))
  }

  /** The last citizen's language and everything they saw. */
  forget() {
    hush()
    this.speakLanguage(pageData.lang)
  }

  idleTooLong() {
    if (this.#name === "ticket") this.#askStillThere(() => this.actions.leave())
    else this.#askStillThere(() => this.actions.home())
  }

  /** @param {string} name  @param {BoothState} state */
  #change(name, state) {
    this.#screen?.leave?.()
    this.#name = name
    const make = SCREENS[name]
    if (!make) throw new Error(`no screen ${name}`)
    this.#screen = make(state, this.actions)
    document.body.dataset.screen = name
    mount(this.main, this.#screen.element)
    scrollTo(0, 0)
    this.idle.allow(this.#screen.idle_s ?? 0)
    // A screen reader begins to read where the new screen begins.
    const heading = this.#screen.element.querySelector("h1")
    heading?.setAttribute("tabindex", "-1")
    heading?.focus({ preventScroll: true })
    if (this.#screen.speak) speak(this.#screen.speak, language())
  }

  /** @param {BoothState} state  @param {string} name */
  #drawHeader(name, state) {
    const wanted = JSON.stringify([name, language(), state.visit.elder, state.view?.booth])
    if (this.header.dataset.shown === wanted) return
    this.header.dataset.shown = wanted
    const booth = state.view?.booth
    const canSettle = !["setup", "enrol", "offline", "starting", "superseded"].includes(name)
    mount(
      this.header,
      h("div", { class: "header-mark" },
        this.#mark(name),
        h("div", null,
          h("p", { class: "header-name" }, t("service.name")),
          h("p", { class: "header-place" }, booth && h("span", { class: "header-street" }, `${booth.street} · `), booth?.point ?? t("service.place")),
        ),
      ),
      canSettle && h("div", { class: "header-tools" }, this.#elderButton(state), this.#languageButton()),
    )
  }

  /** What the supervisors have to say to whoever sits here. @param {BoothState} state */
  #drawMessages({ view }) {
    const texts = (view?.messages ?? []).map((one) => one.text)
    const wanted = JSON.stringify(texts)
    if (this.messages.dataset.shown === wanted) return
    this.messages.dataset.shown = wanted
    mount(this.messages, texts.map((text) => h("p", { class: "banner message" }, icon("info"), text)))
  }

  /** The operator's way to the device screen: hold the mark, on the attract screen only. @param {string} name */
  #mark(name) {
    let timer = 0
    const release = () => clearTimeout(timer)
    const hold = () => {
      release()
      if (name === "attract") timer = setTimeout(() => this.actions.setup(), HELD_MS)
    }
    return h("img", { src: "/static/web/img/mark.svg", alt: "", width: 56, height: 56, draggable: "false", onpointerdown: hold, onpointerup: release, onpointerleave: release, oncontextmenu: (/** @type {Event} */ event) => event.preventDefault() })
  }

  /** @param {BoothState} state */
  #elderButton(state) {
    const on = state.visit.elder
    return h(
      "button",
      { class: "button header-button", type: "button", "aria-pressed": String(on), "data-action": "elder", onclick: () => this.actions.go({ elder: !on }) },
      icon("elder"),
      h("span", null, on ? t("booth.elder_off") : t("booth.elder_on")),
    )
  }

  #languageButton() {
    const other = pageData.languages.find((one) => one !== language()) ?? "en"
    return h(
      "button",
      { class: "button header-button", type: "button", lang: other, "data-action": "language", onclick: () => this.speakLanguage(other) },
      icon("globe"),
      h("span", null, t("language.other")),
    )
  }

  /** @param {string} lang */
  speakLanguage(lang) {
    if (lang === language()) return
    setLanguage(lang)
    // Every word changes: build the screen anew. A running call keeps its links; only its pictures are mounted again.
    const name = this.#name
    this.#name = ""
    if (this.#state && name) this.show(name, this.#state)
  }

  /** @param {() => void} gone */
  async #askStillThere(gone) {
    if (this.#asking) return
    this.#asking = true
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), STILL_THERE_S * 1000)
    const there = await ask({
      title: t("idle.title"),
      text: t("idle.text"),
      yes: t("idle.yes"),
      no: t("idle.no"),
      signal: patience.signal,
    })
    clearTimeout(timer)
    this.#asking = false
    if (!there) gone()
  }
}

// What both sides write. Enter sends, Shift+Enter breaks the line; Enter that ends a Chinese composition does neither.

import { h, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { LONGEST } from "../desk/chat.js"
import { ask } from "../http.js"
import { hour } from "../words.js"
import { attribute, follow, show } from "./list.js"
import { Menu } from "./menu.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../desk/chat.js").Line} Line */
/** @typedef {{id: string, text: string, text_en: string}} Phrase */

export class ChatPanel {
  #list = h("ol", { class: "chat-list" })
  #none = h("p", { class: "soft panel-empty" }, t("chat.none"))
  #form
  #count = -1
  /** @type {Phrase[] | null} */
  #phrases = null

  /** @param {Desk} desk  @param {() => void} heard  a line of the citizen that is new; the log itself is read out */
  constructor(desk, heard) {
    this.desk = desk
    this.heard = heard
    this.field = h("textarea", { class: "input chat-field", id: "chat", rows: "1", maxlength: LONGEST, placeholder: t("chat.placeholder"), "aria-label": t("chat.placeholder") })
    this.send = h("button", { type: "submit", class: "button button-primary", id: "chat-send" }, t("action.send"))
    this.phrases = new Menu({
      button: h("button", { type: "button", class: "button button-quiet button-small", id: "phrases" }, t("chat.phrases"), h("kbd", { "aria-hidden": "true" }, "G")),
      items: [],
      choose: (id) => this.write(this.#words(this.#phrases?.find((one) => one.id === id))),
      label: t("chat.phrases"),
    })
    this.#form = h("form", { class: "chat-form", onsubmit: this.#submit }, this.field, this.send)
    this.element = h("section", { class: "card panel chat", "aria-labelledby": "chat-title" }, h("div", { class: "panel-head" }, h("h2", { id: "chat-title" }, t("chat.title"), h("kbd", { "aria-hidden": "true" }, "T")), this.phrases.element), h("div", { class: "chat-scroll", tabindex: "0", role: "log", "aria-label": t("chat.lines") }, this.#none, this.#list), this.#form)
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return
      event.preventDefault()
      this.#form.requestSubmit()
    })
  }

  async load() {
    try {
      this.#phrases = (await ask("/api/phrases")).phrases
    } catch {
      this.#phrases = null // asked again when a call begins
    }
    this.phrases.fill((this.#phrases ?? []).map((one) => ({ id: one.id, label: one.text })), t("chat.no_phrases"))
  }

  /** The words in the citizen's language. @param {Phrase | undefined} phrase */
  #words(phrase) {
    return (this.desk.view?.call?.lang === "en" && phrase?.text_en) || (phrase?.text ?? "")
  }

  /** Put words where they can be read once more before they go. @param {string} text */
  write(text) {
    this.field.value = [this.field.value.trim(), text].filter(Boolean).join("\n").slice(0, LONGEST)
    this.field.focus()
    this.field.setSelectionRange(this.field.value.length, this.field.value.length)
  }

  #submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault()
    this.desk.chat.say(this.field.value)
    this.field.value = ""
  }

  render() {
    const { chat, view } = this.desk
    const talking = !!view?.call
    show(this.#form, talking && this.desk.leads)
    show(this.phrases.element, talking && this.desk.leads)
    if (talking && !this.#phrases && !this.#count) this.load()
    show(this.#none, !chat.lines.length)
    follow(this.#list, chat.lines, { key: (line) => line.message_id, make: (line) => this.#make(line), update })
    this.#tellNew(chat.lines)
  }

  /** @param {Line[]} lines */
  #tellNew(lines) {
    if (lines.length === this.#count) return
    const newest = lines.at(-1)
    // The first look at a call (after a reload) is no news.
    if (lines.length > this.#count && this.#count >= 0 && newest?.from === "citizen") this.heard()
    this.#count = this.desk.chat.call_id ? lines.length : -1
    const scroll = this.#list.parentElement
    if (scroll) scroll.scrollTop = scroll.scrollHeight
  }

  /** @param {Line} line */
  #make(line) {
    const again = h("button", { type: "button", class: "chat-again", onclick: () => this.desk.chat.again(line.message_id) }, t("chat.again"))
    const row = h("li", { class: `chat-line chat-${line.from === "agent" ? "mine" : "theirs"}` }, h("span", { class: "visually-hidden" }, t(line.from === "agent" ? "chat.me" : "chat.citizen")), h("p", null, line.text), h("span", { class: "chat-meta digits" }, h("span", { class: "chat-time" }), again))
    return row
  }
}

/** @param {HTMLElement} row  @param {Line} line */
function update(row, line) {
  attribute(row, "data-state", line.state)
  const time = /** @type {HTMLElement} */ (row.querySelector(".chat-time"))
  say(time, line.state === "sent" ? hour(line.at) : t(`chat.${line.state}`))
  show(/** @type {HTMLElement} */ (row.querySelector(".chat-again")), line.state === "failed")
}


// Looking things up while one talks: service items and policy texts, found as one types, read beside the list, and
// written to the citizen with one key. Only the newest question's answer is shown, however late others come.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { ask } from "../http.js"
import { sentence } from "../words.js"
import { attribute, show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../types.js").Item} Item */
/** @typedef {{id: string, title: string, text: string, source: string, items: string[]}} Policy */
/** @typedef {{kind: "item", item: Item} | {kind: "policy", policy: Policy}} Found */

/** A word typed at once is one question. */
const PAUSE_MS = 120

export class SearchDialog {
  /** @type {Found[]} */
  #found = []
  #at = 0
  #asked = 0
  #timer = 0
  #list = h("ul", { class: "search-list", id: "search-list", role: "listbox", tabindex: "0", "aria-label": t("search.found") })
  #reading = h("div", { class: "search-reading", "aria-live": "polite" })
  #told = h("p", { class: "soft search-told", role: "status" })

  /** @param {Desk} desk  @param {(text: string) => void} write puts a text into the chat's field */
  constructor(desk, write) {
    this.desk = desk
    this.write = write
    this.field = h("input", { class: "input", type: "text", id: "search", maxlength: 100, autocomplete: "off", placeholder: t("search.placeholder"), "aria-label": t("search.title"), role: "combobox", "aria-expanded": "true", "aria-controls": "search-list", oninput: this.#typed, onkeydown: this.#key })
    this.send = h("button", { type: "button", class: "button button-primary", id: "search-send", onclick: () => this.#send() }, icon("chat"), t("search.send"))
    this.element = h(
      "dialog",
      { class: "dialog dialog-search", "aria-labelledby": "search-title" },
      h("div", { class: "dialog-head" }, h("h2", { class: "dialog-title", id: "search-title" }, t("search.title")), h("button", { type: "button", class: "button button-quiet bar-icon", "aria-label": t("action.close"), onclick: () => this.element.close() }, icon("close"))),
      this.field,
      h("div", { class: "search-columns" }, h("div", { class: "search-results" }, this.#list, this.#told), h("div", { class: "search-text", tabindex: "0", role: "region", "aria-label": t("search.reading") }, this.#reading, this.send)),
    )
  }

  open() {
    if (this.element.open) return
    this.element.showModal()
    this.field.select()
    this.#ask()
  }

  #typed = () => {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#ask(), PAUSE_MS)
  }

  async #ask() {
    const mine = ++this.#asked
    say(this.#told, this.#found.length ? "" : t("search.asking"))
    try {
      const { items, policies } = await ask(`/api/search?q=${encodeURIComponent(this.field.value)}`)
      if (mine !== this.#asked) return
      this.#show([...policies.map((/** @type {Policy} */ policy) => ({ kind: "policy", policy })), ...items.map((/** @type {Item} */ item) => ({ kind: "item", item }))])
    } catch (error) {
      if (mine !== this.#asked) return
      this.#show([])
      say(this.#told, sentence(error))
    }
  }

  /** @param {Found[]} found */
  #show(found) {
    this.#found = found
    this.#at = 0
    say(this.#told, found.length ? "" : t("search.nothing"))
    mount(this.#list, found.map((one, index) => this.#row(one, index)))
    this.#choose(0)
  }

  /** @param {Found} one  @param {number} index */
  #row(one, index) {
    const [name, note] = one.kind === "item" ? [named(one.item), t("search.item", { minutes: one.item.minutes })] : [one.policy.title, one.policy.source]
    return h("li", { class: "search-row", role: "option", id: `found-${index}`, "aria-selected": "false", onclick: () => this.#choose(index) }, h("strong", null, name), h("span", { class: "soft" }, note))
  }

  /** @param {number} index */
  #choose(index) {
    this.#at = index
    ;[...this.#list.children].forEach((row, at) => attribute(/** @type {HTMLElement} */ (row), "aria-selected", String(at === index)))
    attribute(this.field, "aria-activedescendant", this.#found.length ? `found-${index}` : null)
    this.#list.children[index]?.scrollIntoView({ block: "nearest" })
    const one = this.#found[index]
    mount(this.#reading, !one ? null : one.kind === "item" ? item(one.item) : policy(one.policy))
    show(this.send, !!one && !!this.desk.view?.call && this.desk.leads)
  }

  #key = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return
    const last = this.#found.length - 1
    if (event.key === "ArrowDown") this.#choose(Math.min(last, this.#at + 1))
    else if (event.key === "ArrowUp") this.#choose(Math.max(0, this.#at - 1))
    else if (event.key === "Enter") this.#send()
    else return
    event.preventDefault()
  }

  /** The words go into the chat's field, where they can be made shorter: nothing reaches a citizen unseen. */
  #send() {
    const one = this.#found[this.#at]
    if (!one || this.send.hidden) return
    this.element.close()
    this.write(one.kind === "item" ? papers(one.item) : `${one.policy.title}\n${one.policy.text.trim()}`)
  }
}

/** @param {Item} item  the papers as they are written to a citizen */
const papers = (item) => [t("search.papers", { item: named(item) }), ...item.materials.map((one, index) => `${index + 1}. ${[named(one), named(one, "note")].filter(Boolean).join(t("search.comma"))}`)].join("\n")

/** @param {Item} item */
const item = (item) => [
  h("h3", null, named(item)),
  h("p", null, named(item, "summary")),
  h("p", { class: "soft" }, [named(item.queue), t("search.item", { minutes: item.minutes }), t(item.open ? "search.open" : "search.closed")].join(" · ")),
  h("ol", { class: "search-papers" }, item.materials.map((one) => h("li", null, h("strong", null, named(one)), h("span", { class: "soft" }, [!one.required && t("checklist.optional"), named(one, "note")].filter(Boolean).join(" · "))))),
]

/** @param {Policy} policy */
const policy = (policy) => [h("h3", null, policy.title), ...policy.text.trim().split("\n").map((line) => h("p", null, line)), h("p", { class: "soft" }, policy.source)]

// Keys on the screen for a booth that has no others: digits, letters, and Chinese by pinyin, character by character. They
// come up when a finger enters a field and type where its cursor stands; a key of a real keyboard sends them away.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { pinyin } from "./pinyin.js"

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Field */
/** @typedef {"chinese" | "letters" | "digits"} Mode */
/** @typedef {import("./pinyin.js").Candidate} Candidate */

const LETTERS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"]
const DIGITS = ["1234567890"]
/** What an address here is made of. */
const PLACES = "路弄号室村"
const MOST_SPELLED = 30
const SHOWN = 9

export class TouchKeys {
  /** @type {Field | null} */
  #field = null
  /** @type {Mode} */
  #mode = "chinese"
  #spelled = ""
  /** @type {Candidate[]} */
  #candidates = []
  #page = 0
  #strip = h("div", { class: "touch-strip", role: "group", "aria-label": t("keys.candidates") })
  #keys = h("div", { class: "touch-rows" })
  // Pressing a key must not take the cursor out of the field.
  element = h("section", { class: "touch-keys", "aria-label": t("keys.title"), hidden: true, onpointerdown: (/** @type {Event} */ event) => event.preventDefault(), onmousedown: (/** @type {Event} */ event) => event.preventDefault() }, this.#strip, this.#keys)

  /** @param {HTMLElement} scope whose fields they type into */
  constructor(scope) {
    // The screen ends where the keys begin.
    new ResizeObserver(() => {
      scope.style.setProperty("--keys", `${this.element.offsetHeight}px`)
      // With its name, where it has one: what is asked for stays in sight.
      for (const one of [this.#field, this.#field?.closest(".form-row")]) one?.scrollIntoView({ block: "nearest" })
    }).observe(this.element)
    scope.addEventListener("focusin", (event) => this.#enter(event.target))
    scope.addEventListener("focusout", () => this.hide())
    scope.addEventListener("keydown", (event) => event.isTrusted && this.hide())
    scope.addEventListener("pointerdown", (event) => event.target === this.#last && this.#enter(event.target))
  }

  /** @type {EventTarget | null} */
  #last = null

  /** @param {EventTarget | null} target */
  #enter(target) {
    const typed = target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && ["text", "tel"].includes(target.type))
    if (!typed || this.#field === target) return
    this.#field = this.#last = /** @type {Field} */ (target)
    this.#mode = this.#modeOf(this.#field)
    this.#spell("")
    this.#draw()
    this.element.hidden = false
  }

  hide() {
    this.#field = null
    this.#spell("")
    this.element.hidden = true
  }

  /** @param {Field} field  @returns {Mode} */
  #modeOf(field) {
    if (field.inputMode === "numeric" || field.dataset.keys === "number") return "digits"
    return document.documentElement.lang.startsWith("zh") ? "chinese" : "letters"
  }

  #draw() {
    const { lastField } = this
    const digits = this.#mode === "digits"
    const more = digits ? extra(lastField) : ""
    const rows = digits ? ["123", "456", "789", `${more}0`] : [...DIGITS, ...LETTERS]
    const erase = h("button", { type: "button", class: "key key-wide", "data-key": "erase", "aria-label": t("keys.erase"), onclick: () => this.#erase() }, icon("delete"))
    mount(
      this.#keys,
      rows.map((row, index) => h("div", { class: "keyboard-row" }, [...row].map((key) => this.#key(key)), index === rows.length - 1 && erase)),
      h("div", { class: "keyboard-row" },
        !digits && h("button", { type: "button", class: "key key-wide", "data-key": "mode", onclick: () => this.#switch() }, t(this.#mode === "chinese" ? "keys.letters" : "keys.chinese")),
        !digits && h("button", { type: "button", class: "key touch-space", "data-key": "space", onclick: () => this.#space() }, t("keys.space")),
        h("button", { type: "button", class: "key key-wide touch-done", "data-key": "done", onclick: () => this.#done() }, t("keys.done"))),
    )
    this.element.dataset.mode = this.#mode
    this.#drawStrip()
  }

  get lastField() {
    return /** @type {Field} */ (this.#field ?? this.#last)
  }

  /** @param {string} key */
  #key(key) {
    const letter = /[a-z]/.test(key)
    return h("button", { type: "button", class: "key", "data-key": key, onclick: () => this.#press(key) }, letter && this.#mode === "letters" ? key : key.toUpperCase())
  }

  /** @param {string} key */
  #press(key) {
    if (this.#mode === "chinese" && /[a-z]/.test(key)) this.#spell((this.#spelled + key).slice(0, MOST_SPELLED))
    else this.#type(key)
  }

  #switch() {
    this.#spell("")
    this.#mode = this.#mode === "chinese" ? "letters" : "chinese"
    this.#draw()
  }

  /** Chinese has no spaces: the key takes the first character. */
  #space() {
    const [first] = this.#candidates
    if (this.#spelled) return first && this.#choose(first)
    this.#type(" ")
  }

  #erase() {
    if (this.#spelled) return this.#spell(this.#spelled.slice(0, -1))
    const field = this.#field
    if (!field) return
    const [start, end] = [field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length]
    // A rare character is two units of text.
    const before = [...field.value.slice(0, start)].at(-1)?.length ?? 0
    this.#change(start === end ? start - before : start, end, "")
  }

  #done() {
    this.#field?.blur()
  }

  /** @param {string} text */
  #type(text) {
    const field = this.#field
    if (!field) return
    const [start, end] = [field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length]
    if (field.maxLength >= 0 && field.value.length - (end - start) + text.length > field.maxLength) return
    this.#change(start, end, text)
  }

  /** @param {number} start  @param {number} end  @param {string} text */
  #change(start, end, text) {
    this.#field?.setRangeText(text, start, end, "end")
    this.#field?.dispatchEvent(new Event("input", { bubbles: true }))
  }

  // Spelling ------------------------------------------------------------------------------------------------------

  /** @param {string} spelled */
  async #spell(spelled) {
    this.#spelled = spelled
    this.#candidates = []
    this.#page = 0
    if (spelled) {
      try {
        const found = (await pinyin()).candidates(spelled)
        // Meanwhile another letter came: it brings its own.
        if (spelled === this.#spelled) this.#candidates = found
      } catch {
        // The characters could not be loaded: letters and digits type all the same, and the helper writes too.
      }
    }
    this.#drawStrip()
  }

  /** @param {Candidate} candidate */
  #choose({ text, used }) {
    this.#type(text)
    this.#spell(this.#spelled.slice(used))
  }

  #drawStrip() {
    this.#strip.hidden = this.#mode !== "chinese"
    const from = this.#page * SHOWN
    const choice = (/** @type {string} */ text, /** @type {() => void} */ chosen) => h("button", { type: "button", class: "key touch-candidate", "data-candidate": text, onclick: chosen }, text)
    const page = (/** @type {number} */ by, /** @type {string} */ name, /** @type {boolean} */ there) => h("button", { type: "button", class: "key", "data-key": name, "aria-label": t(name === "before" ? "keys.before" : "keys.after"), disabled: !there, onclick: () => ((this.#page += by), this.#drawStrip()) }, icon(name === "before" ? "back" : "next"))
    mount(
      this.#strip,
      h("span", { class: "touch-spelled", role: "status" }, this.#spelled || t("keys.spell")),
      this.#spelled
        ? [...this.#candidates.slice(from, from + SHOWN).map((one) => choice(one.text, () => this.#choose(one))), page(-1, "before", this.#page > 0), page(1, "after", this.#candidates.length > from + SHOWN)]
        : [...PLACES].map((text) => choice(text, () => this.#type(text))),
    )
  }
}

/** What a field of numbers takes beside digits. @param {Field} field */
function extra(field) {
  if (field.maxLength === 18) return "X"
  return field.dataset.keys === "number" ? "." : ""
}

// The notes' field and, in words, whether what stands in it is safe.

import { h, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { LONGEST } from "../desk/notes.js"
import { second } from "../words.js"
import { attribute } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

export class NotesPanel {
  #state = h("span", { class: "notes-state", role: "status" })
  #left = h("span", { class: "soft digits" })
  #version = -1

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
    this.field = h("textarea", { class: "input notes-field", id: "notes", maxlength: LONGEST, placeholder: t("notes.placeholder"), "aria-label": t("notes.title"), oninput: () => desk.notes.edit(this.field.value) })
    this.element = h("section", { class: "card panel notes", "aria-labelledby": "notes-title" }, h("div", { class: "panel-head" }, h("h2", { id: "notes-title" }, t("notes.title"), h("kbd", { "aria-hidden": "true" }, "N")), this.#left, this.#state), this.field)
  }

  render() {
    const { notes } = this.desk
    // Only a text that is not from here: nothing pulls the field from under the typing hand.
    if (this.#version !== notes.version && this.field.value !== notes.text) this.field.value = notes.text
    this.#version = notes.version
    attribute(this.#state, "data-state", notes.state)
    say(this.#state, this.#words())
    say(this.#left, notes.text.length > LONGEST - 200 ? t("notes.left", { count: LONGEST - notes.text.length }) : "")
  }

  #words() {
    const { state, saved_at } = this.desk.notes
    if (state === "saved" && saved_at) return t("notes.saved_at", { time: second(new Date(saved_at).toISOString()) })
    return t(`notes.${state}`)
  }
}

// The three ways a call that was served can end; the same choice in the dialog that ends it and in wrap-up.

import { h } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { word } from "../words.js"

export const OUTCOMES = ["completed", "partly_completed", "referred"]

export class Outcome {
  /** @param {string} name  @param {() => void} changed */
  constructor(name, changed) {
    this.inputs = OUTCOMES.map((value) => h("input", { type: "radio", name, value, onchange: changed }))
    this.element = h(
      "fieldset",
      { class: "outcomes" },
      h("legend", null, t("outcome.question")),
      this.inputs.map((input, index) =>
        h("label", { class: "choice" }, input, h("span", null, h("strong", null, word("outcome", input.value)), h("span", { class: "soft choice-note" }, t(`outcome.${input.value}.note`))), h("kbd", { "aria-hidden": "true" }, index + 1)),
      ),
    )
  }

  get value() {
    return this.inputs.find((input) => input.checked)?.value ?? null
  }

  set value(value) {
    for (const input of this.inputs) input.checked = input.value === value
  }

  /** A digit chooses. @param {KeyboardEvent} event  @returns {boolean} */
  key(event) {
    const input = this.inputs[Number(event.key) - 1]
    if (!input || event.ctrlKey || event.metaKey) return false
    input.click()
    input.focus()
    return true
  }

  focus() {
    ;(this.inputs.find((input) => input.checked) ?? this.inputs[0])?.focus()
  }
}

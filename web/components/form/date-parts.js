// A date in the order people here write it: year, month, day, each a short field of digits. The value is `YYYY-MM-DD`, or
// what there is of it so far, so that the other side sees it grow; whether there is such a day is for the form's rules.

import { h } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

const PARTS = /** @type {const} */ (["year", "month", "day"])

export class DateParts {
  /**
   * @param {object} options
   * @param {string} options.id of the first field: the label's
   * @param {Record<string, any>} options.told attributes and listeners of each field
   * @param {(value: string) => void} options.typed
   */
  constructor({ id, told, typed }) {
    this.inputs = PARTS.map((part, index) =>
      h("input", { ...told, id: index ? `${id}-${part}` : id, class: `input digits date-${part}`, type: "text", inputmode: "numeric", maxlength: index ? 2 : 4, "aria-label": t(`form.${part}`), oninput: (/** @type {Event} */ event) => this.#typed(/** @type {HTMLInputElement} */ (event.target), typed) }),
    )
    this.element = h("div", { class: "date-parts", role: "group" }, this.inputs.flatMap((input, index) => [input, h("span", { "aria-hidden": "true" }, t(`form.${PARTS[index]}`))]))
  }

  /** @param {HTMLInputElement} input  @param {(value: string) => void} typed */
  #typed(input, typed) {
    const digits = input.value.replace(/\D/g, "")
    if (digits !== input.value) input.value = digits
    typed(this.value)
  }

  get value() {
    const [year = "", month = "", day = ""] = this.inputs.map((input) => input.value)
    if (!year && !month && !day) return ""
    return year && month && day ? `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}` : `${year}-${month}-${day}`
  }

  set value(value) {
    if (value === this.value) return
    const parts = value.split("-")
    this.inputs.forEach((input, index) => (input.value = (parts[index] ?? "").replace(index ? /^0+/ : /^$/, "")))
  }
}

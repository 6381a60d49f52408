// What a helper should know of a citizen before the first word: priority, needs, language, elder mode.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { word } from "../words.js"

/** @typedef {{priority: readonly string[], needs: readonly string[], elder_mode: boolean, lang: string}} Wishes */

/** @type {Record<string, string>} */
const ICONS = { elder: "elder", disability: "heart", veteran: "medal", sign_language: "sign" }

/** @param {Element} parent  @param {Wishes} wishes */
export function badges(parent, { priority, needs, elder_mode, lang }) {
  const told = JSON.stringify([priority, needs, elder_mode, lang])
  if (parent instanceof HTMLElement && parent.dataset.told === told) return
  if (parent instanceof HTMLElement) parent.dataset.told = told
  mount(
    parent,
    needs.map((code) => badge("badge badge-danger", ICONS[code], word("need", code))),
    priority.map((code) => badge("badge badge-warn", ICONS[code], word("priority", code))),
    elder_mode && badge("badge badge-primary", "elder", t("wish.elder_mode")),
    lang === "en" && badge("badge badge-primary", "globe", t("wish.english")),
  )
}

/** @param {string} kind  @param {string | undefined} symbol  @param {string} text */
const badge = (kind, symbol, text) => h("span", { class: kind }, symbol ? icon(symbol) : null, text)

// A touch keyboard of Latin letters, for pinyin and initials on a booth without keys. Types into the input it is given.

import { h, icon } from "/static/web/js/dom.js"

const ROWS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"]

/**
 * @param {HTMLInputElement} input
 * @param {{erase: string, clear: string, label: string}} words
 */
export function keyboard(input, words) {
  const change = (/** @type {string} */ value) => {
    input.value = value
    input.dispatchEvent(new Event("input", { bubbles: true }))
  }
  /** @param {string} letter */
  const key = (letter) =>
    h("button", { class: "key", type: "button", onclick: () => change(input.value + letter), "data-key": letter }, letter.toUpperCase())
  const erase = h(
    "button",
    { class: "key key-wide", type: "button", "aria-label": words.erase, onclick: () => change(input.value.slice(0, -1)) },
    icon("delete"),
  )
  const clear = h("button", { class: "key key-wide", type: "button", onclick: () => change("") }, words.clear)
  return h(
    "div",
    { class: "keyboard", role: "group", "aria-label": words.label },
    ROWS.map((row, index) =>
      h("div", { class: "keyboard-row" }, index === 2 && clear, [...row].map(key), index === 2 && erase),
    ),
  )
}

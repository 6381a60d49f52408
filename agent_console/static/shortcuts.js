// Keys of the desk. A single key works where nobody types; with Alt it works everywhere. Single keys can be switched off
// (WCAG 2.1.4): speech input and a cat on the keyboard press them too.

/**
 * @typedef {object} Shortcut
 * @property {string} key as it is shown: "M", "1", "?"
 * @property {string} says the catalogue's key of what it does
 * @property {string} group
 * @property {() => unknown} [run] without it the line only informs (keys a panel handles itself)
 * @property {() => boolean} [when]
 */

const STORE = "vw.console.single_keys"

export class Shortcuts {
  /** @param {Shortcut[]} table */
  constructor(table) {
    this.table = table
  }

  start() {
    addEventListener("keydown", this.#pressed)
  }

  /** The keys work in a second window of the desk too. @param {Window} other */
  follow(other) {
    other.addEventListener("keydown", this.#pressed)
  }

  stop() {
    removeEventListener("keydown", this.#pressed)
  }

  get single() {
    return localStorage.getItem(STORE) !== "off"
  }

  set single(on) {
    localStorage.setItem(STORE, on ? "on" : "off")
  }

  #pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || event.repeat || event.ctrlKey || event.metaKey || event.defaultPrevented) return
    const { view } = event
    if (document.querySelector("dialog[open]") || view?.document.querySelector("dialog[open]")) return
    if (event.key === "Escape" && types(event.target)) return void event.target.blur()
    if (!event.altKey && (types(event.target) || !this.single)) return
    const pressed = event.altKey ? ofCode(event.code) : event.key.toUpperCase()
    const one = this.table.find(({ key, run, when }) => run && key === pressed && (when?.() ?? true))
    if (!one?.run) return
    event.preventDefault()
    const before = document.activeElement
    one.run()
    // What was pressed in the second window and goes on in the first takes the person there.
    if (view !== window && (document.activeElement !== before || document.querySelector("dialog[open]"))) window.focus()
  }
}

/** Alt changes what a key types on some systems; the key itself stays. @param {string} code */
const ofCode = (code) => (code.startsWith("Key") ? code.slice(3) : code.startsWith("Digit") ? code.slice(5) : code === "Slash" ? "?" : "")

/** Does this element take text? @param {EventTarget | null} target  @returns {target is HTMLElement} */
function types(target) {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
}

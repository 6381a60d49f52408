// Typed lines of both sides. Lines are text nodes: nothing a person types can become markup. A line is sent with its own
// id until it is answered, so that it appears once, however bad the network.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/** @typedef {import("/static/web/js/types.js").ChatLine} ChatLine */
/** @typedef {import("/static/web/js/types.js").Side} Side */

/**
 * @typedef {object} ChatDelegate
 * @property {(line: {text: string, message_id: string}) => Promise<unknown>} say
 */

const LONGEST = 2000

export class Chat {
  /** @type {Map<string, HTMLElement>} */
  #lines = new Map()
  /** The newest line is kept in sight unless the person scrolled back to read. */
  #following = true

  /**
   * @param {object} options
   * @param {Side} options.side whose lines stand on the right
   * @param {ChatDelegate} options.delegate
   * @param {string[]} [options.phrases] sentences ready for one touch
   */
  constructor({ side, delegate, phrases = [] }) {
    this.side = side
    this.delegate = delegate
    this.list = h("ol", { class: "chat-lines", role: "log", "aria-live": "polite", "aria-label": t("chat.title"), "data-none": t("chat.none"), tabindex: "0", onscroll: () => (this.#following = this.#nearEnd()) })
    new ResizeObserver(() => this.#following && this.#toEnd()).observe(this.list)
    this.input = h("textarea", {
      class: "input chat-input",
      rows: "1",
      maxlength: LONGEST,
      placeholder: t("chat.placeholder"),
      "aria-label": t("chat.placeholder"),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
        event.preventDefault()
        this.send(this.input.value)
      },
    })
    const button = h(
      "button",
      { class: "button button-primary chat-send", type: "button", "aria-label": t("action.send"), "data-action": "chat-send", onclick: () => this.send(this.input.value) },
      icon("next"),
    )
    const ready = phrases.map((text) =>
      h("button", { class: "button chat-phrase", type: "button", onclick: () => this.send(text) }, text),
    )
    this.element = h(
      "section",
      { class: "chat", "aria-label": t("chat.title") },
      this.list,
      ready.length > 0 && h("div", { class: "chat-phrases" }, ready),
      h("div", { class: "chat-entry" }, this.input, button),
    )
  }

  /** Show what the server knows. @param {ChatLine[]} lines */
  show(lines) {
    const news = lines.filter((line) => this.#line(line.message_id, line.from, line.text, "sent"))
    if (news.length && this.#following) this.#toEnd()
  }

  /** @param {string} raw */
  async send(raw) {
    const text = raw.trim().slice(0, LONGEST)
    if (!text) return
    this.input.value = ""
    const message_id = `msg_${crypto.randomUUID().replaceAll("-", "")}`
    this.#line(message_id, this.side, text, "sending")
    this.#toEnd()
    await this.#deliver(message_id, text)
  }

  /** @param {string} message_id  @param {string} text */
  async #deliver(message_id, text) {
    try {
      await this.delegate.say({ text, message_id })
      this.#line(message_id, this.side, text, "sent")
    } catch {
      this.#line(message_id, this.side, text, "failed")
    }
  }

  /**
   * @param {string} id
   * @param {string} from
   * @param {string} text
   * @param {"sending" | "sent" | "failed"} state
   * @returns {boolean} whether it was shown otherwise before
   */
  #line(id, from, text, state) {
    let line = this.#lines.get(id)
    if (!line) {
      line = h("li", { class: "chat-line" })
      this.#lines.set(id, line)
      this.list.append(line)
    }
    if (line.dataset.state === state) return false
    line.dataset.state = state
    line.dataset.mine = String(from === this.side)
    const again = h("button", { class: "chat-again", type: "button", onclick: () => this.#deliver(id, text) }, t("chat.again"))
    mount(
      line,
      h("span", { class: "visually-hidden" }, from === this.side ? t("chat.me") : t("chat.other"), ": "),
      h("span", { class: "chat-text" }, text),
      state === "failed" && again,
    )
    return true
  }

  #nearEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80
  }

  #toEnd() {
    this.list.scrollTop = this.list.scrollHeight
  }
}

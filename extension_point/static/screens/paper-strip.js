// The stills of this call as the citizen sees them: what was taken, how far it is on its way, and the right to take it back.

import { ask } from "/static/web/components/dialog/dialog.js"
import { h, icon, mount, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/** @typedef {import("../captures.js").Paper} Paper */

export class PaperStrip {
  /** @type {Map<string, {element: HTMLElement, shown: string}>} */
  #cards = new Map()

  /** @param {{withdraw: (capture_id: string) => void, look: (capture_id: string) => void}} does  @param {AbortSignal} over the call has ended */
  constructor(does, over) {
    this.does = does
    this.over = over
    this.news = h("p", { class: "visually-hidden", role: "status" })
    this.empty = h("p", { class: "paper-empty soft" }, t("capture.none"))
    this.list = h("ul", { class: "paper-strip" })
    this.element = h("section", { class: "paper-section", "aria-label": t("capture.title") }, h("h2", { class: "talk-heading" }, icon("notes"), t("capture.title")), this.empty, this.list, this.news)
  }

  /** @param {Paper[]} papers */
  show(papers) {
    this.empty.hidden = papers.length > 0
    papers.forEach((paper, index) => this.#card(paper, index + 1))
    const last = papers.at(-1)
    if (last) say(this.news, told(last))
  }

  stop() {
    for (const image of this.list.querySelectorAll("img")) image.removeAttribute("src")
  }

  /** @param {Paper} paper  @param {number} number */
  #card(paper, number) {
    let card = this.#cards.get(paper.capture_id)
    if (!card) {
      card = { element: h("li", { class: "paper-card", "data-capture": paper.capture_id }), shown: "" }
      this.#cards.set(paper.capture_id, card)
      this.list.append(card.element)
      // The newest is the one that is being talked about.
      queueMicrotask(() => (this.list.scrollTop = this.list.scrollHeight))
    }
    const { element } = card
    element.dataset.state = paper.state
    const shown = JSON.stringify([paper.bad, paper.state, paper.picture])
    if (card.shown !== shown) mount(element, ...this.#inside(paper, number))
    card.shown = shown
    const meter = /** @type {HTMLElement | null} */ (element.querySelector(".meter > span"))
    meter?.style.setProperty("--value", String(paper.progress))
    const word = element.querySelector(".paper-state")
    if (word) say(word, told(paper))
    element.toggleAttribute("data-bad", paper.state === "stored" && Boolean(paper.bad))
  }

  /** @param {Paper} paper  @param {number} number */
  #inside(paper, number) {
    const gone = paper.state === "withdrawn" || paper.state === "failed"
    const label = t("capture.number", { count: number })
    return [
      paper.picture && !gone ? h("img", { class: "paper-picture", src: paper.picture, alt: label }) : h("span", { class: "paper-picture paper-blank" }, icon(gone ? "close" : "document")),
      h("div", { class: "paper-words" },
        h("p", { class: "paper-label" }, label),
        h("p", { class: "paper-state soft" }),
        !gone && paper.state !== "stored" && h("div", { class: "meter" }, h("span", null)),
      ),
      h("div", { class: "paper-acts" },
        paper.state === "stored" && h("button", { class: "button", type: "button", "data-action": "look", "aria-label": `${t("capture.look")} ${label}`, onclick: () => this.does.look(paper.capture_id) }, icon("eye"), t("capture.look")),
        !gone && h("button", { class: "button", type: "button", "data-action": "withdraw", "aria-label": `${t("capture.withdraw")} ${label}`, onclick: () => this.#ask(paper) }, icon("undo"), t("capture.withdraw")),
      ),
    ]
  }

  /** @param {Paper} paper */
  async #ask(paper) {
    const sure = await ask({ title: t("capture.withdraw_title"), text: t("capture.withdraw_text"), yes: t("capture.withdraw_yes"), no: t("action.cancel"), danger: true, signal: this.over })
    if (sure) this.does.withdraw(paper.capture_id)
  }
}

/** How it is with a paper; what is wrong with a picture goes before that it arrived. @param {Paper} paper */
function told(paper) {
  if (paper.waiting) return t("capture.waiting")
  return paper.state === "stored" && paper.bad ? t(`capture.bad_${paper.bad}`) : t(`capture.${paper.state}`)
}

// The stills of this call as a strip: asked for, on their way, here. The first places ask for one more, for both sides of an
// identity card, and for the next page of a paper until it is done.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { knows, t } from "/static/web/js/i18n.js"
import { hour, size, word } from "../words.js"
import { attribute, follow, show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("/static/web/js/types.js").CaptureInfo} CaptureInfo */

export class Captures {
  #list = h("ol", { class: "capture-list" })

  /** @param {Desk} desk  @param {(capture_id: string) => void} look  @param {() => string | null} looking */
  constructor(desk, look, looking) {
    this.desk = desk
    this.look = look
    this.looking = looking
    this.request = h("button", { type: "button", class: "capture-ask", id: "capture", onclick: () => desk.requestCapture() }, icon("document"), h("span", null, t("capture.ask")), h("kbd", null, "C"))
    this.card = small("capture-card", "person", t("capture.card"), () => desk.requestCapture({ kind: "id_card" }), "Z")
    this.next = small("capture-next", "next", t("capture.next"), () => desk.nextPage(), "Y")
    this.done = small("capture-done", "check", t("capture.done"), () => desk.paperDone())
    this.element = h("section", { class: "captures", "aria-label": t("capture.title") }, this.request, h("div", { class: "capture-more" }, this.card, this.next, this.done), this.#list)
  }

  render() {
    const { view, captures, busy, socket } = this.desk
    const asked = [...captures.values()].some((one) => one.state === "requested")
    const away = view?.call?.booth_lost_at !== null
    this.request.hidden = !this.desk.leads
    this.request.disabled = socket !== "online" || away || asked || busy.has("capture.request")
    const { openPaper } = this.desk
    show(this.card, this.desk.leads && !openPaper)
    for (const button of [this.next, this.done]) show(button, this.desk.leads && openPaper !== null)
    for (const button of [this.card, this.next]) button.disabled = this.request.disabled
    // The newest stands first, next to the button: what was just asked for is what one waits for.
    const newest = [...captures.values()].sort((a, b) => b.requested_at.localeCompare(a.requested_at))
    follow(this.#list, newest, { key: (one) => one.capture_id, make: () => this.#make(), update: (row, one) => this.#update(row, one) })
  }

  #make() {
    const button = h("button", { type: "button", class: "capture", onclick: () => this.look(/** @type {HTMLElement} */ (button.parentElement).dataset.key ?? "") })
    return h("li", null, button)
  }

  /** @param {HTMLElement} row  @param {CaptureInfo} one */
  #update(row, one) {
    const button = /** @type {HTMLButtonElement} */ (row.firstElementChild)
    attribute(button, "aria-current", this.looking() === one.capture_id ? "true" : null)
    const pages = [...this.desk.captures.values()].filter((other) => other.paper_id === one.paper_id).length
    const problems = this.desk.papers.problems(one.capture_id)
    const told = JSON.stringify([one, pages, problems])
    if (row.dataset.told === told) return
    row.dataset.told = told
    button.disabled = one.state !== "stored"
    attribute(button, "data-state", one.state)
    const bad = one.state === "stored" ? problems.map((code) => word("judged", code)).join("、") : ""
    const page = one.paper_id && pages > 1 ? t("capture.page", { count: one.page }) : ""
    // Read out as it is seen, with what only the eye knows otherwise.
    const heard = [one.state === "stored" && word("capture", one.state), hour(one.requested_at)].filter(Boolean).join(", ")
    mount(button, h("span", { class: "visually-hidden" }, `${heard} `), ...content(one), page && h("span", { class: "capture-page digits" }, page), bad && h("span", { class: "capture-bad" }, bad))
  }
}

/** @param {string} id  @param {string} symbol  @param {string} text  @param {() => void} run  @param {string} [key] */
function small(id, symbol, text, run, key) {
  return h("button", { type: "button", class: "button button-small", id, onclick: run }, icon(symbol), h("span", null, text), key && h("kbd", null, key))
}

/** @param {CaptureInfo} one  @returns {HTMLElement[]} */
function content(one) {
  if (one.state === "stored") {
    const image = h("img", { src: `/api/captures/${one.capture_id}/small`, alt: "", loading: "lazy", decoding: "async" })
    return [image, h("span", { class: "capture-note digits" }, `${one.width ?? "–"}×${one.height ?? "–"}`)]
  }
  const share = one.size ? one.received / one.size : 0
  const note = h("span", { class: "capture-state" })
  say(note, one.state === "uploading" && one.size ? t("capture.progress", { percent: Math.round(100 * share), size: size(one.size) }) : one.state === "failed" ? failure(one) : word("capture", one.state))
  if (one.state === "uploading") {
    const bar = h("span", { class: "meter" }, h("span", null))
    bar.style.setProperty("--value", share.toFixed(3))
    return [note, bar]
  }
  if (one.state === "requested") return [h("span", { class: "spinner spinner-small" }), note]
  const symbol = h("span", { class: "capture-symbol" })
  symbol.append(icon(one.state === "withdrawn" ? "undo" : "warning"))
  return [symbol, note]
}

/** Why, where it is something the helper can act on; a picture that was damaged on its way is simply asked for again. @param {CaptureInfo} one */
function failure(one) {
  const problem = /** @type {{code?: string} | string | undefined} */ (/** @type {unknown} */ (one.problem))
  const key = `capture_problem.${typeof problem === "object" ? problem?.code : problem}`
  return knows(key) ? `${t("capture.failed")}${t("sentence.colon")}${t(key)}` : t("capture.failed")
}

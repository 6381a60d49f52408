// A supervisor looks at this page from the hall: the page says so as long as it lasts, and describes what it shows. As
// soon as somebody touches it, nothing is told any more until they allow it; a touch ends it.

import { h, icon, mount } from "/static/web/js/dom.js"
import { language, t } from "/static/web/js/i18n.js"
import { describe } from "/static/web/js/mirrored.js"

/** @typedef {import("./booth.js").Booth} Booth */

const EVERY_MS = 1000

export class Mirror {
  element = h("div", { class: "mirror", role: "status", hidden: true })
  state = ""
  #id = ""
  #by = ""
  #shown = ""
  #drawn = ""
  #came = false
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer

  /** @param {Booth} booth */
  constructor(booth) {
    this.booth = booth
  }

  /** @param {{mirror_id: string, state: string, by: string}} told */
  changed({ mirror_id, state, by }) {
    if (state !== "ended" && mirror_id !== this.#id) this.#came = false
    else if (state === "ended" && mirror_id !== this.#id) return
    Object.assign(this, { state: state === "ended" ? "" : state })
    this.#id = this.state ? mirror_id : ""
    this.#by = by
    this.#shown = ""
    clearInterval(this.#timer)
    if (this.state) this.#timer = setInterval(() => this.#look(), EVERY_MS)
    this.draw()
    this.#look()
  }

  /** The socket broke: whoever looked is told so by the server, and has to ask again. */
  forget() {
    this.changed({ mirror_id: this.#id, state: "ended", by: "" })
  }

  /** Is there anybody? A touch is enough. */
  get #visited() {
    return this.booth.screen !== "setup" && (this.booth.view?.phase !== "idle" || this.booth.visit.step !== "attract")
  }

  /** Also after each change of what is shown: who comes is asked before anything of them is told. */
  follow() {
    if (!this.state) return
    const here = this.#visited
    if (here && !this.#came) this.#tell("came")
    else if (!here && this.#came) this.#tell("left")
    this.#came = here
    this.draw()
  }

  draw() {
    const asked = this.state === "asked" || (this.state === "open" && this.#visited)
    const wanted = JSON.stringify([this.state, asked, this.#by, language()])
    if (wanted === this.#drawn) return
    this.#drawn = wanted
    this.element.hidden = this.state === ""
    this.element.dataset.state = asked ? "asked" : this.state
    if (!this.state) return mount(this.element)
    const button = (/** @type {string} */ what, /** @type {string} */ text, look = "") => h("button", { type: "button", class: `button ${look}`, "data-action": `mirror-${what}`, onclick: () => this.#tell(what) }, text)
    mount(
      this.element,
      icon("info"),
      h("p", { class: "mirror-words" }, t(asked ? "mirror.question" : "mirror.looks", { name: this.#by })),
      asked && h("div", { class: "mirror-acts" }, button("refused", t("mirror.no")), button("allowed", t("mirror.yes"), "button-primary")),
      this.state === "allowed" && h("div", { class: "mirror-acts" }, button("refused", t("mirror.stop"))),
    )
  }

  /** @param {string} what */
  #tell(what) {
    this.booth.signal.request("mirror.tell", { mirror_id: this.#id, what }).catch(() => this.forget())
  }

  async #look() {
    this.follow()
    if (this.state !== "allowed" && (this.state !== "open" || this.#visited)) return
    const tree = JSON.stringify(describe(document.body))
    if (tree === this.#shown) return
    this.#shown = tree
    const page = { screen: this.booth.screen, width: innerWidth, height: innerHeight, lang: language(), elder: this.booth.visit.elder, tree }
    try {
      await this.booth.signal.request("mirror.show", { mirror_id: this.#id, ...page })
    } catch {
      // Shown again at the next look; one that is over is told as `ended`.
      this.#shown = ""
    }
  }
}

// Looking at a booth's page from administration: a reason first, then the page as it describes itself, drawn small; it
// asks anew once a second and ends with the sheet.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { knows, t } from "/static/web/js/i18n.js"
import { build } from "/static/web/js/mirrored.js"
import { Problem } from "/static/web/js/signal.js"
import { ask, post } from "../http.js"
import { showSheet } from "../panels/sheet.js"
import { sentence } from "../words.js"

/** @typedef {{mirror_id: string, state: string, why: string, until: string, at: number, page: {screen: string, width: number, height: number, lang: string, elder: boolean, tree: string} | null}} Look */

const EVERY_MS = 1000

/** Ask for the reason, then look. @param {{id: string, name: string}} booth */
export function openMirror(booth) {
  const reason = h("input", { class: "input", id: "mirror-reason", maxlength: "200", required: true, autocomplete: "off" })
  const problem = h("p", { class: "field-error", role: "alert" })
  const form = h("form", { class: "mirror-form" }, h("p", null, t("mirror.text")), h("label", { class: "admin-field" }, h("span", { class: "field-label" }, t("mirror.reason")), reason), problem, h("button", { type: "submit", class: "button button-primary" }, icon("eye"), t("admin.mirror")))
  const sheet = showSheet({ title: t("mirror.title", { booth: booth.name }), body: form, wide: true })
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    try {
      const sheets = await sheetsOfBooth()
      const look = await post(`/api/admin/booths/${booth.id}/mirrors`, { reason: reason.value.trim() })
      const shown = new Shown(look, sheets)
      mount(/** @type {Element} */ (sheet.querySelector(".sheet-body")), shown.element)
      sheet.addEventListener("close", () => shown.stop())
      shown.start()
    } catch (error) {
      say(problem, sentence(error))
    }
  })
  reason.focus()
}

/** The style sheets a booth's page names: what it looks like is known there alone. @throws {Problem} */
async function sheetsOfBooth() {
  const answer = await fetch("/booth", { credentials: "same-origin" }).catch(() => null)
  if (!answer?.ok) throw new Problem({ code: answer ? "unavailable" : "offline" })
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  return [...page.querySelectorAll("link[rel=stylesheet]")]
}

class Shown {
  #state = h("p", { class: "mirror-state", role: "status" })
  #facts = h("p", { class: "soft mirror-facts" })
  // No script runs in it, whatever it is given; its elements are made by us.
  #frame = h("iframe", { class: "mirror-frame", sandbox: "allow-same-origin", title: t("mirror.frame"), tabindex: "-1" })
  #place = h("div", { class: "mirror-place" }, this.#frame)
  element = h("div", { class: "mirror-look" }, this.#state, this.#place, this.#facts)
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  #seen = ""
  #over = false

  /** @param {Look} look  @param {Element[]} sheets */
  constructor(look, sheets) {
    this.look = look
    this.sheets = sheets
  }

  start() {
    addEventListener("pagehide", this.#leave)
    this.#draw(this.look)
    this.#next()
  }

  stop() {
    clearTimeout(this.#timer)
    removeEventListener("pagehide", this.#leave)
    this.#leave()
  }

  #leave = () => {
    if (this.#over) return
    this.#over = true
    fetch(`/api/admin/mirrors/${this.look.mirror_id}`, { method: "DELETE", keepalive: true, credentials: "same-origin" }).catch(() => {})
  }

  #next() {
    this.#timer = setTimeout(async () => {
      try {
        this.#draw(await ask(`/api/admin/mirrors/${this.look.mirror_id}?seen=${this.#seen}`))
      } catch (error) {
        say(this.#state, sentence(error))
        this.#over = /** @type {any} */ (error).status === 404
      }
      if (!this.#over && this.element.isConnected) this.#next()
    }, EVERY_MS)
  }

  /** @param {Look} look */
  #draw(look) {
    this.#over = look.state === "ended"
    this.element.dataset.state = look.state
    say(this.#state, t(this.#over ? `mirror.ended_${look.why}` : `mirror.${look.state}`))
    if (look.page) {
      this.#seen = String(look.at)
      this.#render(look.page)
    } else if (look.at === 0 || look.state === "asked" || this.#over) {
      this.#seen = ""
      this.#place.hidden = true
      say(this.#facts, "")
    }
  }

  /** @param {NonNullable<Look["page"]>} page */
  #render(page) {
    const inside = this.#frame.contentDocument
    if (!inside) return
    if (!inside.head.children.length) inside.head.append(...this.sheets.map((sheet) => inside.importNode(sheet)))
    const root = inside.documentElement
    Object.assign(root.dataset, { theme: "light", elder: String(page.elder) })
    root.lang = page.lang
    const body = build(inside, JSON.parse(page.tree))
    inside.body.replaceChildren(...body.childNodes)
    inside.body.inert = true
    this.#place.hidden = false
    const scale = Math.min(this.element.clientWidth / page.width, (innerHeight * 0.55) / page.height)
    this.#frame.style.width = `${page.width}px`
    this.#frame.style.height = `${page.height}px`
    this.#frame.style.transform = `scale(${scale})`
    this.#place.style.width = `${page.width * scale}px`
    this.#place.style.height = `${page.height * scale}px`
    const screen = knows(`mirror.screen_${page.screen}`) ? t(`mirror.screen_${page.screen}`) : page.screen
    say(this.#facts, t("mirror.facts", { screen, width: page.width, height: page.height, lang: page.lang }))
  }
}

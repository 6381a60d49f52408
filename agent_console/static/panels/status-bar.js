// The bar on top: who I am, whether I take calls, since when; how the service is; the way to everything else.

import { h, icon, say } from "/static/web/js/dom.js"
import { named, pageData, t } from "/static/web/js/i18n.js"
import { clock, word } from "../words.js"
import { attribute, show } from "./list.js"
import { Menu } from "./menu.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

export const REASONS = ["break", "lunch", "paperwork", "training", "other"]

/** Pages with a socket: one takes over from the other, so that one of them stays open. */
const SOCKETS = new Set(["/console", "/console/floor"])

export class StatusBar {
  #state = h("span", { class: "state-word" })
  #since = h("span", { class: "digits soft" })
  #dot = h("span", { class: "dot", "aria-hidden": "true" })
  #queue = h("span", { class: "bar-fact" })
  #shift = h("span", { class: "bar-fact soft" })
  #socket = h("span", { class: "socket", role: "status" })
  #name = h("span", { class: "me-name" })
  #badge = h("span", { class: "soft digits" })

  /**
   * @param {Desk} desk
   * @param {{search: () => void, help: () => void, devices: () => void, theme: () => void, signOut: () => void}} go
   * @param {string | null} shiftStarted
   */
  constructor(desk, go, shiftStarted) {
    this.desk = desk
    this.shiftStarted = shiftStarted
    this.pause = new Menu({
      button: h("button", { type: "button", class: "button", id: "pause" }, icon("pause"), t("ready.pause")),
      items: REASONS.map((id) => ({ id, label: word("reason", id) })),
      choose: (reason) => desk.notReady(reason),
      label: t("ready.reasons"),
    })
    this.language = h("a", { class: "button button-quiet bar-button", id: "language", href: `?lang=${t("lang.other")}` }, icon("globe"), t("language.other"))
    /** @type {{path: string, nav: string}[]} */
    const others = pageData.pages.filter((/** @type {{path: string}} */ page) => page.path !== location.pathname)
    this.element = h(
      "header",
      { class: "bar" },
      h("a", { class: "brand", href: "/console" }, h("img", { src: "/static/web/img/mark.svg", alt: "", width: "32", height: "32" }), h("strong", null, t("console.name"))),
      h("div", { class: "state", role: "group", "aria-label": t("ready.group") }, this.#dot, h("span", { "aria-live": "polite" }, this.#state), this.#since),
      this.pause.element,
      h("div", { class: "bar-facts" }, this.#queue, this.#shift),
      this.#socket,
      h(
        "nav",
        { class: "bar-nav", "aria-label": t("nav.label") },
        ...others.map((page) => h("a", { class: "button button-quiet bar-button", href: page.path, ...(SOCKETS.has(page.path) ? {} : { target: "_blank", rel: "noopener" }) }, t(page.nav))),
        tool("search", t("nav.search"), go.search, "open-search"),
        tool("settings", t("nav.devices"), go.devices, "open-devices"),
        tool("keyboard", t("nav.help"), go.help, "open-help"),
        tool("contrast", t("nav.theme"), go.theme, "theme"),
        this.language,
      ),
      h("div", { class: "me" }, h("span", { class: "me-words" }, this.#name, this.#badge), tool("logout", t("nav.sign_out"), go.signOut, "sign-out")),
    )
  }

  render() {
    const { view, socket } = this.desk
    const state = view?.agent.state ?? "offline"
    const reason = state === "not_ready" ? because(view?.agent.reason) : ""
    attribute(this.#dot, "data-state", state)
    say(this.#state, [word("state", state), reason].filter(Boolean).join(" · "))
    say(this.#since, view?.agent.since ? clock(this.desk.since(view.agent.since)) : "")
    this.#renderPause(state)
    this.#renderQueues()
    this.#renderSocket(socket)
    say(this.#name, named(view?.agent))
    say(this.#badge, view?.agent.badge ?? "")
    say(this.#shift, this.shiftStarted ? t("shift.since", { time: clock(this.desk.since(this.shiftStarted)) }) : "")
    // Another language is another page; in a call that would cost the citizen a moment without a picture.
    show(this.language, state !== "talking" && state !== "offered")
  }

  /** @param {string} state */
  #renderPause(state) {
    show(this.pause.element, state === "ready")
    if (state !== "ready") this.pause.close()
    this.pause.button.disabled = this.desk.socket !== "online"
  }

  #renderQueues() {
    const queues = this.desk.view?.queues ?? []
    const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0)
    const longest = longestWait(this.desk)
    const quiet = !this.desk.view || (!this.desk.view.call && !this.desk.view.wrap_up)
    show(this.#queue, !quiet)
    say(this.#queue, waiting ? t("queue.summary", { count: waiting, time: clock(longest) }) : t("queue.nobody"))
    attribute(this.#queue, "data-level", waiting ? level(longest) : null)
  }

  /** @param {string} socket */
  #renderSocket(socket) {
    attribute(this.#socket, "data-state", socket)
    say(this.#socket, t(socket === "online" || socket === "connecting" ? `socket.${socket}` : "socket.offline"))
  }
}

/** The reason for a pause in words; that one has only just signed in is none. @param {string | undefined} reason */
export const because = (reason) => (!reason || reason === "signed_in" ? "" : word("reason", reason))

/** @param {Desk} desk */
export function longestWait(desk) {
  const queues = desk.view?.queues.filter((queue) => queue.waiting) ?? []
  return Math.max(0, ...queues.map((queue) => queue.longest_wait_s + desk.since(desk.view?.now)))
}

/** From a minute on a wait is long, from three it is too long. @param {number} seconds */
export const level = (seconds) => (seconds >= 180 ? "danger" : seconds >= 60 ? "warn" : "calm")

/** @param {string} symbol  @param {string} label  @param {() => void} run  @param {string} id */
const tool = (symbol, label, run, id) =>
  h("button", { type: "button", class: "button button-quiet bar-icon", id, "aria-label": label, title: label, onclick: run }, symbol === "contrast" ? contrast() : icon(symbol))

/** Half light, half dark; drawn here, as the shared icons have none. */
function contrast() {
  const svg = icon("info")
  svg.innerHTML = '<circle cx="12" cy="12" r="9"/><path d="M12 3a9 9 0 0 1 0 18z" fill="currentColor" stroke="none"/>'
  return svg
}

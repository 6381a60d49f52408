// The calls I handled last, with the way to their records; read anew after each call, and until the call that just ended
// stands there as ended: the record is written a moment after the hall has decided.

import { h, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { ask } from "../http.js"
import { hour, word } from "../words.js"
import { show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */

const SHOWN = 12
/** Between two looks for a record that is not written yet: doubled each time, given up after half a minute. */
const FIRST_MS = 250
const LAST_MS = 16_000

export class Recent {
  #list = h("ul", { class: "recent-list" })
  #told = h("p", { class: "soft panel-empty" }, t("recent.loading"))
  #read = ""
  /** The call that was led last. */
  #led = ""
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
    this.element = h(
      "section",
      { class: "card panel recent", "aria-labelledby": "recent-title" },
      h("div", { class: "panel-head" }, h("h2", { id: "recent-title" }, t("recent.title")), h("a", { href: "/console/history", target: "_blank", rel: "noopener" }, t("recent.all"))),
      this.#list,
      this.#told,
    )
  }

  render() {
    const { view, socket } = this.desk
    if (!view || socket !== "online") return
    // What changes the list: a call taken, ended, finished. The state's own time says that.
    const version = `${view.agent.state} ${view.agent.since}`
    if (version === this.#read) return
    this.#read = version
    this.#led = view.wrap_up?.call_id ?? this.#led
    this.#load(FIRST_MS)
  }

  /** @param {number} wait_ms before the next look, should the record not be there yet */
  async #load(wait_ms) {
    clearTimeout(this.#again)
    const version = this.#read
    try {
      const { calls } = await ask(`/api/calls?limit=${SHOWN}&mine=1`)
      // A newer question was asked meanwhile.
      if (version !== this.#read) return
      const written = !this.#led || calls.some((/** @type {any} */ one) => one.call_id === this.#led && one.outcome)
      if (!written && wait_ms <= LAST_MS) this.#again = setTimeout(() => this.#load(2 * wait_ms), wait_ms)
      mount(this.#list, calls.map(row))
      show(this.#told, !calls.length)
      say(this.#told, t("recent.none"))
    } catch {
      show(this.#told, true)
      say(this.#told, t("recent.failed"))
    }
  }
}

/** @param {any} call */
const row = (call) =>
  h(
    "li",
    null,
    h(
      "a",
      { class: "recent-call", href: `/console/history/${call.call_id}`, target: "_blank", rel: "noopener" },
      h("span", { class: "digits recent-ticket" }, call.ticket),
      h("span", { class: "recent-item" }, named(call.item)),
      h("span", { class: "digits soft" }, hour(call.entered_at)),
      h("span", { class: "soft recent-point" }, named(call.booth, "point")),
      h("span", { class: "badge" }, call.outcome ? word("outcome", call.outcome) : word("call_state", call.state)),
    ),
  )

// The list of calls: an agent's own, a supervisor's all; found by words as one types, older ones on demand.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, pageData, t } from "/static/web/js/i18n.js"
import { ask } from "./http.js"
import { Answer, noRows } from "./panels/answer.js"
import { LongTable } from "./panels/long-table.js"
import { duration, moment, word } from "./words.js"

/** The first page is there at once; whoever goes on reading gets as many as the server gives. */
const [FIRST, PAGE] = [50, 200]
/** A pause in typing this long asks; each letter would ask for what nobody waits for. */
const PAUSE_MS = 250

const COLUMNS = ["ticket", "item", "point", "at", "agent", "wait", "talk", "captures", "rating", "outcome"]

class History {
  #table = h("table", { class: "table table-history" }, h("thead", null, h("tr", null, COLUMNS.map((name) => h("th", { scope: "col", class: `col-${name}` }, t(`column.${name}`))))))
  /** @type {LongTable<any>} */
  #rows = new LongTable(this.#table, COLUMNS.length, row)
  #told = h("p", { class: "soft", role: "status" })
  #none = h("tbody", null, noRows(COLUMNS.length, t("history.none")))
  #answer = new Answer("history", () => this.#load())
  #more = h("button", { type: "button", class: "button", id: "more", hidden: true, onclick: () => this.#load() }, t("history.more"))
  #search = h("input", { type: "search", class: "input", id: "search", placeholder: t("history.search"), "aria-label": t("history.search_label"), value: new URLSearchParams(location.search).get("q") ?? "" })
  /** @type {string | null} */
  #before = null
  #asked = 0
  /** Whoever scrolls to the end goes on reading; the button is for the keyboard. */
  #foot = new IntersectionObserver(([foot]) => foot?.isIntersecting && this.#load(), { rootMargin: "600px" })
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #due

  start() {
    const scope = pageData.role === "supervisor" ? "history.scope_all" : "history.scope_mine"
    mount(
      /** @type {Element} */ (document.getElementById("history")),
      h("div", { class: "page-head" }, h("div", null, h("h1", null, t("history.title")), h("p", { class: "soft" }, t(scope))), h("div", { class: "search" }, icon("search"), this.#search)),
      this.#answer.element,
      h("div", { class: "card table-card" }, this.#table),
      h("div", { class: "page-foot" }, this.#told, this.#more),
    )
    this.#search.addEventListener("input", () => {
      clearTimeout(this.#due)
      this.#due = setTimeout(() => this.#anew(), PAUSE_MS)
    })
    this.#anew()
  }

  #anew() {
    const query = this.#search.value.trim()
    const url = new URL(location.href)
    query ? url.searchParams.set("q", query) : url.searchParams.delete("q")
    history.replaceState(null, "", url)
    this.#before = null
    return this.#load()
  }

  async #load() {
    const first = this.#before === null
    const asked = ++this.#asked
    const query = new URLSearchParams({ limit: String(first ? FIRST : PAGE), q: this.#search.value.trim() })
    if (this.#before) query.set("before", this.#before)
    try {
      const { calls, next } = await ask(`/api/calls?${query}`)
      // A newer question was asked meanwhile.
      if (asked !== this.#asked) return
      if (first) this.#rows.clear()
      this.#rows.add(calls)
      this.#before = next
      this.#more.hidden = next === null
      // Asked anew, it says where the foot is now.
      this.#foot.unobserve(this.#more)
      this.#foot.observe(this.#more)
      this.#answer.came()
      this.#tell()
    } catch (error) {
      if (asked === this.#asked) this.#answer.failed(error)
    }
  }

  #tell() {
    const { count } = this.#rows
    count ? this.#none.remove() : this.#table.append(this.#none)
    this.#told.classList.toggle("visually-hidden", !count)
    say(this.#told, count ? `${t("history.found", { count })}${this.#more.hidden ? ` · ${t("history.end")}` : ""}` : t("history.none"))
  }
}

/** @param {any} call */
const row = (call) =>
  h(
    "tr",
    null,
    h("td", { class: "digits" }, h("a", { class: "table-link", href: `/console/history/${call.call_id}` }, call.ticket)),
    h("td", null, h("strong", null, named(call.item))),
    h("td", null, named(call.booth, "point")),
    h("td", { class: "digits nowrap" }, moment(call.entered_at)),
    h("td", null, named(call.agent) || "–"),
    h("td", { class: "digits nowrap" }, call.wait_s === null ? "–" : duration(call.wait_s)),
    h("td", { class: "digits nowrap" }, call.talk_s === null ? "–" : duration(call.talk_s)),
    h("td", { class: "digits" }, call.captures || "–"),
    h("td", { class: "digits nowrap" }, call.rating ? stars(call.rating) : "–"),
    h("td", null, outcome(call)),
  )

/** @param {number} level */
function stars(level) {
  const mark = h("span", { class: "stars", "aria-label": word("rating", String(level)), role: "img" })
  mount(mark, icon("star"), String(level))
  return mark
}

/** @param {any} call */
function outcome(call) {
  const good = call.outcome === "completed"
  const kind = call.outcome === null ? "badge-primary" : good ? "badge-good" : call.follow_up ? "badge-danger" : "badge-warn"
  return h("span", { class: `badge ${kind}` }, call.outcome ? word("outcome", call.outcome) : word("call_state", call.state))
}

new History().start()

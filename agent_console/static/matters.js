// Matters that failed somewhere (办不成事): a helper's own, a supervisor's all; how old, how late, how many are resolved;
// and one of them with its steps and the next one to take.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, pageData, t } from "/static/web/js/i18n.js"
import { ask, post } from "./http.js"
import { Answer, noRows } from "./panels/answer.js"
import { moment, sentence, word } from "./words.js"

const STATES = ["received", "judged", "handling", "answered", "archived"]
/** What may follow, as the service says it (signaling/matters/steps.py); it has the last word. @type {Record<string, string[]>} */
const NEXT = { received: ["judged"], judged: ["handling", "answered"], handling: ["answered"], answered: ["archived", "handling"], archived: [] }
const COLUMNS = ["what", "state", "owner", "age", "due"]
const TOLD = ["phone", "booth", "message", "unreachable"]
const PAUSE_MS = 250
const DAY_MS = 86_400_000

/** @typedef {{words: string, answer: string, problem: string}} Typed */

class Matters {
  #state = "open"
  #mine = false
  #chosen = decodeURIComponent(location.hash.slice(1))
  /** @type {any[]} */
  #owners = []
  #asked = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #due
  #boss = pageData.role === "supervisor"
  #figures = h("dl", { class: "facts card matter-figures" })
  #rows = h("tbody", null)
  #told = h("p", { class: "soft", role: "status" })
  #answer = new Answer("matters", () => this.#load())
  #search = h("input", { type: "search", class: "input", id: "search", placeholder: t("matters.search"), "aria-label": t("matters.search"), oninput: () => this.#later() })
  #tabs = h("div", { class: "tabs", role: "group", "aria-label": t("matters.show") })
  #detail = h("section", { class: "card matter-detail", "aria-live": "polite" })

  start() {
    mount(
      /** @type {Element} */ (document.getElementById("matters")),
      h("div", { class: "page-head" }, h("div", null, h("h1", null, t("matters.title")), h("p", { class: "soft" }, t(this.#boss ? "matters.lead_all" : "matters.lead_mine"))), h("div", { class: "search" }, icon("search"), this.#search)),
      this.#figures,
      this.#answer.element,
      h("div", { class: "matter-columns" },
        h("div", { class: "matter-list" }, this.#tabs, h("div", { class: "card table-card" }, h("table", { class: "table" }, h("thead", null, h("tr", null, COLUMNS.map((name) => h("th", { scope: "col" }, t(`matters.column_${name}`))))), this.#rows)), this.#told),
        this.#detail,
      ),
    )
    this.#drawTabs()
    this.#nothing()
    this.#load()
    if (this.#chosen) this.#open(this.#chosen)
  }

  #later() {
    clearTimeout(this.#due)
    this.#due = setTimeout(() => this.#load(), PAUSE_MS)
  }

  #drawTabs() {
    const tab = (/** @type {string} */ label, /** @type {boolean} */ on, /** @type {() => void} */ press) =>
      h("button", { type: "button", class: "button tab", "aria-pressed": String(on), onclick: () => (press(), this.#drawTabs(), this.#load()) }, label)
    mount(
      this.#tabs,
      ["open", ...STATES, "all"].map((state) => tab(t(`matters.tab_${state}`), this.#state === state, () => (this.#state = state))),
      this.#boss && tab(t("matters.mine"), this.#mine, () => (this.#mine = !this.#mine)),
    )
  }

  async #load() {
    const asked = ++this.#asked
    const query = new URLSearchParams({ state: this.#state, q: this.#search.value.trim(), ...(this.#mine ? { mine: "1" } : {}) })
    try {
      const told = await ask(`/api/matters?${query}`)
      if (asked !== this.#asked) return
      this.#owners = told.owners
      this.#answer.came()
      mount(this.#rows, told.matters.length ? told.matters.map((/** @type {any} */ one) => this.#row(one)) : noRows(COLUMNS.length, t("matters.none")))
      this.#told.classList.toggle("visually-hidden", !told.matters.length)
      say(this.#told, told.matters.length ? t("matters.found", { count: told.matters.length }) : t("matters.none"))
      this.#tally(told)
    } catch (error) {
      if (asked === this.#asked) this.#answer.failed(error)
    }
  }

  /** @param {any} told */
  #tally(told) {
    const open = STATES.slice(0, -1).reduce((sum, state) => sum + told.states[state], 0)
    const rows = [
      ["open", String(open), ""],
      ["overdue", String(told.overdue), told.overdue ? "bad" : ""],
      ["oldest", told.oldest_at ? age(told.oldest_at) : "–", ""],
      ["opened", String(told.opened), ""],
      ["resolved", told.resolved === null ? "–" : `${Math.round(100 * told.resolved)}%`, ""],
    ]
    mount(this.#figures, rows.map(([key, value, tone]) => h("div", { "data-figure": key, "data-tone": tone }, h("dt", null, t(`matters.figure_${key}`)), h("dd", { class: "digits" }, value))))
  }

  /** @param {any} one */
  #row(one) {
    const late = one.state !== "archived" && Date.parse(one.due_at) < Date.now()
    const open = h("button", { type: "button", class: "table-button", onclick: () => this.#open(one.matter_id) }, named(one.item))
    return h("tr", { "data-matter": one.matter_id, "aria-selected": String(one.matter_id === this.#chosen) },
      h("td", null, open, h("p", { class: "soft matter-from" }, h("span", { class: `badge ${one.origin === "rating" ? "badge-danger" : "badge-warn"}` }, cause(one)), one.named && h("span", { class: "badge badge-primary" }, icon("phone"), t("matters.named")), named(one.point))),
      h("td", null, steps(one.state)),
      h("td", null, named(one.owner) || "–"),
      h("td", { class: "digits nowrap" }, age(one.opened_at)),
      h("td", { class: "digits nowrap" }, late ? h("strong", { class: "late" }, t("matters.late", { days: days(one.due_at) })) : moment(one.due_at).slice(0, 10)),
    )
  }

  #nothing() {
    mount(this.#detail, h("p", { class: "soft panel-empty" }, t("matters.choose")))
  }

  /** @param {string} matter_id  @param {Typed} [typed] what was typed for a step that somebody else was quicker with */
  async #open(matter_id, typed) {
    this.#chosen = matter_id
    history.replaceState(null, "", `#${encodeURIComponent(matter_id)}`)
    for (const row of this.#rows.children) row.setAttribute("aria-selected", String(/** @type {HTMLElement} */ (row).dataset.matter === matter_id))
    try {
      const whole = await ask(`/api/matters/${encodeURIComponent(matter_id)}`)
      if (this.#chosen === matter_id) this.#show(whole, typed)
    } catch (error) {
      if (this.#chosen !== matter_id) return
      if (/** @type {any} */ (error).status === 404) this.#nothing()
      else this.#answer.failed(error)
    }
  }

  /** @param {any} whole  @param {Typed} [typed] */
  #show({ matter, phone, steps: taken }, typed) {
    mount(
      this.#detail,
      h("header", { class: "matter-head" }, h("div", null, h("h2", null, named(matter.item)), h("p", { class: "soft" }, `${named(matter.point)} · ${moment(matter.opened_at)}`)), steps(matter.state)),
      h("p", null, h("span", { class: "badge badge-warn" }, cause(matter)), " ", h("a", { href: `/console/history/${encodeURIComponent(matter.call_id)}` }, t("matters.record"))),
      matter.words && h("p", { class: "record-text" }, matter.words),
      phone && h("p", { class: "banner" }, icon("phone"), t("matters.call_back"), h("strong", { class: "digits" }, phone)),
      matter.answer && h("div", { class: "banner banner-good matter-answer" }, h("div", null, h("strong", null, t("matters.answer")), h("p", null, matter.answer), h("p", { class: "digits" }, `${t(`matters.told_${matter.told_by}`)} · ${moment(matter.answered_at)}`))),
      matter.state !== "archived" && this.#form(matter, phone !== "", typed),
      h("h3", null, t("matters.steps")),
      h("ol", { class: "timeline" }, taken.map((/** @type {any} */ one) => h("li", null, h("time", { class: "digits soft", datetime: one.at }, moment(one.at)), h("span", null, h("strong", null, t(`matters.state_${one.state}`)), ` ${named(one.by) || t("matters.by_itself")}${one.owner && one.owner !== one.by ? ` → ${named(one.owner)}` : ""}`, one.words && h("span", { class: "soft matter-words" }, one.words))))),
    )
  }

  /** @param {any} matter  @param {boolean} leftPhone  @param {Typed} [typed] */
  #form(matter, leftPhone, typed) {
    const words = h("textarea", { class: "input", rows: 2, maxlength: 1000, id: "step-words", value: typed?.words ?? "" })
    const answer = h("textarea", { class: "input", rows: 2, maxlength: 1000, id: "step-answer", value: typed?.answer ?? "" })
    const told = h("select", { class: "input", id: "step-told" }, (leftPhone ? ["phone", "unreachable"] : TOLD).map((one) => h("option", { value: one }, t(`matters.told_${one}`))))
    const owner = h("select", { class: "input", id: "step-owner" }, h("option", { value: "" }, t("matters.same_owner", { name: named(matter.owner) || "–" })), this.#owners.map((one) => h("option", { value: one.id }, named(one))))
    const due = h("input", { type: "number", class: "input digits", id: "step-due", min: 1, max: 60, placeholder: moment(matter.due_at).slice(0, 10) })
    const problem = h("p", { class: "field-error", role: "alert" }, typed?.problem)
    const take = async (/** @type {string} */ state) => {
      say(problem, "")
      const body = { seen: matter.state, state, words: words.value.trim(), ...(state === "answered" ? { answer: answer.value.trim(), told_by: told.value } : {}), ...(owner.value ? { owner_id: owner.value } : {}), ...(due.value ? { due_days: Number(due.value) } : {}) }
      try {
        this.#show(await post(`/api/matters/${encodeURIComponent(matter.matter_id)}/steps`, body))
        this.#load()
      } catch (error) {
        if (/** @type {any} */ (error).code === "changed_meanwhile") return this.#open(matter.matter_id, { words: words.value, answer: answer.value, problem: sentence(error) })
        say(problem, sentence(error))
      }
    }
    const next = NEXT[matter.state] ?? []
    const field = (/** @type {string} */ name, /** @type {HTMLElement} */ input) => h("div", { class: "field" }, h("label", { for: input.id }, t(`matters.field_${name}`)), input)
    return h(
      "form",
      { class: "matter-form", onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
      field("words", words),
      next.includes("answered") && field("answer", answer),
      next.includes("answered") && field("told", told),
      this.#boss && field("owner", owner),
      this.#boss && field("due", due),
      problem,
      h("div", { class: "matter-actions" },
        next.map((state, index) => h("button", { type: "button", class: `button ${index ? "" : "button-primary"}`, "data-step": state, onclick: () => take(state) }, t(matter.state === "answered" && state === "handling" ? "matters.do_again" : `matters.do_${state}`))),
        h("button", { type: "button", class: "button", "data-step": "note", onclick: () => take(matter.state) }, t("matters.do_note"))),
    )
  }
}

/** Why it is here: how the call ended, or the stars it was given. @param {any} one */
const cause = (one) => (one.origin === "rating" ? word("rating", one.cause) : one.origin === "staff" ? t("matters.from_staff") : word("outcome", one.cause))

/** Five steps, those done filled. @param {string} state */
function steps(state) {
  const at = STATES.indexOf(state)
  return h("span", { class: "matter-steps" }, h("span", { class: "matter-dots", "aria-hidden": "true" }, STATES.map((_one, index) => h("i", { "data-done": String(index <= at) }))), h("span", { class: "nowrap" }, t(`matters.state_${state}`)))
}

/** @param {string} at */
const days = (at) => Math.max(1, Math.ceil((Date.now() - Date.parse(at)) / DAY_MS))

/** @param {string} at */
function age(at) {
  const hours = Math.floor((Date.now() - Date.parse(at)) / 3_600_000)
  return hours < 1 ? t("matters.age_new") : hours < 24 ? t("matters.age_hours", { count: hours }) : t("matters.age_days", { count: Math.floor(hours / 24) })
}

new Matters().start()

// How helpers work (靠谱评价): five abilities a person, the facts behind them, their ratings and reviews; and, for
// supervisors, the calls that were drawn for review. A helper sees their own.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, pageData, t } from "/static/web/js/i18n.js"
import { ask, post, send } from "./http.js"
import { Answer, noRows } from "./panels/answer.js"
import { moment, sentence, word } from "./words.js"

const DAYS = [30, 90, 365]
/** Which facts are shares. */
const SHARES = new Set(["first_visit", "satisfied", "overruled", "pace"])
const FACTS = ["first_visit", "pace", "rating", "satisfied", "overruled"]

class Quality {
  #days = 30
  #chosen = ""
  /** @type {any} */
  #told = null
  #boss = pageData.role === "supervisor"
  #answer = new Answer("quality", () => this.#load())
  #head = h("thead", null)
  #rows = h("tbody", null)
  #tabs = h("div", { class: "tabs", role: "group", "aria-label": t("quality.days") })
  #samples = h("section", { class: "card quality-samples", hidden: !this.#boss })
  #detail = h("section", { class: "card matter-detail", "aria-live": "polite" })

  start() {
    mount(
      /** @type {Element} */ (document.getElementById("quality")),
      h("div", { class: "page-head" }, h("div", null, h("h1", null, t("quality.title")), h("p", { class: "soft" }, t(this.#boss ? "quality.lead_all" : "quality.lead_mine"))), this.#tabs),
      this.#answer.element,
      h("div", { class: "matter-columns" }, h("div", { class: "matter-list" }, h("div", { class: "card table-card" }, h("table", { class: "table quality-table" }, this.#head, this.#rows)), this.#samples), this.#detail),
    )
    mount(this.#detail, h("p", { class: "soft panel-empty" }, t("quality.choose")))
    this.#drawTabs()
    this.#load()
  }

  #drawTabs() {
    mount(this.#tabs, DAYS.map((days) => h("button", { type: "button", class: "button tab", "aria-pressed": String(days === this.#days), onclick: () => ((this.#days = days), this.#drawTabs(), this.#load()) }, t(`quality.days_${days}`))))
  }

  async #load() {
    try {
      this.#told = await ask(`/api/quality?days=${this.#days}`)
      this.#answer.came()
      this.#show()
    } catch (error) {
      this.#answer.failed(error)
    }
  }

  #show() {
    const { abilities, people, samples } = this.#told
    mount(this.#head, h("tr", null, h("th", { scope: "col" }, t("quality.helper")), h("th", { scope: "col" }, t("quality.total")), abilities.map((/** @type {any} */ one) => h("th", { scope: "col" }, named(one))), h("th", { scope: "col" }, t("quality.calls"))))
    const sorted = [...people].sort((a, b) => (b.total ?? -1) - (a.total ?? -1))
    mount(this.#rows, sorted.length ? sorted.map((one) => this.#row(one, abilities)) : noRows(abilities.length + 3, t("quality.none")))
    mount(
      this.#samples,
      h("h2", null, t("quality.samples")),
      h("p", { class: "soft" }, t("quality.samples_note")),
      samples.length ? h("ul", { class: "quality-list" }, samples.map((/** @type {any} */ one) => this.#sample(one))) : h("p", { class: "soft" }, t("quality.no_samples")),
    )
    const open = this.#boss ? this.#chosen : pageData.role && people[0]?.id
    if (open) this.#open(open)
  }

  /** @param {any} one  @param {any[]} abilities */
  #row(one, abilities) {
    return h("tr", { "data-person": one.id, "aria-selected": String(one.id === this.#chosen) },
      h("td", null, h("button", { type: "button", class: "table-button", onclick: () => this.#open(one.id) }, named(one)), h("span", { class: "soft" }, ` ${one.badge}`)),
      h("td", null, h("strong", { class: "digits quality-total" }, one.total === null ? "–" : one.total.toFixed(1))),
      abilities.map((ability) => h("td", null, bar(one.scores[ability.id]))),
      h("td", { class: "digits" }, one.calls),
    )
  }

  /** @param {string} agent_id */
  async #open(agent_id) {
    this.#chosen = agent_id
    for (const row of this.#rows.children) row.setAttribute("aria-selected", String(/** @type {HTMLElement} */ (row).dataset.person === agent_id))
    const person = this.#told.people.find((/** @type {any} */ one) => one.id === agent_id)
    if (!person) return
    try {
      const { ratings, reviews } = await ask(`/api/quality/${encodeURIComponent(agent_id)}?days=${this.#days}`)
      if (this.#chosen === agent_id) this.#detailOf(person, ratings, reviews)
    } catch (error) {
      this.#answer.failed(error)
    }
  }

  /** @param {any} person  @param {any[]} ratings  @param {any[]} reviews */
  #detailOf(person, ratings, reviews) {
    const { abilities } = this.#told
    mount(
      this.#detail,
      h("header", { class: "matter-head" }, h("h2", null, `${named(person)} ${person.badge}`), h("strong", { class: "digits quality-total" }, person.total === null ? t("quality.unknown") : person.total.toFixed(1))),
      h("dl", { class: "quality-abilities" }, abilities.map((/** @type {any} */ one) => h("div", null, h("dt", null, named(one)), h("dd", null, bar(person.scores[one.id]))))),
      h("h3", null, t("quality.measured")),
      h("dl", { class: "facts quality-facts" }, FACTS.map((name) => h("div", null, h("dt", null, t(`quality.fact_${name}`)), h("dd", { class: "digits" }, figure(name, person.facts[name]))))),
      h("h3", null, `${t("quality.latest_ratings")} (${person.ratings})`),
      ratings.length ? h("ul", { class: "quality-list" }, ratings.map((one) => h("li", null, h("span", { class: `badge ${one.level <= 2 ? "badge-danger" : one.level >= 4 ? "badge-good" : ""}` }, word("rating", String(one.level))), h("a", { href: `/console/history/${encodeURIComponent(one.call_id)}` }, named(one.item)), h("span", { class: "soft digits" }, moment(one.at)), (one.reasons.length > 0 || one.remark) && h("p", null, [...one.reasons.map((/** @type {string} */ code) => word("rating_reason", code)), one.remark].filter(Boolean).join(" · "))))) : h("p", { class: "soft" }, t("quality.no_ratings")),
      h("h3", null, `${t("quality.latest_reviews")} (${person.reviews})`),
      reviews.length ? h("ul", { class: "quality-list" }, reviews.map((one) => this.#reviewed(person, one))) : h("p", { class: "soft" }, t("quality.no_reviews")),
    )
  }

  /** A review, and what it said before it was put right. @param {any} person  @param {any} one */
  #reviewed(person, one) {
    const points = (/** @type {any} */ said) => this.#told.abilities.filter((/** @type {any} */ ability) => ability.id in said.scores).map((/** @type {any} */ ability) => h("span", { class: "badge" }, `${named(ability)} ${said.scores[ability.id]}`))
    return h("li", null, points(one), h("a", { href: `/console/history/${encodeURIComponent(one.call_id)}` }, moment(one.at)), h("span", { class: "soft" }, named(one.by)),
      this.#boss && h("button", { type: "button", class: "button tab", "data-correct": one.call_id, onclick: () => this.#review({ ...one, agent: named(person) }, one) }, t("quality.correct")),
      one.words && h("p", null, one.words),
      one.earlier.length > 0 && h("details", { class: "quality-earlier" }, h("summary", null, t("quality.earlier", { count: one.earlier.length })), h("ul", { class: "quality-list" }, one.earlier.map((/** @type {any} */ was) => h("li", null, points(was), h("span", { class: "soft digits" }, moment(was.at)), h("span", { class: "soft" }, named(was.by)), was.words && h("p", null, was.words))))),
    )
  }

  /** @param {any} one */
  #sample(one) {
    return h("li", null, h("strong", null, named(one.agent)), h("span", null, `${named(one.item)} · ${named(one.point)}`), h("span", { class: "soft digits" }, moment(one.ended_at)), h("a", { href: `/console/history/${encodeURIComponent(one.call_id)}`, target: "_blank", rel: "noopener" }, t("quality.open_record")), h("button", { type: "button", class: "button tab", "data-review": one.call_id, onclick: () => this.#review(one) }, t("quality.review")))
  }

  /** @param {any} one  @param {any} [before] the review that is put right */
  #review(one, before) {
    const problem = h("p", { class: "field-error", role: "alert" })
    const words = h("textarea", { class: "input", id: "review-words", rows: 3, maxlength: 1000, value: before?.words ?? "" })
    /** @type {any[]} */
    const reviewed = this.#told.abilities.filter((/** @type {any} */ ability) => ability.reviewed)
    const save = async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault()
      const chosen = new FormData(/** @type {HTMLFormElement} */ (event.target))
      const scores = Object.fromEntries(reviewed.map(({ id }) => [id, Number(chosen.get(id))]))
      try {
        const said = { scores, words: words.value.trim() }
        if (before) await send("PUT", `/api/reviews/${encodeURIComponent(one.call_id)}`, said)
        else await post("/api/reviews", { call_id: one.call_id, ...said })
        dialog.close()
        this.#load()
      } catch (error) {
        say(problem, sentence(error))
      }
    }
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "review-title", onclose: () => dialog.remove() },
      h("form", { class: "dialog-form", onsubmit: save },
        h("h2", { class: "dialog-title", id: "review-title" }, t("quality.review_title", { name: named(one.agent) })),
        h("p", { class: "soft" }, before ? t("quality.correct_note") : `${named(one.item)} · ${named(one.point)} · ${moment(one.ended_at)}`),
        reviewed.map((ability) => h("fieldset", { class: "review-points" }, h("legend", null, named(ability)), [1, 2, 3, 4, 5].map((points) => h("label", { class: "choice" }, h("input", { type: "radio", name: ability.id, value: points, required: true, checked: before?.scores[ability.id] === points }), h("span", null, t("quality.points", { count: points })))))),
        h("div", { class: "field" }, h("label", { for: "review-words" }, t("quality.words")), words),
        problem,
        h("div", { class: "dialog-actions" }, h("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("action.close")), h("button", { type: "submit", class: "button button-primary", id: "review-save" }, icon("check"), t("quality.save"))),
      ),
    )
    document.body.append(dialog)
    dialog.showModal()
  }

}

/** @param {number | null} value 1–5 */
function bar(value) {
  if (value === null) return h("span", { class: "soft" }, "–")
  return h("span", { class: "quality-bar" }, h("meter", { min: 0, max: 5, low: 2.5, high: 3.5, optimum: 5, value, "aria-label": value.toFixed(1) }), h("span", { class: "digits" }, value.toFixed(1)))
}

/** @param {string} name  @param {number | null} value */
const figure = (name, value) => (value === null ? "–" : SHARES.has(name) ? `${Math.round(100 * value)}%` : value.toFixed(2))

new Quality().start()

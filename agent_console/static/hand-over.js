// What leaves the house (一口出件): packages that wait and fail first, with the reason, and one press to try again.

import { h, icon, mount } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { ask, post } from "./http.js"
import { Answer, noRows } from "./panels/answer.js"
import { moment, size } from "./words.js"

const EVERY_MS = 10_000
const COLUMNS = ["number", "item", "at", "state", "next", "size"]

const figures = h("dl", { class: "facts card matter-figures" })
const nowhere = h("p", { class: "banner banner-warn", hidden: true }, icon("warning"), t("hand_over.nowhere"))
const answer = new Answer("hand-over", () => load())
const rows = h("tbody", null)

/** @param {any} told */
function show(told) {
  nowhere.hidden = told.connected
  answer.came()
  mount(figures, ["waiting", "failing", "acknowledged"].map((name) => h("div", { "data-figure": name, "data-tone": name === "failing" && told.failing ? "bad" : "" }, h("dt", null, t(`hand_over.${name}`)), h("dd", { class: "digits" }, told[name]))))
  mount(rows, told.packages.length ? told.packages.map(row) : noRows(COLUMNS.length, t("hand_over.none")))
}

/** @param {any} one */
function row(one) {
  const done = one.state === "acknowledged"
  const failing = !done && one.attempts > 0
  return h("tr", { "data-package": one.package_id },
    h("td", { class: "digits nowrap" }, h("a", { href: `/console/history/${encodeURIComponent(one.call_id)}` }, one.number)),
    h("td", null, h("strong", null, named(one.item)), h("p", { class: "soft" }, named(one.point))),
    h("td", { class: "digits nowrap" }, moment(one.created_at)),
    h("td", null, h("span", { class: `badge ${done ? "badge-good" : failing ? "badge-danger" : "badge-primary"}` }, t(`hand_over.state_${one.state}`)), one.attempts > 0 && h("span", { class: "soft" }, ` ${t("hand_over.tries", { count: one.attempts })}`), one.problem && h("p", { class: "late" }, one.problem)),
    h("td", { class: "nowrap" }, done ? h("span", { class: "digits" }, moment(one.acknowledged_at)) : h("span", { class: "matter-from" }, h("span", { class: "digits" }, moment(one.next_at)), h("button", { type: "button", class: "button tab", "data-action": "retry", onclick: () => retry(one.package_id) }, t(failing ? "hand_over.retry" : "hand_over.send")))),
    h("td", { class: "digits nowrap" }, one.size ? size(one.size) : "–"),
  )
}

/** @param {string} package_id */
async function retry(package_id) {
  try {
    await post(`/api/hand-over/${encodeURIComponent(package_id)}/retry`, {})
    await load()
  } catch (error) {
    answer.failed(error)
  }
}

async function load() {
  try {
    show(await ask("/api/hand-over"))
  } catch (error) {
    answer.failed(error)
  }
}

mount(
  /** @type {Element} */ (document.getElementById("hand-over")),
  h("div", { class: "page-head" }, h("div", null, h("h1", null, t("hand_over.title")), h("p", { class: "soft" }, t("hand_over.lead")))),
  answer.element,
  nowhere,
  figures,
  h("div", { class: "card table-card" }, h("table", { class: "table" }, h("thead", null, h("tr", null, COLUMNS.map((name) => h("th", { scope: "col" }, t(`hand_over.column_${name}`))))), rows)),
)
load()
setInterval(() => document.visibilityState === "visible" && load(), EVERY_MS)

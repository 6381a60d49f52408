// What papers the item needs, before one waits for nothing.

import { h, icon } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"

/** @typedef {import("../types.js").BoothState} BoothState */

/** @param {BoothState} state  @param {import("../types.js").BoothActions} actions */
export function papers(state, actions) {
  const item = /** @type {import("../items.js").Item} */ (state.visit.item)
  const needed = item.materials.filter((one) => one.required !== false)
  const maybe = item.materials.filter((one) => one.required === false)
  const closed = item.open === false
  const element = h(
    "section",
    { class: "screen papers" },
    h("div", null,
      h("p", { class: "eyebrow" }, t("papers.eyebrow")),
      h("h1", { class: "screen-title" }, named(item)),
      h("p", { class: "lead" }, named(item, "summary")),
      h("div", { class: "papers-minutes" },
        item.minutes ? h("p", { class: "badge badge-primary" }, icon("clock"), t("papers.minutes", { count: item.minutes })) : null,
        closed && h("p", { class: "banner banner-warn" }, icon("clock"), t("papers.closed"))),
    ),
    h("div", { class: "papers-lists" },
      needed.length > 0 && h("div", { class: "card" }, h("h2", { class: "card-title" }, t("papers.needed")), h("ul", { class: "papers-list" }, needed.map(material))),
      needed.length === 0 && h("div", { class: "card" }, h("h2", { class: "card-title" }, t("papers.nothing"))),
      maybe.length > 0 && h("div", { class: "card card-soft" }, h("h2", { class: "card-title" }, t("papers.maybe")), h("ul", { class: "papers-list" }, maybe.map(material))),
      !closed && h("p", { class: "papers-missing" }, icon("info"), t("papers.missing")),
    ),
    h("footer", { class: "actions" },
      h("button", { class: "button", type: "button", "data-action": "back", onclick: () => actions.go({ step: "choose", item: null }) }, icon("back"), t("action.back")),
      h("button", { class: `button ${closed ? "button-primary" : ""}`, type: "button", "data-action": "book", onclick: () => actions.go({ step: "wishes", later: true }) }, icon("clock"), t("papers.book")),
      closed ? null : h("button", { class: "button button-primary", type: "button", "data-action": "papers-ready", onclick: () => actions.go({ step: "wishes", later: false }) }, t("papers.ready"), icon("next")),
    ),
  )
  return { element, idle_s: 120, speak: t("papers.speak", { item: named(item), count: needed.length }) }
}

/** @param {import("../items.js").Material} one */
function material(one) {
  const copies = one.copies ?? 0
  const note = [named(one, "note"), copies > 0 && t("papers.copies", { count: copies })].filter(Boolean).join(t("booth.comma"))
  return h("li", { class: "paper-line" },
    h("span", { class: "paper-tick" }, icon("document")),
    h("div", null, h("p", { class: "paper-name" }, named(one)), note && h("p", { class: "paper-note" }, note)),
  )
}

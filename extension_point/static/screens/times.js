// Come another time: a day, then a half hour of it, then the appointment's code to take along.

import { h, icon, mount } from "/static/web/js/dom.js"
import { local, named, t } from "/static/web/js/i18n.js"
import { qr, spaced } from "./qr.js"

/** @typedef {import("../types.js").BoothState} BoothState */
/** @typedef {import("../types.js").BoothActions} BoothActions */
/** @typedef {{starts_at: string, left: number}} Time */

const dayOf = (/** @type {string} */ at) => local(at, { month: "long", day: "numeric", weekday: "short" })
const hourOf = (/** @type {string} */ at) => local(at, { hour: "2-digit", minute: "2-digit" })

/** @param {BoothState} state  @param {BoothActions} actions */
export function times(state, actions) {
  /** @type {Map<string, Time[]> | null} */
  let days = null
  let day = ""
  let failed = false
  const item = state.visit.item
  const list = h("div", { class: "times-days", role: "group", "aria-label": t("times.day") })
  const hours = h("div", { class: "times-hours", role: "group", "aria-label": t("times.hour") })
  const status = h("p", { class: "lead", role: "status" })
  const problem = h("p", { class: "banner banner-danger", role: "alert", hidden: true })
  const again = h("button", { class: "button", type: "button", "data-action": "retry", hidden: true, onclick: () => load() }, icon("rotate"), t("action.retry"))
  const draw = () => {
    again.hidden = !failed
    mount(status, failed ? t("times.failed") : !days ? t("times.loading") : days.size ? t("times.lead") : t("times.none"))
    mount(list, [...(days?.keys() ?? [])].map((one) =>
      h("button", { class: "button times-day", type: "button", "aria-pressed": String(one === day), "data-day": one, onclick: () => choose(one) }, one)))
    mount(hours, (days?.get(day) ?? []).map((one) =>
      h("button", { class: "tile times-hour", type: "button", "data-time": one.starts_at, onclick: () => actions.book(one.starts_at) },
        h("span", { class: "times-clock digits" }, hourOf(one.starts_at)),
        h("span", { class: "soft" }, t("times.left", { count: one.left })))))
  }
  const choose = (/** @type {string} */ one) => {
    day = one
    draw()
  }
  const load = async () => {
    failed = false
    draw()
    try {
      const told = await actions.times()
      days = new Map()
      for (const one of told) days.set(dayOf(one.starts_at), [...(days.get(dayOf(one.starts_at)) ?? []), one])
      day = [...days.keys()][0] ?? ""
    } catch {
      failed = true
    }
    draw()
  }
  const element = h(
    "section",
    { class: "screen times" },
    h("div", null, h("p", { class: "eyebrow" }, named(item)), h("h1", { class: "screen-title" }, t("times.title")), status),
    h("div", { class: "times-choice" }, problem, list, hours, again),
    h("footer", { class: "actions" },
      h("button", { class: "button", type: "button", "data-action": "back", onclick: () => actions.go({ step: state.visit.later ? "wishes" : "papers", rebooks: null }) }, icon("back"), t("action.back")),
    ),
  )
  load()
  let shown = ""
  return {
    element,
    idle_s: 90,
    speak: t("times.title"),
    update: (/** @type {BoothState} */ state) => {
      problem.hidden = !state.visit.error
      mount(problem, icon("warning"), state.visit.error)
      // Somebody else took the time meanwhile: what is left is asked anew.
      if (state.visit.error && state.visit.error !== shown) load()
      shown = state.visit.error
    },
  }
}

/** @param {BoothState} state  @param {BoothActions} actions */
export function booked(state, actions) {
  const told = /** @type {NonNullable<import("../types.js").Visit["booked"]>} */ (state.visit.booked)
  const element = h(
    "section",
    { class: "screen booked" },
    h("div", { class: "card booked-card" },
      h("h1", { class: "screen-title" }, t("booked.title")),
      h("p", { class: "booked-when digits" }, `${dayOf(told.starts_at)} ${hourOf(told.starts_at)}`),
      h("p", { class: "lead" }, named(told.item)),
      qr(told.qr, t("place.qr")),
      h("p", { class: "place-code digits", "data-code": told.code }, spaced(told.code)),
      h("p", { class: "soft" }, t("booked.keep")),
    ),
    h("footer", { class: "actions" },
      h("button", { class: "button", type: "button", "data-action": "unbook", onclick: () => actions.unbook(told.code) }, icon("close"), t("booked.cancel")),
      h("button", { class: "button button-primary", type: "button", "data-action": "home", onclick: () => actions.home() }, icon("check"), t("booked.done")),
    ),
  )
  return { element, idle_s: 120, speak: t("booked.speak", { time: `${dayOf(told.starts_at)} ${hourOf(told.starts_at)}` }) }
}

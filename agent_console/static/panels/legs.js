// How everybody in the call is connected: a calm word for each, and the numbers behind it.

import { h, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { word } from "../words.js"
import { attribute, follow, show } from "./list.js"

/** @typedef {import("../desk/desk.js").Desk} Desk */
/** @typedef {import("../types.js").LegState} LegState */

export class LegsPanel {
  #rows = h("ul", { class: "legs-list" })
  element = h("section", { class: "legs", "aria-label": t("quality.everybody"), hidden: true }, h("h2", null, t("quality.everybody")), this.#rows)

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk
  }

  /** What is worth saying before anybody asks: whose line is bad, other than one's own. */
  get notice() {
    const others = this.desk.legs.filter((one) => one.person_id !== this.desk.view?.agent.id)
    const worst = others.find((one) => one.level === "lost") ?? others.find((one) => one.level === "poor")
    return worst ? { level: worst.level, text: t(`quality.other_${worst.level}`, { who: this.#name(worst) }) } : null
  }

  render() {
    show(this.element, this.desk.legs.length > 0)
    follow(this.#rows, this.desk.legs, { key: (one) => one.person_id, make: () => this.#make(), update: (row, one) => this.#update(row, one) })
  }

  /** @param {LegState} one */
  #name(one) {
    if (one.person_id === this.desk.view?.agent.id) return t("quality.me")
    const known = this.desk.view?.call?.participants.find((someone) => someone.id === one.person_id)
    return one.role === "citizen" || !known ? word("party", one.role) : `${word("party", one.role)} ${known.name}`
  }

  #make() {
    return h("li", { class: "legs-one" }, h("strong", { class: "legs-name" }), h("span", { class: "badge legs-level" }), h("span", { class: "digits soft legs-numbers" }))
  }

  /** @param {HTMLElement} row  @param {LegState} one */
  #update(row, one) {
    attribute(row, "data-level", one.level)
    attribute(row, "data-leg", one.person_id)
    const level = /** @type {HTMLElement} */ (row.querySelector(".legs-level"))
    level.className = `badge legs-level badge-${{ good: "good", poor: "warn", lost: "danger" }[one.level]}`
    say(/** @type {Element} */ (row.querySelector(".legs-name")), this.#name(one))
    say(level, t(`quality.level_${one.level}`))
    say(/** @type {Element} */ (row.querySelector(".legs-numbers")), numbers(one))
  }
}

/** @param {LegState} one */
function numbers(one) {
  const loss = Math.max(one.loss_up ?? 0, one.loss_down ?? 0)
  const sends = one.fps === null ? "quality.row_sends_sound" : "quality.row_sends"
  return [
    one.rtt_ms !== null && t("quality.row_line", { rtt: `${Math.round(one.rtt_ms)} ms`, loss: `${(100 * loss).toFixed(1)}%` }),
    one.kbps_up !== null && t(sends, { kbps: `${one.kbps_up} kbit/s`, fps: one.fps ?? 0 }),
    one.sees_fps !== null && t("quality.row_sees", { fps: one.sees_fps }),
    one.freezes ? t("quality.row_freezes", { count: one.freezes }) : "",
  ].filter(Boolean).join(" · ")
}

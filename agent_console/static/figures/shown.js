// Figures as a person reads them: the server has rounded them; here they only get their unit.

import { language, t } from "/static/web/js/i18n.js"

/** @typedef {"count" | "share" | "seconds" | "level"} Unit */
/** @typedef {{key: string, unit: Unit, formula: string}} Measure */
/** @typedef {{id: string, name: string, name_en: string}} Named */
/** @typedef {{period: string, group: Named | null, values: (number | null)[]}} Line */
/** @typedef {{first: string, last: string, step: string, by: string, zone: string, measures: Measure[], lines: Line[], total: (number | null)[]}} Report */

const two = (/** @type {number} */ value) => String(value).padStart(2, "0")

/** 0:45, 12:05, 1:02:45, to the second. @param {number} seconds */
export function span(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** A value with its unit, "–" where there is none. @param {number | null} value  @param {Unit} unit */
export function shown(value, unit) {
  if (value === null) return "–"
  if (unit === "seconds") return span(value)
  if (unit === "share") return `${(value * 100).toFixed(1)}%`
  if (unit === "level") return value.toFixed(2)
  return value.toLocaleString(language())
}

/** The name of a group in the shown language. @param {Named | null} group */
export const groupName = (group) => (group === null ? t("group.nobody") : (language() === "en" && group.name_en) || group.name)

/** A local date so many days away. @param {string} day  @param {number} by */
export function shift(day, by) {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + by)
  return date.toISOString().slice(0, 10)
}

/** Which day of the week, 0 for Monday. @param {string} day */
export const weekday = (day) => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7

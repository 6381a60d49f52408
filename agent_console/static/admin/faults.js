// What the check of the files finds wrong, put beside the field it is about, in the words of the page.

import { knows, t } from "/static/web/js/i18n.js"

/** @typedef {import("./types.js").Fault} Fault */

const WHERE = /^\S+?: (\w+) (?:"([^"]*)"|number \d+)\.?([\w.[\]]*): ([\s\S]*)$/
const TABLE = /^(?:\S+\.toml: )?(\w+): ([\s\S]*)$/

/** @param {string} problem  @returns {Fault} */
export function fault(problem) {
  const found = WHERE.exec(problem)
  if (found) return { table: found[1] ?? "", id: found[2] ?? "", path: found[3] ?? "", message: said(found[4] ?? "") }
  const [, table = "", message = problem] = TABLE.exec(problem) ?? []
  return { table, id: "", path: "", message: said(message) }
}

/** What the checks say, and how the page says it; what is named in a pattern stands in the words. @type {[RegExp, string][]} */
const SAID = [
  [/^is missing|at least 1 character/, "wrong.missing"],
  [/^(policy: )?there is no such (key|table)/, "wrong.key"],
  [/^write each entry under/, "wrong.list"],
  [/^is used twice$/, "wrong.twice"],
  [/^"(?<value>.*)" is also used by "(?<other>.*)"$/, "wrong.twice_by"],
  [/^there is no (rule )?"(?<value>[^"]*)"/, "wrong.nowhere"],
  [/^no item has a material "(?<value>.*)"$/, "wrong.nowhere"],
  [/^there is no time zone/, "wrong.zone"],
  [/^there are none$/, "wrong.none"],
  [/^no agent/, "wrong.nobody"],
  [/^nothing is measured/, "wrong.nothing_measured"],
  [/^worst and best are the same$/, "wrong.no_slope"],
  [/^two materials have the same id$/, "wrong.twice"],
  [/^the rule "(?<value>.*)" needs (?<keys>.*)$/, "wrong.rule_needs"],
  [/^must be one letter/, "wrong.letter"],
  [/should match pattern/, "wrong.pattern"],
  [/greater than or equal to (?<count>[\d.-]+)/, "wrong.least"],
  [/greater than (?<count>[\d.-]+)/, "wrong.above"],
  [/less than or equal to (?<count>[\d.-]+)/, "wrong.most"],
  [/(valid|whole|finite) (integer|number)|fractional/, "wrong.number"],
  [/valid string/, "wrong.text"],
  [/valid boolean/, "wrong.yes_no"],
  [/valid (list|tuple|dictionary|array|mapping)|dictionary or an instance/, "wrong.list"],
  [/valid date|date or datetime|in the format of a date/, "wrong.date"],
  [/at least (?<count>\d+) item/, "wrong.few"],
  [/at most (?<count>\d+) char/, "wrong.long"],
  [/at most (?<count>\d+) item/, "wrong.many"],
  [/^Input should be (?<values>'.*')$/, "wrong.one_of"],
  [/is not written like|overlap|ends before|: there is no \d/, "wrong.span"],
  [/is never open/, "wrong.never"],
]

/** @param {string} message */
function said(message) {
  for (const [pattern, key] of SAID) {
    const found = pattern.exec(message)
    if (found && knows(key)) return t(key, found.groups ?? {})
  }
  // A file that is no TOML is told by the parser alone.
  return t("wrong.other", { message })
}

// What the check of the files finds wrong, put beside the field it is about, in the words of the page.

import { knows, t } from "/static/web/js/i18n.js"

/** @typedef {import("./types.js").Fault} Fault */

const WHERE = /^(\S+?): (\w+) "([^"]*)"\.?([\w.[\]]*): ([\s\S]*)$/

/** @param {string} problem  @returns {Fault} */
export function fault(problem) {
  const found = WHERE.exec(problem)
  if (!found) return { table: "", id: "", path: "", message: problem }
  const [, , table = "", id = "", path = "", message = ""] = found
  return { table, id, path, message: said(message) }
}

/** What the checks say most, and how the page says it. @type {[RegExp, string][]} */
const SAID = [
  [/^is missing$|at least 1 character/, "wrong.missing"],
  [/^there is no such key$/, "wrong.key"],
  [/^is used twice$|is also used by/, "wrong.twice"],
  [/^there is no "(.*)" in the/, "wrong.nowhere"],
  [/^no agent/, "wrong.nobody"],
  [/should match pattern|must be one letter/, "wrong.pattern"],
  [/greater than|less than/, "wrong.range"],
  [/valid integer|valid number/, "wrong.number"],
  [/at most (\d+) char/, "wrong.long"],
  [/is not written like|overlap|ends before/, "wrong.span"],
  [/is never open/, "wrong.never"],
]

/** @param {string} message */
function said(message) {
  const key = SAID.find(([pattern]) => pattern.test(message))?.[1]
  // The check's own words stay beside ours: they name numbers and names.
  return key && knows(key) ? `${t(key)}（${message}）` : message
}

// The page's words in the browser, from the data block the server put into the page. Same rules as web/catalogues.py.

/** @typedef {string | Record<string, string>} Message */

/** @type {{lang: string, messages: Record<string, Message>, languages: string[], catalogues?: Record<string, Record<string, Message>>, [name: string]: any}} */
export const pageData = JSON.parse(document.getElementById("page-data")?.textContent ?? '{"lang":"zh-CN","messages":{},"languages":[]}')

let messages = pageData.messages
let lang = pageData.lang

/** The language now shown. */
export const language = () => lang

/** Change the language without a reload; only pages that were given all catalogues can. @param {string} to */
export function setLanguage(to) {
  const other = pageData.catalogues?.[to]
  if (!other) return
  lang = to
  messages = other
  document.documentElement.lang = to
}

/**
 * The sentence for a key; plural forms are chosen by `count`.
 * @param {string} key
 * @param {Record<string, string | number>} [params]
 */
export function t(key, params = {}) {
  const message = messages[key]
  // A missing word must not stop a call; the tests see to it that none is missing.
  if (message === undefined) return key
  const text =
    typeof message === "string"
      ? message
      : message[new Intl.PluralRules(lang).select(Number(params.count ?? 0))] ?? message.other ?? key
  return text.replace(/\{(\w+)\}/g, (_place, name) => String(params[name] ?? ""))
}

/** True when the catalogue has the key: for texts chosen by a code of the server. @param {string} key */
export const knows = (key) => key in messages

/** What a refusal means where no word of its own is known, by its status. @type {Record<number, string>} */
const MEANING = { 400: "malformed", 401: "not_signed_in", 403: "not_allowed", 404: "unknown", 409: "wrong_state", 429: "too_many" }

/** What a refusal says to a person. @param {{code?: string, status?: number} | null | undefined} problem */
export function refusal(problem) {
  const key = `problem.${problem?.code}`
  return t(knows(key) ? key : `problem.${MEANING[problem?.status ?? 0] ?? "unavailable"}`)
}

/** The district's own names in English: of what is told by its Chinese name alone. @type {Map<string, string>} */
const english = new Map(Object.entries(pageData.english ?? {}))

/** Of a thing with a name, or of a bare name, the name in the shown language. @param {any} thing  @param {string} [member] */
export function named(thing, member = "name") {
  const name = (typeof thing === "string" ? thing : thing?.[member]) || ""
  return (lang === "en" && (thing?.[`${member}_en`] || english.get(name))) || name
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map()

/**
 * A time as a person reads it: the district's, wherever the clock of this machine stands. Day before month in English too:
 * the reader is in Shanghai.
 * @param {string | number} at RFC 3339, or ms since 1970
 * @param {Intl.DateTimeFormatOptions} options
 */
export function local(at, options) {
  const key = lang + JSON.stringify(options)
  let format = formats.get(key)
  // Making one takes longer than all else about a row of a list.
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { timeZone: pageData.zone, hourCycle: "h23", ...options })))
  return format.format(new Date(at))
}

/** Minutes and seconds, 3:07. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`
}

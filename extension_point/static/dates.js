// Days as a person reads them, in the district's time wherever the booth's clock stands.

import { language } from "/static/web/js/i18n.js"

const ZONE = "Asia/Shanghai"

/** @param {string} at RFC 3339  @param {Intl.DateTimeFormatOptions} form */
const format = (at, form) => new Intl.DateTimeFormat(language() === "en" ? "en-GB" : language(), { timeZone: ZONE, hour12: false, ...form }).format(new Date(at))

/** @param {string} at RFC 3339 */
export const day = (at) => format(at, { year: "numeric", month: "long", day: "numeric" })

/** @param {string} at RFC 3339 */
export const moment = (at) => format(at, { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" })

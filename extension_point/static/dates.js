// Days as a person reads them, in the district's time wherever the booth's clock stands.

import { local } from "/static/web/js/i18n.js"

/** @param {string} at RFC 3339 */
export const day = (at) => local(at, { year: "numeric", month: "long", day: "numeric" })

/** @param {string} at RFC 3339 */
export const moment = (at) => local(at, { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" })

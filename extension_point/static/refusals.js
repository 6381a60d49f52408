// What a refusal says to the citizen: why, and what they can do about it, where and when.

import { local, named, refusal, t } from "/static/web/js/i18n.js"

/** @param {import("/static/web/js/signal.js").Problem} problem */
export function advice(problem) {
  const { opens_at, nearest, nearest_address, from } = problem.more
  if (problem.code === "closed" && opens_at) return t("problem.closed_until", { time: opening(opens_at) })
  if (problem.code === "device_not_working" && nearest)
    return t("problem.device_elsewhere", { point: named(problem.more, "nearest"), address: nearest_address ?? "" })
  if (problem.code === "too_early" && from) return t("problem.too_early_until", { time: opening(from) })
  return refusal(problem)
}

/** Day and time as they are said at the counter. @param {string} at RFC 3339 */
const opening = (at) => local(at, { month: "long", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit" })

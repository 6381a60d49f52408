// Codes of the server in the words of the page, and times as a person reads them.

import { knows, local, refusal, t } from "/static/web/js/i18n.js"

/**
 * The word for a code, or the code itself where the catalogue is behind the server.
 * @param {string} family  @param {string} code
 */
export const word = (family, code) => (knows(`${family}.${code}`) ? t(`${family}.${code}`) : code)

/** What a refusal says to the person at the desk. @param {any} problem */
export const sentence = (problem) => refusal(problem)

/** 3:07, and 1:02:45 from an hour on. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0")
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

/** A length in words: "45 秒", "3 分 20 秒". @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return t("time.s", { s: whole })
  if (whole < 3600) return t("time.ms", { m: Math.floor(whole / 60), s: whole % 60 })
  return t("time.hm", { h: Math.floor(whole / 3600), m: Math.floor(whole / 60) % 60 })
}

/** 14:05 @param {string} at */
export const hour = (at) => local(at, { hour: "2-digit", minute: "2-digit" })

/** 14:05:09 @param {string} at */
export const second = (at) => local(at, { hour: "2-digit", minute: "2-digit", second: "2-digit" })

/** The day and the minute. @param {string} at */
export const moment = (at) =>
  local(at, { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" })

/** @param {number} bytes */
export const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`)

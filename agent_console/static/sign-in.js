// The sign-in form: one request, an honest answer, the focus where the person goes on.

import { t } from "/static/web/js/i18n.js"
import { say } from "/static/web/js/dom.js"
import { post } from "./http.js"
import { sentence } from "./words.js"

/** @template {Element} T @param {string} selector  @param {new () => T} kind @returns {T} */
function find(selector, kind) {
  const element = document.querySelector(selector)
  if (!(element instanceof kind)) throw new Error(`the page lacks ${selector}`)
  return element
}

const form = find("#sign-in", HTMLFormElement)
const name = find("#name", HTMLInputElement)
const password = find("#password", HTMLInputElement)
const button = find("#submit", HTMLButtonElement)
const problem = find("#problem", HTMLElement)
const show = find("#show", HTMLButtonElement)

form.addEventListener("submit", async (event) => {
  event.preventDefault()
  if (button.getAttribute("aria-disabled") === "true" || !complete()) return
  busy(true)
  try {
    await post("/api/staff/session", { name: name.value, password: password.value })
    location.replace(location.pathname + location.search)
  } catch (error) {
    busy(false)
    refused(error)
  }
})

/** An empty field is told here, without asking the server. */
function complete() {
  const empty = !name.value.trim() ? name : !password.value ? password : null
  mark(empty)
  tell(empty ? t(empty === name ? "sign_in.name_missing" : "sign_in.password_missing") : "")
  empty?.focus()
  return !empty
}

/** @param {any} error */
function refused(error) {
  const wrong = error.code === "wrong_password"
  const wait = error.retry_after_s || Number(/\d+/.exec(error.message)?.[0] ?? 0)
  if (wrong) tell(t("sign_in.wrong"))
  else if (error.status === 429) tell(wait ? t("sign_in.too_many", { count: Math.ceil(wait / 60) }) : t("sign_in.too_many_soon"))
  else tell(sentence(error))
  mark(wrong ? password : null)
  if (wrong) password.select()
  else button.focus()
}

/** @param {HTMLInputElement | null} field */
function mark(field) {
  for (const one of [name, password]) one.setAttribute("aria-invalid", String(one === field))
}

/** @param {string} text */
function tell(text) {
  problem.hidden = !text
  say(problem, text)
}

/** @param {boolean} is */
function busy(is) {
  button.setAttribute("aria-disabled", String(is))
  say(button, t(is ? "sign_in.busy" : "sign_in.submit"))
}

show.addEventListener("click", () => {
  const shown = password.type === "password"
  password.type = shown ? "text" : "password"
  show.setAttribute("aria-pressed", String(shown))
  say(show, t(shown ? "sign_in.hide" : "sign_in.show"))
})

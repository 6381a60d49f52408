// Watching what was recorded of a call: first one says why, which is written down; then the player, which follows a call
// that still goes on; and files to take along, made by the media node in the background.

import { Player } from "/static/web/components/player/player.js"
import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, pageData, t } from "/static/web/js/i18n.js"
import { ask, post } from "./http.js"
import { Replay } from "./replay.js"
import { duration, moment, sentence, size, word } from "./words.js"

/** New segments come every ten seconds. */
const FOLLOW_MS = 3000
const REASONS = ["complaint", "quality", "training", "dispute"]
/** Who watches stands over the pictures, so that a photograph of the screen tells whose screen it was. */
const MARKS = 12
const FORMS = ["side_by_side", "mp4", "tracks"]

const root = /** @type {HTMLElement} */ (document.getElementById("recording"))
const call = `/api/calls/${encodeURIComponent(pageData.call_id)}`

async function start() {
  mount(root, h("p", { class: "soft", role: "status" }, t("recording.loading")))
  try {
    const told = await ask(`${call}/recording`)
    if (told.erased) refuse("recording.erased")
    else if (!told.segments) refuse("recording.none")
    else if (!told.may_watch) refuse("recording.not_allowed")
    else if (!Player.supported) refuse("recording.old_browser")
    else askWhy(told)
  } catch (error) {
    failed(error)
  }
}

/** @param {any} error */
function failed(error) {
  if (error.status === 401) return location.reload()
  if (error.status === 404) return refuse("recording.none")
  refuse("recording.failed", h("button", { type: "button", class: "button button-small", "data-action": "again", onclick: start }, icon("rotate"), t("action.retry")))
}

/** @param {string} key  @param {HTMLElement} [again] */
const refuse = (key, again) => mount(root, h("h1", null, t("recording.page")), h("p", { class: "banner banner-warn", role: "alert" }, icon("warning"), h("span", null, t(key)), again), back())

const back = () => h("p", null, h("a", { href: `/console/history/${pageData.call_id}` }, t("recording.back")))

/** @param {{seconds: number, size: number}} told */
function askWhy(told) {
  const problem = h("p", { class: "banner banner-danger", role: "alert", hidden: true })
  const other = h("input", { class: "input", id: "reason", maxlength: "200", "aria-label": t("recording.reason_other"), placeholder: t("recording.reason_other") })
  const choices = REASONS.map((code) => h("label", null, h("input", { type: "radio", name: "reason", value: word("recording.reason", code) }), word("recording.reason", code)))
  const form = h(
    "form",
    { class: "card recording-reason", onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault()
      const chosen = /** @type {HTMLInputElement | null} */ (form.querySelector("input[name=reason]:checked"))?.value
      const reason = [chosen, other.value.trim()].filter(Boolean).join(": ")
      problem.hidden = reason.length >= 2
      if (!problem.hidden) return say(problem, t("recording.reason_needed"))
      try {
        await new Watching(`/api/viewings/${(await post(`${call}/recording/viewings`, { reason })).viewing_id}`).start()
      } catch (error) {
        problem.hidden = false
        say(problem, sentence(error))
      }
    } },
    h("h1", null, t("recording.why")),
    h("p", { class: "soft" }, t("recording.why_text", { length: duration(told.seconds), size: size(told.size) })),
    problem,
    h("fieldset", { class: "recording-reasons" }, h("legend", { class: "visually-hidden" }, t("recording.why")), choices),
    other,
    h("button", { type: "submit", class: "button button-primary", id: "watch" }, icon("play"), t("recording.watch")),
  )
  mount(root, form, back())
  form.querySelector("input")?.focus()
}

class Watching {
  #last = 0
  #title = h("h1", null)
  #when = h("p", { class: "soft digits" })
  #live = h("span", { class: "badge badge-danger", hidden: true }, t("recording.live"))
  #problem = h("p", { class: "banner banner-warn", role: "alert", hidden: true })
  #files = h("ul", { class: "recording-list" })
  #shown = ""
  #begun = false
  #marks = h("div", { class: "watermark", "aria-hidden": "true" })
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #due

  /** @param {string} url of the viewing */
  constructor(url) {
    this.url = url
    this.player = new Player({ playerContent: (segment) => this.#content(segment.id), playerTime: (at_s) => this.replay.time(at_s) })
    this.replay = new Replay({ call_id: pageData.call_id, writes: pageData.role === "supervisor", seek: (at_s) => this.player.seek(at_s) })
  }

  async start() {
    await this.#mark()
    const makes = FORMS.map((form) => h("button", { type: "button", class: "button", "data-form": form, onclick: () => this.#make(form) }, icon("document"), word("recording.form", form)))
    mount(
      root,
      h("div", { class: "page-head" }, h("div", null, this.#title, this.#when), this.#live),
      this.#problem,
      h("div", { class: "recording-watch" },
        h("div", { class: "card record-section watched" }, this.player.element, this.#marks),
        this.replay.element,
        h("section", { class: "card recording-files", "aria-labelledby": "files" }, h("h2", { id: "files" }, t("recording.files")), h("p", { class: "soft" }, t("recording.files_text")), h("div", { class: "recording-making" }, makes), this.#files),
      ),
      back(),
    )
    this.player.start()
    this.player.toggleButton.focus()
    addEventListener("pagehide", () => this.player.stop(), { once: true })
    this.#follow()
  }

  /** Without a name nothing is played. */
  async #mark() {
    const me = await ask("/api/staff/me")
    const words = `${named(me)} ${me.badge} ${moment(new Date().toISOString())}`
    mount(this.#marks, Array.from({ length: MARKS }, () => h("span", null, words)))
  }

  async #follow() {
    clearTimeout(this.#due)
    let again = true
    try {
      const told = await ask(`${this.url}?after=${this.#last}`)
      this.#last = Math.max(this.#last, ...told.segments.map((/** @type {{id: number}} */ one) => one.id))
      this.player.add(told.segments)
      // Every reading stands in the audit log: anew only when there is more to watch.
      if (!this.#begun || told.segments.length) this.replay.begin(told.origin)
      this.#begun = true
      say(this.#title, t("recording.title", { ticket: told.ticket }))
      say(this.#when, moment(told.origin))
      this.#live.hidden = !told.live
      this.#problem.hidden = true
      this.#showFiles(told.exports)
      again = told.live || told.exports.some((/** @type {{state: string}} */ one) => one.state === "running")
    } catch (error) {
      if (/** @type {any} */ (error).status === 404) return failed(error)
      this.#problem.hidden = false
      say(this.#problem, sentence(error))
    }
    if (again) this.#due = setTimeout(() => this.#follow(), FOLLOW_MS)
  }

  /** @param {number} id */
  async #content(id) {
    const response = await fetch(`${this.url}/segments/${id}`, { credentials: "same-origin" })
    if (!response.ok) throw new Error(`segment ${id}: ${response.status}`)
    return response.arrayBuffer()
  }

  /** @param {string} form */
  async #make(form) {
    try {
      await post(`${this.url}/exports`, { form })
      await this.#follow()
    } catch (error) {
      this.#problem.hidden = false
      say(this.#problem, sentence(error))
    }
  }

  /** @param {any[]} made */
  #showFiles(made) {
    const shown = JSON.stringify(made)
    if (shown === this.#shown) return
    this.#shown = shown
    mount(this.#files, made.map((one) =>
      h("li", { class: "recording-file", "data-state": one.state },
        h("strong", null, word("recording.form", one.form)),
        one.state === "running" && h("progress", { max: "1", value: one.share, "aria-label": t("recording.making") }),
        one.state === "running" && h("span", { class: "soft digits" }, t("recording.share", { percent: Math.round(100 * one.share) })),
        one.state === "failed" && h("span", { class: "badge badge-danger" }, t("recording.file_failed")),
        one.state === "done" && h("span", { class: "soft digits" }, `${duration(one.duration_s)} · ${size(one.size)}`),
        one.state === "done" && h("a", { class: "button button-small", href: `${this.url}/exports/${one.export_id}/content`, download: "" }, t("recording.download")),
      )))
  }
}

start()

// Administration: the district's tables, changed while it runs; checked by the server as the files are.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { ask as confirm } from "/static/web/components/dialog/dialog.js"
import { ask, post } from "../http.js"
import { Answer } from "../panels/answer.js"
import { sentence } from "../words.js"
import { fault } from "./faults.js"
import { Form, label } from "./form.js"
import { History } from "./history.js"
import { Machinery } from "./machinery.js"
import { askWhere } from "./resettle.js"

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Files} Files */
/** @typedef {import("./types.js").Specs} Specs */
/** @typedef {import("./types.js").TableSpec} TableSpec */
/** @typedef {{table: string, id: string, entry: Entry | null}} Changed */

class Administration {
  /** @type {Specs} */
  #specs = {}
  /** @type {Files} */
  #files = {}
  #version = 0
  #table = ""
  /** Of the entry that is open: its id; "" for a new one; null for none. @type {string | null} */
  #open = null
  /** @type {Form | null} */
  #form = null
  #dirty = false
  #nav = h("nav", { class: "admin-nav", "aria-label": t("admin.tables") })
  #list = h("div", { class: "admin-list" })
  #pane = h("section", { class: "card admin-pane", "aria-label": t("admin.pane") })
  #problem = h("p", { class: "banner banner-danger", role: "alert", hidden: true })
  #answer = new Answer("admin", () => this.#begin())
  #toast = h("p", { class: "admin-toast soft", role: "status" })
  #search = h("input", { type: "search", class: "input", id: "search", placeholder: t("admin.search"), "aria-label": t("admin.search") })
  #history = new History({ version: () => this.#version, restore: (version) => this.#restore(version) })
  #machinery = new Machinery({ toast: (text) => say(this.#toast, text), fail: (error) => this.#fail(error), changed: () => this.#refresh() })

  start() {
    mount(/** @type {Element} */ (document.getElementById("admin")), h("div", { class: "page-head admin-head" }, h("h1", null, t("admin.title")), this.#toast), this.#answer.element, this.#problem, h("div", { class: "admin-columns" }, this.#nav, this.#list, this.#pane))
    this.#search.addEventListener("input", () => this.#drawRows())
    this.#pane.addEventListener("input", () => (this.#dirty = true))
    addEventListener("beforeunload", (event) => this.#dirty && event.preventDefault())
    addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "s") return
      event.preventDefault()
      if (this.#form) this.#save()
    })
    this.#begin()
  }

  async #begin() {
    try {
      this.#specs = await (await fetch("/static/console/admin/fields.json")).json()
      await this.#load()
      const [table = "", id = null] = location.hash.slice(1).split("/")
      this.#show(this.#specs[table] || table === "history" || table === "files" ? table : "points")
      if (id) this.#edit(id)
      this.#answer.came()
    } catch (error) {
      this.#answer.failed(error)
    }
  }

  async #load() {
    const [{ version, files }] = await Promise.all([ask("/api/admin/district"), this.#machinery.load()])
    this.#version = version
    this.#files = files
  }

  /** @param {string} table  @returns {Entry[]} */
  #entries(table) {
    const spec = this.#specs[table]
    return (spec && this.#files[spec.file]?.[table]) || []
  }

  get #spec() {
    return /** @type {TableSpec} */ (this.#specs[this.#table])
  }

  get #key() {
    return this.#table === "days" ? "date" : "id"
  }

  // ── what is shown ──

  /** @param {string} table */
  async #show(table) {
    if (!(await this.#leave())) return
    this.#table = table
    this.#open = null
    this.#form = null
    this.#problem.hidden = true
    this.#search.value = ""
    history.replaceState(null, "", `#${table}`)
    this.#drawNav()
    if (table === "history") {
      mount(this.#list)
      mount(this.#pane, h("h2", null, t("admin.history")), this.#history.element)
      return this.#history.show().catch((error) => this.#fail(error))
    }
    if (table === "files") {
      mount(this.#list)
      return this.#drawFiles()
    }
    this.#drawList()
    mount(this.#pane, h("p", { class: "soft admin-empty" }, t("admin.pick")))
  }

  #drawNav() {
    const link = (/** @type {string} */ name, /** @type {string} */ text, /** @type {number | null} */ count) => h("button", { type: "button", class: "admin-table", "aria-current": name === this.#table ? "true" : null, "data-table": name, onclick: () => this.#show(name) }, h("span", null, text), count === null ? null : h("span", { class: "digits soft" }, count))
    mount(this.#nav, Object.keys(this.#specs).map((name) => link(name, label("table", name), this.#entries(name).length)), h("hr", null), link("history", t("admin.history"), null), link("files", t("admin.files"), null))
  }

  #drawList() {
    const add = h("button", { type: "button", class: "button button-primary button-small", id: "add", onclick: () => this.#edit("") }, t("admin.add"))
    mount(this.#list, h("div", { class: "admin-list-head" }, h("h2", null, label("table", this.#table)), add), h("div", { class: "search" }, icon("search"), this.#search), h("ul", { class: "admin-rows", id: "rows" }))
    this.#drawRows()
  }

  #drawRows() {
    const rows = document.getElementById("rows")
    if (!rows) return
    const words = this.#search.value.trim().toLowerCase()
    const entries = this.#entries(this.#table).filter((entry) => JSON.stringify(entry).toLowerCase().includes(words))
    mount(rows, entries.map((entry) => {
      const id = entry[this.#key]
      return h("li", null, h("button", { type: "button", class: "admin-row", "aria-current": id === this.#open ? "true" : null, "data-id": id, onclick: () => this.#edit(id) }, h("span", { class: "admin-row-name" }, this.#title(entry)), h("span", { class: "soft admin-row-id" }, id), this.#machinery.badge(this.#table, id)))
    }), entries.length ? null : h("li", { class: "soft admin-empty" }, t("grid.none")))
  }

  /** @param {Entry} entry */
  #title(entry) {
    const key = this.#spec.title
    const spec = this.#spec.fields.find((field) => field.key === key)
    if (spec?.to) return `${named(this.#entries(spec.to).find((one) => one.id === entry[key])) || entry[key]} · ${named(entry)}`
    return named(entry, key) || entry[key] || entry[this.#key]
  }

  /** @param {string} id  "" for a new one */
  async #edit(id) {
    if (!(await this.#leave())) return
    const entry = this.#entries(this.#table).find((one) => one[this.#key] === id)
    if (id && !entry) return
    this.#open = id
    history.replaceState(null, "", `#${this.#table}${id ? `/${id}` : ""}`)
    this.#problem.hidden = true
    this.#drawRows()
    this.#drawForm(entry ?? {}, !id)
  }

  /** @param {Entry} entry  @param {boolean} isNew */
  #drawForm(entry, isNew) {
    const form = (this.#form = new Form(this.#spec.fields, entry, (table) => this.#entries(table), { fixed: !isNew }))
    const remove = isNew ? null : h("button", { type: "button", class: "button admin-danger", id: "remove", onclick: () => this.#remove() }, t("admin.remove"))
    mount(this.#pane, h("form", { class: "admin-form", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), this.#save()) }, h("div", { class: "admin-form-head" }, h("h2", null, isNew ? t("admin.new", { table: label("table", this.#table) }) : this.#title(entry)), isNew ? null : this.#machinery.actions(this.#table, entry)), h("div", { class: "admin-form-body", tabindex: "0", role: "region", "aria-label": t("admin.fields") }, form.element), h("div", { class: "admin-form-foot" }, h("button", { type: "submit", class: "button button-primary", id: "save" }, t("admin.save")), h("button", { type: "button", class: "button", onclick: () => this.#drop() }, t("action.cancel")), remove)))
    if (isNew) form.element.querySelector("input")?.focus()
  }

  #drawFiles() {
    const chosen = h("span", { class: "soft", role: "status" }, t("admin.nothing_chosen"))
    const file = h("input", { type: "file", accept: ".zip,application/zip", id: "import-file", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true", onchange: () => say(chosen, file.files?.[0]?.name ?? t("admin.nothing_chosen")) })
    const choose = h("button", { type: "button", class: "button", id: "import-choose", onclick: () => file.click() }, icon("upload"), t("admin.import_file"))
    const faults = h("ul", { class: "admin-faults" })
    const send = h("button", { type: "button", class: "button button-primary", id: "import", onclick: () => this.#import(file, faults) }, t("admin.import"))
    mount(this.#pane, h("section", { class: "admin-files" }, h("h2", null, t("admin.files")), h("p", null, t("admin.export_text")), h("a", { class: "button", id: "export", href: "/api/admin/district/files" }, t("admin.export"))), h("section", { class: "admin-files" }, h("h2", null, t("admin.import_title")), h("p", null, t("admin.import_text")), h("div", { class: "admin-copy" }, choose, file, chosen, send), faults))
  }

  // ── what is done ──

  /** Ask before something typed is lost. @returns {Promise<boolean>} */
  async #leave() {
    if (!this.#dirty) return true
    const sure = await confirm({ title: t("admin.leave_title"), text: t("admin.leave_text"), yes: t("admin.leave"), no: t("admin.stay"), danger: true })
    if (sure) this.#dirty = false
    return sure
  }

  async #drop() {
    if (!(await this.#leave())) return
    if (this.#open) return this.#edit(this.#open)
    this.#show(this.#table)
  }

  async #save() {
    const form = this.#form
    if (!form) return
    const typed = form.value()
    const id = this.#open || String(typed[this.#key] ?? "")
    const now = this.#entries(this.#table).find((one) => one[this.#key] === this.#open)
    const entry = now ? onTop(form.entry, now, typed) : typed
    if (!this.#open && this.#entries(this.#table).some((one) => one[this.#key] === id)) {
      form.tell([{ table: this.#table, id, path: this.#key, message: t("wrong.twice") }])
      return
    }
    if (await this.#send([{ table: this.#table, id, entry }])) {
      say(this.#toast, t("admin.saved", { version: this.#version }))
      await this.#edit(String(entry[this.#key]))
    }
  }

  async #remove() {
    const id = this.#open
    if (!id) return
    const entry = this.#entries(this.#table).find((one) => one[this.#key] === id)
    const sure = await confirm({ title: t("admin.remove_title", { name: entry ? this.#title(entry) : id }), text: t("admin.remove_text"), yes: t("admin.remove"), no: t("action.cancel"), danger: true })
    const gone = [{ table: this.#table, id, entry: null }]
    if (sure && (await this.#send(gone, (waiting) => this.#resettle(gone, id, waiting)))) await this.#removed()
  }

  async #removed() {
    say(this.#toast, t("admin.saved", { version: this.#version }))
    await this.#show(this.#table)
  }

  /** @param {Changed[]} gone  @param {string} id  @param {number} waiting */
  #resettle(gone, id, waiting) {
    const move = async (/** @type {string} */ waiting_to) => {
      await this.#take(gone, waiting_to)
      await this.#removed()
    }
    askWhere({ id, count: waiting, queues: this.#entries("queues"), move })
  }

  /** @param {Changed[]} changes  @param {string} [waiting_to]  @throws {Problem} */
  async #take(changes, waiting_to = "") {
    await post("/api/admin/district/changes", { version: this.#version, changes, waiting_to })
    this.#dirty = false
    this.#problem.hidden = true
    await this.#refresh()
  }

  /**
   * @param {Changed[]} changes
   * @param {(waiting: number) => void} [resettle] asks where those go on who wait in a queue that shall go
   * @returns {Promise<boolean>}
   */
  async #send(changes, resettle) {
    try {
      await this.#take(changes)
      return true
    } catch (error) {
      const { code, more } = /** @type {any} */ (error)
      if (resettle && code === "in_use" && more.waiting && !more.busy && !more.booked) return (resettle(more.waiting), false)
      this.#refused(/** @type {any} */ (error), changes[0]?.id ?? "")
      return false
    }
  }

  /** @param {any} error  @param {string} id */
  async #refused(error, id) {
    if (error.code === "stale") {
      // What is typed stays; what the others did is there, and saving again goes on from it.
      await this.#load().catch(() => undefined)
      this.#drawNav()
      this.#drawRows()
      return this.#say(t("admin.stale"))
    }
    if (error.code !== "district_wrong") return this.#fail(error)
    const faults = error.more.problems.map(fault)
    const here = faults.filter((/** @type {any} */ one) => one.table === this.#table && one.id === id)
    const left = [...(this.#form?.tell(here) ?? here), ...faults.filter((/** @type {any} */ one) => !here.includes(one))]
    this.#say(left.length ? left.map(line).join(" ") : t("admin.see_fields"))
  }

  /** @param {number} version */
  async #restore(version) {
    try {
      const made = await post("/api/admin/district/restore", { version: this.#version, to: version })
      await this.#load()
      this.#drawNav()
      say(this.#toast, t("admin.restored", { version, made: made.version }))
      await this.#history.show()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** @param {HTMLInputElement} input  @param {Element} faults */
  async #import(input, faults) {
    const file = input.files?.[0]
    mount(faults)
    if (!file) return this.#say(t("admin.no_file"))
    try {
      const { version } = await ask(`/api/admin/district/files?version=${this.#version}`, { method: "PUT", headers: { "Content-Type": "application/zip" }, body: file })
      const same = version === this.#version
      await this.#load()
      this.#drawNav()
      this.#problem.hidden = true
      say(this.#toast, same ? t("admin.import_same") : t("admin.saved", { version }))
    } catch (error) {
      const wrong = /** @type {any} */ (error)
      if (wrong.code !== "district_wrong") return this.#fail(error)
      this.#say(t("admin.import_wrong", { count: wrong.more.problems.length }))
      mount(faults, wrong.more.problems.slice(0, 50).map((/** @type {string} */ one) => h("li", null, line(fault(one)))))
    }
  }

  async #refresh() {
    await this.#load()
    this.#drawNav()
    this.#drawRows()
    const entry = this.#open ? this.#entries(this.#table).find((one) => one[this.#key] === this.#open) : undefined
    const old = this.#pane.querySelector(".admin-actions")
    const fresh = entry && this.#machinery.actions(this.#table, entry)
    if (old && fresh) old.replaceWith(fresh)
  }

  /** @param {any} error */
  #fail(error) {
    if (error.status === 401) return location.reload()
    const { table, id, ...counts } = error.code === "in_use" ? error.more : { table: "", id: "" }
    const key = table === "queues" ? "admin.in_use_queues" : "admin.in_use"
    this.#say(table ? t(key, { what: `${label("table", table)} ${id}`, ...counts }) : sentence(error))
  }

  /** @param {string} text */
  #say(text) {
    this.#problem.hidden = false
    say(this.#problem, text)
  }
}

/**
 * What was typed, on top of what others changed since the form was drawn: only a field both changed is the last one's.
 * @param {Entry} before  @param {Entry} now  @param {Entry} typed  @returns {Entry}
 */
function onTop(before, now, typed) {
  const mine = (/** @type {string} */ key) => JSON.stringify(typed[key]) !== JSON.stringify(before[key])
  const kept = Object.entries(now).filter(([key]) => !mine(key))
  return Object.fromEntries([...kept, ...Object.entries(typed).filter(([key]) => mine(key))])
}

/** What is wrong where, in one line. @param {import("./types.js").Fault} one */
const line = ({ table, id, path, message }) => `${[table && label("table", table), id, path].filter(Boolean).join(" ")}${table ? ": " : ""}${message}`

new Administration().start()

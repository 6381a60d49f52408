// What is done with a booth or an account beside its entry: enrol, restart, revoke; first password, sign out.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { ask as confirm } from "/static/web/components/dialog/dialog.js"
import { ask, post } from "../http.js"
import { showSheet } from "../panels/sheet.js"
import { sentence } from "../words.js"
import { openMirror } from "./mirror.js"

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").BoothLine} BoothLine */
/** @typedef {import("./types.js").AgentLine} AgentLine */

/** Letters and digits nobody takes for each other. */
const SURE = "abcdefghjkmnpqrstuvwxyz23456789"
const LENGTH = 16

export class Machinery {
  /** @type {Map<string, BoothLine>} */
  booths = new Map()
  /** @type {Map<string, AgentLine>} */
  agents = new Map()

  /** @param {{toast: (text: string) => void, fail: (error: any) => void, changed: () => Promise<void>}} delegate */
  constructor(delegate) {
    this.delegate = delegate
  }

  async load() {
    const { booths, agents } = await ask("/api/admin/machinery")
    this.booths = new Map(booths.map((/** @type {BoothLine} */ one) => [one.id, one]))
    this.agents = new Map(agents.map((/** @type {AgentLine} */ one) => [one.id, one]))
  }

  /** A word for the list. @param {string} table  @param {string} id */
  badge(table, id) {
    const booth = table === "booths" ? this.booths.get(id) : undefined
    const agent = table === "agents" ? this.agents.get(id) : undefined
    if (booth) return booth.online ? badge("badge-good", t("admin.online")) : booth.enrolled ? badge("badge-warn", t("admin.offline")) : badge("", t("admin.not_enrolled"))
    if (agent) return agent.online ? badge("badge-good", t("admin.online")) : agent.password === "none" ? badge("badge-warn", t("admin.no_password")) : null
    return null
  }

  /** The actions of an entry that is saved. @param {string} table  @param {Entry} entry */
  actions(table, entry) {
    if (table === "booths" && this.booths.has(entry.id)) {
      return h("div", { class: "admin-actions" }, action("enrol", () => this.#enrol(entry)), action("mirror", () => openMirror({ id: entry.id, name: named(entry) || entry.id })), action("restart", () => this.#do(`/api/admin/booths/${entry.id}/restart`, "POST", "admin.restarted")), action("revoke", () => this.#sure("revoke", () => this.#do(`/api/admin/booths/${entry.id}/enrolment`, "DELETE", "admin.revoked")), true))
    }
    if (table === "agents" && this.agents.has(entry.id)) {
      const line = /** @type {AgentLine} */ (this.agents.get(entry.id))
      return h("div", { class: "admin-actions" }, h("p", { class: "soft" }, t(`admin.password_${line.password}`), " · ", t("admin.sessions", { count: line.sessions })), action("password", () => this.#password(entry)), action("sign_out", () => this.#sure("sign_out", () => this.#do(`/api/admin/agents/${entry.id}/sessions`, "DELETE", "admin.signed_out")), true))
    }
    return null
  }

  /** @param {string} url  @param {string} method  @param {string} told */
  async #do(url, method, told) {
    try {
      await ask(url, { method })
      this.delegate.toast(t(told))
      await this.delegate.changed()
    } catch (error) {
      this.delegate.fail(error)
    }
  }

  /** @param {string} what  @param {() => Promise<void>} act */
  async #sure(what, act) {
    if (await confirm({ title: t(`admin.${what}_title`), text: t(`admin.${what}_text`), yes: t(`admin.${what}`), no: t("action.cancel"), danger: true })) await act()
  }

  /** @param {Entry} booth */
  async #enrol(booth) {
    if (this.booths.get(booth.id)?.enrolled && !(await confirm({ title: t("admin.enrol_title"), text: t("admin.enrol_again"), yes: t("admin.enrol"), no: t("action.cancel"), danger: true }))) return
    try {
      const { address, qr } = await post(`/api/admin/booths/${booth.id}/enrolment`, {})
      const field = h("input", { class: "input", readonly: true, value: address, "aria-label": t("admin.address") })
      const copy = h("button", { type: "button", class: "button", onclick: () => navigator.clipboard.writeText(address).then(() => say(copy, t("admin.copied"))) }, t("admin.copy"))
      showSheet({ title: t("admin.enrol_sheet", { booth: booth.id }), body: [h("p", null, t("admin.enrol_text")), h("img", { class: "admin-qr", src: qr, alt: t("admin.qr"), width: 240, height: 240 }), h("div", { class: "admin-copy" }, field, copy), h("p", { class: "banner banner-warn" }, icon("warning"), t("admin.once"))] })
      await this.delegate.changed()
    } catch (error) {
      this.delegate.fail(error)
    }
  }

  /** @param {Entry} agent */
  #password(agent) {
    const field = h("input", { class: "input", id: "new-password", autocomplete: "new-password", value: invented(), maxlength: "256" })
    const problem = h("p", { class: "field-error", role: "alert" })
    const form = h("form", { class: "admin-password" }, h("label", { class: "admin-field" }, h("span", { class: "field-label" }, t("admin.new_password")), field), problem, h("button", { type: "submit", class: "button button-primary" }, t("admin.set_password")))
    const sheet = showSheet({ title: t("admin.password_sheet", { name: named(agent) }), body: [h("p", null, t("admin.password_text")), form] })
    form.addEventListener("submit", async (event) => {
      event.preventDefault()
      try {
        await post(`/api/admin/agents/${agent.id}/password`, { password: field.value })
        mount(form, h("p", { class: "banner" }, icon("check"), t("admin.password_done", { password: field.value })))
        await this.delegate.changed()
      } catch (error) {
        say(problem, sentence(error))
      }
    })
    sheet.querySelector("input")?.select()
  }
}

/** @param {string} name  @param {() => void} act  @param {boolean} [danger] */
const action = (name, act, danger = false) => h("button", { type: "button", class: `button button-small${danger ? " admin-danger" : ""}`, "data-action": name, onclick: act }, t(`admin.${name}`))

/** @param {string} kind  @param {string} text */
const badge = (kind, text) => h("span", { class: `badge ${kind}` }, text)

/** A first password of 16 letters and digits, about 79 bits. */
function invented() {
  const drawn = crypto.getRandomValues(new Uint32Array(LENGTH))
  return Array.from(drawn, (one) => SURE[one % SURE.length]).join("")
}

// Who changed what and when, and the way back to any version.

import { h, mount } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"
import { ask as confirm } from "/static/web/components/dialog/dialog.js"
import { ask } from "../http.js"
import { moment } from "../words.js"
import { label } from "./form.js"

/** @typedef {{version: number, at: string, by: {id: string, name: string, name_en: string} | null, changes: string[]}} Version */

export class History {
  element = h("div", { class: "admin-history" })
  #list = h("ol", { class: "admin-versions" })
  #more = h("button", { type: "button", class: "button", hidden: true, onclick: () => this.#load() }, t("history.more"))
  /** @type {number | null} */
  #before = null

  /** @param {{version: () => number, restore: (version: number) => Promise<void>}} delegate */
  constructor(delegate) {
    this.delegate = delegate
    mount(this.element, h("p", { class: "soft" }, t("admin.history_text")), this.#list, this.#more)
  }

  async show() {
    this.#before = null
    mount(this.#list)
    await this.#load()
  }

  async #load() {
    const { versions, next } = await ask(`/api/admin/district/versions${this.#before ? `?before=${this.#before}` : ""}`)
    this.#list.append(...versions.map((/** @type {Version} */ one) => this.#row(one)))
    this.#before = next
    this.#more.hidden = next === null
    if (!this.#list.children.length) this.#list.append(h("li", { class: "soft" }, t("admin.history_none")))
  }

  /** @param {Version} one */
  #row(one) {
    const current = one.version === this.delegate.version()
    const back = h("button", { type: "button", class: "button button-small", onclick: () => this.#restore(one.version) }, t("admin.restore"))
    return h("li", { class: "admin-version" }, h("strong", { class: "digits" }, t("admin.version", { version: one.version })), h("span", null, moment(one.at)), h("span", null, one.by ? named(one.by) : t("admin.files_first")), h("ul", { class: "admin-changes" }, one.changes.slice(0, 8).map((change) => h("li", null, told(change))), one.changes.length > 8 ? h("li", { class: "soft" }, t("admin.and_more", { count: one.changes.length - 8 })) : null), current ? h("span", { class: "badge badge-good" }, t("admin.current")) : back)
  }

  /** @param {number} version */
  async #restore(version) {
    const sure = await confirm({ title: t("admin.restore_title", { version }), text: t("admin.restore_text"), yes: t("admin.restore"), no: t("action.cancel") })
    if (sure) await this.delegate.restore(version)
  }
}

/** `+items x`, `-items x`, `items x: name, minutes` in words. @param {string} change */
function told(change) {
  const found = /^([+-]?)(\w+) ([^:]+)(?:: (.*))?$/.exec(change)
  if (!found) return change === "files" ? t("admin.from_files") : change
  const [, sign, table = "", id = "", keys] = found
  const what = `${label("table", table)} ${id}`
  if (sign === "+") return t("admin.added", { what })
  if (sign === "-") return t("admin.removed", { what })
  return t("admin.changed", { what, keys: (keys ?? "").split(", ").filter(Boolean).map((key) => label("field", key)).join(t("admin.comma")) })
}

// All shortcuts on one sheet, made from the same table that obeys them; and the switch for those of a single key.

import { h, icon } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/** @typedef {import("../shortcuts.js").Shortcuts} Shortcuts */

export class HelpDialog {
  /** @param {Shortcuts} shortcuts */
  constructor(shortcuts) {
    const single = h("input", { type: "checkbox", id: "single-keys", checked: shortcuts.single, onchange: () => (shortcuts.single = single.checked) })
    const groups = [...new Set(shortcuts.table.map((one) => one.group))]
    this.element = h(
      "dialog",
      { class: "dialog dialog-help", "aria-labelledby": "help-title" },
      h("div", { class: "dialog-head" }, h("h2", { class: "dialog-title", id: "help-title" }, t("help.title")), h("button", { type: "button", class: "button button-quiet bar-icon", "aria-label": t("action.close"), onclick: () => this.element.close() }, icon("close"))),
      h("div", { class: "help-groups" }, groups.map((group) => h("section", null, h("h3", null, t(`help.${group}`)), h("dl", { class: "help-keys" }, shortcuts.table.filter((one) => one.group === group).map(({ key, says }) => h("div", null, h("dt", null, h("kbd", null, key)), h("dd", null, t(says)))))))),
      h("p", { class: "soft" }, t("help.alt")),
      h("label", { class: "check" }, single, h("span", null, t("help.single"))),
    )
  }

  open() {
    if (!this.element.open) this.element.showModal()
  }
}

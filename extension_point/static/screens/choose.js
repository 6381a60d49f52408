// Choose the item: by category, or by typing its Chinese, pinyin, initials or English. Elder mode asks for the category
// first and shows no keyboard: fewer things at a time.

import { keyboard } from "/static/web/components/keyboard/keyboard.js"
import { h, icon, mount, say } from "/static/web/js/dom.js"
import { named, t } from "/static/web/js/i18n.js"

/** @typedef {import("../types.js").BoothState} BoothState */
/** @typedef {import("../types.js").BoothActions} BoothActions */
/** @typedef {import("../items.js").Item} Item */

/** Pictures for the categories a district is likely to have; any other gets the last. */
const PICTURES = [
  [/social|medical|insur|社保|医保/i, "card"],
  [/resid|popul|居住|人口|户/i, "home"],
  [/civil|disab|民政|助残|养老/i, "heart"],
  [/busi|market|企业|经营/i, "shop"],
  [/unresol|办不成/i, "help"],
]

/** @param {BoothState} state  @param {BoothActions} actions */
export function choose(state, actions) {
  const input = h("input", {
    class: "input search-input", type: "search", autocomplete: "off", spellcheck: "false", maxlength: 40,
    placeholder: t("choose.search"), "aria-label": t("choose.search"), "data-action": "search",
    oninput: () => draw(),
    onfocus: () => open(true),
  })
  const keys = h("div", { class: "search-keys", hidden: true },
    keyboard(input, { erase: t("keyboard.erase"), clear: t("keyboard.clear"), label: t("keyboard.label") }))
  const categories = h("div", { class: "categories", role: "group", "aria-label": t("choose.categories") })
  const list = h("ul", { class: "tiles" })
  const found = h("p", { class: "visually-hidden", role: "status" })
  const title = h("h1", { class: "screen-title" }, t("choose.title"))
  let now = state

  const open = (/** @type {boolean} */ wanted) => {
    keys.hidden = !wanted
    element.dataset.searching = String(wanted)
  }
  const reset = () => {
    input.value = ""
    open(false)
  }
  const close = h("button", { class: "button search-close", type: "button", onclick: () => (reset(), draw()) }, icon("close"), t("choose.search_close"))
  const back = h("button", { class: "button", type: "button", "data-action": "back", onclick: () => goBack() }, icon("back"), t("action.back"))
  const goBack = () => (now.visit.elder && now.visit.category ? actions.go({ category: null }) : actions.home())

  const search = h("div", { class: "search" }, h("label", { class: "search-box" }, icon("search"), input), close)
  const element = h(
    "section",
    { class: "screen choose", "data-searching": "false" },
    title,
    search,
    categories,
    found,
    h("div", { class: "tiles-scroll" }, list),
    keys,
    h("footer", { class: "actions" }, back),
  )

  const draw = () => {
    const { elder, category } = now.visit
    // Large letters were asked for in the middle of a search: its keys have nothing to type into any more.
    if (elder && !keys.hidden) reset()
    const searching = input.value.trim() !== ""
    const ask = elder && !category && !searching
    mount(categories, ...(ask ? [] : categoryButtons(now, actions)))
    categories.hidden = elder
    search.hidden = elder
    const shown = searching ? now.items.search(input.value) : now.items.of(category)
    if (ask) mount(list, ...categoryTiles(now, actions))
    else if (shown.length) mount(list, ...shown.map((item) => itemTile(item, actions)))
    else mount(list, h("li", { class: "tiles-none" }, now.items.loaded ? t("choose.none") : t("choose.loading")))
    list.dataset.of = ask ? "categories" : "items"
    say(found, searching ? t("choose.found", { count: shown.length }) : "")
  }
  return {
    element,
    idle_s: 90,
    speak: t("choose.title"),
    update: (/** @type {BoothState} */ state) => {
      now = state
      const wanted = JSON.stringify([state.visit.category, state.visit.elder, state.items.loaded])
      // Only when something of ours changed: a tile under a finger must not be replaced.
      if (list.dataset.shown !== wanted) draw()
      list.dataset.shown = wanted
    },
  }
}

/** @param {BoothState} state  @param {BoothActions} actions */
function categoryButtons(state, actions) {
  const all = { id: null, name: t("choose.all"), name_en: t("choose.all") }
  return [all, ...state.items.categories].map((one) =>
    h("button", {
      class: "button category", type: "button", "aria-pressed": String(state.visit.category === one.id),
      "data-category": one.id ?? "all", onclick: () => actions.go({ category: one.id }),
    }, one.id && icon(picture(one)), named(one)),
  )
}

/** @param {BoothState} state  @param {BoothActions} actions */
function categoryTiles(state, actions) {
  return state.items.categories.map((one) =>
    h("li", null,
      h("button", { class: "tile tile-category", type: "button", "data-category": one.id, onclick: () => actions.go({ category: one.id }) },
        h("span", { class: "tile-picture" }, icon(picture(one))),
        h("span", { class: "tile-name" }, named(one)),
        icon("next"),
      ),
    ),
  )
}

/** @param {Item} item  @param {BoothActions} actions */
function itemTile(item, actions) {
  const closed = item.open === false
  return h("li", null,
    h("button", {
      class: "tile", type: "button", "data-item": item.id, "data-closed": String(closed),
      onclick: () => actions.go({ step: "papers", item }),
    },
    h("span", { class: "tile-text" },
      h("span", { class: "tile-name" }, named(item)),
      h("span", { class: "tile-summary" }, closed ? t("choose.closed") : named(item, "summary")),
    ),
    icon("next"),
    ),
  )
}

/** @param {import("../items.js").Category} category */
function picture(category) {
  const words = `${category.id} ${category.name} ${category.name_en ?? ""}`
  return /** @type {string} */ (PICTURES.find(([pattern]) => /** @type {RegExp} */ (pattern).test(words))?.[1] ?? "document")
}

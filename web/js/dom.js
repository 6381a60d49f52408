// Elements from code, without a framework and without HTML strings: what a citizen types can never become markup.

/** @typedef {Node | string | number | null | undefined | false} Leaf */
/** @typedef {Leaf | Leaf[] | Leaf[][]} Child */

/**
 * h("button", {class: "button", onclick: press, "aria-label": "…"}, "text")
 * Names beginning with "on" are listeners; `true` sets an empty attribute, `false`/`null`/`undefined` none.
 * Names that are writable properties and no attributes (`srcObject`, `value`, `muted`) are set as properties.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any> | null} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props ?? {})) setProp(element, name, value)
  append(element, children)
  return element
}

const PROPERTIES = new Set(["srcObject", "value", "muted", "checked", "disabled", "hidden", "inert"])

/** @param {HTMLElement} element  @param {string} name  @param {any} value */
function setProp(element, name, value) {
  if (name.startsWith("on") && typeof value === "function") element.addEventListener(name.slice(2), value)
  else if (PROPERTIES.has(name)) /** @type {any} */ (element)[name] = value
  else if (value === true) element.setAttribute(name, "")
  else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value))
}

/** @param {Node} parent  @param {Child[]} children */
function append(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child)
    else if (child instanceof Node) parent.appendChild(child)
    else if (child !== null && child !== undefined && child !== false) parent.appendChild(document.createTextNode(String(child)))
  }
}

/** Replace what an element holds. @param {Element} element  @param {...Child} children */
export function mount(element, ...children) {
  element.replaceChildren()
  append(element, children)
}

/** Set a text only if it changed, so that live regions speak once. @param {Element} element  @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text
}

const SPRITE = "/static/web/img/icons.svg"
let spriteAsked = false

/** The icons become part of the page once, so that they are there when the server is not: the offline screen has one. */
async function loadSprite() {
  spriteAsked = true
  try {
    const response = await fetch(SPRITE)
    const sprite = new DOMParser().parseFromString(await response.text(), "image/svg+xml").documentElement
    for (const symbol of sprite.querySelectorAll("symbol")) symbol.id = `icon-${symbol.id}`
    sprite.setAttribute("hidden", "")
    document.body.append(document.importNode(sprite, true))
  } catch {
    // A word stands beside every icon; the next icon tries again.
    spriteAsked = false
  }
}

/**
 * An icon of icons.svg; silent to screen readers, as a word stands beside it.
 * @param {string} name
 */
export function icon(name) {
  if (!spriteAsked) loadSprite()
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("class", "icon")
  svg.setAttribute("aria-hidden", "true")
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use")
  use.setAttribute("href", `#icon-${name}`)
  svg.appendChild(use)
  return svg
}

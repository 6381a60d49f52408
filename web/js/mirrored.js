// A page described as a tree of words, and built again from it elsewhere: `[tag, {attribute: text}, …children]`.
//
// Promise: what is built holds no script, no address outside our own files and no listener, whoever wrote the
// description: elements and attributes are made one by one from a list of those that are let through. What was typed,
// pictures, video and drawings are left out where the page describes itself, not where it is looked at.

/** @typedef {[string, Record<string, string>, ...(string | Tree)[]]} Tree */

const TAGS = new Set(
  "main header footer section article aside nav div span p h1 h2 h3 h4 ul ol li dl dt dd table thead tbody tr th td strong em small b i time output label button input textarea select option fieldset legend dialog details summary img svg use br hr figure figcaption progress".split(" "),
)
const ATTRIBUTES = new Set("class lang dir role type disabled open width height viewBox aria-pressed aria-selected aria-checked aria-current data-state data-level data-step data-own data-recording data-left-out data-orientation".split(" "))
/** Shown as an empty place: what they show is somebody's. */
const LEFT_OUT = new Set(["video", "canvas", "iframe", "object", "embed"])
const TYPED = new Set(["input", "textarea", "select", "output"])
const OWN = /^\/static\/(web|booth)\/[\w./-]+\.svg$/
const ICON = /^#icon-([\w-]+)$/
const SVG = "http://www.w3.org/2000/svg"
const DEPTH = 60

/** Describe what can be seen of an element. @param {Element} element  @returns {Tree | null} */
export function describe(element) {
  const tag = element.localName
  if (tag === "script" || tag === "link" || tag === "style" || tag === "noscript" || element.id === "icons") return null
  if (element instanceof HTMLElement && element.hidden) return null
  if (!element.checkVisibility?.()) return null
  if (LEFT_OUT.has(tag)) return ["div", { class: element.getAttribute("class") ?? "", "data-left-out": tag }]
  /** @type {Record<string, string>} */
  const attributes = {}
  for (const { name, value } of element.attributes) if (ATTRIBUTES.has(name)) attributes[name] = value
  if (tag === "img") return describedImage(element, attributes)
  if (tag === "use") return ["use", { href: element.getAttribute("href") ?? "" }]
  if (TYPED.has(tag)) return [tag, attributes]
  /** @type {(string | Tree)[]} */
  const children = []
  for (const child of element.childNodes) {
    if (child instanceof Text) children.push(child.data)
    else if (child instanceof Element) {
      const described = describe(child)
      if (described) children.push(described)
    }
  }
  return [TAGS.has(tag) ? tag : "div", attributes, ...children]
}

/** @param {Element} image  @param {Record<string, string>} attributes  @returns {Tree} */
function describedImage(image, attributes) {
  const src = image.getAttribute("src") ?? ""
  return OWN.test(src) ? ["img", { ...attributes, src }] : ["div", { ...attributes, "data-left-out": "img" }]
}

/** Build what was described. @param {Document} document  @param {unknown} tree  @returns {Node} */
export function build(document, tree, depth = 0) {
  if (typeof tree === "string") return document.createTextNode(tree)
  if (!Array.isArray(tree) || depth > DEPTH) return document.createTextNode("")
  const [tag, attributes, ...children] = tree
  const known = TAGS.has(tag) ? tag : "div"
  const element = known === "svg" || known === "use" ? document.createElementNS(SVG, known) : document.createElement(known)
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value !== "string") continue
    const icon = known === "use" && name === "href" ? ICON.exec(value) : null
    if (icon) element.setAttribute("href", `/static/web/img/icons.svg#${icon[1]}`)
    else if (known === "img" && name === "src" && OWN.test(value)) element.setAttribute("src", value)
    else if (ATTRIBUTES.has(name)) element.setAttribute(name, value)
  }
  for (const child of children) element.append(build(document, child, depth + 1))
  return element
}

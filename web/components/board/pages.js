// A page as pictures: squares drawn by the server at the width that the zoom needs, so that it is crisp however close one
// looks; the coarser ones stay below until the finer ones are there. A still is one picture.

import { h } from "/static/web/js/dom.js"
import { insist, pageSizes } from "/static/web/js/picture.js"

const TILE = 1024
const WIDTHS = [1024, 2048, 4096, 8192]

/** @typedef {{width: number, height: number}} Size */

export class PagePicture {
  element = h("div", { class: "board-page" })
  #key = ""
  #address = ""
  /** @type {Map<string, HTMLImageElement>} */
  #tiles = new Map()
  /** Sizes of a document's pages. @type {Map<string, [number, number][]>} */
  #sizes = new Map()
  /** @type {Size | null} */
  size = null

  /** @param {{sized: () => void, came: () => void, failed: () => void}} delegate `came`: something of the page is seen */
  constructor(delegate) {
    this.delegate = delegate
  }

  /** @param {import("/static/web/js/board.js").Surface | null} surface  @param {number} page */
  async show(surface, page) {
    const straight = surface?.kind === "capture" && page > 1 ? surface.version : ""
    const key = surface ? `${surface.id} ${page} ${straight}` : ""
    if (key === this.#key) return
    this.#key = key
    this.#wipe()
    if (!surface) return
    if (surface.kind === "capture") return this.#still(`/api/captures/${surface.id}/${straight ? `corrected?v=${straight}` : "content"}`)
    const sizes = await this.#known(surface.id, key)
    if (key !== this.#key) return
    const size = sizes?.[page - 1]
    if (!size) return this.delegate.failed()
    this.#address = `/api/documents/${surface.id}/pages/${page}`
    this.size = { width: size[0], height: size[1] }
    this.delegate.sized()
  }

  #wipe() {
    this.size = null
    this.#address = ""
    for (const image of this.#tiles.values()) image.removeAttribute("src")
    this.#tiles.clear()
    this.element.replaceChildren()
  }

  /** @param {string} address */
  #still(address) {
    const image = h("img", { class: "board-tile board-still", src: address, alt: "", draggable: "false" })
    image.addEventListener("load", () => {
      this.size = { width: image.naturalWidth, height: image.naturalHeight }
      this.delegate.sized()
    })
    this.#insist("still", image, address)
    this.element.append(image)
  }

  /** @param {string} key  @param {HTMLImageElement} image  @param {string} address */
  #insist(key, image, address) {
    this.#tiles.set(key, image)
    insist(image, address, {
      wanted: () => this.#tiles.get(key) === image,
      came: () => this.delegate.came(),
      failed: () => {
        image.remove()
        this.#tiles.delete(key)
        this.delegate.failed()
      },
    })
  }

  /** @param {string} id  @param {string} key of the page it is asked for */
  async #known(id, key) {
    const sizes = this.#sizes.get(id) ?? (await pageSizes(id, () => key === this.#key))
    if (sizes) this.#sizes.set(id, sizes)
    return sizes
  }

  /**
   * Draw what can be seen.
   * @param {number} across pixels of the screen that the whole page is wide now
   * @param {{left: number, top: number, right: number, bottom: number}} seen shares of the page
   */
  draw(across, seen) {
    if (!this.size || !this.#address) return
    const width = WIDTHS.find((one) => one >= across * 0.95) ?? 8192
    this.#level(1024, seen, 0)
    if (width > 1024) this.#level(width, seen, WIDTHS.indexOf(width))
    // Finer squares than are needed now go; coarser ones lie below and cost nothing.
    for (const [key, image] of this.#tiles) if (Number(key.split("/")[0]) > width) (image.remove(), this.#tiles.delete(key))
  }

  /** @param {number} width  @param {{left: number, top: number, right: number, bottom: number}} seen  @param {number} order */
  #level(width, seen, order) {
    const size = /** @type {Size} */ (this.size)
    const height = Math.max(1, Math.round((width * size.height) / size.width))
    const first = { column: Math.floor((seen.left * width) / TILE), row: Math.floor((seen.top * height) / TILE) }
    const last = { column: Math.ceil((seen.right * width) / TILE), row: Math.ceil((seen.bottom * height) / TILE) }
    for (let column = Math.max(0, first.column); column < last.column && column * TILE < width; column++)
      for (let row = Math.max(0, first.row); row < last.row && row * TILE < height; row++) {
        const key = `${width}/${column}/${row}`
        if (this.#tiles.has(key)) continue
        const image = h("img", { class: "board-tile", src: `${this.#address}/${key}`, alt: "", draggable: "false", "data-width": width })
        const share = (/** @type {number} */ value, /** @type {number} */ of) => `${(100 * value) / of}%`
        Object.assign(image.style, {
          left: share(column * TILE, width), top: share(row * TILE, height), zIndex: String(order),
          width: share(Math.min(TILE, width - column * TILE), width), height: share(Math.min(TILE, height - row * TILE), height),
        })
        this.#insist(key, image, `${this.#address}/${key}`)
        this.element.append(image)
      }
  }
}

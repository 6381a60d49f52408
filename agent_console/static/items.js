// The service items, read once: names and materials by id. Until they are there, pages show the bare id.

import { named } from "/static/web/js/i18n.js"
import { ask } from "./http.js"

/** @typedef {import("./types.js").Item} Item */

/** Between tries, when the service was out of reach. */
const AGAIN_MS = 3000

export class Items {
  /** @type {Map<string, Item>} */
  #byId = new Map()
  /** @type {Map<string, {id: string, name: string, name_en: string}>} */
  #queues = new Map()

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed
  }

  async load() {
    try {
      const { items, queues } = await ask("/api/items")
      this.#byId = new Map(items.map((/** @type {Item} */ item) => [item.id, item]))
      this.#queues = new Map(queues.map((/** @type {any} */ queue) => [queue.id, queue]))
      this.changed()
    } catch {
      setTimeout(() => this.load(), AGAIN_MS)
    }
  }

  /** @param {{id: string, name: string}} queue its name in the page's language */
  queue(queue) {
    return named(this.#queues.get(queue.id) ?? queue)
  }

  /** All windows, as the service names them. */
  queues() {
    return [...this.#queues.values()]
  }

  /** @param {string | undefined} id */
  get(id) {
    return id === undefined ? undefined : this.#byId.get(id)
  }
}

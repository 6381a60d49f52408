// The service items a citizen can come for: by category, and found by Chinese, pinyin, initials or English.

/**
 * @typedef {object} Material
 * @property {string} id
 * @property {string} name
 * @property {string} [name_en]
 * @property {string} [note]
 * @property {string} [note_en]
 * @property {boolean} [required]
 * @property {boolean} [original]
 * @property {number} [copies]
 */

/**
 * @typedef {object} Item
 * @property {string} id
 * @property {string} name
 * @property {string} [name_en]
 * @property {string} [summary]
 * @property {string} [summary_en]
 * @property {{id: string, name: string, name_en?: string}} queue the category it is found under
 * @property {number} [minutes]
 * @property {string} [pinyin]
 * @property {string} [initials]
 * @property {string[]} [keywords]
 * @property {string[]} [devices]
 * @property {boolean} [open]
 * @property {Material[]} materials
 */

/** @typedef {{id: string, name: string, name_en?: string}} Category */

export class Items {
  /** @type {Item[]} */
  all = []
  /** @type {Category[]} */
  categories = []

  /** Load from the service; the last known stay when it cannot be reached. */
  async load() {
    const response = await fetch("/api/items", { cache: "no-store", credentials: "same-origin" })
    if (!response.ok) throw new Error(`items: status ${response.status}`)
    const body = await response.json()
    this.all = body.items
    // A queue without items would be an empty drawer.
    this.categories = body.queues.filter((/** @type {Category} */ queue) => this.all.some((item) => item.queue.id === queue.id))
  }

  get loaded() {
    return this.all.length > 0
  }

  /** @param {string | null} id */
  find(id) {
    return this.all.find((item) => item.id === id) ?? null
  }

  /** @param {string | null} category */
  of(category) {
    return category ? this.all.filter((item) => item.queue.id === category) : this.all
  }

  /**
   * Items that fit what was typed, best first: the beginning of the name, then any part, then its other words.
   * @param {string} typed
   * @returns {Item[]}
   */
  search(typed) {
    const wanted = plain(typed)
    if (!wanted) return this.all
    return this.all
      .map((item) => ({ item, rank: rankOf(item, wanted) }))
      .filter(({ rank }) => rank > 0)
      .sort((a, b) => b.rank - a.rank)
      .map(({ item }) => item)
  }
}

/** @param {Item} item  @param {string} wanted */
function rankOf(item, wanted) {
  const names = [item.name, item.initials ?? "", item.pinyin ?? "", item.name_en ?? ""].map(plain)
  if (names.some((name) => name.startsWith(wanted))) return 3
  // The pinyin of a later word counts from where that word begins; "sh" in the middle of a syllable is no find.
  const syllables = (item.pinyin ?? "").split(" ")
  if (syllables.some((_one, index) => plain(syllables.slice(index).join("")).startsWith(wanted))) return 2.5
  if (plain(item.name).includes(wanted) || plain(item.initials ?? "").includes(wanted)) return 2
  if (plain(item.name_en ?? "").includes(wanted)) return 2
  return (item.keywords ?? []).some((word) => plain(word).includes(wanted)) ? 1 : 0
}

/** @param {string} text */
const plain = (text) => text.toLowerCase().replace(/[\s'·.-]/g, "")

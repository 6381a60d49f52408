// Chinese from letters: which characters a spelling may mean, the usual ones first. Pure; no DOM.
//
// The 6,763 characters of GB 2312 under their 404 syllables come with the package `simple-keyboard-layouts`; a rarer
// character of a name is written by the helper, who has a whole input method.

/** @typedef {{text: string, used: number}} Candidate a character, and how many letters of the spelling it takes */

/** The longest of all syllables: zhuang, chuang, shuang. */
const LONGEST = 6
/** Of each syllable that a spelling may still become. */
const OF_EACH = 4

export class Pinyin {
  /** @type {Map<string, string[]>} */
  #characters

  /** @param {Record<string, string>} syllables characters with spaces between them, by syllable */
  constructor(syllables) {
    this.#characters = new Map(Object.entries(syllables).map(([syllable, characters]) => [syllable, characters.split(/\s+/).filter(Boolean)]))
  }

  /**
   * The characters of the longest syllable that the spelling begins with, then those of shorter ones: `xian` is 先, and 西
   * of Xi'an. Of a spelling that is no syllable yet, the usual characters of all it may become.
   * @param {string} spelled letters a–z; `v` is ü
   * @returns {Candidate[]}
   */
  candidates(spelled) {
    /** @type {Candidate[]} */
    const found = []
    for (let used = Math.min(LONGEST, spelled.length); used > 0; used--) {
      for (const text of this.#characters.get(spelled.slice(0, used)) ?? []) found.push({ text, used })
    }
    const whole = this.#characters.has(spelled)
    if (!whole) found.unshift(...this.#beginning(spelled))
    return found
  }

  /** @param {string} spelled  @returns {Candidate[]} */
  #beginning(spelled) {
    if (!spelled || spelled.length >= LONGEST) return []
    const syllables = [...this.#characters].filter(([syllable]) => syllable.startsWith(spelled))
    return Array.from({ length: OF_EACH }, (_, place) => syllables.flatMap(([, characters]) => characters[place] ?? [])).flat().map((text) => ({ text, used: spelled.length }))
  }
}

/** @type {Promise<Pinyin> | null} */
let loading = null

/** The characters, loaded with the first letter that needs them. @returns {Promise<Pinyin>} */
export function pinyin() {
  loading ??= import("/vendor/chinese.js").then(({ default: chinese }) => new Pinyin(/** @type {any} its types leave the characters out */ (chinese).layoutCandidates))
  loading.catch(() => (loading = null))
  return loading
}

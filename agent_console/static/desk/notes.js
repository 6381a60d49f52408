// The notes of one call, which save themselves; no DOM. Promise: what was typed is on the server a second later, or the
// state says that it is not; a draft that could not be saved survives a reload of the page, and is saved late when the
// call is over by then; what somebody else wrote meanwhile, from whom the call came, stays above it.

export const LONGEST = 2000

/** A pause in typing this long saves. */
const PAUSE_MS = 700
/** After a failure, until it is tried again. */
const AGAIN_MS = 3000
/** sessionStorage: of this tab only, gone with it, as the text is about a citizen. */
const DRAFT = "vw.console.notes"

/** @typedef {"empty" | "saved" | "typing" | "saving" | "failed"} NotesState */
/** @typedef {{call_id: string, text: string, base: string}} Draft `base`: what stood there when it was typed */

export class Notes {
  text = ""
  call_id = ""
  /** @type {NotesState} */
  state = "empty"
  /** @type {number | null} */
  saved_at = null
  /** Grows when the text is another one than what was typed here. */
  version = 0
  #saved = ""
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #due
  /** @type {Promise<void> | null} */
  #saving = null

  /**
   * @param {object} options
   * @param {(draft: Draft) => Promise<unknown>} options.save
   * @param {() => void} options.changed
   * @param {(problem: any) => void} options.lost a draft of a call that is over was not taken any more
   * @param {Storage} [options.storage]
   */
  constructor({ save, changed, lost, storage = sessionStorage }) {
    this.save = save
    this.changed = changed
    this.lost = lost
    this.storage = storage
  }

  get unsaved() {
    return this.text !== this.#saved
  }

  /** @param {string} call_id "" for none */
  open(call_id) {
    clearTimeout(this.#due)
    const draft = this.#draft()
    if (draft && draft.call_id !== call_id) this.#saveLate(draft)
    this.call_id = call_id
    this.text = this.#saved = ""
    this.saved_at = null
    this.version += 1
    this.#become("empty")
  }

  /** The time for the record ran out while it was written. Out of reach, it is tried again when the page is back. @param {Draft} draft  @returns {Promise<void>} */
  async #saveLate(draft) {
    try {
      await this.save(draft)
    } catch (error) {
      const problem = /** @type {any} */ (error)
      if (problem.code === "notes_changed") return this.#saveLate(joined(draft, problem.more.text))
      if (!problem.status) return
      this.lost(problem)
    }
    if (this.#draft()?.call_id === draft.call_id) this.storage.removeItem(DRAFT)
  }

  close() {
    clearTimeout(this.#due)
  }

  /** The server's text; what was typed here and not saved wins, and is saved. @param {string} text */
  restore(text) {
    const typed = this.#draft()
    this.#saved = text
    this.version += 1
    if (!typed || typed.call_id !== this.call_id || typed.text === text) {
      this.text = text
      return this.#become(text ? "saved" : "empty")
    }
    this.#saved = typed.base
    this.edit(typed.text)
  }

  /** @param {string} text */
  edit(text) {
    this.text = text.slice(0, LONGEST)
    if (!this.unsaved) return this.#become(this.text ? "saved" : "empty")
    this.storage.setItem(DRAFT, JSON.stringify(this.#typed))
    this.#become("typing")
    this.#saveAfter(PAUSE_MS)
  }

  /** Save now what is not saved. */
  async flush() {
    clearTimeout(this.#due)
    await this.#saving
    if (!this.unsaved || !this.call_id) return
    this.#saving = this.#save(this.#typed)
    await this.#saving
    this.#saving = null
  }

  /** @param {number} ms */
  #saveAfter(ms) {
    clearTimeout(this.#due)
    this.#due = setTimeout(() => this.flush(), ms)
  }

  /** @returns {Draft} */
  get #typed() {
    return { call_id: this.call_id, text: this.text, base: this.#saved }
  }

  /** @param {Draft} draft */
  async #save(draft) {
    this.#become("saving")
    const problem = await this.save(draft).then(
      () => null,
      (problem) => problem,
    )
    if (draft.call_id !== this.call_id) return
    if (problem?.code === "notes_changed") return this.#take(problem.more.text)
    if (problem) {
      this.#become("failed")
      return this.#saveAfter(AGAIN_MS)
    }
    const { text } = draft
    this.#saved = text
    this.saved_at = Date.now()
    if (this.unsaved) return this.#become("typing")
    this.storage.removeItem(DRAFT)
    this.#become(text ? "saved" : "empty")
  }

  /** Somebody else wrote here meanwhile. @param {string} theirs */
  #take(theirs) {
    const both = joined(this.#typed, theirs)
    this.#saved = both.base
    this.version += 1
    this.edit(both.text)
  }

  /** @returns {Draft | null} */
  #draft() {
    try {
      return JSON.parse(this.storage.getItem(DRAFT) ?? "null")
    } catch {
      return null
    }
  }

  /** @param {NotesState} state */
  #become(state) {
    this.state = state
    this.changed()
  }
}

/** Their words, and below what was typed since. @param {Draft} draft  @param {string} theirs  @returns {Draft} */
function joined({ call_id, text, base }, theirs) {
  const added = (text.startsWith(base) ? text.slice(base.length) : text).trim()
  return { call_id, text: [theirs, added].filter(Boolean).join("\n"), base: theirs }
}

// The notes of one call, which save themselves; no DOM. Promise: what was typed is on the server a second later, or the
// state says that it is not; a draft that could not be saved survives a reload of the page, and nothing else does.

export const LONGEST = 2000

/** A pause in typing this long saves. */
const PAUSE_MS = 700
/** After a failure, until it is tried again. */
const AGAIN_MS = 3000
/** sessionStorage: of this tab only, gone with it, as the text is about a citizen. */
const DRAFT = "vw.console.notes"

/** @typedef {"empty" | "saved" | "typing" | "saving" | "failed"} NotesState */

export class Notes {
  text = ""
  call_id = ""
  /** @type {NotesState} */
  state = "empty"
  /** @type {number | null} */
  saved_at = null
  #saved = ""
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #due
  /** @type {Promise<void> | null} */
  #saving = null

  /**
   * @param {object} options
   * @param {(call_id: string, text: string) => Promise<unknown>} options.save
   * @param {() => void} options.changed
   * @param {Storage} [options.storage]
   */
  constructor({ save, changed, storage = sessionStorage }) {
    this.save = save
    this.changed = changed
    this.storage = storage
  }

  get unsaved() {
    return this.text !== this.#saved
  }

  /** @param {string} call_id */
  open(call_id) {
    clearTimeout(this.#due)
    this.call_id = call_id
    this.text = this.#saved = ""
    this.saved_at = null
    this.#become("empty")
    if (!call_id) this.storage.removeItem(DRAFT)
  }

  close() {
    clearTimeout(this.#due)
  }

  /** The server's text; what was typed here and not saved wins, and is saved. @param {string} text */
  restore(text) {
    const typed = this.unsaved ? this.text : this.#draft()
    this.#saved = text
    if (typed === null || typed === text) {
      this.text = text
      return this.#become(text ? "saved" : "empty")
    }
    this.edit(typed)
  }

  /** @param {string} text */
  edit(text) {
    this.text = text.slice(0, LONGEST)
    if (!this.unsaved) return this.#become(this.text ? "saved" : "empty")
    this.storage.setItem(DRAFT, JSON.stringify({ call_id: this.call_id, text: this.text }))
    this.#become("typing")
    this.#saveAfter(PAUSE_MS)
  }

  /** Save now what is not saved. */
  async flush() {
    clearTimeout(this.#due)
    await this.#saving
    if (!this.unsaved || !this.call_id) return
    this.#saving = this.#save(this.call_id, this.text)
    await this.#saving
    this.#saving = null
  }

  /** @param {number} ms */
  #saveAfter(ms) {
    clearTimeout(this.#due)
    this.#due = setTimeout(() => this.flush(), ms)
  }

  /** @param {string} call_id  @param {string} text */
  async #save(call_id, text) {
    this.#become("saving")
    const saved = await this.save(call_id, text).then(
      () => true,
      () => false,
    )
    if (call_id !== this.call_id) return
    if (!saved) {
      this.#become("failed")
      return this.#saveAfter(AGAIN_MS)
    }
    this.#saved = text
    this.saved_at = Date.now()
    if (this.unsaved) return this.#become("typing")
    this.storage.removeItem(DRAFT)
    this.#become(text ? "saved" : "empty")
  }

  /** @returns {string | null} */
  #draft() {
    try {
      const { call_id, text } = JSON.parse(this.storage.getItem(DRAFT) ?? "null") ?? {}
      return call_id === this.call_id && typeof text === "string" ? text : null
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

// What a call is about, for whoever is asked into it: read while it rings, gone with the ring.

/** @typedef {import("../types.js").Offer} Offer */
/** @typedef {{notes: string, chat: import("../types.js").ChatLine[], papers: {material_id: string, state: string}[]}} Told */

export class Brief {
  /** @type {Told | null} */
  told = null
  #offer_id = ""

  /** @param {(name: string, payload: object, options: {repeatable: boolean}) => Promise<any>} request  @param {() => void} changed */
  constructor(request, changed) {
    this.request = request
    this.changed = changed
  }

  /** @param {Offer | null} offer */
  follow(offer) {
    const offer_id = offer && offer.role !== "agent" ? offer.offer_id : ""
    if (offer_id === this.#offer_id) return
    this.#offer_id = offer_id
    this.told = null
    if (offer_id) this.#read(offer_id)
  }

  /** @param {string} offer_id */
  async #read(offer_id) {
    try {
      const told = await this.request("consult.read", { offer_id }, { repeatable: true })
      if (offer_id !== this.#offer_id) return
      this.told = told
      this.changed()
    } catch {
      // It rings no more, or nobody answers: the offer can be accepted without.
    }
  }
}

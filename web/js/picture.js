// Pages of documents as pictures, from a service that may be late: what does not come is asked for again.

/** Pauses before it is asked again: a busy service is late, not gone. After the last it is said. */
const AGAIN_MS = [1000, 2000, 4000]

/**
 * Ask for a picture again when it does not come, for as long as it is wanted.
 * @param {HTMLImageElement} image  @param {string} address
 * @param {{wanted: () => boolean, came: () => void, failed: () => void}} delegate
 */
export function insist(image, address, { wanted, came, failed }) {
  const pauses = AGAIN_MS.values()
  image.addEventListener("load", came)
  image.addEventListener("error", () => {
    const pause_ms = pauses.next().value
    if (!wanted()) return
    if (pause_ms) setTimeout(() => wanted() && (image.src = address), pause_ms)
    else failed()
  })
}

/**
 * Width and height of a document's pages.
 * @param {string} id  @param {() => boolean} wanted
 * @returns {Promise<[number, number][] | null>} null when they did not come, or are not wanted any more
 */
export async function pageSizes(id, wanted) {
  for (const pause_ms of [0, ...AGAIN_MS]) {
    await new Promise((done) => setTimeout(done, pause_ms))
    if (!wanted()) return null
    try {
      const response = await fetch(`/api/documents/${id}`)
      if (response.ok) return (await response.json()).page_sizes
    } catch {
      // Asked for again.
    }
  }
  return null
}

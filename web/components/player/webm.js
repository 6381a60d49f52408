// Reads what the media node wrote: one track of WebM or Matroska into coded frames with their times. Only what those
// files hold is understood; anything else is stepped over, and a file cut short gives the frames before the cut.

/**
 * @typedef {object} CodedFrame
 * @property {number} at seconds from the segment's start
 * @property {boolean} key
 * @property {Uint8Array} data
 */

/**
 * @typedef {object} Content
 * @property {string} codec as WebCodecs names it
 * @property {Uint8Array | undefined} description what an H.264 decoder must know beforehand
 * @property {CodedFrame[]} frames in order of time
 */

const SEGMENT = 0x18538067
const INFO = 0x1549a966
const SCALE = 0x2ad7b1
const TRACKS = 0x1654ae6b
const TRACK = 0xae
const CODEC = 0x86
const PRIVATE = 0x63a2
const DELAY = 0x56aa
const CLUSTER = 0x1f43b675
const TIME = 0xe7
const GROUP = 0xa0
const SIMPLE = 0xa3
const BLOCK = 0xa1
const INSIDE = new Set([SEGMENT, INFO, TRACKS, TRACK, CLUSTER, GROUP])

/** @param {ArrayBuffer} buffer  @returns {Content} */
export function readWebm(buffer) {
  const bytes = new Uint8Array(buffer)
  const found = { codec: "", private: /** @type {Uint8Array | undefined} */ (undefined), scale: 1_000_000, delay: 0, cluster: 0 }
  /** @type {CodedFrame[]} */
  const frames = []
  for (const { id, start, end } of elements(bytes)) {
    if (id === SCALE) found.scale = whole(bytes, start, end)
    else if (id === CODEC) found.codec = String.fromCharCode(...bytes.subarray(start, end))
    else if (id === PRIVATE) found.private = bytes.slice(start, end)
    else if (id === DELAY) found.delay = whole(bytes, start, end) / 1e9
    else if (id === TIME) found.cluster = whole(bytes, start, end)
    else if ((id === SIMPLE || id === BLOCK) && end - start > 4) {
      // One byte names the track, as there is one; two are the time within the cluster, one the flags.
      const ticks = found.cluster + new DataView(buffer, bytes.byteOffset + start + 1, 2).getInt16(0)
      const key = ((bytes[start + 3] ?? 0) & 0x80) !== 0
      frames.push({ at: Math.max(0, (ticks * found.scale) / 1e9 - found.delay), key, data: bytes.subarray(start + 4, end) })
    }
  }
  return { ...codecOf(found.codec, found.private), frames }
}

/** Every element, those inside others too. @param {Uint8Array} bytes */
function* elements(bytes) {
  let at = 0
  while (at < bytes.length) {
    const id = number(bytes, at, false)
    const size = id && number(bytes, at + id.length, true)
    if (!id || !size) return
    const start = at + id.length + size.length
    // A length of all ones: not known, so up to the end.
    const end = size.value === 2 ** (7 * size.length) - 1 ? bytes.length : Math.min(bytes.length, start + size.value)
    if (INSIDE.has(id.value)) at = start
    else {
      yield { id: id.value, start, end }
      at = end
    }
  }
}

/** A number whose length its first bits tell; of a size those bits are taken off. @param {Uint8Array} bytes  @param {number} at  @param {boolean} isSize */
function number(bytes, at, isSize) {
  const first = bytes[at]
  const length = first === undefined || first === 0 ? 0 : Math.clz32(first) - 23
  if (length === 0 || length > 8 || at + length > bytes.length) return null
  let value = isSize ? /** @type {number} */ (first) & (0xff >> length) : /** @type {number} */ (first)
  for (let index = 1; index < length; index += 1) value = value * 256 + (bytes[at + index] ?? 0)
  return { value, length }
}

/** @param {Uint8Array} bytes  @param {number} start  @param {number} end */
function whole(bytes, start, end) {
  let value = 0
  for (let at = start; at < end; at += 1) value = value * 256 + (bytes[at] ?? 0)
  return value
}

/** @param {string} id  @param {Uint8Array | undefined} head */
function codecOf(id, head) {
  if (id === "A_OPUS") return { codec: "opus", description: undefined }
  if (id === "V_MPEG4/ISO/AVC" && head) {
    const profile = [...head.subarray(1, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    return { codec: `avc1.${profile}`, description: head }
  }
  return { codec: "vp8", description: undefined }
}

// One still of the document camera at its full resolution: not a frame of the call, which was scaled and compressed.

/** @typedef {{blob: Blob, width: number, height: number, source: "photo" | "frame"}} Still */

/** Servers take no more (`captures`: 40 megapixels, 25 MB). */
const MOST_PIXELS = 40_000_000
/** A camera that does not answer takePhoto by then never will (some UVC drivers). */
const PHOTO_WITHIN_MS = 4000

/**
 * @param {MediaStreamTrack} track
 * @returns {Promise<Still>}
 */
export async function takeStill(track) {
  return (await photo(track)) ?? (await frame(track))
}

/**
 * The camera's own photograph: its sensor's full size, its own compression, the bytes untouched.
 * @param {MediaStreamTrack} track
 * @returns {Promise<Still | null>} null where the camera or the browser has none
 */
async function photo(track) {
  if (typeof ImageCapture !== "function") return null
  try {
    const capture = new ImageCapture(track)
    const blob = await within(PHOTO_WITHIN_MS, capture.takePhoto(await largest(capture)))
    if (blob.type !== "image/png" && blob.type !== "image/jpeg") return null
    const { width, height } = await sizeOf(blob)
    // Some drivers answer with the stream's size or less; then the frame is as good and was not compressed twice.
    const { width: live = 0, height: tall = 0 } = track.getSettings()
    if (width * height < live * tall || width * height > MOST_PIXELS) return null
    return { blob, width, height, source: "photo" }
  } catch {
    return null
  }
}

/** @param {ImageCapture} capture  @returns {Promise<PhotoSettings>} */
async function largest(capture) {
  try {
    const { imageWidth, imageHeight } = await capture.getPhotoCapabilities()
    const [width, height] = [imageWidth?.max ?? 0, imageHeight?.max ?? 0]
    if (width && height && width * height <= MOST_PIXELS) return { imageWidth: width, imageHeight: height }
  } catch {
    // Without capabilities the camera's default photograph is asked for.
  }
  return {}
}

/** One frame of the track in the track's own size, as PNG: lossless. @param {MediaStreamTrack} track  @returns {Promise<Still>} */
async function frame(track) {
  const video = document.createElement("video")
  video.muted = true
  video.playsInline = true
  video.srcObject = new MediaStream([track])
  try {
    const first = new Promise((resolve) => video.requestVideoFrameCallback(resolve))
    await video.play()
    await within(PHOTO_WITHIN_MS, first)
    const { videoWidth: width, videoHeight: height } = video
    const canvas = new OffscreenCanvas(width, height)
    canvas.getContext("2d")?.drawImage(video, 0, 0)
    return { blob: await canvas.convertToBlob({ type: "image/png" }), width, height, source: "frame" }
  } finally {
    video.srcObject = null
  }
}

/**
 * As its head says it, without decoding it: twelve million pixels take a core a tenth of a second in the middle of a call.
 * PNG: IHDR comes first (ISO/IEC 15948, 11.2.2). JPEG: the frame header is the first SOF marker (ITU-T T.81, B.2.2).
 * @param {Blob} blob
 * @returns {Promise<{width: number, height: number}>}
 */
async function sizeOf(blob) {
  const bytes = new DataView(await blob.arrayBuffer())
  if (blob.type === "image/png") return { width: bytes.getUint32(16), height: bytes.getUint32(20) }
  let at = 2
  while (!isFrame(bytes.getUint16(at))) at += 2 + bytes.getUint16(at + 2)
  return { width: bytes.getUint16(at + 7), height: bytes.getUint16(at + 5) }
}

/** SOF0 to SOF15 without the tables among them (DHT, JPG, DAC). @param {number} marker */
function isFrame(marker) {
  return marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)
}

/**
 * @template T
 * @param {number} ms
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
function within(ms, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DOMException("no answer in time", "TimeoutError")), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

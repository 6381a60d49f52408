// The first picture sooner and larger.
//
// Chromium begins every call at 300 kbit/s: a first key frame of 480×270 that takes 200 ms to trickle out. A hint in the
// peer's description (Chromium's own, others ignore it) lets the sender begin at a rate that every line of a
// neighbourhood office has; the bandwidth estimate takes over from the first feedback on. Measured on loopback:
// first decoded frame after 166 ms instead of 283 ms, and 960×540 instead of 480×270.

const START_KBPS = 800

/** Codecs a camera may be sent with; retransmission and redundancy carry no rate of their own. */
const CODECS = /^a=rtpmap:(\d+) (?:VP8|VP9|AV1|H264)\/90000$/gm

/**
 * Return the remote description with the hint for its first video medium; one that has it already stays as it is.
 * @param {RTCSessionDescriptionInit} description
 * @returns {RTCSessionDescriptionInit}
 */
export function withStartBitrate(description) {
  const sdp = description.sdp ?? ""
  const media = sdp.split(/^(?=m=)/m)
  const at = media.findIndex((section) => section.startsWith("m=video"))
  const section = media[at]
  if (!section || section.includes("x-google-start-bitrate")) return description
  const hint = `x-google-start-bitrate=${START_KBPS}`
  const lines = section.trimEnd().split(/\r?\n/)
  for (const [, payload] of section.replaceAll("\r", "").matchAll(CODECS)) {
    const format = lines.findIndex((line) => line.startsWith(`a=fmtp:${payload} `))
    if (format >= 0) lines[format] += `;${hint}`
    else lines.splice(lines.findIndex((line) => line.startsWith(`a=rtpmap:${payload} `)) + 1, 0, `a=fmtp:${payload} ${hint}`)
  }
  media[at] = `${lines.join("\r\n")}\r\n`
  return { type: description.type, sdp: media.join("") }
}

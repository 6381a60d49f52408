// A media node's answer, made into the answer to a restart that the node was never asked for.
//
// The node is ICE-lite: it takes checks from wherever they come, as long as they are signed, and knows its leg by the
// name they carry; behind that name it allows a number (media/ice.py). So a page whose machine has another address can
// answer its own restart, under the same name with the next number, while its socket to the server is as broken as the
// path. Each answer also ranks the node's addresses above the one before. A browser orders pairs of addresses by the
// lower rank of the two first, and the node's is the lower one always: so it changes over to the new path as soon as
// that is open, and not only when the old one has been silent for two and a half seconds.

/**
 * @param {RTCSessionDescriptionInit} answer  as the node gave it
 * @param {number} rank  from 1, greater than that of the answer before
 * @param {boolean} [asked]  false when the node does not know of this restart
 * @returns {RTCSessionDescriptionInit}
 */
export function ranked({ type, sdp = "" }, rank, asked = true) {
  const named = asked ? sdp : sdp.replace(/^a=ice-ufrag:(\S+)/gm, `a=ice-ufrag:$1/${rank}`)
  return { type, sdp: named.replace(/^(a=candidate:\S+ \d+ \S+) \d+/gm, `$1 ${rank}`) }
}

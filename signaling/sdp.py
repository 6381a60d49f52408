"""What a session description and an ICE candidate may look like before they are relayed.

The server does not negotiate: it only makes sure that what one page sends to another is a description of the four
media our link module lays (RFC 8866 syntax, WebRTC's obligations of RFC 8829), of a size a browser writes, so that
no page can feed another page's parser with anything else.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

LONGEST_SDP = 64 * 1024
"""Bytes. Chromium writes 8–14 KB for four media; a whole frame may hold 1 MiB."""
MOST_MEDIA = 16
LONGEST_CANDIDATE = 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Description:
    """An RTCSessionDescription that passed."""

    type: str
    sdp: str


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """An RTCIceCandidate that passed; an empty `candidate` says that there are no more."""

    candidate: str
    sdpMid: str | None
    sdpMLineIndex: int | None
    usernameFragment: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class DescriptionRule:
    words: str = "an object {type: `offer` or `answer`, sdp: a well-formed session description of at most 64 KiB}"

    def __call__(self, value: object) -> Description:
        if not isinstance(value, Mapping):
            raise ValueError
        kind, sdp = value.get("type"), value.get("sdp")
        if kind not in ("offer", "answer") or not isinstance(sdp, str) or not well_formed(sdp):
            raise ValueError
        return Description(str(kind), sdp)


@dataclasses.dataclass(frozen=True, slots=True)
class CandidateRule:
    words: str = "an object {candidate, sdpMid, sdpMLineIndex, usernameFragment} as RTCIceCandidate.toJSON() gives it"

    def __call__(self, value: object) -> Candidate:
        if not isinstance(value, Mapping):
            raise ValueError
        line, mid, index = value.get("candidate", ""), value.get("sdpMid"), value.get("sdpMLineIndex")
        fragment = value.get("usernameFragment")
        if not isinstance(line, str) or len(line) > LONGEST_CANDIDATE or (line and not _CANDIDATE.fullmatch(line)):
            raise ValueError
        if not (mid is None or (isinstance(mid, str) and _TOKEN.fullmatch(mid))):
            raise ValueError
        if isinstance(index, bool) or not (index is None or (isinstance(index, int) and 0 <= index < MOST_MEDIA)):
            raise ValueError
        if not (fragment is None or (isinstance(fragment, str) and _UFRAG.fullmatch(fragment))):
            raise ValueError
        return Candidate(line, mid, index, fragment)


def well_formed(sdp: str) -> bool:
    """Tell whether the text is a session description as a browser writes one."""
    if len(sdp) > LONGEST_SDP or not sdp.isascii() or not sdp.endswith("\n"):
        return False
    lines = sdp.replace("\r\n", "\n").split("\n")[:-1]
    if not all(_LINE.fullmatch(line) for line in lines):
        return False
    # RFC 8866 §5: these four come first, in this order; everything of a medium follows its m= line.
    if [line[0] for line in lines[:4]] != ["v", "o", "s", "t"] or lines[0] != "v=0" or not _ORIGIN.match(lines[1]):
        return False
    media = [line for line in lines if line.startswith("m=")]
    if not 1 <= len(media) <= MOST_MEDIA or not all(_MEDIA.fullmatch(line) for line in media):
        return False
    # RFC 8829 §5.2.1: ICE and DTLS are not optional in WebRTC.
    return all(any(line.startswith(need) for line in lines) for need in _NEEDED)


_LINE = re.compile(r"[abcikmoprstuvz]=[\x20-\x7e\t]*")
_ORIGIN = re.compile(r"o=\S+ \d{1,20} \d{1,20} IN IP[46] \S+$")
_MEDIA = re.compile(r"m=(audio|video|application) \d{1,5} [A-Z/]{3,32}( [A-Za-z0-9-]{1,32}){1,64}")
_NEEDED = ("a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,32}")
_UFRAG = re.compile(r"[A-Za-z0-9+/]{0,256}")
_CANDIDATE = re.compile(
    r"(a=)?candidate:[A-Za-z0-9+/]{1,32} [1-2] (udp|tcp|UDP|TCP) \d{1,10} [0-9A-Za-z.:%-]{1,255} \d{1,5} "
    r"typ (host|srflx|prflx|relay)( [\x21-\x7e]+ [\x21-\x7e]+)*"
)

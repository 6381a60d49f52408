"""Reading RTP (RFC 3550) as far as a forwarder must: the header, its extensions (RFC 8285), retransmissions, RED.

Pure functions over bytes for the rare packets; the common ones never come here, as `incoming` recognises their layout
and reads them with one `struct`. Everything here raises `ValueError` on what it cannot read and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct
from typing import Final

FIXED: Final = Struct("!BBHII")
ONE_BYTE: Final = 0xBEDE
TWO_BYTE: Final = 0x1000

MID: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
STREAM_ID: Final = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_STREAM_ID: Final = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
ABS_SEND_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
ORIENTATION: Final = "urn:3gpp:video-orientation"
PLAYOUT_DELAY: Final = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
CONTENT_TYPE: Final = "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type"

PASSED_ON: Final[tuple[str, ...]] = (ORIENTATION, PLAYOUT_DELAY, CONTENT_TYPE)
"""What a viewer must be told and we cannot know: how the picture is turned, how late it may be, that it is text."""

AUDIO_EXTENSIONS: Final = (MID, ABS_SEND_TIME, TRANSPORT_CC)
VIDEO_EXTENSIONS: Final = (*AUDIO_EXTENSIONS, STREAM_ID, REPAIRED_STREAM_ID, *PASSED_ON)


@dataclass(slots=True)
class Packet:
    """One packet, taken apart."""

    marker: bool
    payload_type: int
    seq: int
    timestamp: int
    ssrc: int
    payload: bytes
    extensions: dict[int, bytes] = field(default_factory=dict)


def parse(data: bytes) -> Packet:
    """Take a whole plain RTP packet apart; padding is removed."""
    if len(data) < 12:
        raise ValueError("shorter than an RTP header")
    first, marked, seq, timestamp, ssrc = FIXED.unpack_from(data)
    if first >> 6 != 2:
        raise ValueError("not RTP version 2")
    at = 12 + 4 * (first & 15)
    extensions: dict[int, bytes] = {}
    if first & 0x10:
        if len(data) < at + 4:
            raise ValueError("header extension cut short")
        profile = int.from_bytes(data[at : at + 2], "big")
        end = at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            raise ValueError("header extension cut short")
        extensions = elements(profile, data[at + 4 : end])
        at = end
    stop = len(data)
    if first & 0x20:
        stop -= data[-1]
        if data[-1] == 0 or stop < at:
            raise ValueError("wrong padding")
    if at > stop:
        raise ValueError("contributing sources cut short")
    return Packet(marked >> 7 == 1, marked & 127, seq, timestamp, ssrc, data[at:stop], extensions)


def elements(profile: int, block: bytes) -> dict[int, bytes]:
    """Read the elements of a one-byte or two-byte header extension (RFC 8285 §4.2, §4.3)."""
    two = profile & 0xFFF0 == TWO_BYTE
    if profile != ONE_BYTE and not two:
        return {}
    found: dict[int, bytes] = {}
    at, end = 0, len(block)
    while at < end:
        tag = block[at]
        if tag == 0:
            at += 1
            continue
        if two:
            if at + 2 > end:
                raise ValueError("extension element cut short")
            key, size, at = tag, block[at + 1], at + 2
        else:
            key, size, at = tag >> 4, (tag & 15) + 1, at + 1
            if key == 15:
                break
        if at + size > end:
            raise ValueError("extension element cut short")
        found[key] = block[at : at + size]
        at += size
    return found


def extension_block(found: dict[int, bytes]) -> bytes:
    """Write a one-byte header extension with its four-byte head; empty for no elements. Ids 1–14, values 1–16 bytes."""
    if not found:
        return b""
    block = b"".join(bytes((key << 4 | len(value) - 1,)) + value for key, value in found.items())
    block += bytes(-len(block) % 4)
    return ONE_BYTE.to_bytes(2, "big") + (len(block) // 4).to_bytes(2, "big") + block


def write(packet: Packet) -> bytes:
    """Put a packet together."""
    block = extension_block(packet.extensions)
    first = 0x90 if block else 0x80
    marked = packet.payload_type | (0x80 if packet.marker else 0)
    return FIXED.pack(first, marked, packet.seq, packet.timestamp, packet.ssrc) + block + packet.payload


def red_primary(payload: bytes) -> tuple[int, bytes]:
    """Return payload type and bytes of the primary block of a RED payload (RFC 2198)."""
    kind, _, data = red_blocks(payload)[-1]
    return kind, data


def starts_key_frame(codec: str, payload: bytes) -> bool:
    """Tell whether this payload is the first of a picture that needs no other."""
    if codec == "vp8":
        return _vp8_key(payload)
    if codec == "h264":
        return _h264_key(payload)
    return False


def _vp8_key(payload: bytes) -> bool:
    # RFC 7741 §4.2: S set and partition 0 mark the first packet; its first payload bit is clear on a key frame.
    if len(payload) < 2 or payload[0] & 0x17 != 0x10:
        return False
    at = vp8_descriptor(payload)
    return at < len(payload) and not payload[at] & 1


def vp8_descriptor(payload: bytes) -> int:
    """Return the length of the VP8 payload descriptor; past the end when it is cut short."""
    if not payload[0] & 0x80:
        return 1
    if len(payload) < 2:
        return len(payload)
    bits, at = payload[1], 2
    if bits & 0x80:
        at += 2 if at < len(payload) and payload[at] & 0x80 else 1
    return at + (bits >> 6 & 1) + (1 if bits & 0x30 else 0)


def _h264_key(payload: bytes) -> bool:
    # RFC 6184: a parameter set (7) or an IDR slice (5), alone, first of an aggregate (24), or first fragment (28).
    if not payload:
        return False
    kind = payload[0] & 31
    if kind == 24:
        return len(payload) > 3 and payload[3] & 31 in (5, 7)
    if kind == 28:
        return len(payload) > 1 and payload[1] & 0x80 != 0 and payload[1] & 31 in (5, 7)
    return kind in (5, 7)


def red_blocks(payload: bytes) -> list[tuple[int, int, bytes]]:
    """Return (payload type, timestamp offset, bytes) of every block of a RED payload, the oldest first."""
    heads: list[tuple[int, int, int]] = []
    at = 0
    while at + 4 <= len(payload) and payload[at] & 0x80:
        word = int.from_bytes(payload[at + 1 : at + 4], "big")
        heads.append((payload[at] & 127, word >> 10, word & 0x3FF))
        at += 4
    if at >= len(payload) or payload[at] & 0x80:
        raise ValueError("RED header cut short")
    primary = payload[at] & 127
    at += 1
    blocks = []
    for kind, offset, size in heads:
        if at + size > len(payload):
            raise ValueError("RED blocks cut short")
        blocks.append((kind, offset, payload[at : at + size]))
        at += size
    return [*blocks, (primary, 0, payload[at:])]

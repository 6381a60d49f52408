"""RTP payloads back into frames, without decoding: VP8 (RFC 7741), H.264 (RFC 6184), Opus (RFC 7587), RED (RFC 2198).

Fed packets in order with their gaps. A picture with a packet missing is dropped, and so is every picture after it that
depends on it, up to the next key frame: gaps stay gaps. Sound that RED carries twice is taken from the second copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from media.rtp import red_blocks, vp8_descriptor

_START: Final = b"\0\0\0\1"


@dataclass(frozen=True, slots=True)
class Frame:
    """One coded picture or piece of sound; `after_gap` when something before it is missing."""

    timestamp: int
    key: bool
    data: bytes
    after_gap: bool = False


class Assembler(Protocol):
    needs_key: bool

    def feed(self, marker: bool, payload_type: int, timestamp: int, payload: bytes, *, gap: bool) -> list[Frame]:
        """Take the next packet, in order; `gap` when packets before it are missing."""
        ...


class Pictures:
    """Assembles one video track."""

    def __init__(self, codecs: dict[int, str]) -> None:
        self._codecs = codecs
        self._parts: list[bytes] = []
        self._timestamp = -1
        self._whole = False
        self._gap = False
        self.needs_key = True

    def feed(self, marker: bool, payload_type: int, timestamp: int, payload: bytes, *, gap: bool) -> list[Frame]:
        if gap:
            self._whole, self.needs_key, self._gap = False, True, True
        if timestamp != self._timestamp:
            if self._parts and self._whole:
                # The last packet of a picture was lost without a gap in numbers: not by a browser.
                self.needs_key = self._gap = True
            self._parts, self._timestamp, self._whole = (
                [],
                timestamp,
                not gap or _starts(self._codec(payload_type), payload),
            )
        if payload:
            self._parts.append(payload)
        if not marker:
            return []
        parts, self._parts = self._parts, []
        whole, self._whole = self._whole, True
        return self._finish(self._codec(payload_type), timestamp, parts) if whole and parts else []

    def _codec(self, payload_type: int) -> str:
        return self._codecs.get(payload_type, "")

    def _finish(self, codec: str, timestamp: int, parts: list[bytes]) -> list[Frame]:
        try:
            data, key = _vp8(parts) if codec == "vp8" else _h264(parts) if codec == "h264" else (b"", False)
        except (ValueError, IndexError):
            data, key = b"", False
        if not data or (self.needs_key and not key):
            self._gap = True
            self.needs_key = self.needs_key or not data
            return []
        gap, self._gap, self.needs_key = self._gap, False, False
        return [Frame(timestamp, key, data, gap)]


def _starts(codec: str, payload: bytes) -> bool:
    """Whether a packet after a gap is the first of its picture; for H.264 that cannot be told, so it is not."""
    return codec == "vp8" and len(payload) > 1 and payload[0] & 0x17 == 0x10


def _vp8(parts: list[bytes]) -> tuple[bytes, bool]:
    if not _starts("vp8", parts[0]):
        raise ValueError("a picture begins with its first partition")
    data = b"".join(part[vp8_descriptor(part) :] for part in parts)
    key = bool(data) and not data[0] & 1
    if key and 0 in vp8_size(data):
        raise ValueError("a key frame says how large it is")
    return data, key


def vp8_size(data: bytes) -> tuple[int, int]:
    """Read width and height of a VP8 key frame (RFC 6386 §9.1); zeros for what is none."""
    if len(data) < 10 or data[3:6] != b"\x9d\x01\x2a":
        return 0, 0
    return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF


def _h264(parts: list[bytes]) -> tuple[bytes, bool]:
    units: list[bytes] = []
    fragment = bytearray()
    for part in parts:
        kind = part[0] & 31
        if kind == 24:
            units += _aggregate(part)
        elif kind == 28:
            if part[1] & 0x80:
                fragment = bytearray((part[0] & 0xE0 | part[1] & 31,))
            elif not fragment:
                raise ValueError("a fragment without its beginning")
            fragment += part[2:]
            if part[1] & 0x40:
                units.append(bytes(fragment))
                fragment = bytearray()
        elif 1 <= kind <= 23:
            units.append(part)
        else:
            raise ValueError("a packetization this node does not offer")
    # Only with its parameter sets can a picture be the first of a file.
    kinds = {unit[0] & 31 for unit in units if unit}
    return b"".join(_START + unit for unit in units), {5, 7, 8} <= kinds


def _aggregate(part: bytes) -> list[bytes]:
    units, at = [], 1
    while at + 2 <= len(part):
        size = int.from_bytes(part[at : at + 2], "big")
        if size == 0 or at + 2 + size > len(part):
            raise ValueError("aggregate cut short")
        units.append(part[at + 2 : at + 2 + size])
        at += 2 + size
    return units


class Sound:
    """Takes the frames of one audio track as they are."""

    needs_key = False

    def __init__(self, codecs: dict[int, str]) -> None:
        self._codecs = codecs
        self._last = -1

    def feed(self, marker: bool, payload_type: int, timestamp: int, payload: bytes, *, gap: bool) -> list[Frame]:
        codec = self._codecs.get(payload_type, "")
        if codec == "opus":
            blocks = [(0, payload)]
        elif codec == "red":
            try:
                blocks = [
                    (offset, data) for inner, offset, data in red_blocks(payload) if self._codecs.get(inner) == "opus"
                ]
            except ValueError:
                return []
        else:
            return []
        frames: list[Frame] = []
        for offset, data in blocks:
            at = timestamp - offset
            if data and at > self._last and (gap or offset == 0):
                frames.append(Frame(at, True, data, gap and self._last >= 0 and not frames))
                self._last = at
        return frames


def assembler(kind: str, codecs: dict[int, str]) -> Assembler:
    return Sound(codecs) if kind == "microphone" else Pictures(codecs)

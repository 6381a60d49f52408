"""Reads the skeleton of a PNG or JPEG from its first byte to its last, without decoding a pixel.

Promise: what passes is exactly one still picture: every chunk or segment whole, the end marker at the
end and nothing after it, no animation, and no metadata that another program would take for a document,
an archive or a page (polyglots). Works on untrusted bytes in one pass, in time linear in their number.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from typing import Literal

from signaling.pictures.refusals import NotAPicture

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"

DISGUISES = re.compile(
    rb"%PDF-|PK\x03\x04|PK\x05\x06|Rar!\x1a|7z\xbc\xaf|<\?php|<(?:!doctype|html|script|svg|iframe|body)\b", re.I
)
"""What other programs look for anywhere near the start or end of a file."""

_PNG_CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}
_JPEG_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ENTROPY_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Inside a scan an FF is data when 00 follows, and stays inside with a restart marker."""


@dataclass(frozen=True, slots=True)
class Structure:
    media_type: Literal["image/png", "image/jpeg"]
    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


def read(data: bytes) -> Structure:
    """Return what the picture says of itself; raise `NotAPicture` naming what is wrong."""
    if not data:
        raise NotAPicture("the file is empty", code="empty")
    if data.startswith(PNG):
        structure = _png(data)
    elif data.startswith(JPEG):
        structure = _jpeg(data)
    else:
        raise NotAPicture("only PNG and JPEG are taken")
    if structure.width == 0 or structure.height == 0:
        raise NotAPicture("the picture has no size")
    return structure


def _png(data: bytes) -> Structure:
    position, size, pixels_seen = len(PNG), None, False
    while True:
        if position + 12 > len(data):
            raise _truncated("PNG")
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        end = position + 12 + length
        if end > len(data):
            raise _truncated("PNG")
        body = memoryview(data)[position + 8 : end - 4]
        if struct.unpack_from(">I", data, end - 4)[0] != zlib.crc32(body, zlib.crc32(kind)):
            raise NotAPicture("a part of the PNG is damaged", code="damaged")
        _check_png_chunk(kind, body, first=size is None)
        if kind == b"IHDR":
            size = struct.unpack_from(">II", body)
        pixels_seen = pixels_seen or kind == b"IDAT"
        position = end
        if kind == b"IEND":
            break
    if size is None or not pixels_seen:
        raise NotAPicture("the PNG holds no picture")
    _check_end(position, data)
    return Structure("image/png", *size)


def _check_png_chunk(kind: bytes, body: memoryview, *, first: bool) -> None:
    if first != (kind == b"IHDR") or (first and len(body) != 13):
        raise NotAPicture("the PNG's header is not where it belongs")
    if not kind.isalpha() or (kind[:1].isupper() and kind not in _PNG_CRITICAL):
        raise NotAPicture("the PNG holds an unknown part")
    if kind in (b"acTL", b"fcTL", b"fdAT"):
        raise NotAPicture("an animation is not a still", code="animated")
    if kind not in _PNG_CRITICAL:
        _check_disguise(body)


def _jpeg(data: bytes) -> Structure:
    position, size, scanned = 2, None, False
    while True:
        marker, position = next_marker(data, position)
        if marker == 0xD9:
            break
        if marker in JPEG_ALONE:
            continue
        if marker == 0xD8:
            raise NotAPicture("a second picture begins inside the JPEG", code="polyglot")
        if position + 2 > len(data):
            raise _truncated("JPEG")
        (length,) = struct.unpack_from(">H", data, position)
        end = position + length
        if length < 2 or end > len(data):
            raise _truncated("JPEG")
        body = memoryview(data)[position + 2 : end]
        if marker in _JPEG_FRAMES:
            if size is not None or len(body) < 5:
                raise NotAPicture("the JPEG's frame is damaged", code="damaged")
            height, width = struct.unpack_from(">HH", body, 1)
            size = (width, height)
        elif marker == 0xFE or marker >= 0xE0:
            _check_disguise(body)
        position = end
        if marker == 0xDA:
            scanned = True
            found = ENTROPY_END.search(data, position)
            if found is None:
                raise _truncated("JPEG")
            position = found.start()
    if size is None or not scanned:
        raise NotAPicture("the JPEG holds no picture")
    _check_end(position, data)
    return Structure("image/jpeg", *size)


def next_marker(data: bytes, position: int) -> tuple[int, int]:
    """Return the marker at `position` and where its segment goes on; fill bytes may stand before it."""
    if position + 2 > len(data):
        raise _truncated("JPEG")
    if data[position] != 0xFF:
        raise NotAPicture("the JPEG is damaged between its parts", code="damaged")
    while position < len(data) and data[position] == 0xFF:
        position += 1
    if position >= len(data):
        raise _truncated("JPEG")
    return data[position], position + 1


def _check_end(position: int, data: bytes) -> None:
    if position != len(data):
        raise NotAPicture(f"{len(data) - position} bytes follow the end of the picture", code="polyglot")


def _check_disguise(body: memoryview) -> None:
    if DISGUISES.search(body):
        raise NotAPicture("the picture hides another kind of file", code="polyglot")


def _truncated(kind: str) -> NotAPicture:
    return NotAPicture(f"the {kind} ends too early", code="truncated")

"""Takes out of a PNG or JPEG what it says besides its picture: where and when it was taken, with what, by whom. Pure.

Promise: not a pixel changes, because none is decoded; colours stay as they were meant (profiles stay), and which way is
up stays said. Everything else that is not needed to show the picture is left out, known or not: EXIF, XMP, IPTC,
comments, embedded thumbnails, texts, times. A picture that says nothing comes back byte for byte.

Sources: JPEG: ITU-T T.81 (segments), JFIF 1.02, CIPA DC-008 (EXIF 2.32), ICC.1 annex B.4. PNG: W3C PNG, third edition.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from signaling.pictures import structure

if TYPE_CHECKING:
    from collections.abc import Iterator

JPEG_SHOWN = {0xE0: b"JFIF\x00", 0xE2: b"ICC_PROFILE\x00", 0xEE: b"Adobe"}
"""Application segments that say how to show the picture: pixel shape, colour profile, colour transform."""
JFIF_BYTES = 14
"""Of JFIF without a thumbnail; the last two are the thumbnail's size."""
PNG_SHOWN = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"cICP",
    b"mDCV", b"cLLI",
}  # fmt: skip
EXIF = b"Exif\x00\x00"
ORIENTATION = 0x0112
SHORT = 3
"""EXIF's type of a 16-bit number."""


def without(data: bytes) -> bytes:
    """Return the same picture with nothing said about it; raise `NotAPicture` when it is no whole PNG or JPEG."""
    media_type = structure.read(data).media_type  # every length inside is right from here on
    return b"".join(_png(data) if media_type == "image/png" else _jpeg(data))


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    turned = False
    for marker, start, body, end in _segments(data):
        shown = JPEG_SHOWN.get(marker)
        if shown is not None and data.startswith(shown, body, end):
            thumbnail = marker == 0xE0 and end - body > JFIF_BYTES
            yield _without_thumbnail(data[body : body + JFIF_BYTES]) if thumbnail else data[start:end]
        elif marker == 0xE1 and data.startswith(EXIF, body, end) and not turned:
            tiff = _turn(data[body + len(EXIF) : end])
            turned = True
            if tiff:
                yield struct.pack(">HH", 0xFFE1, 2 + len(EXIF) + len(tiff)) + EXIF + tiff
        elif marker != 0xFE and not 0xE0 <= marker <= 0xEF:
            yield data[start:end]


def _without_thumbnail(jfif: bytes) -> bytes:
    return struct.pack(">HH", 0xFFE0, 2 + JFIF_BYTES) + jfif[:-2] + b"\x00\x00"


def _segments(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield marker, start, start of the body and end of each segment; a scan's data belong to its segment."""
    position = 2
    while position < len(data):
        start = position
        marker, position = structure.next_marker(data, position)
        if marker == 0xD9 or marker in structure.JPEG_ALONE:
            yield marker, start, position, position
            continue
        body, position = position + 2, position + struct.unpack_from(">H", data, position)[0]
        if marker == 0xDA:
            found = structure.ENTROPY_END.search(data, position)
            assert found is not None  # `structure.read` found it
            position = found.start()
        yield marker, start, body, position


def _png(data: bytes) -> Iterator[bytes]:
    yield data[: len(structure.PNG)]
    position = len(structure.PNG)
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind, end = data[position + 4 : position + 8], position + 12 + length
        if kind in PNG_SHOWN:
            yield data[position:end]
        elif kind == b"eXIf":
            tiff = _turn(data[position + 8 : end - 4])
            if tiff:
                yield struct.pack(">I", len(tiff)) + kind + tiff + struct.pack(">I", zlib.crc32(kind + tiff))
        position = end


def _turn(tiff: bytes) -> bytes:
    """Return EXIF that says which way is up and nothing else; empty when the picture stands as it is stored."""
    try:
        way = _orientation(tiff)
    except struct.error:  # it points outside itself
        way = 1
    if not 2 <= way <= 8:
        return b""
    return b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, SHORT, 1, way, 0, 0)


def _orientation(tiff: bytes) -> int:
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, first)
    for entry in range(first + 2, first + 2 + 12 * count, 12):
        tag, kind, number, value = struct.unpack_from(order + "HHIH", tiff, entry)
        if (tag, kind, number) == (ORIENTATION, SHORT, 1):
            return int(value)
    return 1

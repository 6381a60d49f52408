"""The process that decodes strangers' pictures. Started by `examiner`; speaks over its standard streams (`workshop`).

Promise: its memory is limited before the first byte is read, so a picture that unpacks into gigabytes ends in an
answer, or at worst in the death of this process alone. Every pixel is decoded once; a small picture for lists falls
off, upright and with nothing of what was said besides (place, time, device).
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from signaling.pictures.refusals import NotAPicture, TooLarge
from signaling.pictures.seen import seen
from signaling.pictures.structure import Structure, read
from signaling.workshop import serve

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}
SMALL = 960
"""Pixels of the small picture's longer side: a strip of stills, or a page that one recognises until it is corrected."""
SMALL_QUALITY = 80


def judge(data: bytes, max_pixels: int) -> Structure:
    """Return what the picture is, after decoding every pixel of it; raise what is wrong with it."""
    return _decoded(data, max_pixels)[0]


def _decoded(data: bytes, max_pixels: int) -> tuple[Structure, Image.Image]:
    structure = read(data)
    if structure.pixels > max_pixels:
        raise TooLarge(
            f"{structure.width} × {structure.height} is more than {max_pixels // 1_000_000} million pixels",
            code="too_many_pixels",
        )
    wanted = FORMATS[structure.media_type]
    try:
        with Image.open(io.BytesIO(data), formats=[wanted]) as picture:
            if picture.size != (structure.width, structure.height) or getattr(picture, "n_frames", 1) != 1:
                raise NotAPicture("the picture contradicts itself", code="damaged")
            picture.load()
            return structure, picture  # decoded: nothing of the file is needed any more
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise NotAPicture("the picture cannot be decoded", code="damaged") from error
    except MemoryError:
        raise TooLarge("the picture unpacks into more than can be held", code="bomb") from None


def _small(picture: Image.Image) -> bytes:
    """Return a JPEG for lists."""
    picture.thumbnail((SMALL, SMALL), reducing_gap=2.0)
    file = io.BytesIO()
    seen(picture).save(file, "JPEG", quality=SMALL_QUALITY)
    return file.getvalue()


def do(job: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """Judge one picture; the answer carries a small one."""
    structure, picture = _decoded(data, job["max_pixels"])
    return {"media_type": structure.media_type, "width": structure.width, "height": structure.height}, _small(picture)


if __name__ == "__main__":
    Image.MAX_IMAGE_PIXELS = None  # the limit is ours, and stricter: it is checked before Pillow sees a byte
    warnings.simplefilter("ignore")
    serve(do)

"""The process that binds pictures into a PDF (`signaling.workshop`).

Promise: one A4 page for each picture, upright or across as the picture is; of an identity card both sides on one page,
at their true size where the picture shows nothing but the card: printed, it is what a photocopier makes.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps

from signaling.pictures.seen import seen
from signaling.pictures.worker import judge
from signaling.workshop import serve

if TYPE_CHECKING:
    from collections.abc import Mapping

DPI = 200
A4 = (1654, 2339)
"""210 × 297 mm (ISO 216) at 200 dpi."""
MARGIN = 60
CARD = (674, 425)
"""85.6 × 54 mm (ISO/IEC 7810 ID-1)."""
CARD_RATIO = 85.6 / 54
LIKE_A_CARD = 0.08
"""A picture whose proportion is that near to a card's is a card that was cut out."""
AROUND = (1260, 940)
"""Room for a side that is shown with its surroundings."""
QUALITY = 88


def do(job: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """Bind the pictures that `sizes` parts the data into, in the `layout` of pages or of an identity card."""
    pictures, at = [], 0
    for size in job["sizes"]:
        piece = data[at : at + size]
        judge(piece, job["max_pixels"])
        pictures.append(_opened(piece))
        at += size
    pages = [_sides(pictures)] if job["layout"] == "id_card" else [_page(picture) for picture in pictures]
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, quality=QUALITY)
    return {"pages": len(pages)}, out.getvalue()


def _opened(data: bytes) -> Image.Image:
    """Decode a picture no larger than it is printed: a page of 40 megapixels would be 120 MB each."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.draft("RGB", (A4[1], A4[1]))
        upright = seen(picture)
    upright.thumbnail((A4[1], A4[1]), Image.Resampling.LANCZOS)
    return upright


def _page(picture: Image.Image) -> Image.Image:
    """Return an A4 page with the picture on it, upright or across as the picture is."""
    size = A4 if picture.height >= picture.width else (A4[1], A4[0])
    sheet = Image.new("RGB", size, "white")
    fitted = ImageOps.contain(picture, size, Image.Resampling.LANCZOS)
    sheet.paste(fitted, ((size[0] - fitted.width) // 2, (size[1] - fitted.height) // 2))
    return sheet


def _sides(pictures: list[Image.Image]) -> Image.Image:
    """Return one A4 page with the front above and the back below, each in the middle of its half."""
    sheet = Image.new("RGB", A4, "white")
    half = A4[1] // 2
    for number, picture in enumerate(pictures):
        room = CARD if abs(picture.width / picture.height / CARD_RATIO - 1) < LIKE_A_CARD else AROUND
        side = ImageOps.contain(picture, room, Image.Resampling.LANCZOS)
        sheet.paste(side, ((A4[0] - side.width) // 2, half * number + (half - side.height) // 2))
    return sheet


if __name__ == "__main__":
    serve(do)

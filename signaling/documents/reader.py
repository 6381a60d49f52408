"""The process that opens documents: judges what was uploaded, and draws pages.

Promise: one job after another (`signaling.workshop`); of the documents it drew last it keeps a few open, so that the
tiles of a page do not carry fifty megabytes each. What it does not have it asks for (`need`).
"""

from __future__ import annotations

import io
import warnings
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as raw
from PIL import Image, ImageOps
from pypdfium2 import PdfBitmap, PdfDocument, PdfiumError

from signaling.documents import portable
from signaling.documents.pages import Cut, Tile, cut
from signaling.pictures.refusals import NotAPicture, TooLarge
from signaling.pictures.seen import seen
from signaling.pictures.structure import JPEG, PNG
from signaling.pictures.worker import judge as judge_picture
from signaling.workshop import serve

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = 3
"""Documents kept open."""
SPOKEN = {"exif", "XML:com.adobe.xmp", "comment"}


class Reader:
    """The open documents, by id; the one drawn last is the last."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Any] = OrderedDict()

    def do(self, job: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """Do one job: `judge` (with the bytes), or `tile` (with them when they were asked for)."""
        if job["do"] == "judge":
            return judge(data, job)
        document = self._document(job["document"], data)
        if document is None:
            return {"need": True}, b""
        at = cut(Tile(job["page"], job["width"], job["column"], job["row"]), tuple(map(tuple, job["sizes"])))
        if isinstance(document, Image.Image):
            return {"media_type": "image/jpeg"}, _cut_picture(document, at)
        return {"media_type": "image/png"}, _cut_page(document, job["page"], at)

    def _document(self, document_id: str, data: bytes) -> Any:
        if document_id in self._open:
            self._open.move_to_end(document_id)
            return self._open[document_id]
        if not data:
            return None
        document = _picture(data) if data.startswith((PNG, JPEG)) else PdfDocument(data)
        if isinstance(document, PdfDocument):
            document.init_forms()
        self._open[document_id] = document
        if len(self._open) > KEPT:
            self._open.popitem(last=False)[1].close()
        return document


def judge(data: bytes, job: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return media type and page sizes, and the bytes to keep: a picture's without where and when it was taken."""
    if not data:
        raise NotAPicture("the file is empty", code="empty")
    if data.startswith((PNG, JPEG)):
        if len(data) > job["max_picture_bytes"]:
            raise TooLarge(f"a picture has at most {job['max_picture_bytes'] / 1_000_000:g} MB")
        structure = judge_picture(data, job["max_pixels"])
        clean, size = _without_words(data, structure.media_type)
        return {"media_type": structure.media_type, "sizes": [size]}, clean
    document = portable.opened(data, max_pages=job["max_pages"])
    try:
        sizes = portable.sizes(document, max_pixels=job["max_pixels"])
    finally:
        document.close()
    return {"media_type": "application/pdf", "sizes": sizes}, data


def _without_words(data: bytes, media_type: str) -> tuple[bytes, tuple[int, int]]:
    """Write a picture anew, upright, when it carries more than pixels: place, time and device are nobody's business."""
    with Image.open(io.BytesIO(data)) as picture:
        if not SPOKEN & picture.info.keys() and not picture.getexif() and not getattr(picture, "text", None):
            return data, picture.size
        upright = ImageOps.exif_transpose(picture)
        profile = picture.info.get("icc_profile")
        bare = Image.new(upright.mode, upright.size)
        bare.paste(upright)
        if upright.palette:
            bare.putpalette(upright.palette)
    file = io.BytesIO()
    if media_type == "image/jpeg":
        bare.save(file, "JPEG", quality=95, subsampling=0, icc_profile=profile)
    else:
        bare.save(file, "PNG", icc_profile=profile)
    return file.getvalue(), bare.size


def _picture(data: bytes) -> Image.Image:
    return seen(Image.open(io.BytesIO(data), formats=["PNG", "JPEG"]))


def _cut_picture(picture: Image.Image, at: Cut) -> bytes:
    scale = picture.width / at.page_width
    box = (
        at.left * scale, at.top * scale,
        min(picture.width, (at.left + at.width) * scale), min(picture.height, (at.top + at.height) * scale),
    )  # fmt: skip
    file = io.BytesIO()
    picture.resize((at.width, at.height), Image.Resampling.LANCZOS, box=box, reducing_gap=3).save(
        file, "JPEG", quality=88
    )
    return file.getvalue()


def _cut_page(document: Any, number: int, at: Cut) -> bytes:
    try:
        page = document[number - 1]
    except PdfiumError as error:
        raise portable.NotADocument(f"page {number} cannot be read", code="damaged") from error
    bitmap = PdfBitmap.new_native(at.width, at.height, raw.FPDFBitmap_BGRx)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, at.width, at.height)
        place = (-at.left, -at.top, at.page_width, at.page_height, 0, raw.FPDF_ANNOT)
        raw.FPDF_RenderPageBitmap(bitmap, page, *place)
        if document.formenv:
            raw.FPDF_FFLDraw(document.formenv, bitmap, page, *place)
        file = io.BytesIO()
        picture = bitmap.to_pil()
        # Most pages are black on white: a grey picture of them is a third of the bytes.
        _thinned(picture).save(file, "PNG", compress_level=4)
        return file.getvalue()
    finally:
        bitmap.close()
        page.close()


def _thinned(picture: Image.Image) -> Image.Image:
    red, green, blue = picture.convert("RGB").split()
    return red if red.tobytes() == green.tobytes() == blue.tobytes() else picture.convert("RGB")


def main() -> None:
    """Serve until there are no more jobs."""
    Image.MAX_IMAGE_PIXELS = None  # judged before, by our own limit
    warnings.simplefilter("ignore")
    serve(Reader().do)


if __name__ == "__main__":
    main()

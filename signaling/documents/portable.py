"""Says what is wrong with a PDF from a stranger before anything draws it.

Promise: what passes begins and ends as one PDF and is nothing else besides (no archive, no page of the web), is not
encrypted, has at most the stated pages, each of a size a paper can have, and no picture of more than the stated pixels.
Runs in the reader's process: pdfium parses every page here.
"""

from __future__ import annotations

import ctypes
import io
import re
import zipfile
from typing import Any, Final

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from signaling.pictures.refusals import NotAPicture, TooLarge

HEAD: Final = re.compile(rb"%PDF-[12]\.\d")
PAGE_OF_THE_WEB: Final = re.compile(rb"<(?:!doctype|html|script|svg|iframe|body|\?php)", re.I)
LARGEST_PT: Final = 14_400
"""The largest side of a page that PDF 1.7 knows (annex C)."""
SMALLEST_PT: Final = 3


class NotADocument(NotAPicture):
    """Not a whole PDF, or more than that."""

    code = "not_a_document"


def opened(data: bytes, *, max_pages: int) -> Any:
    """Return pdfium's document, its pages not yet looked at; raise what is wrong with it."""
    if not HEAD.match(data):
        raise NotADocument("only PDF, PNG and JPEG are taken")
    if PAGE_OF_THE_WEB.search(data, 0, 1024) or zipfile.is_zipfile(io.BytesIO(data)):
        raise NotADocument("the PDF hides another kind of file", code="polyglot")
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise NotADocument("the PDF ends too early", code="truncated")
    if data[end + 5 :].strip(b"\r\n \0\t"):
        raise NotADocument("something follows the end of the PDF", code="polyglot")
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise _encrypted() from error
        raise NotADocument("the PDF cannot be opened", code="damaged") from error
    if raw.FPDF_GetSecurityHandlerRevision(document) != -1:
        raise _encrypted()
    if not 1 <= len(document) <= max_pages:
        if len(document) < 1:
            raise NotADocument("the PDF has no page", code="damaged")
        raise TooLarge(f"{len(document)} pages; at most {max_pages} are taken", code="too_many_pages")
    document.init_forms()  # so that filled fields and a placed signature are drawn
    return document


def sizes(document: Any, *, max_pixels: int) -> list[tuple[float, float]]:
    """Return the size of every page in points, after parsing each."""
    found = []
    for number in range(len(document)):
        try:
            page = document[number]
        except pdfium.PdfiumError as error:
            raise NotADocument(f"page {number + 1} cannot be read", code="damaged") from error
        width, height = page.get_size()
        if not (SMALLEST_PT <= width <= LARGEST_PT and SMALLEST_PT <= height <= LARGEST_PT):
            raise NotADocument(f"page {number + 1} has no size a paper has", code="damaged")
        _check_pictures(page, number + 1, max_pixels)
        found.append((round(width, 2), round(height, 2)))
        page.close()
    return found


def _check_pictures(page: Any, number: int, max_pixels: int) -> None:
    across, down = ctypes.c_uint(), ctypes.c_uint()
    for one in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=8):
        known = raw.FPDFImageObj_GetImagePixelSize(one, across, down)
        if known and across.value * down.value > max_pixels:
            raise TooLarge(
                f"page {number} holds a picture of {across.value} × {down.value}; "
                f"at most {max_pixels // 1_000_000} million pixels are taken",
                code="too_many_pixels",
            )


def _encrypted() -> NotADocument:
    return NotADocument("the PDF is locked with a password or with rights", code="encrypted")

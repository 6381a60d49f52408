"""The process that sets type, started by `press`.

Promise: it reads no address and no file that did not come with the page; a page that fails does no harm to the next.
"""

from __future__ import annotations

import io
import logging
import warnings
from typing import TYPE_CHECKING, Any

from PIL import Image
from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

from signaling.errors import Unavailable
from signaling.pictures.seen import seen
from signaling.workshop import serve

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDEST = 1800
"""Pixels of a picture's longer side: 150 to the inch over the height of an A4 page. The originals lie beside it."""
MAX_PIXELS = 60_000_000
PICTURE = "picture:"


class _Pictures(URLFetcher):  # type: ignore[misc]
    """Gives the page's own pictures, and nothing else."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=("data",))
        self._pictures = pictures

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        if url.startswith(PICTURE):
            data = small(self._pictures[url.removeprefix(PICTURE)])
            return URLFetcherResponse(url, data, {"Content-Type": "image/jpeg"})
        if url.startswith("data:"):
            return super().fetch(url, headers)
        raise ValueError("a page shows only what came with it")


def small(data: bytes) -> bytes:
    """Return a picture as a JPEG of the size a page shows; its metadata (place, camera) stays behind."""
    with Image.open(io.BytesIO(data), formats=["PNG", "JPEG"]) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        opened.draft("RGB", (WIDEST, WIDEST))
        upright = seen(opened)
    upright.thumbnail((WIDEST, WIDEST))
    kept = io.BytesIO()
    upright.save(kept, "JPEG", quality=85)
    return kept.getvalue()


def page(html: str, pictures: Mapping[str, bytes]) -> bytes:
    """Return a page as PDF/A-3b."""
    # ISO 19005-3, 6.2.8: no picture may ask to be interpolated, which is what `auto` becomes.
    plain = CSS(string="img { image-rendering: crisp-edges !important }")
    made: bytes = HTML(string=html, url_fetcher=_Pictures(pictures)).write_pdf(
        pdf_variant="pdf/a-3b", pdf_tags=True, stylesheets=[plain]
    )
    return made


def do(job: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """Print one page: its HTML, then its pictures one after another."""
    at = job["html"]
    pictures = {}
    for name, size in job["pictures"]:
        pictures[name] = data[at : at + size]
        at += size
    try:
        return {}, page(data[: job["html"]].decode(), pictures)
    except MemoryError:
        raise
    except Exception as error:  # whatever it was, the next page may be printed
        raise Unavailable(type(error).__name__) from error


def main() -> None:
    """Serve."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)  # a page's words have no business in a log
    serve(do)


if __name__ == "__main__":
    main()

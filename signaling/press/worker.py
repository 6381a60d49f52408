"""The process that sets type. Started by `press`; speaks over its standard streams.

Promise: takes one page after another (a line of JSON, then the page, then its pictures), answers each with a line of
JSON and, where it succeeded, the PDF. It reads no address and no file that did not come with the page.
"""

from __future__ import annotations

import io
import json
import logging
import resource
import sys
import warnings
from typing import TYPE_CHECKING, Any, BinaryIO

from PIL import Image, ImageOps
from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

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
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    upright.thumbnail((WIDEST, WIDEST))
    kept = io.BytesIO()
    upright.save(kept, "JPEG", quality=85)
    return kept.getvalue()


def page(html: str, pictures: Mapping[str, bytes]) -> bytes:
    """Return a page as PDF/A-3b."""
    made: bytes = HTML(string=html, url_fetcher=_Pictures(pictures)).write_pdf(pdf_variant="pdf/a-3b", pdf_tags=True)
    return made


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Answer jobs until there are no more."""
    while line := jobs.readline():
        job = json.loads(line)
        html = jobs.read(job["html"])
        pictures = {name: jobs.read(size) for name, size in job["pictures"]}
        try:
            made = page(html.decode(), pictures)
        except Exception as error:  # whatever it was, the next page may be printed
            answers.write(json.dumps({"problem": type(error).__name__}).encode() + b"\n")
        else:
            answers.write(json.dumps({"size": len(made)}).encode() + b"\n" + made)
        answers.flush()


def main() -> None:
    """Limit this process, then serve."""
    memory_bytes = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)  # a page's words have no business in a log
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()

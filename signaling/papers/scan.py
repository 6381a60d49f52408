"""The process that looks for codes in a frame of a booth's camera. Started by `signaling.scanning`.

Promise: it loads no model, so it is there at once and small; what it finds is text, and nothing is done with it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2

from signaling.papers import codes
from signaling.papers.picture import decoded
from signaling.workshop import serve

if TYPE_CHECKING:
    from collections.abc import Mapping


def look(job: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the texts of the codes in a picture."""
    return {"texts": [one.text for one in codes.decode(decoded(data, job["max_pixels"]))]}, b""


if __name__ == "__main__":
    cv2.setNumThreads(1)
    serve(look)

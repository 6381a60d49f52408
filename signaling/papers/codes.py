"""QR codes and bar codes in a picture, as text. Text only: what a code says is shown, never opened or followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import zxingcpp

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CODES = 8
LONGEST_TEXT = 2000
SIDE = 1600


@dataclass(frozen=True, slots=True)
class Code:
    """One code. `box`: left, top, right, bottom in fractions of the picture."""

    format: str
    text: str
    box: tuple[float, float, float, float]


def decode(picture: NDArray[Any]) -> list[Code]:
    """Return the codes in a BGR picture; what cannot be said as text is left out."""
    scale = min(1.0, SIDE / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    found = []
    for one in zxingcpp.read_barcodes(grey, try_downscale=True, try_rotate=True):
        text = "".join(letter for letter in one.text[:LONGEST_TEXT] if letter.isprintable() or letter == "\n")
        if not text:
            continue
        corners = (one.position.top_left, one.position.top_right, one.position.bottom_right, one.position.bottom_left)
        x, y = [corner.x / width for corner in corners], [corner.y / height for corner in corners]
        found.append(Code(str(one.format).rpartition(".")[2], text, (min(x), min(y), max(x), max(y))))
    return found[:MOST_CODES]

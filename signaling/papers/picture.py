"""Decoding a picture that strangers sent: only in a process made for it, only what its own skeleton says it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from signaling.pictures.refusals import NotAPicture, TooLarge
from signaling.pictures.structure import read

if TYPE_CHECKING:
    from numpy.typing import NDArray


def decoded(data: bytes, max_pixels: int) -> NDArray[Any]:
    """Return a PNG or JPEG as BGR; raise `NotAPicture` or `TooLarge` naming what is wrong with it."""
    if read(data).pixels > max_pixels:
        raise TooLarge(f"more than {max_pixels // 1_000_000} million pixels", code="too_many_pixels")
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise NotAPicture("the picture cannot be decoded", code="damaged")
    return np.asarray(picture, np.uint8)

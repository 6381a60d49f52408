"""Makes the flat picture: the sheet looked at from straight above, in its own proportions, under even light.

Promise: nothing is drawn that was not seen. Light is evened by smooth gains alone, so a stamp stays red, a stroke stays
where it is, and what a lamp burnt out stays burnt out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[Any]
    Points = NDArray[Any]

LONGEST = 2339
"""Pixels of the longer side at most: A4 at 200 dots an inch. More only costs time."""
WHITE = 238.0
MOST_GAIN = 2.2


@dataclass(frozen=True, slots=True)
class Format:
    """A size papers have, in millimetres; the longer side first."""

    name: str
    long_mm: float
    short_mm: float

    @property
    def ratio(self) -> float:
        return self.long_mm / self.short_mm


FORMATS = (
    Format("a4", 297.0, 210.0),
    Format("id_1", 85.6, 53.98),
    Format("household", 143.0, 105.0),
)
"""ISO 216; ISO/IEC 7810; a page of the household register."""
LIKE = 0.055
"""How far (natural logarithm) a measured ratio may be from a format's: what a tilt of 20° leaves."""


@dataclass(frozen=True, slots=True)
class Flat:
    """A sheet from straight above. `px_per_mm` is None where its size cannot be known."""

    picture: Picture
    format: str
    px_per_mm: float | None


def flatten(picture: Picture, corners: Points) -> Flat:
    """Return the sheet between four corners (clockwise) as the picture shows it, light untouched."""
    sides = np.linalg.norm(np.roll(corners, -1, 0) - corners, axis=1)
    wide, tall = float(max(sides[0], sides[2])), float(max(sides[1], sides[3]))
    # Two estimates that err in different ways: the sides as they look, and the rectangle behind them.
    measured = float((sides[0] + sides[2]) / max(1e-6, sides[1] + sides[3]))
    behind = _ratio(corners, picture.shape[1], picture.shape[0])
    if behind is not None and abs(np.log(behind / measured)) < 0.25:
        measured = float(np.sqrt(measured * behind))
    known = _format(measured)
    ratio = measured
    if known is not None:
        ratio = known.ratio if measured > 1 else 1 / known.ratio
    width = max(wide, tall * ratio)
    scale = min(1.0, LONGEST / max(width, width / ratio))
    width, height = max(8, round(width * scale)), max(8, round(width / ratio * scale))
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32) - 0.5
    view = cv2.getPerspectiveTransform(np.asarray(corners, np.float32), target)
    if scale < 0.7:  # avoid the moiré of sampling too coarsely
        picture = cv2.GaussianBlur(picture, (0, 0), 0.5 / scale)
    flat = cv2.warpPerspective(picture, view, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    px_per_mm = None if known is None else max(width, height) / known.long_mm
    return Flat(np.asarray(flat, np.uint8), known.name if known else "", px_per_mm)


def _format(ratio: float) -> Format | None:
    away, best = min((abs(np.log(max(ratio, 1 / ratio) / known.ratio)), known.name) for known in FORMATS)
    return next(known for known in FORMATS if known.name == best) if away < LIKE else None


def _ratio(corners: Points, width: int, height: int) -> float | None:
    """Return width over height of the rectangle that looks so, whatever the camera's focal length.

    Zhang & He, "Whiteboard scanning and image enhancement" (2007), section 3.3; the lens looks at the picture's middle.
    Without perspective (sides nearly parallel) the formula has nothing to go by: None.
    """
    m1, m2, m4, m3 = (np.array((x, y, 1.0)) for x, y in corners - np.array((width / 2, height / 2), np.float32))
    k2 = np.dot(np.cross(m1, m4), m3) / np.dot(np.cross(m2, m4), m3)
    k3 = np.dot(np.cross(m1, m4), m2) / np.dot(np.cross(m3, m4), m2)
    n2, n3 = k2 * m2 - m1, k3 * m3 - m1
    if abs(n2[2]) < 0.02 or abs(n3[2]) < 0.02:
        return None
    squared = -(n2[0] * n3[0] + n2[1] * n3[1]) / (n2[2] * n3[2])
    if not (0.4 * width) ** 2 < squared < (3.0 * width) ** 2:  # no lens is like that: the corners are not that exact
        return None
    inverse = np.diag((1 / squared, 1 / squared, 1.0))
    return float(np.sqrt((n2 @ inverse @ n2) / (n3 @ inverse @ n3)))


def turn(picture: Picture, quarters: int) -> Picture:
    """Return it turned clockwise by so many quarters."""
    return np.ascontiguousarray(np.rot90(picture, -quarters))


def even(picture: Picture) -> Picture:
    """Return the sheet under even light: what is paper becomes nearly white, on coloured cards only the shade goes."""
    height, width = picture.shape[:2]
    scale = 160 / max(height, width)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    # Paper is what is bright among its neighbours: print and portraits are smaller than this.
    ground = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    ground = cv2.GaussianBlur(cv2.medianBlur(ground, 11), (0, 0), 4).astype(np.float32)
    shade = ground.max(axis=2)
    bright = float(np.percentile(shade, 70))
    colour = float(np.median(shade - ground.min(axis=2)))
    if bright < 90 or colour > 70:  # a dark or coloured card: what it is printed in is not a shadow
        gain = np.clip(bright / np.maximum(shade, 1), 0.7, 1.5)
        lit = cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    else:
        gain = np.clip(WHITE / np.maximum(shade, 1), 0.9, MOST_GAIN)
        # The light's tint goes too, as far as the paper shows it.
        tint = np.median(ground.reshape(-1, 3), axis=0)
        lit = cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
        lit = lit * np.clip(tint.max() / np.maximum(tint, 1), 1, 1.12).astype(np.float32)
    return np.asarray(np.clip(picture * lit, 0, 255), np.uint8)

"""Judges a still at once: sharp, without glare, whole, and near enough? Before any word of it is read.

`focus`: how far ink has spread at its edges, in pixels: the ratio of an edge's slope to its slope after a blur of known
size tells how blurred it was (Zhuo & Sim, "Defocus map estimation from a single image", 2011). It is taken across the
strongest edges of each direction and the worst direction counts, because a hand that shook blurs in one only.
`glare`: the share of the sheet that a lamp burnt out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from signaling.papers.sheet import Sheet
    from signaling.papers.straighten import Flat

    Picture = NDArray[Any]

Problem = Literal["no_sheet", "cut_off", "blurred", "glare", "too_small"]

BLUR_PX = 1.42
"""What the best lens and a camera's own sharpening leave; less is never called blurred."""
BLUR_MM = 0.11
"""Strokes of small print are 0.25 mm wide; ink that has spread by this much fills the gaps between them."""
GLARE_SHARE = 0.006
"""A hundredth of an A4 page is a line of print."""
LEAST_PRINT_PX = 13.0
"""Height of the usual line of print in pixels below which the reader begins to guess."""
REBLUR = 1.5
TILE = 900


@dataclass(frozen=True, slots=True)
class Quality:
    """What is wrong with the picture, worst first, and by which figures."""

    problems: tuple[Problem, ...]
    blur_px: float
    glare: float
    print_px: float | None

    @property
    def good(self) -> bool:
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """Return it as the records keep it."""
        return {
            "problems": list(self.problems), "blur_px": round(self.blur_px, 2), "glare": round(self.glare, 4),
            "print_px": None if self.print_px is None else round(self.print_px, 1),
        }  # fmt: skip


def judge(flat: Flat, sheet: Sheet, size: tuple[int, int], print_px: float | None) -> Quality:
    """Judge a sheet that was found in a picture of this size.

    Args:
        flat: before its light is evened.
        sheet: where it was found.
        size: width and height of the picture.
        print_px: the height of its usual line of print; None where no print was seen.
    """
    blur, glare = blur_px(flat.picture), glare_share(flat.picture)
    problems: list[Problem] = []
    if sheet.by == "whole":
        problems.append("no_sheet")
    if sheet.by == "sheet" and (sheet.cut or _outside(sheet, *size)):
        problems.append("cut_off")
    if blur > BLUR_PX and (flat.px_per_mm is None or blur > BLUR_MM * flat.px_per_mm):
        problems.append("blurred")
    if glare > GLARE_SHARE:
        problems.append("glare")
    if print_px is not None and print_px < LEAST_PRINT_PX:
        problems.append("too_small")
    return Quality(tuple(problems), blur, glare, print_px)


def _outside(sheet: Sheet, width: int, height: int) -> bool:
    slack = 0.004 * max(width, height)
    x, y = sheet.corners[:, 0], sheet.corners[:, 1]
    return bool((x < -slack).any() or (y < -slack).any() or (x > width + slack).any() or (y > height + slack).any())


def blur_px(picture: Picture) -> float:
    """Return by how many pixels (standard deviation) edges have spread; 0 where there is no edge to judge by."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    # The middle is enough, and the sheet's own rim is no print.
    top, left = max(height // 25, (height - TILE) // 2), max(width // 25, (width - TILE) // 2)
    grey = cv2.GaussianBlur(grey[top : height - top, left : width - left], (0, 0), 0.8).astype(np.float32)
    blurred = cv2.GaussianBlur(grey, (0, 0), REBLUR)
    gx, gy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    size = cv2.magnitude(gx, gy)
    again = cv2.magnitude(cv2.Sobel(blurred, cv2.CV_32F, 1, 0), cv2.Sobel(blurred, cv2.CV_32F, 0, 1))
    strong = size > max(24.0, float(np.percentile(size, 97)) * 0.6)
    if strong.sum() < 200:
        return 0.0
    # Along the ridge of an edge, where its slope is steepest.
    strong &= size >= cv2.dilate(size, np.ones((3, 3), np.uint8)) * 0.97
    ratio = size[strong] / np.maximum(again[strong], 1e-3)
    spread = REBLUR / np.sqrt(np.maximum(ratio**2 - 1, 1e-2))
    way = np.mod(np.arctan2(gy[strong], gx[strong]), np.pi)
    worst = [
        float(np.percentile(spread[mine], 35))
        for mine in (
            np.abs(np.mod(way - centre + np.pi / 2, np.pi) - np.pi / 2) < np.pi / 8
            for centre in np.arange(4) * np.pi / 4
        )
        if mine.sum() > 60
    ]
    return max(0.0, float(np.sqrt(max(0.0, max(worst) ** 2 - 0.8**2)))) if worst else 0.0


def glare_share(picture: Picture) -> float:
    """Return the share of the sheet in spots that are burnt out while the sheet around them is not."""
    scale = min(1.0, 640 / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    darkest = small.min(axis=2)
    paper = float(np.percentile(darkest, 60))
    burnt = (darkest >= max(251, min(254, paper + 6))).astype(np.uint8)
    burnt = cv2.morphologyEx(burnt, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(burnt)
    spots = stats[1:count, cv2.CC_STAT_AREA]
    return float(spots[spots > 0.002 * darkest.size].sum() / darkest.size)

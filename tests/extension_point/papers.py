"""Drawn desks with drawn papers on them, as a document camera sees them: for the tests of guided capture."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from cv2.typing import MatLike as Picture

MATS = {"dark": (45, 45, 45), "wood": (90, 130, 170), "grey": (150, 150, 150), "green": (80, 120, 70)}
"""Colours of desks, as blue, green, red."""
A4 = (620, 877)
"""A page at 75 dpi."""


@dataclasses.dataclass(frozen=True)
class Laid:
    """A picture of a desk, and where the sheet's corners are on it (0–1), if there is one."""

    picture: Picture
    corners: Picture | None = None


def page(number: int) -> Picture:
    """Draw a page of a form: each number another one."""
    dice = random.Random(number)
    sheet = np.full((A4[1], A4[0], 3), 245, np.uint8)
    cv2.putText(sheet, f"FORM {number}", (A4[0] // 3, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (20, 20, 20), 3)
    y = 110
    while y < A4[1] - 60:
        if dice.random() < 0.2:
            cv2.rectangle(sheet, (50, y - 20), (A4[0] - 50, y + 40), (60, 60, 60), 2)
            y += 70
            continue
        words = "".join(chr(dice.randint(65, 90)) if dice.random() > 0.2 else " " for _ in range(dice.randint(10, 34)))
        cv2.putText(sheet, words, (55, y), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (30, 30, 30), 2)
        y += 34
    return sheet


def desk(mat: str, size: tuple[int, int] = (960, 540), seed: int = 0) -> Picture:
    """Draw an empty desk: its colour, light from one side, grain, noise."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    light = 1 + 0.2 * (x / width - 0.5) - 0.12 * (y / height - 0.5)
    surface = np.array(MATS[mat])[None, None, :] * light[..., None]
    if mat == "wood":
        surface += (8 * np.sin(y / 7 + 3 * np.sin(x / 150)))[..., None]
    grainy: Picture = np.clip(surface + _noise(4, width, height, seed), 0, 255).astype(np.uint8)
    return grainy


def lay(
    surface: Picture, sheet: Picture, *, size: float = 0.8, turn: float = 0, tilt: float = 0,
    at: tuple[float, float] = (0.5, 0.5),
) -> Laid:  # fmt: skip
    """Lay a sheet on a desk.

    Args:
        surface: the desk.
        sheet: what lies on it.
        size: of the sheet's longer side, as a share of the picture's shorter.
        turn: in degrees.
        tilt: how much nearer its lower end is than its upper.
        at: its middle, 0–1.
    """
    height, width = surface.shape[:2]
    tall, wide = sheet.shape[:2]
    scale = size * min(width, height) / max(wide, tall)
    corners = np.array([[-wide, -tall], [wide, -tall], [wide, tall], [-wide, tall]]) / 2 * scale
    angle = np.deg2rad(turn)
    corners = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = corners * (1 + tilt * corners[:, 1:2] / min(width, height)) + np.array([at[0] * width, at[1] * height])
    flat = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, corners.astype(np.float32))
    paper = cv2.warpPerspective(sheet, matrix, (width, height), flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((tall, wide), 255, np.uint8), matrix, (width, height))
    return Laid(np.where(mask[..., None] > 127, paper, surface), corners / np.array([width, height]))


def taken(picture: Picture, *, blur: float = 0, light: float = 1, seed: int = 0) -> Picture:
    """Take it with a webcam: out of focus by so many pixels, in so much light, with its noise and its JPEG."""
    soft = cv2.GaussianBlur(picture, (0, 0), blur) if blur else picture
    noise = _noise(3, soft.shape[1], soft.shape[0], seed)
    noisy = np.clip(soft.astype(np.float32) * light + noise, 0, 255).astype(np.uint8)
    decoded = cv2.imdecode(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 85])[1], cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded


def _noise(much: float, width: int, height: int, seed: int) -> Picture:
    """Return grey noise: a small tile of it, repeated, as drawing every pixel's own takes long."""
    tile = np.random.default_rng(seed).normal(0, much, (61, 67, 1)).astype(np.float32)
    repeated: Picture = np.tile(tile, (height // 61 + 1, width // 67 + 1, 1))[:height, :width]
    return repeated


def write_film(path: Path, picture: Picture) -> Path:
    """Write a second of a paper that lies still, each frame with its own noise."""
    with path.open("wb") as film:
        for seed in range(15):
            frame = taken(picture, seed=seed)
            film.write(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())
    return path

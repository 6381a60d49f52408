"""Photographs of printed papers: a pinhole camera over a desk, with all that goes wrong there.

A photograph knows where its sheet's corners are, what stands on it and what is wrong with it. What is drawn here is
drawn from what desks and cameras do (perspective of a tilted lens, cast and soft shadows, uneven light, a lamp's
reflection, defocus and shaking, sensor noise, JPEG), and from nothing that the finder does.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np

from tests.papers import surfaces
from tests.papers.print import PRINTERS, Paper

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

    Picture = NDArray[Any]

Fault = Literal["none", "blur", "glare", "cut", "small"]
CAMERAS = ((2592, 1944), (2592, 1944), (3264, 2448))
CARDS = ((1920, 1080), (1920, 1440), (2048, 1536), (2592, 1944))
LEGIBLE = 4.2
"""Pixels a millimetre at least, where nothing is wrong (107 dots an inch): less is a fault of its own."""
ID_1 = (85.6, 54.0)
ROUND_MM = 3.18
"""The radius of a card's corners (ISO/IEC 7810)."""


@dataclass
class Photograph:
    jpeg: bytes
    paper: Paper
    corners: NDArray[Any]
    """In pixels: the paper's own upper left, upper right, lower right, lower left."""
    fault: Fault
    surface: str
    width: int
    height: int

    @property
    def diagonal(self) -> float:
        """The longer diagonal of the sheet in the picture."""
        one, two, three, four = self.corners
        return float(max(np.linalg.norm(three - one), np.linalg.norm(four - two)))


def take(seed: int, kind: str = "", fault: Fault = "none", surface: str = "") -> Photograph:
    """Return the photograph of this number: the same for the same arguments, on every machine."""
    chance = random.Random(f"{seed} {kind} {fault}")
    kind = kind or chance.choice(tuple(PRINTERS))
    surface = surface or chance.choice(tuple(surfaces.SURFACES))
    paper = PRINTERS[kind](chance)
    width, height = chance.choice(CARDS if paper.size_mm == ID_1 else CAMERAS)
    if fault == "small":  # a plain webcam
        width, height = (1280, 720)
    corners = _project(chance, paper, width, height, fault)
    picture = surfaces.SURFACES[surface](chance, width, height)
    picture = _lay(chance, picture, paper, corners)
    picture = _light(chance, picture)
    if fault == "glare":
        picture = _glare(chance, picture, corners)
    picture = _lens(chance, picture, corners, paper, fault)
    picture = picture + _grain(chance, width, height)
    quality = chance.randrange(62, 94)
    _, data = cv2.imencode(".jpg", np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return Photograph(data.tobytes(), paper, corners, fault, surface, width, height)


def _project(chance: Random, paper: Paper, width: int, height: int, fault: Fault) -> NDArray[Any]:
    """Return where the corners fall: any turn, a tilt of up to 22°, a sheet that fills much of the picture or less."""
    w, h = paper.size_mm
    flat = np.array([(-w / 2, -h / 2, 0), (w / 2, -h / 2, 0), (w / 2, h / 2, 0), (-w / 2, h / 2, 0)])
    turn, lean, tilt = (
        chance.uniform(0, 2 * math.pi),
        chance.uniform(0, 2 * math.pi),
        math.radians(chance.uniform(0, 22)),
    )
    if chance.random() < 0.5:  # most people lay a paper nearly straight, whichever way round
        turn = round(turn / (math.pi / 2)) * math.pi / 2 + math.radians(chance.gauss(0, 5))
    points = flat @ _about_z(turn).T @ (_about_z(lean) @ _about_x(tilt) @ _about_z(-lean)).T
    focal, away = chance.uniform(0.9, 1.4) * width, 3.2 * max(w, h)
    seen = points[:, :2] / (1 + points[:, 2:] / away) * focal / away
    low, high = seen.min(0), seen.max(0)
    fill = chance.uniform(0.62, 0.93) if max(w, h) > 100 else chance.uniform(0.42, 0.9)
    scale = fill / max((high - low) / (width, height))
    px_per_mm = scale * float(np.linalg.norm(seen[1] - seen[0])) / w
    if fault == "small":
        scale *= chance.uniform(1.6, 2.4) * (1.3 if max(w, h) < 100 else 1) / px_per_mm
    elif px_per_mm < LEGIBLE:
        scale *= min(LEGIBLE / px_per_mm, 0.96 / fill)
    seen, low, high = seen * scale, low * scale, high * scale
    room = np.array((width, height)) - (high - low)
    place = np.array([chance.uniform(0.12, 0.88), chance.uniform(0.12, 0.88)]) * room - low
    if fault == "cut":
        axis = chance.randrange(2)
        beyond = (high - low)[axis] * chance.uniform(0.1, 0.25)
        place[axis] = -low[axis] - beyond if chance.random() < 0.5 else (width, height)[axis] - high[axis] + beyond
    return np.asarray(seen + place, np.float32)


def _about_z(angle: float) -> NDArray[Any]:
    return np.array([(math.cos(angle), -math.sin(angle), 0), (math.sin(angle), math.cos(angle), 0), (0, 0, 1)])


def _about_x(angle: float) -> NDArray[Any]:
    return np.array([(1, 0, 0), (0, math.cos(angle), -math.sin(angle)), (0, math.sin(angle), math.cos(angle))])


def _lay(chance: Random, picture: Picture, paper: Paper, corners: NDArray[Any]) -> Picture:
    """Put the sheet on the desk with the shadow it casts there."""
    height, width = picture.shape[:2]
    flat: Any = cv2.cvtColor(np.asarray(paper.picture), cv2.COLOR_RGB2BGR).astype(np.float32)
    shrink = min(1.0, float(np.linalg.norm(corners[1] - corners[0])) / flat.shape[1] * 1.15)
    flat = cv2.resize(flat, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    tall, wide = flat.shape[:2]
    mask: Any = np.ones((tall, wide), np.float32)
    if paper.size_mm == ID_1:
        mask = _rounded(wide, tall, ROUND_MM / ID_1[0] * wide)
    edges = np.array([(0, 0), (wide, 0), (wide, tall), (0, tall)], np.float32) - 0.5
    view = cv2.getPerspectiveTransform(edges, corners)
    flags = cv2.INTER_LINEAR
    over = cv2.warpPerspective(mask, view, (width, height), flags=flags)[..., None]
    sheet = cv2.warpPerspective(flat, view, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    depth = chance.uniform(1, 7) * width / 2000
    away = chance.uniform(0, 2 * math.pi)
    move = np.array([(1, 0, depth * math.cos(away)), (0, 1, depth * math.sin(away))], np.float32)
    shadow = cv2.warpAffine(over, move, (width, height))[::4, ::4]
    shadow = cv2.resize(cv2.GaussianBlur(shadow, (0, 0), max(0.7, depth / 4)), (width, height))
    picture = picture * (1 - chance.uniform(0.15, 0.5) * shadow[..., None])
    return np.asarray(picture * (1 - over) + sheet * chance.uniform(0.86, 0.98) * over, np.float32)


def _rounded(wide: int, tall: int, radius: float) -> Picture:
    mask = np.zeros((tall, wide), np.uint8)
    r = int(radius)
    cv2.rectangle(mask, (r, 0), (wide - r, tall), 255, -1)
    cv2.rectangle(mask, (0, r), (wide, tall - r), 255, -1)
    for at in ((r, r), (wide - r, r), (wide - r, tall - r), (r, tall - r)):
        cv2.circle(mask, at, r, 255, -1, cv2.LINE_AA)
    return np.asarray(mask.astype(np.float32) / 255, np.float32)


def _light(chance: Random, picture: Picture) -> Picture:
    """Light from one side, a tint, and in half of the pictures the shadow of somebody or something across it all."""
    height, width = picture.shape[:2]
    # All of it is smooth: a sixth of the size will do.
    wide, tall = width // 6, height // 6
    x, y = np.meshgrid(np.linspace(-1, 1, wide, dtype=np.float32), np.linspace(-1, 1, tall, dtype=np.float32))
    way, fall = chance.uniform(0, 2 * math.pi), chance.uniform(0, 0.22)
    field = 1 - fall * (x * math.cos(way) + y * math.sin(way)) - chance.uniform(0, 0.15) * (x * x + y * y)
    if chance.random() < 0.5:
        shadow = np.zeros((tall, wide), np.float32)
        if chance.random() < 0.5:  # an arm or a head
            at = (chance.randrange(wide), chance.randrange(tall))
            cv2.ellipse(shadow, at, (int(wide * chance.uniform(0.15, 0.4)), int(wide * chance.uniform(0.08, 0.2))),
                        chance.uniform(0, 180), 0, 360, 1.0, -1)  # fmt: skip
        else:  # a straight edge: a shelf, the camera's own arm
            edge, slope = chance.uniform(-0.5, 0.5), chance.uniform(0, 2 * math.pi)
            shadow[(x - edge) * math.cos(slope) + (y - edge) * math.sin(slope) > 0] = 1.0
        field *= 1 - chance.uniform(0.12, 0.42) * cv2.GaussianBlur(shadow, (0, 0), wide * chance.uniform(0.004, 0.04))
    field *= chance.uniform(0.8, 1.06)
    tint = np.array([chance.uniform(0.9, 1.06), 1.0, chance.uniform(0.94, 1.06)], np.float32)
    return np.asarray(picture * cv2.resize(field[..., None] * tint, (width, height)), np.float32)


def _glare(chance: Random, picture: Picture, corners: NDArray[Any]) -> Picture:
    """A lamp's reflection on the sheet: burnt out in the middle, fading around; at least 3 % of the sheet is lost."""
    height, width = picture.shape[:2]
    small = 4
    corners = corners / small
    weights = np.array([chance.uniform(0.5, 1) for _ in range(4)])
    at = (corners * (weights / weights.sum())[:, None]).sum(0)
    radius = math.sqrt(cv2.contourArea(corners) * chance.uniform(0.03, 0.1) / math.pi)
    long = chance.uniform(1, 2)
    way = chance.uniform(0, math.pi)
    x, y = np.meshgrid(np.arange(width // small, dtype=np.float32) - at[0],
                       np.arange(height // small, dtype=np.float32) - at[1])  # fmt: skip
    u, v = (x * math.cos(way) + y * math.sin(way)) / long, (y * math.cos(way) - x * math.sin(way)) * long
    away = np.sqrt(u * u + v * v) / radius
    strength = 1 / (1 + np.exp((away - 1) * chance.uniform(5, 12)))
    return np.asarray(picture + cv2.resize(strength * chance.uniform(220, 300), (width, height))[..., None], np.float32)


def _lens(chance: Random, picture: Picture, corners: NDArray[Any], paper: Paper, fault: Fault) -> Picture:
    """Out of focus or shaken, measured on the paper: 0.25 mm and more lose small print; under 0.09 mm is sharp."""
    px_per_mm = float(np.linalg.norm(corners[1] - corners[0])) / paper.size_mm[0]
    if fault != "blur":
        spread = min(chance.uniform(0.02, 0.09) * px_per_mm, chance.uniform(0.4, 0.8))
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.3, spread)), np.float32)
    spread = max(2.2, chance.uniform(0.28, 0.6) * px_per_mm)
    if chance.random() < 0.6:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), spread), np.float32)
    length = int(spread * 4) | 1
    streak: Any = np.zeros((length, length), np.float32)
    streak[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), chance.uniform(0, 180), 1)
    streak = cv2.warpAffine(streak, turn, (length, length))
    return np.asarray(cv2.filter2D(cv2.GaussianBlur(picture, (0, 0), 1.0), -1, streak / streak.sum()), np.float32)


def _grain(chance: Random, width: int, height: int) -> Picture:
    """A sensor's noise: one tile of it, laid out again and again."""
    side = 512
    tile = np.random.default_rng(chance.randrange(2**32)).normal(0, chance.uniform(1, 4), (side, side, 3))
    return np.tile(tile.astype(np.float32), (height // side + 1, width // side + 1, 1))[:height, :width]

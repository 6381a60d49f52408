"""What papers lie on: mats, desks, wood, cloth, and desks full of other things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from numpy.typing import NDArray

    Picture = NDArray[Any]


def cloud(chance: Random, width: int, height: int, scale: float) -> Picture:
    """Return smooth noise of mean 0 and spread 1; `scale`: its features in fractions of the width."""
    grid = np.random.default_rng(chance.randrange(2**32))
    cells = max(2, round(1 / scale))
    small = grid.normal(size=(max(2, cells * height // width) + 2, cells + 2)).astype(np.float32)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _plain(colour: tuple[float, float, float], width: int, height: int) -> Picture:
    return np.full((height, width, 3), colour, np.float32)


def mat(chance: Random, width: int, height: int) -> Picture:
    """A document camera's dark mat."""
    shade = chance.uniform(25, 75)
    tint = [shade * chance.uniform(0.85, 1.2) for _ in range(3)]
    picture = _plain((tint[0], tint[1], tint[2]), width, height)
    return np.asarray(picture + 2 * cloud(chance, width, height, 0.01)[..., None])


def grey(chance: Random, width: int, height: int) -> Picture:
    """A light desk, hardly darker than paper, and shaded."""
    shade = chance.uniform(130, 196)
    picture = _plain((shade, shade * chance.uniform(0.96, 1.02), shade * chance.uniform(0.94, 1.03)), width, height)
    across = np.linspace(chance.uniform(0.78, 1.0), chance.uniform(0.85, 1.08), width, dtype=np.float32)
    return np.asarray(picture * across[None, :, None] + 2 * cloud(chance, width, height, 0.006)[..., None])


def wood(chance: Random, width: int, height: int) -> Picture:
    """Grain along one side."""
    base = chance.choice(((60, 95, 140), (45, 66, 96), (105, 150, 190), (80, 110, 150)))
    fine = cloud(chance, 64, height, 0.02)[:, :1]
    grain = cv2.resize(fine, (width, height)) * chance.uniform(6, 13)
    grain = grain + 9 * np.sin(
        cloud(chance, width, height, 0.5) * 6 + np.linspace(0, 40, height, dtype=np.float32)[:, None]
    )
    picture = _plain(base, width, height) + grain[..., None]
    for _ in range(chance.randrange(4)):  # between the boards
        y = chance.randrange(height)
        cv2.line(
            picture, (0, y), (width, y + chance.randrange(-6, 7)), (base[0] * 0.4, base[1] * 0.4, base[2] * 0.4), 3
        )
    return np.asarray(picture)


def cloth(chance: Random, width: int, height: int) -> Picture:
    """A checked or striped table cloth."""
    one = [chance.uniform(60, 190) for _ in range(3)]
    other = [chance.uniform(60, 190) for _ in range(3)]
    step = chance.randrange(width // 40, width // 12)
    x, y = np.arange(width) // step % 2, np.arange(height) // step % 2
    checks: Any = (x[None, :] + (y[:, None] if chance.random() < 0.6 else 0 * y[:, None])) / 2
    checks = cv2.GaussianBlur(checks.astype(np.float32), (0, 0), 1.5)[..., None]
    weave = 5 * np.sin(np.arange(width, dtype=np.float32) * 1.9)[None, :, None]
    return np.asarray(np.array(one, np.float32) * (1 - checks) + np.array(other, np.float32) * checks + weave)


def cluttered(chance: Random, width: int, height: int) -> Picture:
    """A desk full of other papers, books, pens, cables."""
    picture = chance.choice((grey, wood, mat))(chance, width, height)
    for _ in range(chance.randrange(4, 9)):
        chance.choice((_sheet, _book, _pen, _cable, _cup))(chance, picture)
    return picture


SURFACES: dict[str, Callable[[Random, int, int], Picture]] = {
    "mat": mat, "grey": grey, "wood": wood, "cloth": cloth, "cluttered": cluttered
}  # fmt: skip


def _slab(chance: Random, picture: Picture, long: float, wide: float) -> NDArray[Any]:
    height, width = picture.shape[:2]
    # More of it lies at the edges: in the middle lies what the camera is for.
    side = chance.choice(((0.1, 0.5), (0.9, 0.5), (0.5, 0.08), (0.5, 0.92)))
    middle = (width * (side[0] + chance.uniform(-0.25, 0.25)), height * (side[1] + chance.uniform(-0.25, 0.25)))
    box = cv2.boxPoints((middle, (long, wide), chance.uniform(0, 180)))
    shade = np.zeros(picture.shape[:2], np.float32)
    cv2.fillConvexPoly(shade, (box + 6).astype(np.int32), 0.35)
    picture *= 1 - cv2.GaussianBlur(shade, (0, 0), 8)[..., None]
    return np.asarray(box, np.int32)


def _sheet(chance: Random, picture: Picture) -> None:
    width = picture.shape[1]
    box = _slab(chance, picture, width * chance.uniform(0.25, 0.5), width * chance.uniform(0.2, 0.35))
    white = chance.uniform(190, 242)
    cv2.fillConvexPoly(picture, box, (white, white, white * chance.uniform(0.94, 1)), cv2.LINE_AA)
    along, across = (box[1] - box[0]).astype(float), (box[3] - box[0]).astype(float)
    for row in range(3, 17):
        if chance.random() < 0.8:
            start, end = (
                box[0] + along * 0.1 + across * row / 20,
                box[0] + along * chance.uniform(0.4, 0.9) + across * row / 20,
            )
            cv2.line(picture, start.astype(int).tolist(), end.astype(int).tolist(), (90, 90, 92), 3, cv2.LINE_AA)


def _book(chance: Random, picture: Picture) -> None:
    width = picture.shape[1]
    box = _slab(chance, picture, width * chance.uniform(0.15, 0.35), width * chance.uniform(0.12, 0.25))
    cv2.fillConvexPoly(picture, box, [chance.uniform(30, 200) for _ in range(3)], cv2.LINE_AA)


def _pen(chance: Random, picture: Picture) -> None:
    width = picture.shape[1]
    box = _slab(chance, picture, width * chance.uniform(0.1, 0.25), width * 0.008 + 2)
    cv2.fillConvexPoly(picture, box, [chance.uniform(10, 180) for _ in range(3)], cv2.LINE_AA)


def _cable(chance: Random, picture: Picture) -> None:
    height, width = picture.shape[:2]
    x = np.linspace(0, width, 60)
    y = (
        height * chance.uniform(0, 1)
        + height * 0.1 * np.sin(x / width * chance.uniform(4, 12))
        + x * chance.uniform(-0.4, 0.4)
    )
    cv2.polylines(
        picture, [np.stack([x, y], 1).astype(np.int32)], False, [30.0, 30.0, 32.0], max(3, width // 250), cv2.LINE_AA
    )


def _cup(chance: Random, picture: Picture) -> None:
    height, width = picture.shape[:2]
    at = (int(width * chance.choice((0.05, 0.95))), int(height * chance.uniform(0, 1)))
    radius = int(width * chance.uniform(0.05, 0.1))
    cv2.circle(picture, at, radius, [chance.uniform(120, 230) for _ in range(3)], -1, cv2.LINE_AA)
    cv2.circle(picture, at, int(radius * 0.85), [chance.uniform(30, 90) for _ in range(3)], -1, cv2.LINE_AA)

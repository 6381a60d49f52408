"""Pages as pictures: how a page is cut into tiles, so that it is crisp at any zoom and only what is looked at is drawn.

A page is drawn at one of a few widths; each width is cut into squares. Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from signaling.errors import Malformed, Unknown

TILE: Final = 1024
"""Side of a tile in pixels; those at the right and lower edge are smaller."""
WIDTHS: Final = (1024, 2048, 4096, 8192)
"""Pixels across a page: 8,192 is 990 dots an inch on A4, finer than any print."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One square of a page drawn at one width. `page` counts from 1, `column` and `row` from 0."""

    page: int
    width: int
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a tile lies on its page, in pixels of the page drawn at the tile's width."""

    left: int
    top: int
    width: int
    height: int
    page_width: int
    page_height: int


def cut(tile: Tile, sizes: tuple[tuple[float, float], ...]) -> Cut:
    """Return where a tile lies; raise when there is no such page, width or square."""
    if tile.width not in WIDTHS:
        raise Malformed(f"one of {', '.join(map(str, WIDTHS))}", field="width")
    if not 1 <= tile.page <= len(sizes):
        raise Unknown("there is no such page", field="page")
    width, height = sizes[tile.page - 1]
    page_height = max(1, round(tile.width * height / width))
    left, top = tile.column * TILE, tile.row * TILE
    if not (0 <= left < tile.width and 0 <= top < page_height):
        raise Unknown("the page has no such tile", field="tile")
    return Cut(
        left, top, min(TILE, tile.width - left), min(TILE, page_height - top), tile.width, page_height
    )  # fmt: skip


def count(width: int, size: tuple[float, float]) -> tuple[int, int]:
    """Return how many columns and rows a page of this size has at a width."""
    return math.ceil(width / TILE), math.ceil(max(1, round(width * size[1] / size[0])) / TILE)

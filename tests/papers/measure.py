"""How near a reading comes to what was printed: corners, characters, fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from tests.papers.photograph import Photograph

ALIKE = str.maketrans({"，": ",", "：": ":", "；": ";", "（": "(", "）": ")", " ": None})
"""Full and half width are the same print."""


def corner_error(found: NDArray[Any], photo: Photograph) -> float:
    """Return the worst corner's distance from the truth as a share of the sheet's diagonal; any corner may be first."""
    ways = [np.roll(turned, shift, axis=0) for turned in (found, found[::-1]) for shift in range(4)]
    return min(float(np.linalg.norm(way - photo.corners, axis=1).max()) for way in ways) / photo.diagonal


def right_fields(fields: Iterable[dict[str, Any]], photo: Photograph) -> list[str]:
    """Return the names of the fields that were read exactly as printed."""
    read = {field["name"]: field["text"] for field in fields}
    return sorted(name for name, text in photo.paper.fields.items() if read.get(name) == text)


def wrong_characters(lines: Sequence[str], photo: Photograph) -> tuple[int, int]:
    """Return how many characters of the print were misread or missed, and how many there are.

    Each printed line is held against the stretch of any read line that is nearest to it (edit distance): a reader may
    join or split lines as it likes.
    """
    read = [line.translate(ALIKE) for line in lines]
    printed = [line.translate(ALIKE) for line in photo.paper.lines]
    wrong = sum(min((_within(line, other) for other in read), default=len(line)) for line in printed)
    return wrong, sum(map(len, printed))


def _within(line: str, other: str) -> int:
    """Return the edit distance of `line` to the part of `other` nearest to it."""
    if line in other:
        return 0
    before = [0] * (len(other) + 1)
    for row, letter in enumerate(line, 1):
        now = [row]
        for column, seen in enumerate(other):
            now.append(min(before[column] + (letter != seen), before[column + 1] + 1, now[column] + 1))
        before = now
    return min(before)

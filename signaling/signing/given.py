"""A signature as the booth sends it: strokes with time and pressure, and what was shown before. Parsed once here."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar, Final

from signaling.errors import WrongState
from signaling.wire import OneOf, Text, Whole

MOST_STROKES: Final = 200
MOST_POINTS: Final = 6_000
LEAST_POINTS: Final = 5
LONGEST_MS: Final = 6 * 3_600_000
MOST_BYTES: Final = 256 * 1024

StrokePoint = tuple[int, int, int, int]


@dataclasses.dataclass(frozen=True, slots=True)
class Strokes:
    words: str = (
        f"a list of 1–{MOST_STROKES} strokes, each a list of points `[x 0–10000, y 0–10000, ms, pressure 0–255]` of "
        f"whole numbers in the order of time, together {LEAST_POINTS}–{MOST_POINTS}"
    )

    def __call__(self, value: object) -> tuple[tuple[StrokePoint, ...], ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_STROKES:
            raise ValueError
        bounds = (Whole(0, 10_000), Whole(0, 10_000), Whole(0, LONGEST_MS), Whole(0, 255))
        strokes, count, last = [], 0, 0
        for raw in value:
            if not isinstance(raw, list) or not raw or count + len(raw) > MOST_POINTS:
                raise ValueError
            count += len(raw)
            points = []
            for point in raw:
                if not isinstance(point, list) or len(point) != 4:
                    raise ValueError
                x, y, ms, force = (rule(number) for rule, number in zip(bounds, point, strict=True))
                if ms < last:
                    raise ValueError
                last = ms
                points.append((x, y, ms, force))
            strokes.append(tuple(points))
        if count < LEAST_POINTS:
            raise ValueError
        return tuple(strokes)


@dataclasses.dataclass(frozen=True, slots=True)
class Times:
    words: str = f"a list of at most 200 whole numbers 0–{LONGEST_MS}"

    def __call__(self, value: object) -> tuple[int, ...]:
        if not isinstance(value, list) or len(value) > 200:
            raise ValueError
        rule = Whole(0, LONGEST_MS)
        return tuple(rule(number) for number in value)


@dataclasses.dataclass(frozen=True, slots=True)
class Given:
    """All times in milliseconds since the document was first shown."""

    NAME: ClassVar = "Signature"
    sha256: Annotated[str, Text(64, shortest=64)]
    pages_ms: Annotated[tuple[int, ...], Times()]
    """When each page was first seen, in the order of the pages."""
    read_ms: Annotated[int, Whole(0, LONGEST_MS)]
    """When the end of the last page was seen."""
    consent: Annotated[str, Text(500, shortest=4)]
    """The words that were agreed to."""
    consent_ms: Annotated[int, Whole(0, LONGEST_MS)]
    lang: Annotated[str, OneOf("zh-CN", "en")]
    width: Annotated[int, Whole(50, 10_000)]
    height: Annotated[int, Whole(50, 10_000)]
    pointer: Annotated[str, OneOf("touch", "pen", "mouse")]
    strokes: Annotated[tuple[tuple[StrokePoint, ...], ...], Strokes()]

    def check_read(self, pages: int) -> None:
        """Raise `WrongState` unless every page was shown, to the end, before it was agreed to and signed."""
        begun = self.strokes[0][0][2]
        if len(self.pages_ms) != pages or not max(self.pages_ms) <= self.read_ms <= self.consent_ms <= begun:
            raise WrongState("the whole document is shown before it is signed", field="pages_ms", code="not_read")

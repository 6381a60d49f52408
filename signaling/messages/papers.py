"""Papers as they were read and checked: what the helper says to it, and what is told of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from signaling.messages.rules import CallId, CaptureId
from signaling.wire import Name, OneOf, Text, Whole

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclasses.dataclass(frozen=True, slots=True)
class Corners:
    """Four corners of a sheet, clockwise: they turn the same way at each."""

    words: str = "eight numbers 0–1: x and y of the upper left, upper right, lower right and lower left corner"

    def __call__(self, value: object) -> tuple[float, ...]:
        if not isinstance(value, list) or len(value) != 8:
            raise ValueError
        if any(isinstance(one, bool) or not isinstance(one, int | float) or not 0 <= one <= 1 for one in value):
            raise ValueError
        corners = [(float(value[n]), float(value[n + 1])) for n in range(0, 8, 2)]
        if min(_turns(corners)) < 1e-4:
            raise ValueError
        return tuple(float(one) for one in value)


def _turns(corners: Sequence[tuple[float, float]]) -> list[float]:
    triples = zip(corners, corners[1:] + corners[:1], corners[2:] + corners[:2], strict=True)  # type: ignore[operator]
    return [(b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) for a, b, c in triples]


@dataclasses.dataclass(frozen=True, slots=True)
class PaperLay:
    NAME: ClassVar = "paper.lay"
    capture_id: CaptureId
    corners: Annotated[tuple[float, ...] | None, Corners()] = None
    quarters: Annotated[int | None, Whole(0, 3)] = None


@dataclasses.dataclass(frozen=True, slots=True)
class PaperMatch:
    NAME: ClassVar = "paper.match"
    capture_id: CaptureId
    material_id: Annotated[str | None, Name()] = None


@dataclasses.dataclass(frozen=True, slots=True)
class FindingDecide:
    NAME: ClassVar = "finding.decide"
    call_id: CallId
    finding_id: Annotated[str, Name("find")]
    decision: Annotated[str, OneOf("confirmed", "overruled")]
    why: Annotated[str, Text(500)] = ""


STAFF = (PaperLay, PaperMatch, FindingDecide)


@dataclasses.dataclass(frozen=True, slots=True)
class CaptureJudged:
    NAME: ClassVar = "capture.judged"
    capture_id: str
    call_id: str
    problems: tuple[str, ...]
    """`no_sheet`, `cut_off`, `blurred`, `glare`, `too_small`; empty: the picture is good."""


@dataclasses.dataclass(frozen=True, slots=True)
class FindingTold:
    finding_id: str
    capture_id: str
    material_id: str
    rule: str
    field: str
    verdict: str
    reason: str
    detail: dict[str, Any]
    standing: str
    found_at: str
    decision: str | None
    decided_by: str | None
    decided_at: str | None
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class LineTold:
    """A line of the checklist. `state`: `missing`, `partly`, `passed`, `failed`, `ask`; `sides`: what is not there."""

    material_id: str
    state: str
    capture_ids: tuple[str, ...]
    sides: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class ReadingTold:
    """One capture as it was last read."""

    capture_id: str
    state: str
    kind: str
    material_id: str
    matched_by: str
    points: tuple[tuple[float, float], ...]
    by: str
    quarters: int
    problems: tuple[str, ...]
    width: int
    height: int
    sha256: str
    fields: tuple[dict[str, Any], ...]
    codes: tuple[dict[str, Any], ...]
    read_at: str


@dataclasses.dataclass(frozen=True, slots=True)
class CaptureRead:
    NAME: ClassVar = "capture.read"
    call_id: str
    reading: ReadingTold


@dataclasses.dataclass(frozen=True, slots=True)
class FindingsChanged:
    NAME: ClassVar = "findings.changed"
    call_id: str
    findings: tuple[FindingTold, ...]
    lines: tuple[LineTold, ...]

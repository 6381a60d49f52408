"""Looking at a paper together: what both ends say, and what all in the call are told."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Annotated, ClassVar

from signaling.board import KINDS, TOOLS
from signaling.messages.rules import CallId
from signaling.screens import Json
from signaling.wire import Name, Number, OneOf, Whole

POINTS = 128
"""In one message; a longer stroke comes in several."""

SurfaceId = Annotated[str, Name()]
Page = Annotated[int, Whole(1, 2000)]
Share = Annotated[float, Number(0, 1)]


@dataclasses.dataclass(frozen=True, slots=True)
class Points:
    """Places on a page, each `[x, y]`."""

    most: int = POINTS

    @property
    def words(self) -> str:
        return f"a list of 1–{self.most} pairs `[x, y]` of numbers 0–1"

    def __call__(self, value: object) -> tuple[tuple[float, float], ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= self.most:
            raise ValueError
        share = Number(0, 1)
        points = []
        for pair in value:
            if not isinstance(pair, Sequence) or len(pair) != 2:
                raise ValueError
            points.append((round(share(pair[0]), 5), round(share(pair[1]), 5)))
        return tuple(points)


@dataclasses.dataclass(frozen=True, slots=True)
class BoardRead:
    NAME: ClassVar = "board.read"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class BoardShow:
    NAME: ClassVar = "board.show"
    call_id: CallId
    kind: Annotated[str, OneOf(*KINDS)]
    id: SurfaceId
    page: Annotated[int | None, Whole(1, 2000)] = None
    """Left out: the first page; of a still the corrected picture, where there is one."""


@dataclasses.dataclass(frozen=True, slots=True)
class BoardHide:
    NAME: ClassVar = "board.hide"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class BoardTurn:
    NAME: ClassVar = "board.turn"
    call_id: CallId
    surface_id: SurfaceId
    page: Page


@dataclasses.dataclass(frozen=True, slots=True)
class BoardLook:
    NAME: ClassVar = "board.look"
    call_id: CallId
    surface_id: SurfaceId
    page: Page
    left: Share
    top: Share
    right: Share
    bottom: Share


@dataclasses.dataclass(frozen=True, slots=True)
class BoardDraw:
    NAME: ClassVar = "board.draw"
    call_id: CallId
    surface_id: SurfaceId
    page: Page
    mark_id: Annotated[str, Name("mark")]
    tool: Annotated[str, OneOf(*TOOLS)]
    points: Annotated[tuple[tuple[float, float], ...], Points()]


@dataclasses.dataclass(frozen=True, slots=True)
class BoardUndo:
    NAME: ClassVar = "board.undo"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class BoardClear:
    NAME: ClassVar = "board.clear"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class BoardPoint:
    NAME: ClassVar = "board.point"
    call_id: CallId
    surface_id: SurfaceId
    page: Page
    x: Share
    y: Share


MESSAGES = (
    BoardRead, BoardShow, BoardHide, BoardTurn, BoardLook, BoardDraw, BoardUndo, BoardClear, BoardPoint,
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class BoardChanged:
    """The board without its marks: another paper, page or view."""

    NAME: ClassVar = "board.changed"
    call_id: str
    seq: int
    surface: Json
    page: int
    view: Json
    leader: str


@dataclasses.dataclass(frozen=True, slots=True)
class BoardDrawn:
    """Points were added to a mark, or began one."""

    NAME: ClassVar = "board.drawn"
    call_id: str
    seq: int
    mark: Json


@dataclasses.dataclass(frozen=True, slots=True)
class BoardWiped:
    """Marks were taken away."""

    NAME: ClassVar = "board.wiped"
    call_id: str
    seq: int
    mark_ids: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class BoardPointed:
    NAME: ClassVar = "board.pointed"
    call_id: str
    surface_id: str
    page: int
    by: str
    side: str
    x: float
    y: float

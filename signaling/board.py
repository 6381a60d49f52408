"""What a call's people look at together: the paper that lies on the board, its page, the marks on it, who looks where.

Pure: each function takes a board and returns the next one; `seq` counts what changed, so that whoever missed something
knows it. Places are shares of the page (0 at its left and upper edge, 1 at its right and lower), so that they mean the
same on every screen.

The rules: everybody who takes part may lay a paper down, turn its pages and mark it; the last who laid down, turned or
moved the view leads, and the others' screens follow unless they look around by themselves; a mark belongs to who drew
it, and only they undo it; marks stay on their page when others are looked at.
"""

from __future__ import annotations

import dataclasses
from typing import Final, Literal

from signaling.errors import TooMany, Unknown, WrongState

Kind = Literal["capture", "document", "form"]
KINDS: Final = ("capture", "document", "form")
Tool = Literal["highlight", "pen", "arrow"]
TOOLS: Final = ("highlight", "pen", "arrow")

UNTOUCHED: Final = 1
CORRECTED: Final = 2
"""The pages of a still."""

MOST_MARKS: Final = 400
MOST_POINTS: Final = 20_000
"""Of all marks of a call together: a board told whole stays far below a frame."""
MOST_OF_MARK: Final = 1_000
"""Points of one stroke: 40 seconds of drawing."""

Point = tuple[float, float]


@dataclasses.dataclass(frozen=True, slots=True)
class Surface:
    """A paper: which one, and how many pages it has. `version`: of a still's corrected picture, empty without one."""

    kind: Kind
    id: str
    pages: int = 1
    version: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """The part of the page that the leader sees; the whole page is 0, 0, 1, 1."""

    left: float = 0
    top: float = 0
    right: float = 1
    bottom: float = 1


WHOLE: Final = View()


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    mark_id: str
    by: str
    side: str
    surface_id: str
    page: int
    tool: Tool
    points: tuple[Point, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Board:
    """Nothing lies on it where `surface` is None; the marks made before stay."""

    seq: int = 0
    surface: Surface | None = None
    page: int = 1
    view: View = WHOLE
    leader: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def points(self) -> int:
        return sum(len(mark.points) for mark in self.marks)


def show(board: Board, surface: Surface, page: int, by: str) -> Board:
    """Lay a paper on the board."""
    _check_page(surface, page)
    return _next(board, surface=surface, page=page, view=WHOLE, leader=by)


def hide(board: Board) -> Board:
    """Take the paper off."""
    return _next(board, surface=None, page=1, view=WHOLE)


def corrected(board: Board, surface_id: str, version: str) -> Board:
    """The still on the board was laid straight: all see it so at once, unless somebody marked the untouched picture.

    Laid straight once more, it stays at the page that is looked at.
    """
    if board.surface is None or board.surface.id != surface_id or board.surface.version == version:
        return board
    surface = dataclasses.replace(board.surface, pages=CORRECTED, version=version)
    if board.surface.version or any(on_page(board, mark) for mark in board.marks):
        return _next(board, surface=surface)
    return _next(board, surface=surface, page=CORRECTED, view=WHOLE)


def turn(board: Board, surface_id: str, page: int, by: str) -> Board:
    """Turn to a page; all see the whole of it first."""
    _check_page(_lying(board, surface_id), page)
    return _next(board, page=page, view=WHOLE, leader=by)


def look(board: Board, surface_id: str, page: int, view: View, by: str) -> Board:
    """Move the view; the one who does leads."""
    _lying(board, surface_id)
    if page != board.page:
        raise WrongState("another page lies open", field="page", code="page_turned")
    if not (view.left < view.right and view.top < view.bottom):
        raise WrongState("a view has a width and a height", field="right", code="empty_view")
    return _next(board, view=view, leader=by)


def draw(board: Board, mark: Mark) -> Board:
    """Begin a mark, or draw on at one's own."""
    surface = _lying(board, mark.surface_id)
    _check_page(surface, mark.page)
    known = next((one for one in board.marks if one.mark_id == mark.mark_id), None)
    if board.points + len(mark.points) > MOST_POINTS or (known is None and len(board.marks) >= MOST_MARKS):
        raise TooMany("the board is full of marks; clear some", code="too_many_marks")
    if known is None:
        return _next(board, marks=(*board.marks, mark))
    if (known.by, known.surface_id, known.page, known.tool) != (mark.by, mark.surface_id, mark.page, mark.tool):
        raise WrongState("this mark is another", field="mark_id", code="not_your_mark")
    if len(known.points) + len(mark.points) > MOST_OF_MARK:
        raise TooMany("a mark is not longer than that", code="too_many_marks")
    longer = dataclasses.replace(known, points=known.points + mark.points)
    return _next(board, marks=tuple(longer if one is known else one for one in board.marks))


def undo(board: Board, by: str) -> Board:
    """Take back one's own last mark on the open page; nothing happens when there is none."""
    mine = [mark for mark in board.marks if mark.by == by and on_page(board, mark)]
    if not mine:
        return board
    return _next(board, marks=tuple(mark for mark in board.marks if mark is not mine[-1]))


def clear(board: Board) -> Board:
    """Wipe the open page."""
    return wipe(board, board.surface.id, board.page) if board.surface else board


def wipe(board: Board, surface_id: str, page: int) -> Board:
    """Take all marks off a page."""
    return _next(board, marks=tuple(one for one in board.marks if (one.surface_id, one.page) != (surface_id, page)))


def on_page(board: Board, mark: Mark) -> bool:
    """Say whether a mark is on the page that lies open."""
    return board.surface is not None and mark.surface_id == board.surface.id and mark.page == board.page


def _lying(board: Board, surface_id: str) -> Surface:
    if board.surface is None or board.surface.id != surface_id:
        raise WrongState("another paper lies on the board", field="surface_id", code="paper_changed")
    return board.surface


def _check_page(surface: Surface, page: int) -> None:
    if not 1 <= page <= surface.pages:
        raise Unknown(f"pages 1–{surface.pages}", field="page", code="unknown_page")


def _next(board: Board, **changes: object) -> Board:
    """Return the board with these changes under the next number; the same one where nothing changes."""
    after = dataclasses.replace(board, **changes)  # type: ignore[arg-type]
    return board if after == board else dataclasses.replace(after, seq=board.seq + 1)

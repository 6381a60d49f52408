"""The boards of the calls that are going on: the one owner of what their people look at together.

Kept for as long as somebody talks in the call and the process lives; the papers themselves lie with `captures` and
`documents`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling import board as rules
from signaling.board import Board
from signaling.messages.looking import BoardChanged, BoardDrawn, BoardWiped
from signaling.routing.events import CallRequeued, Ended
from signaling.screens import view_to_wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from signaling.board import Mark
    from signaling.routing.events import Event
    from signaling.screens import Json

Told = BoardChanged | BoardDrawn | BoardWiped


class Boards:
    """Boards by call."""

    def __init__(self) -> None:
        self._boards: dict[str, Board] = {}

    def of(self, call_id: str) -> Board:
        """Return a call's board, an empty one when nothing was ever laid on it."""
        return self._boards.get(call_id, Board())

    def put(self, call_id: str, board: Board) -> Told | None:
        """Take the next state of a board; return what its people are told, None when nothing changed."""
        before, self._boards[call_id] = self.of(call_id), board
        return None if before.seq == board.seq else _told(call_id, before, board)

    def gone(self, call_id: str, surface_id: str) -> Told | None:
        """A paper was taken back: it does not lie on the board any longer."""
        board = self.of(call_id)
        if board.surface is None or board.surface.id != surface_id:
            return None
        return self.put(call_id, rules.hide(board))

    def heard(self, events: Sequence[tuple[int, Event]], at: float) -> None:
        """Listen to the hall: the next citizen of a call that is over, or begins anew, finds an empty board."""
        for _, event in events:
            if isinstance(event, CallRequeued | Ended):
                self._boards.pop(event.call_id, None)


def whole(board: Board) -> dict[str, Json]:
    """Return a board as a page reads it that has just come."""
    return {
        "seq": board.seq, "surface": _plain(board.surface), "page": board.page, "view": _plain(board.view),
        "leader": board.leader, "marks": [_plain(mark) for mark in board.marks],
    }  # fmt: skip


def _told(call_id: str, before: Board, now: Board) -> Told:
    if (before.surface, before.page, before.view, before.leader) != (now.surface, now.page, now.view, now.leader):
        return BoardChanged(call_id, now.seq, _plain(now.surface), now.page, _plain(now.view), now.leader)
    kept = {mark.mark_id for mark in now.marks}
    if wiped := tuple(mark.mark_id for mark in before.marks if mark.mark_id not in kept):
        return BoardWiped(call_id, now.seq, wiped)
    return BoardDrawn(call_id, now.seq, _plain(_longer(before.marks, now.marks)))


def _longer(before: tuple[Mark, ...], now: tuple[Mark, ...]) -> Mark:
    """Return the mark that was drawn at, with its new points only."""
    if len(now) > len(before):
        return now[-1]
    old, new = next((a, b) for a, b in zip(before, now, strict=True) if a is not b)
    return type(new)(
        new.mark_id, new.by, new.side, new.surface_id, new.page, new.tool, new.points[len(old.points) :]
    )  # fmt: skip


def _plain(value: object) -> Json:
    return None if value is None else view_to_wire(value)

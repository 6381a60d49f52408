"""The boards of the calls that are going on: the one owner of what their people look at together.

Kept for as long as somebody talks in the call, also through a restart of the service: a call that goes browser to
browser outlives it, and so does what lies between the two. A stroke is written some moments after it is told: who dies
takes the last half second of drawing along, from all screens alike. The papers themselves lie with `captures` and
`documents`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

from signaling import board as rules
from signaling.board import CORRECTED, Board, Mark, Surface, View
from signaling.errors import ServiceError
from signaling.messages.looking import BoardChanged, BoardDrawn, BoardWiped
from signaling.routing.events import CallRequeued, Ended
from signaling.screens import view_to_wire

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from signaling.records.boards import BoardBook
    from signaling.routing.events import Event
    from signaling.screens import Json

log = structlog.get_logger(__name__)

Told = BoardChanged | BoardDrawn | BoardWiped

WRITE_EVERY_S = 0.5
"""25 strokes and views a second become two rows."""


class Boards:
    """Boards by call."""

    def __init__(self, book: BoardBook) -> None:
        self._book = book
        self._boards: dict[str, Board] = {}
        self._unwritten: set[str] = set()
        self._changed = asyncio.Event()

    async def recall(self, talking: Collection[str]) -> None:
        """Find the boards of the calls in which somebody talks again, after a restart."""
        kept = await self._book.all()
        self._boards = {call_id: _read(content) for call_id, content in kept.items() if call_id in talking}
        self._touch(*(kept.keys() - self._boards.keys()))

    async def run(self) -> None:
        """Write what changed, a few times a second at most."""
        while True:
            await self._changed.wait()
            await self._write()
            await asyncio.sleep(WRITE_EVERY_S)

    async def close(self) -> None:
        """Write what changed last."""
        await self._write()

    def of(self, call_id: str) -> Board:
        """Return a call's board, an empty one when nothing was ever laid on it."""
        return self._boards.get(call_id, Board())

    def put(self, call_id: str, board: Board) -> Told | None:
        """Take the next state of a board; return what its people are told, None when nothing changed."""
        before, self._boards[call_id] = self.of(call_id), board
        if before.seq == board.seq:
            return None
        self._touch(call_id)
        return _told(call_id, before, board)

    def corrected(self, call_id: str, surface_id: str, version: str) -> tuple[Told, ...]:
        """A still was laid straight: marks on an earlier corrected picture would lie at other words, and go."""
        wiped = self.put(call_id, rules.wipe(self.of(call_id), surface_id, CORRECTED))
        shown = self.put(call_id, rules.corrected(self.of(call_id), surface_id, version))
        return tuple(told for told in (wiped, shown) if told is not None)

    def gone(self, call_id: str, surface_id: str) -> Told | None:
        """A paper was taken back: it does not lie on the board any longer."""
        board = self.of(call_id)
        if board.surface is None or board.surface.id != surface_id:
            return None
        return self.put(call_id, rules.hide(board))

    def heard(self, events: Sequence[tuple[int, Event]], at: float) -> None:
        """Listen to the hall: the next citizen of a call that is over, or begins anew, finds an empty board."""
        for _, event in events:
            if isinstance(event, CallRequeued | Ended) and self._boards.pop(event.call_id, None) is not None:
                self._touch(event.call_id)

    def _touch(self, *call_ids: str) -> None:
        self._unwritten.update(call_ids)
        if self._unwritten:
            self._changed.set()

    async def _write(self) -> None:
        self._changed.clear()
        changed, self._unwritten = self._unwritten, set()
        if not changed:
            return
        kept = {call_id: whole(self._boards[call_id]) for call_id in changed if call_id in self._boards}
        try:
            await self._book.write(kept, changed - kept.keys())
        except ServiceError:
            log.warning("boards_not_written", count=len(changed))
            self._touch(*changed)
        except asyncio.CancelledError:
            self._touch(*changed)  # for `close`
            raise


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


def _read(content: dict[str, Any]) -> Board:
    """Return a board as `whole` wrote it."""
    marks = (Mark(**one | {"points": tuple((x, y) for x, y in one["points"])}) for one in content["marks"])
    surface = content["surface"] and Surface(**content["surface"])
    view = View(**content["view"])
    return Board(content["seq"], surface, content["page"], view, content["leader"], tuple(marks))

"""Looking at a paper together: the handler table that both pages include.

Whoever takes part in the call may lay down, turn, mark and point; a coach or a listener, whom the citizen does not
perceive, only sees. Every change is told to all in the call, also to who made it: what the server said counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling import board as rules
from signaling.board import CORRECTED, Mark, Surface, View
from signaling.boards import whole
from signaling.errors import NotAllowed, Unknown
from signaling.messages import BOOTH
from signaling.messages.looking import (
    BoardClear,
    BoardDraw,
    BoardHide,
    BoardLook,
    BoardPoint,
    BoardPointed,
    BoardRead,
    BoardShow,
    BoardTurn,
    BoardUndo,
)
from signaling.screens import to_wire, view_to_wire
from signaling.table import Answer, Caller, Table
from signaling.ways import UNSEEN, roles

if TYPE_CHECKING:
    from signaling.board import Board
    from signaling.parts import Parts
    from signaling.routing.views import CallView

table: Table[Parts] = Table(BOOTH)


@table.on(BoardRead)
async def read(parts: Parts, caller: Caller, message: BoardRead) -> Answer:
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    return whole(parts.boards.of(call.call_id))


@table.on(BoardShow)
async def show(parts: Parts, caller: Caller, message: BoardShow) -> Answer:
    call = taking_part(parts, caller, message.call_id)
    surface = await _surface(parts, call, message)
    page = message.page or (CORRECTED if surface.version else 1)
    await _put(parts, call, rules.show(parts.boards.of(call.call_id), surface, page, caller.id))
    return None


@table.on(BoardHide)
async def hide(parts: Parts, caller: Caller, message: BoardHide) -> Answer:
    call = taking_part(parts, caller, message.call_id)
    await _put(parts, call, rules.hide(parts.boards.of(call.call_id)))
    return None


@table.on(BoardTurn)
async def turn(parts: Parts, caller: Caller, message: BoardTurn) -> Answer:
    call = taking_part(parts, caller, message.call_id)
    board = parts.boards.of(call.call_id)
    await _put(parts, call, rules.turn(board, message.surface_id, message.page, caller.id))
    return None


@table.on(BoardLook)
async def look(parts: Parts, caller: Caller, message: BoardLook) -> Answer:
    call = taking_part(parts, caller, message.call_id)
    view = View(message.left, message.top, message.right, message.bottom)
    board = parts.boards.of(call.call_id)
    await _put(parts, call, rules.look(board, message.surface_id, message.page, view, caller.id))
    return None


@table.on(BoardDraw)
async def draw(parts: Parts, caller: Caller, message: BoardDraw) -> Answer:
    call = taking_part(parts, caller, message.call_id)
    mark = Mark(
        message.mark_id, caller.id, caller.side, message.surface_id, message.page,
        message.tool, message.points,  # type: ignore[arg-type]  # the rule let no other tool through
    )  # fmt: skip
    await _put(parts, call, rules.draw(parts.boards.of(call.call_id), mark))
    return None


@table.on(BoardUndo)
async def undo(parts: Parts, caller: Caller, message: BoardUndo) -> Answer:
    call = taking_part(parts, caller, message.call_id)
    await _put(parts, call, rules.undo(parts.boards.of(call.call_id), caller.id))
    return None


@table.on(BoardClear)
async def clear(parts: Parts, caller: Caller, message: BoardClear) -> Answer:
    call = taking_part(parts, caller, message.call_id)
    await _put(parts, call, rules.clear(parts.boards.of(call.call_id)))
    return None


@table.on(BoardPoint)
async def point(parts: Parts, caller: Caller, message: BoardPoint) -> Answer:
    call = taking_part(parts, caller, message.call_id)
    pointed = BoardPointed(
        call.call_id, message.surface_id, message.page, caller.id, caller.side, message.x, message.y
    )  # fmt: skip
    others = tuple(person for person in parts.calls.people(call) if person != caller.id)
    await parts.tell(others, BoardPointed.NAME, to_wire(pointed))
    return None


def taking_part(parts: Parts, caller: Caller, call_id: str) -> CallView:
    """Return a talking call of somebody who is perceived in it, or refuse."""
    call = parts.calls.talking(caller.id, caller.side, call_id)
    if roles(call).get(caller.id, "listener") in UNSEEN:
        raise NotAllowed("who only listens does not touch the papers", field="call_id", code="not_lead")
    return call


async def _surface(parts: Parts, call: CallView, message: BoardShow) -> Surface:
    """Return what is to be laid down, if it is a paper of this very call."""
    if message.kind == "capture":
        capture = await parts.captures.get(message.id)
        if capture.call_id == call.call_id and capture.state == "stored":
            version = await parts.inspection.version(capture.capture_id)
            return Surface("capture", capture.capture_id, CORRECTED if version else 1, version)
    elif message.kind == "form":
        return Surface("form", parts.forms.get(message.id, call.item_id).id)
    else:
        document = await parts.documents.get(message.id)
        if document.call_id == call.call_id:
            return Surface("document", document.document_id, document.pages)
    raise Unknown("this call has no such paper", field="id")


async def _put(parts: Parts, call: CallView, board: Board) -> None:
    told = parts.boards.put(call.call_id, board)
    if told is not None:
        await parts.tell(parts.calls.people(call), told.NAME, view_to_wire(told))

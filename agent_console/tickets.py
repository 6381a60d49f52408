"""Where a call waits, decided by people: a supervisor moves one ahead, an agent passes one on to another queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_console.floor import note, supervise
from signaling.errors import Unknown
from signaling.messages import STAFF
from signaling.messages.tickets import CallMoveAhead, CallTransfer
from signaling.routing.commands import MoveAhead, TransferToQueue
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts
    from signaling.routing.values import Requirement
    from signaling.routing.views import CallView

table: Table[Parts] = Table(STAFF)


@table.on(CallMoveAhead)
async def move_ahead(parts: Parts, caller: Caller, message: CallMoveAhead) -> Answer:
    supervise(caller)
    await parts.hall.submit(MoveAhead(message.call_id, caller.id, message.reason))
    await note(parts, caller, "call_moved_ahead", message.call_id, {"reason": message.reason})
    return {"ahead": parts.hall.engine.ahead(message.call_id)}


@table.on(CallTransfer)
async def transfer(parts: Parts, caller: Caller, message: CallTransfer) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    if message.item_id is not None and message.item_id not in parts.world.items:
        raise Unknown(f"there is no service item {message.item_id!r}", field="item_id", code="unknown_item")
    requires = _requires(parts, call, message)
    await parts.hall.submit(
        TransferToQueue(
            call.call_id, caller.id, message.queue_id, requires, item_id=message.item_id, reason=message.reason
        )
    )
    return None


def _requires(parts: Parts, call: CallView, message: CallTransfer) -> tuple[Requirement, ...] | None:
    """Return what the call asks for there: its new matter's skills, and always what the citizen cannot do without."""
    if message.item_id is None and message.queue_id == call.queue_id:
        return None
    matter = parts.world.items[message.item_id].requirements() if message.item_id is not None else ()
    needs = {need.skill: need for need in matter}
    for need in call.requires:
        if need.essential and (need.skill not in needs or needs[need.skill].level < need.level):
            needs[need.skill] = need
    return tuple(sorted(needs.values()))

"""What a console says of the citizen's earlier visits: it may ask, no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.messages import STAFF
from signaling.messages.earlier import EarlierAsk, EarlierChanged
from signaling.screens import to_wire
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts

table: Table[Parts] = Table(STAFF)


@table.on(EarlierAsk)
async def ask(parts: Parts, caller: Caller, message: EarlierAsk) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    known = await parts.earlier.ask(call, caller.id)
    told = EarlierChanged(call.call_id, "asked", known)
    await parts.tell((call.booth_id, caller.id), told.NAME, to_wire(told))
    return None

"""What a booth says of its citizen's earlier visits: they are shown, or not, or no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.messages import BOOTH
from signaling.messages.earlier import EarlierChanged, EarlierHide, EarlierShow
from signaling.screens import to_wire
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts

table: Table[Parts] = Table(BOOTH)


@table.on(EarlierShow)
async def show(parts: Parts, caller: Caller, message: EarlierShow) -> Answer:
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    agent_id = await parts.earlier.show(call, message.number, message.last_four)
    told = EarlierChanged(call.call_id, "shown", True)
    await parts.tell((caller.id, agent_id), told.NAME, to_wire(told))
    return None


@table.on(EarlierHide)
async def hide(parts: Parts, caller: Caller, message: EarlierHide) -> Answer:
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    agent_id, how = await parts.earlier.hide(call)
    told = EarlierChanged(call.call_id, how)
    await parts.tell((caller.id, agent_id), told.NAME, to_wire(told))
    return None

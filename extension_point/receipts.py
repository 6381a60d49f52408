"""What a booth says of cases: the phone's last digits, and the number of the case this visit brings papers for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.messages import BOOTH
from signaling.messages.cases import CaseBring, CaseJoined, DigitsType, DigitsTyped
from signaling.screens import to_wire
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts

table: Table[Parts] = Table(BOOTH)


@table.on(DigitsType)
async def digits(parts: Parts, caller: Caller, message: DigitsType) -> Answer:
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    parts.cases.type_digits(call.call_id, message.last_four)
    if call.agent_id is not None:
        await parts.tell(call.agent_id, DigitsTyped.NAME, to_wire(DigitsTyped(call.call_id)))
    return None


@table.on(CaseBring)
async def bring(parts: Parts, caller: Caller, message: CaseBring) -> Answer:
    call = parts.calls.member(caller.id, caller.side, message.call_id)
    case = await parts.cases.find(caller.id, message.number, message.last_four)
    await parts.cases.join(call.call_id, case)
    told = CaseJoined(call.call_id, case.number)
    await parts.tell(parts.calls.people(call), told.NAME, to_wire(told))
    return None

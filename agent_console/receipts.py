"""What a console says of cases: find or withdraw one, ask for a phone's digits, give the receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.cases import Intake
from signaling.messages import STAFF
from signaling.messages.cases import (
    CaseChanged,
    CaseFind,
    CaseJoined,
    CaseWithdraw,
    DigitsAsk,
    DigitsAsked,
    ReceiptGive,
    ReceiptGiven,
)
from signaling.routing.commands import End
from signaling.screens import to_wire
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts
    from signaling.routing.views import CallView

table: Table[Parts] = Table(STAFF)


@table.on(DigitsAsk)
async def ask(parts: Parts, caller: Caller, message: DigitsAsk) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    await parts.tell(call.booth_id, DigitsAsked.NAME, to_wire(DigitsAsked(call.call_id)))
    return None


@table.on(CaseFind)
async def find(parts: Parts, caller: Caller, message: CaseFind) -> Answer:
    """Let this call belong to the case whose receipt the citizen reads out."""
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    case = await parts.cases.find(caller.id, message.number, message.last_four)
    await parts.cases.join(call.call_id, case)
    await parts.tell(parts.calls.people(call), CaseJoined.NAME, to_wire(CaseJoined(call.call_id, case.number)))
    return None


@table.on(CaseWithdraw)
async def withdraw(parts: Parts, caller: Caller, message: CaseWithdraw) -> Answer:
    call = _mine(parts, caller, message.call_id)
    case = await parts.cases.withdraw(call.call_id, message.reason, caller.id)
    told = CaseChanged(call.call_id, case.number, case.state)
    await parts.tell((caller.id,), told.NAME, to_wire(told))
    return None


@table.on(ReceiptGive)
async def give(parts: Parts, caller: Caller, message: ReceiptGive) -> Answer:
    """Give the receipt, tell it to both sides, and end the call if it goes on: one step for the helper."""
    call = _mine(parts, caller, message.call_id)
    receipt = await parts.cases.receive(
        Intake(
            call_id=call.call_id, booth_id=call.booth_id, item_id=call.item_id, agent_id=caller.id,
            lang=parts.stories.of(call.call_id).lang, taken=message.taken, missing=message.missing,
            next_steps=message.next_steps, last_four=message.last_four,
        )
    )  # fmt: skip
    case = await parts.cases.of_call(call.call_id)
    assert case is not None  # it was just written
    told = ReceiptGiven(call.call_id, receipt.receipt_id, case.number)
    # The next citizen at that booth is told nothing of the last one's.
    at_booth = parts.calls.at_booth(call.booth_id) or parts.stories.to_rate(call.booth_id, parts.clock())
    here = (call.booth_id,) if at_booth is not None and at_booth.call_id == call.call_id else ()
    await parts.tell((*here, caller.id), told.NAME, to_wire(told))
    if call.state == "talking":
        await parts.hall.submit(End(call.call_id, by=caller.id, outcome=message.outcome))
    return {"receipt_id": receipt.receipt_id, "number": case.number}


def _mine(parts: Parts, caller: Caller, call_id: str) -> CallView:
    """Return the call the caller leads, or finishes the record of, or refuse."""
    finished = parts.calls.wrapped_up_by(caller.id)
    if finished is not None and finished.call_id == call_id:
        return finished
    return parts.calls.leading(caller.id, caller.side, call_id)

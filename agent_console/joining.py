"""Coming to a call that goes on: whoever is in it is shown what was before, whoever is asked reads of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.errors import NotAllowed
from signaling.messages import STAFF
from signaling.messages.joining import CallRead, ConsultRead
from signaling.reception import story
from signaling.retelling import said
from signaling.screens import to_wire
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts

table: Table[Parts] = Table(STAFF)

LINES = 8
"""The last lines of a chat that are read while it rings."""


@table.on(CallRead)
async def read(parts: Parts, caller: Caller, message: CallRead) -> Answer:
    parts.calls.member(caller.id, caller.side, message.call_id)
    return await story(parts, message.call_id, caller)


@table.on(ConsultRead)
async def brief(parts: Parts, caller: Caller, message: ConsultRead) -> Answer:
    offer = parts.hall.engine.offer(message.offer_id)
    if offer.agent_id != caller.id or offer.role == "lead":
        raise NotAllowed("this does not ask you into a call", field="offer_id", code="not_your_offer")
    chat = await parts.conversation.chat(offer.call_id)
    notes = await parts.conversation.notes(offer.call_id)
    _, _, lines = await parts.inspection.of_call(offer.call_id)
    return {
        "notes": notes.text if notes else "",
        "chat": [to_wire(said(line)) for line in chat[-LINES:]],
        "papers": [{"material_id": line.material_id, "state": line.state} for line in lines],
    }

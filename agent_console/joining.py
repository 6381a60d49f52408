"""Coming to a call that goes on: whoever is in it now is shown what was said and shown before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.messages import STAFF
from signaling.messages.joining import CallRead
from signaling.reception import story
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts

table: Table[Parts] = Table(STAFF)


@table.on(CallRead)
async def read(parts: Parts, caller: Caller, message: CallRead) -> Answer:
    parts.calls.member(caller.id, caller.side, message.call_id)
    return await story(parts, message.call_id, caller)

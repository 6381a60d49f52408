"""The helper asks the citizen once more whether the call may be recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.messages import STAFF
from signaling.messages.recording import RecordingAsk
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts

table: Table[Parts] = Table(STAFF)


@table.on(RecordingAsk)
async def ask(parts: Parts, caller: Caller, message: RecordingAsk) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    await parts.recording.ask_again(call, parts.clock())
    return None

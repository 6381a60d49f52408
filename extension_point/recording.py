"""The citizen says whether the call may be recorded, and says so anew as often as they like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.messages import BOOTH
from signaling.messages.recording import RecordingAnswer
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts

table: Table[Parts] = Table(BOOTH)


@table.on(RecordingAnswer)
async def answer(parts: Parts, caller: Caller, message: RecordingAnswer) -> Answer:
    call = parts.calls.member(caller.id, caller.side, message.call_id)
    await parts.recording.answer(call, message.agreed, parts.stories.of(call.call_id).lang, parts.clock())
    return None

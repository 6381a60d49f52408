"""What an agent may say, and who answers: the handler table of the namespace `/staff`.

Each handler does one thing: it authorises (the agent's own offer, call or wrap-up), submits one command or writes one
record, and returns the acknowledgement. Refusals are raised as they are; `sockets` turns them into answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling import exchange
from signaling.errors import NotAllowed
from signaling.messages import (
    STAFF,
    AgentNotReady,
    AgentReady,
    CallEnd,
    CallHold,
    CallResume,
    CaptureRequest,
    NotesSave,
    OfferAccept,
    OfferDecline,
    WrapUpExtend,
    WrapUpFinish,
)
from signaling.records.values import Notes
from signaling.routing.commands import (
    Accept,
    Decline,
    End,
    ExtendWrapUp,
    FinishWrapUp,
    Hold,
    NotReady,
    Ready,
    Resume,
)
from signaling.routing.events import Accepted
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts

table: Table[Parts] = Table(STAFF)
table.include(exchange.table)

EXTENSION_S = 60.0
"""One press of "more time" in wrap-up."""


@table.on(AgentReady)
async def ready(parts: Parts, caller: Caller, message: AgentReady) -> Answer:
    await parts.hall.submit(Ready(caller.id))
    return None


@table.on(AgentNotReady)
async def not_ready(parts: Parts, caller: Caller, message: AgentNotReady) -> Answer:
    await parts.hall.submit(NotReady(caller.id, message.reason))
    return None


@table.on(OfferAccept)
async def accept(parts: Parts, caller: Caller, message: OfferAccept) -> Answer:
    decided = await parts.hall.submit(Accept(caller.id, message.offer_id))
    return {"call_id": next(event.call_id for event in decided.events if isinstance(event, Accepted))}


@table.on(OfferDecline)
async def decline(parts: Parts, caller: Caller, message: OfferDecline) -> Answer:
    await parts.hall.submit(Decline(caller.id, message.offer_id, message.reason))
    return None


@table.on(CallHold)
async def hold(parts: Parts, caller: Caller, message: CallHold) -> Answer:
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    await parts.hall.submit(Hold(call.call_id, caller.id))
    return None


@table.on(CallResume)
async def resume(parts: Parts, caller: Caller, message: CallResume) -> Answer:
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    await parts.hall.submit(Resume(call.call_id, caller.id))
    return None


@table.on(CallEnd)
async def end(parts: Parts, caller: Caller, message: CallEnd) -> Answer:
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    if message.note is not None:
        await _save_notes(parts, caller, call.call_id, message.note)
    await parts.hall.submit(End(call.call_id, by=caller.id, outcome=message.outcome))
    return None


@table.on(CaptureRequest)
async def capture(parts: Parts, caller: Caller, message: CaptureRequest) -> Answer:
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    requested = await parts.captures.request(call.call_id, call.booth_id, requester=caller.id)
    return {"capture_id": requested.capture_id}


@table.on(NotesSave)
async def notes(parts: Parts, caller: Caller, message: NotesSave) -> Answer:
    wrapped_up = parts.calls.wrapped_up_by(caller.id)
    if wrapped_up is None or wrapped_up.call_id != message.call_id:
        parts.calls.member(caller.id, caller.side, message.call_id)
    await _save_notes(parts, caller, message.call_id, message.text)
    return None


@table.on(WrapUpFinish)
async def finish(parts: Parts, caller: Caller, message: WrapUpFinish) -> Answer:
    _wrapping_up(parts, caller, message.call_id)
    if message.notes is not None:
        await _save_notes(parts, caller, message.call_id, message.notes)
    if message.outcome is not None:
        await parts.conversation.correct_outcome(message.call_id, message.outcome, caller.id, parts.clock())
    await parts.hall.submit(FinishWrapUp(caller.id))
    return None


@table.on(WrapUpExtend)
async def extend(parts: Parts, caller: Caller, message: WrapUpExtend) -> Answer:
    _wrapping_up(parts, caller, message.call_id)
    await parts.hall.submit(ExtendWrapUp(caller.id, EXTENSION_S))
    return None


async def _save_notes(parts: Parts, caller: Caller, call_id: str, text: str) -> None:
    await parts.conversation.save_notes(Notes(call_id, text, caller.id, parts.clock()))


def _wrapping_up(parts: Parts, caller: Caller, call_id: str) -> None:
    call = parts.calls.wrapped_up_by(caller.id)
    if call is None or call.call_id != call_id:
        raise NotAllowed("you are not finishing this call", field="call_id", code="not_a_member")

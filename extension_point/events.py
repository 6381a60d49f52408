"""What a booth may say, and who answers: the handler table of the namespace `/booth`.

Each handler does one thing: it authorises (the booth's own call, nobody else's), submits one command or writes one
record, and returns the acknowledgement. Refusals are raised as they are; `sockets` turns them into answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extension_point import earlier, leases, mirror, receipts, recording, tickets
from extension_point.entering import check_open, check_words, draw, item_of
from signaling import exchange, filling, looking
from signaling.errors import NotAllowed, WrongState
from signaling.ids import new_id
from signaling.matters import LOW
from signaling.messages import (
    BOOTH,
    CallDismiss,
    CallEnter,
    CallLeave,
    CallLetOthersFirst,
    CallRate,
    CaptureFail,
    CaptureWithdraw,
    Health,
)
from signaling.records.matters import Failed
from signaling.records.values import Rating, Wishes
from signaling.routing.commands import End, Enter, GiveUp, LetOthersFirst
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts
    from signaling.routing.views import CallView

table: Table[Parts] = Table(BOOTH)
table.include(exchange.table)
table.include(looking.table)
table.include(filling.table)
table.include(filling.booth_table)
table.include(leases.table)
table.include(mirror.table)
table.include(recording.table)
table.include(receipts.table)
table.include(earlier.table)
table.include(tickets.table)

DEVICES = ("camera", "document_camera", "microphone", "speaker")


@table.on(Health)
async def health(parts: Parts, caller: Caller, message: Health) -> Answer:
    working = {device for device in DEVICES if getattr(message, device) == "ok"}
    # Only what the page can look at is in doubt; other fitted devices count as working.
    fitted = parts.world.booths[caller.id].devices
    await parts.presence.devices(caller.id, tuple(sorted(d for d in fitted if d in working or d not in DEVICES)))
    return None


@table.on(CallEnter)
async def enter(parts: Parts, caller: Caller, message: CallEnter) -> Answer:
    item = item_of(parts, message.item_id)
    check_words("priority", message.priority, parts.world.priorities)
    check_words("needs", message.needs, parts.world.needs)
    if parts.calls.at_booth(caller.id) is not None:
        raise WrongState("this booth is in a call already", code="booth_busy")
    check_open(parts, item)
    wanted = Enter(
        call_id=new_id("call"),
        booth_id=caller.id,
        queue_id=item.queue_id,
        item_id=item.id,
        requires=item.requirements() + tuple(parts.world.needs[need].requirement() for need in message.needs),
        credit_s=parts.world.credit_s(message.priority),
        priority=message.priority,
        devices=item.devices,
    )
    ticket = await draw(parts, wanted, Wishes(message.needs, message.elder_mode, message.lang))
    return {"call_id": wanted.call_id, "ticket": ticket}


@table.on(CallLetOthersFirst)
async def let_others_first(parts: Parts, caller: Caller, message: CallLetOthersFirst) -> Answer:
    call = parts.calls.member(caller.id, caller.side, message.call_id)
    await parts.hall.submit(LetOthersFirst(call.call_id, float(message.for_s)))
    return None


@table.on(CallLeave)
async def leave(parts: Parts, caller: Caller, message: CallLeave) -> Answer:
    call = parts.calls.member(caller.id, caller.side, message.call_id)
    if call.state == "talking":
        await parts.hall.submit(End(call.call_id, by=caller.id, outcome="completed", reason="citizen_left"))
    else:
        await parts.hall.submit(GiveUp(call.call_id))
    return None


@table.on(CallRate)
async def rate(parts: Parts, caller: Caller, message: CallRate) -> Answer:
    call = _to_rate(parts, caller, message.call_id)
    rating = Rating(message.level, message.reasons, message.remark or "", parts.clock())
    if message.level <= LOW:
        await parts.matters.rated_low(_rated(parts, call, rating), message.phone or "")
    await parts.conversation.rate(call.call_id, caller.id, rating)
    parts.stories.rated(call.call_id)
    parts.telling.concern(caller.id)
    return None


def _rated(parts: Parts, call: CallView, rating: Rating) -> Failed:
    """Return the call as a matter is made of it: the hall knows it, whatever the records have written by now."""
    item, point = parts.world.items.get(call.item_id), parts.world.place(call.booth_id).point
    name = item.name if item else call.item_id
    return Failed("rating", call.call_id, name, point.name, call.agent_id, str(rating.level), rating.remark)


@table.on(CallDismiss)
async def dismiss(parts: Parts, caller: Caller, message: CallDismiss) -> Answer:
    parts.stories.rated(_to_rate(parts, caller, message.call_id).call_id)
    parts.telling.concern(caller.id)
    return None


def _to_rate(parts: Parts, caller: Caller, call_id: str) -> CallView:
    last = parts.stories.last_ended(caller.id)
    if last is None or last.call_id != call_id:
        raise NotAllowed("this is not a call of yours", field="call_id", code="not_a_member")
    call = parts.stories.to_rate(caller.id, parts.clock())
    if call is None:
        raise WrongState("this call is no longer to be rated", field="call_id")
    return call


@table.on(CaptureWithdraw)
async def withdraw(parts: Parts, caller: Caller, message: CaptureWithdraw) -> Answer:
    await _own_capture(parts, caller, message.capture_id)
    await parts.captures.withdraw(message.capture_id, caller.identity)
    return None


@table.on(CaptureFail)
async def fail(parts: Parts, caller: Caller, message: CaptureFail) -> Answer:
    await _own_capture(parts, caller, message.capture_id)
    await parts.captures.fail(message.capture_id, caller.identity, message.reason)
    return None


async def _own_capture(parts: Parts, caller: Caller, capture_id: str) -> None:
    """The citizen at the booth now decides about the stills of their own visit, not about those of people before."""
    capture = await parts.captures.get(capture_id)
    running, rated = parts.calls.at_booth(caller.id), parts.stories.to_rate(caller.id, parts.clock())
    if capture.call_id not in {call.call_id for call in (running, rated) if call is not None}:
        raise NotAllowed("this is not a capture of your call", field="capture_id", code="not_a_member")

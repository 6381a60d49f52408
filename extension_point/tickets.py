"""A place taken along or booked ahead, from the booth: another booth by the ticket's code, call-back, appointments.

Whoever shows a code has the ticket in hand: that is the membership these messages are allowed by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extension_point.entering import check_open, check_words, draw, item_of
from signaling.errors import NotAllowed, Refused, Unknown
from signaling.ids import new_id
from signaling.messages import BOOTH
from signaling.messages.tickets import (
    AppointmentBook,
    AppointmentCancel,
    AppointmentTimes,
    CallBackAnswer,
    CallBackAsk,
    TicketCode,
    TicketShow,
)
from signaling.records.values import Wishes
from signaling.routing.commands import AnswerCallBack, AskCallBack, BookSlot, CancelSlot, ChangeBooth, Enter
from signaling.table import Answer, Caller, Table
from signaling.tickets import qr
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from signaling.parts import Parts
    from signaling.routing.views import AppointmentView
    from signaling.screens import Json

table: Table[Parts] = Table(BOOTH)

TIMES = 336
"""So many appointment times are told at once: a week of half hours."""


@table.on(TicketCode)
async def code(parts: Parts, caller: Caller, message: TicketCode) -> Answer:
    call = parts.calls.member(caller.id, caller.side, message.call_id)
    return _coded(parts, call.call_id)


@table.on(TicketShow)
async def show(parts: Parts, caller: Caller, message: TicketShow) -> Answer:
    place_id = parts.tickets.find(message.code, caller.id)
    appointment = parts.hall.engine.appointment(place_id)
    if appointment is not None:
        return await _come(parts, caller, appointment, message)
    await parts.hall.submit(ChangeBooth(place_id, caller.id))
    call = parts.hall.engine.call(place_id)
    # What the other booth's page showed is not shown here.
    parts.calls.renew(call, caller.id)
    return {"call_id": call.call_id, "ticket": call.ticket}


async def _come(parts: Parts, caller: Caller, booked: AppointmentView, message: TicketShow) -> Answer:
    """Let the citizen of an appointment enter, from shortly before its time on."""
    item = item_of(parts, booked.item_id)
    check_open(parts, item)
    early_s = parts.world.queues[booked.queue_id].policy.appointment_credit_s
    if parts.clock() < booked.starts_at - early_s:
        more = {"starts_at": rfc3339(booked.starts_at), "from": rfc3339(booked.starts_at - early_s)}
        raise Refused("the appointment is later", field="code", code="too_early", more=more)
    skills = {need.skill for need in booked.requires}
    needs = tuple(need.id for need in parts.world.needs.values() if need.skill_id in skills)
    priority = tuple(word for word in booked.priority if word in parts.world.priorities)
    wanted = Enter(
        call_id=new_id("call"),
        booth_id=caller.id,
        queue_id=booked.queue_id,
        item_id=booked.item_id,
        requires=booked.requires,
        credit_s=parts.world.credit_s(priority),
        priority=priority,
        devices=item.devices,
        appointment_id=booked.appointment_id,
    )
    ticket = await draw(parts, wanted, Wishes(needs, message.elder_mode, message.lang))
    return {"call_id": wanted.call_id, "ticket": ticket}


@table.on(CallBackAsk)
async def ask_back(parts: Parts, caller: Caller, message: CallBackAsk) -> Answer:
    call = parts.calls.member(caller.id, caller.side, message.call_id)
    await parts.hall.submit(AskCallBack(call.call_id))
    return None


@table.on(CallBackAnswer)
async def answer_back(parts: Parts, caller: Caller, message: CallBackAnswer) -> Answer:
    """At any booth of the point that calls, without the code: the ticket's number stands on its screen."""
    point_id = parts.world.booths[caller.id].point_id
    booths = {booth.id for booth in parts.world.booths.values() if booth.point_id == point_id}
    if message.call_id not in {call.call_id for call in parts.tickets.called(booths)}:
        raise NotAllowed("nobody is called back to this point by this ticket", field="call_id", code="not_a_member")
    await parts.hall.submit(AnswerCallBack(message.call_id, caller.id))
    return None


@table.on(AppointmentTimes)
async def times(parts: Parts, caller: Caller, message: AppointmentTimes) -> Answer:
    item = item_of(parts, message.item_id)
    free = parts.hall.engine.free_slots(item.queue_id, parts.clock())
    told = [(at, left) for at, left in free if parts.world.item_open(item.id, at)][:TIMES]
    return {"times": [{"starts_at": rfc3339(at), "left": left} for at, left in told]}


@table.on(AppointmentBook)
async def book(parts: Parts, caller: Caller, message: AppointmentBook) -> Answer:
    item = item_of(parts, message.item_id)
    check_words("needs", message.needs, parts.world.needs)
    check_words("priority", message.priority, parts.world.priorities)
    if message.call_id is not None:
        parts.calls.member(caller.id, caller.side, message.call_id)
    if not parts.world.item_open(item.id, message.starts_at):
        raise Unknown("no such slot", field="starts_at", code="unknown_slot")
    requires = item.requirements() + tuple(parts.world.needs[need].requirement() for need in message.needs)
    appointment_id = new_id("appointment")
    await parts.hall.submit(
        BookSlot(appointment_id, item.queue_id, message.starts_at, item.id, requires, message.call_id, message.priority)
    )
    return {**_coded(parts, appointment_id), "starts_at": rfc3339(message.starts_at)}


@table.on(AppointmentCancel)
async def cancel(parts: Parts, caller: Caller, message: AppointmentCancel) -> Answer:
    await parts.hall.submit(CancelSlot(parts.tickets.find(message.code, caller.id)))
    return None


def _coded(parts: Parts, place_id: str) -> dict[str, Json]:
    code = parts.tickets.code(place_id)
    return {"code": code, "qr": [*qr(code)]}

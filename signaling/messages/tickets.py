"""What becomes of a place: taken along to another booth, kept for one who is away, booked ahead, moved, passed on."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar

from signaling.messages.rules import CallId
from signaling.wire import Digits, Flag, Moment, Name, OneOf, Several, Text

Code = Annotated[str, Digits(8)]
"""Of a ticket or an appointment, as it is read aloud or lies in the QR code."""


@dataclasses.dataclass(frozen=True, slots=True)
class TicketCode:
    NAME: ClassVar = "ticket.code"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class TicketShow:
    NAME: ClassVar = "ticket.show"
    code: Code
    elder_mode: Annotated[bool, Flag()] = False
    lang: Annotated[str, OneOf("zh-CN", "en")] = "zh-CN"


@dataclasses.dataclass(frozen=True, slots=True)
class CallBackAsk:
    NAME: ClassVar = "call_back.ask"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class CallBackAnswer:
    NAME: ClassVar = "call_back.answer"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class AppointmentTimes:
    NAME: ClassVar = "appointment.times"
    item_id: Annotated[str, Name()]


@dataclasses.dataclass(frozen=True, slots=True)
class AppointmentBook:
    NAME: ClassVar = "appointment.book"
    item_id: Annotated[str, Name()]
    starts_at: Annotated[float, Moment()]
    needs: Annotated[tuple[str, ...], Several(Name(), 5)] = ()
    """Ids of the world's `needs`."""
    priority: Annotated[tuple[str, ...], Several(Name(), 5)] = ()
    """Ids of the world's `priorities`: the head start they give comes on top of the appointment's."""
    call_id: Annotated[str | None, Name("call")] = None
    """The waiting call of this booth that comes later instead."""


@dataclasses.dataclass(frozen=True, slots=True)
class AppointmentCancel:
    NAME: ClassVar = "appointment.cancel"
    code: Code


@dataclasses.dataclass(frozen=True, slots=True)
class CallMoveAhead:
    NAME: ClassVar = "call.move_ahead"
    call_id: CallId
    reason: Annotated[str, Text(200, shortest=1)]


@dataclasses.dataclass(frozen=True, slots=True)
class CallTransfer:
    NAME: ClassVar = "call.transfer"
    call_id: CallId
    queue_id: Annotated[str, Name()]
    item_id: Annotated[str | None, Name()] = None
    """What the citizen needs there, where it is another matter."""
    reason: Annotated[str, Text(200)] = ""


BOOTH = (
    TicketCode, TicketShow, CallBackAsk, CallBackAnswer, AppointmentTimes, AppointmentBook, AppointmentCancel,
)  # fmt: skip
STAFF = (CallMoveAhead, CallTransfer)

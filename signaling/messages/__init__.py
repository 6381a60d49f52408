"""Every message on the wire, as a typed value. docs/protocol.md is the same in prose; a test compares the two.

The clients' messages are parsed once, by `wire.parse`; the tables BOOTH and STAFF say who may send which. A module of
this package holds the messages of one idea and lists them in `MESSAGES`.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated

from signaling.messages import (
    administration,
    booth,
    both,
    cases,
    devices,
    earlier,
    filling,
    floor,
    joining,
    looking,
    mirror,
    papers,
    recording,
    staff,
    tickets,
)
from signaling.messages.booth import (
    CallDismiss,
    CallEnter,
    CallLeave,
    CallLetOthersFirst,
    CallRate,
    CaptureFail,
    CaptureWithdraw,
    Health,
)
from signaling.messages.both import (
    ChatSay,
    LinkPlaying,
    LinkReport,
    LinkSignal,
    MediaState,
    Pointer,
    ShareStart,
    ShareStop,
)
from signaling.messages.rules import DEVICE_STATES, LINK_STATES, Finished
from signaling.messages.staff import (
    AgentNotReady,
    AgentReady,
    CallEnd,
    CallHandOver,
    CallHold,
    CallJoin,
    CallResume,
    CallStepOut,
    CallTakeOver,
    CaptureRequest,
    ConsultAsk,
    ConsultCancel,
    ConsultOpen,
    NotesSave,
    OfferAccept,
    OfferDecline,
    WrapUpExtend,
    WrapUpFinish,
)
from signaling.messages.told import CaptureChanged, ChatSaid, LinkSignalled, PeerReport, Pointed, SignedOut, Superseded
from signaling.wire import Name


@dataclasses.dataclass(frozen=True, slots=True)
class Hello:
    """What a page says of itself when it connects."""

    page_id: Annotated[str, Name("page")]


BOOTH: dict[str, type[object]] = {
    kind.NAME: kind
    for kind in (
        *booth.MESSAGES, *both.MESSAGES, *devices.BOOTH, *filling.BOOTH, *looking.MESSAGES, *recording.BOOTH,
        *cases.FROM_BOOTH, *tickets.BOOTH, *mirror.BOOTH, *earlier.FROM_BOOTH,
    )
}  # fmt: skip
STAFF: dict[str, type[object]] = {
    kind.NAME: kind
    for kind in (
        *staff.MESSAGES, *floor.MESSAGES, *both.MESSAGES, *devices.STAFF, *filling.STAFF, *looking.MESSAGES,
        *recording.STAFF, *cases.FROM_STAFF, *tickets.STAFF, *papers.STAFF, *joining.STAFF, *earlier.FROM_STAFF,
    )
}  # fmt: skip

__all__ = [
    "BOOTH",
    "DEVICE_STATES",
    "LINK_STATES",
    "STAFF",
    "AgentNotReady",
    "AgentReady",
    "CallDismiss",
    "CallEnd",
    "CallEnter",
    "CallHandOver",
    "CallHold",
    "CallJoin",
    "CallLeave",
    "CallLetOthersFirst",
    "CallRate",
    "CallResume",
    "CallStepOut",
    "CallTakeOver",
    "CaptureChanged",
    "CaptureFail",
    "CaptureRequest",
    "CaptureWithdraw",
    "ChatSaid",
    "ChatSay",
    "ConsultAsk",
    "ConsultCancel",
    "ConsultOpen",
    "Finished",
    "Health",
    "Hello",
    "LinkPlaying",
    "LinkReport",
    "LinkSignal",
    "LinkSignalled",
    "MediaState",
    "NotesSave",
    "OfferAccept",
    "OfferDecline",
    "PeerReport",
    "Pointed",
    "Pointer",
    "ShareStart",
    "ShareStop",
    "SignedOut",
    "Superseded",
    "WrapUpExtend",
    "WrapUpFinish",
    "administration",
]  # fmt: skip

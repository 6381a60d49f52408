"""What a console says: the helper, and the supervisor."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar, get_args

from signaling.errors import Malformed
from signaling.messages.rules import CallId, Finished, Note, OfferId, OptionalNote, Reason
from signaling.wire import Flag, Name, OneOf


@dataclasses.dataclass(frozen=True, slots=True)
class AgentReady:
    NAME: ClassVar = "agent.ready"


@dataclasses.dataclass(frozen=True, slots=True)
class AgentNotReady:
    NAME: ClassVar = "agent.not_ready"
    reason: Reason = ""


@dataclasses.dataclass(frozen=True, slots=True)
class OfferAccept:
    NAME: ClassVar = "offer.accept"
    offer_id: OfferId


@dataclasses.dataclass(frozen=True, slots=True)
class OfferDecline:
    NAME: ClassVar = "offer.decline"
    offer_id: OfferId
    reason: Reason = ""


@dataclasses.dataclass(frozen=True, slots=True)
class CallHold:
    NAME: ClassVar = "call.hold"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class CallResume:
    NAME: ClassVar = "call.resume"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class CallEnd:
    NAME: ClassVar = "call.end"
    call_id: CallId
    outcome: Annotated[Finished, OneOf(*get_args(Finished))]


@dataclasses.dataclass(frozen=True, slots=True)
class CaptureRequest:
    NAME: ClassVar = "capture.request"
    call_id: CallId
    paper_id: Annotated[str | None, Name("paper")] = None
    kind: Annotated[str, OneOf("pages", "id_card")] = "pages"


@dataclasses.dataclass(frozen=True, slots=True)
class NotesSave:
    NAME: ClassVar = "notes.save"
    call_id: CallId
    text: Note
    base: OptionalNote = None
    """What stood there when the page began to write."""


@dataclasses.dataclass(frozen=True, slots=True)
class WrapUpFinish:
    NAME: ClassVar = "wrap_up.finish"
    call_id: CallId
    outcome: Annotated[Finished | None, OneOf(*get_args(Finished))] = None


@dataclasses.dataclass(frozen=True, slots=True)
class WrapUpExtend:
    NAME: ClassVar = "wrap_up.extend"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class ConsultAsk:
    NAME: ClassVar = "consult.ask"
    call_id: CallId
    agent_id: Annotated[str | None, Name()] = None
    skill_id: Annotated[str | None, Name()] = None
    private: Annotated[bool, Flag()] = False
    """The citizen does not hear it, until it is opened to all."""

    def __post_init__(self) -> None:
        if (self.agent_id is None) == (self.skill_id is None):
            raise Malformed("agent_id: a colleague or a skill, one of the two", field="agent_id")


@dataclasses.dataclass(frozen=True, slots=True)
class ConsultCancel:
    NAME: ClassVar = "consult.cancel"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class ConsultOpen:
    NAME: ClassVar = "consult.open"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class CallJoin:
    NAME: ClassVar = "call.join"
    call_id: CallId
    role: Annotated[str, OneOf("listener", "coach", "participant")]


@dataclasses.dataclass(frozen=True, slots=True)
class CallTakeOver:
    NAME: ClassVar = "call.take_over"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class CallHandOver:
    NAME: ClassVar = "call.hand_over"
    call_id: CallId
    agent_id: Annotated[str, Name()]


@dataclasses.dataclass(frozen=True, slots=True)
class CallStepOut:
    NAME: ClassVar = "call.step_out"
    call_id: CallId


MESSAGES = (
    AgentReady, AgentNotReady, OfferAccept, OfferDecline, CallHold, CallResume, CallEnd, CaptureRequest, NotesSave,
    WrapUpFinish, WrapUpExtend, ConsultAsk, ConsultCancel, ConsultOpen, CallJoin, CallTakeOver, CallHandOver,
    CallStepOut,
)  # fmt: skip

"""Every message on the wire, as a typed value. docs/protocol.md is the same in prose; a test compares the two.

The clients' messages come first: parsed once, by `wire.parse`; the tables BOOTH and STAFF say who may send which.
Then what the server tells; `screens.py` holds the two views, which are long.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, ClassVar, Literal, get_args

from signaling.errors import Malformed
from signaling.sdp import Candidate, CandidateRule, Description, DescriptionRule
from signaling.wire import Flag, Name, Number, OneOf, Several, Text, Whole

DEVICE_STATES = ("ok", "missing", "denied", "failed")
LINK_STATES = ("new", "waiting_camera", "connecting", "good", "poor", "lost", "reconnecting", "closed")
Finished = Literal["completed", "partly_completed", "referred"]
"""Outcomes an agent may state; the others (abandoned, dropped, …) the service finds itself."""

CallId = Annotated[str, Name("call")]
OfferId = Annotated[str, Name("offer")]
LinkId = Annotated[str, Name("link")]
CaptureId = Annotated[str, Name("cap")]
Reason = Annotated[str, Text(200)]
Said = Annotated[str, Text(2000, shortest=1)]
Note = Annotated[str, Text(2000)]
OptionalNote = Annotated[str | None, Text(2000)]
Device = Annotated[str, OneOf(*DEVICE_STATES)]


@dataclasses.dataclass(frozen=True, slots=True)
class Hello:
    """What a page says of itself when it connects."""

    page_id: Annotated[str, Name("page")]


# ── the booth's messages ────────────────────────────────────────────────────────────────────────────────────────


@dataclasses.dataclass(frozen=True, slots=True)
class Health:
    NAME: ClassVar = "health"
    camera: Device
    document_camera: Device
    microphone: Device
    speaker: Device


@dataclasses.dataclass(frozen=True, slots=True)
class CallEnter:
    NAME: ClassVar = "call.enter"
    item_id: Annotated[str, Name()]
    priority: Annotated[tuple[str, ...], Several(Name(), 5)] = ()
    """Ids of the world's `priorities`."""
    needs: Annotated[tuple[str, ...], Several(Name(), 5)] = ()
    """Ids of the world's `needs`."""
    elder_mode: Annotated[bool, Flag()] = False
    lang: Annotated[str, OneOf("zh-CN", "en")] = "zh-CN"


@dataclasses.dataclass(frozen=True, slots=True)
class CallLeave:
    NAME: ClassVar = "call.leave"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class CallLetOthersFirst:
    NAME: ClassVar = "call.let_others_first"
    call_id: CallId
    for_s: Annotated[int, Whole(1, 1800)]


@dataclasses.dataclass(frozen=True, slots=True)
class CallRate:
    NAME: ClassVar = "call.rate"
    call_id: CallId
    level: Annotated[int, Whole(1, 5)]
    reasons: Annotated[tuple[str, ...], Several(Name(), 10)] = ()
    remark: Annotated[str | None, Text(500)] = None


@dataclasses.dataclass(frozen=True, slots=True)
class CallDismiss:
    NAME: ClassVar = "call.dismiss"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class CaptureWithdraw:
    NAME: ClassVar = "capture.withdraw"
    capture_id: CaptureId


@dataclasses.dataclass(frozen=True, slots=True)
class CaptureFail:
    NAME: ClassVar = "capture.fail"
    capture_id: CaptureId
    reason: Reason = ""


# ── the console's messages ──────────────────────────────────────────────────────────────────────────────────────


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
    note: OptionalNote = None


@dataclasses.dataclass(frozen=True, slots=True)
class CaptureRequest:
    NAME: ClassVar = "capture.request"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class NotesSave:
    NAME: ClassVar = "notes.save"
    call_id: CallId
    text: Note


@dataclasses.dataclass(frozen=True, slots=True)
class WrapUpFinish:
    NAME: ClassVar = "wrap_up.finish"
    call_id: CallId
    outcome: Annotated[Finished | None, OneOf(*get_args(Finished))] = None
    notes: OptionalNote = None


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

    def __post_init__(self) -> None:
        if (self.agent_id is None) == (self.skill_id is None):
            raise Malformed("agent_id: a colleague or a skill, one of the two", field="agent_id")


@dataclasses.dataclass(frozen=True, slots=True)
class ConsultCancel:
    NAME: ClassVar = "consult.cancel"
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


# ── messages of both ends of a call ─────────────────────────────────────────────────────────────────────────────


@dataclasses.dataclass(frozen=True, slots=True)
class LinkSignal:
    NAME: ClassVar = "link.signal"
    link_id: LinkId
    description: Annotated[Description | None, DescriptionRule()] = None
    candidate: Annotated[Candidate | None, CandidateRule()] = None

    """Neither of the two (or `candidate: null`, as the browser's last event has it): there are no more candidates."""

    def __post_init__(self) -> None:
        if self.description is not None and self.candidate is not None:
            raise Malformed("description: a description or a candidate, not both", field="description")


@dataclasses.dataclass(frozen=True, slots=True)
class LinkPlaying:
    NAME: ClassVar = "link.playing"
    link_id: LinkId


@dataclasses.dataclass(frozen=True, slots=True)
class LinkReport:
    NAME: ClassVar = "link.report"
    link_id: LinkId
    state: Annotated[str, OneOf(*LINK_STATES)]
    rtt_ms: Annotated[float | None, Number(0, 60_000)] = None
    loss: Annotated[float | None, Number(0, 1)] = None
    jitter_ms: Annotated[float | None, Number(0, 60_000)] = None
    kbps_in: Annotated[float | None, Number(0, 1_000_000)] = None
    kbps_out: Annotated[float | None, Number(0, 1_000_000)] = None
    relayed: Annotated[bool | None, Flag()] = None
    limited: Annotated[str | None, Text(32)] = None
    width: Annotated[int | None, Whole(0, 16_384)] = None
    height: Annotated[int | None, Whole(0, 16_384)] = None
    fps: Annotated[float | None, Number(0, 1_000)] = None
    first_frame_ms: Annotated[float | None, Number(0, 600_000)] = None


@dataclasses.dataclass(frozen=True, slots=True)
class ChatSay:
    NAME: ClassVar = "chat.say"
    call_id: CallId
    text: Said
    message_id: Annotated[str, Name()]


@dataclasses.dataclass(frozen=True, slots=True)
class ShareStart:
    NAME: ClassVar = "share.start"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class ShareStop:
    NAME: ClassVar = "share.stop"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class Pointer:
    NAME: ClassVar = "pointer"
    call_id: CallId
    surface: Annotated[str, Text(64, shortest=1)]
    x: Annotated[float, Number(0, 1)]
    y: Annotated[float, Number(0, 1)]


@dataclasses.dataclass(frozen=True, slots=True)
class MediaState:
    NAME: ClassVar = "media.state"
    call_id: CallId
    audio: Annotated[bool, Flag()]
    video: Annotated[bool, Flag()]


_BOTH = (LinkSignal, LinkPlaying, LinkReport, ChatSay, ShareStart, ShareStop, Pointer, MediaState)
_OF_BOOTH = (Health, CallEnter, CallLeave, CallLetOthersFirst, CallRate, CallDismiss, CaptureWithdraw, CaptureFail)
_OF_STAFF = (
    AgentReady, AgentNotReady, OfferAccept, OfferDecline, CallHold, CallResume, CallEnd, CaptureRequest, NotesSave,
    WrapUpFinish, WrapUpExtend, ConsultAsk, ConsultCancel, CallJoin, CallTakeOver, CallHandOver, CallStepOut,
)  # fmt: skip

BOOTH: dict[str, type[object]] = {kind.NAME: kind for kind in (*_OF_BOOTH, *_BOTH)}
STAFF: dict[str, type[object]] = {kind.NAME: kind for kind in (*_OF_STAFF, *_BOTH)}


# ── what the server tells ───────────────────────────────────────────────────────────────────────────────────────


@dataclasses.dataclass(frozen=True, slots=True)
class ChatSaid:
    NAME: ClassVar = "chat.said"
    call_id: str
    message_id: str
    from_: str
    """`citizen` or `agent`; `from` on the wire."""
    text: str
    at: str


@dataclasses.dataclass(frozen=True, slots=True)
class CaptureChanged:
    NAME: ClassVar = "capture.changed"
    capture_id: str
    call_id: str
    state: str
    """`requested`, `uploading`, `stored`, `failed` or `withdrawn`."""
    requested_at: str
    requester: str
    received: int = 0
    size: int | None = None
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    stored_at: str | None = None
    problem: dict[str, Any] | None = None
    """Why it failed, as RFC 9457 says it."""


@dataclasses.dataclass(frozen=True, slots=True)
class LinkSignalled:
    NAME: ClassVar = "link.signal"
    link_id: str
    description: Description | None = None
    candidate: Candidate | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class PeerReport:
    NAME: ClassVar = "peer.report"
    call_id: str
    from_: str
    state: str
    rtt_ms: float | None = None
    loss: float | None = None
    jitter_ms: float | None = None
    kbps_in: float | None = None
    kbps_out: float | None = None
    relayed: bool | None = None
    limited: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Pointed:
    NAME: ClassVar = "pointer"
    call_id: str
    surface: str
    x: float
    y: float


@dataclasses.dataclass(frozen=True, slots=True)
class Superseded:
    NAME: ClassVar = "superseded"


@dataclasses.dataclass(frozen=True, slots=True)
class SignedOut:
    NAME: ClassVar = "signed_out"

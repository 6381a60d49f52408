"""What both ends of a call say."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar

from signaling.errors import Malformed
from signaling.messages.rules import LINK_STATES, CallId, LinkId, Said
from signaling.sdp import Candidate, CandidateRule, Description, DescriptionRule
from signaling.wire import Flag, Name, Number, OneOf, Text, Whole


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


MESSAGES = (
    LinkSignal, LinkPlaying, LinkReport, ChatSay, ShareStart, ShareStop, Pointer, MediaState,
)  # fmt: skip

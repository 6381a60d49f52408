"""What a supervisor's page says and hears of the whole floor."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar, Literal

from signaling.errors import Malformed
from signaling.messages.rules import CallId
from signaling.sdp import Description, DescriptionRule
from signaling.wire import Name, OneOf, Several, Text, Whole

Why = Annotated[str, Text(200, shortest=1)]
"""The reason of an operation: it goes into the audit log."""
Stopped = Literal["completed", "partly_completed", "referred", "refused"]


@dataclasses.dataclass(frozen=True, slots=True)
class FloorWatch:
    NAME: ClassVar = "floor.watch"


@dataclasses.dataclass(frozen=True, slots=True)
class FloorLeave:
    NAME: ClassVar = "floor.leave"


@dataclasses.dataclass(frozen=True, slots=True)
class FloorWhy:
    NAME: ClassVar = "floor.why"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class AgentAssign:
    NAME: ClassVar = "agent.assign"
    agent_id: Annotated[str, Name()]
    queues: Annotated[tuple[str, ...], Several(Name(), 30)]
    second: Annotated[tuple[str, ...], Several(Name(), 30)]
    reason: Why

    def __post_init__(self) -> None:
        if set(self.queues) & set(self.second):
            raise Malformed("second: no queue that is among `queues` too", field="second")


@dataclasses.dataclass(frozen=True, slots=True)
class QueueOpen:
    NAME: ClassVar = "queue.open"
    queue_id: Annotated[str, Name()]
    reason: Why


@dataclasses.dataclass(frozen=True, slots=True)
class QueueClose:
    NAME: ClassVar = "queue.close"
    queue_id: Annotated[str, Name()]
    reason: Why


@dataclasses.dataclass(frozen=True, slots=True)
class CallStop:
    NAME: ClassVar = "call.stop"
    call_id: CallId
    outcome: Annotated[Stopped, OneOf("completed", "partly_completed", "referred", "refused")]
    reason: Why


@dataclasses.dataclass(frozen=True, slots=True)
class BroadcastSay:
    NAME: ClassVar = "broadcast.say"
    text: Annotated[str, Text(120, shortest=1)]
    for_s: Annotated[int, Whole(60, 86400)]
    street_id: Annotated[str | None, Name()] = None
    point_id: Annotated[str | None, Name()] = None

    def __post_init__(self) -> None:
        if self.street_id is not None and self.point_id is not None:
            raise Malformed("point_id: a street or a point, not both", field="point_id")


@dataclasses.dataclass(frozen=True, slots=True)
class BroadcastEnd:
    NAME: ClassVar = "broadcast.end"
    broadcast_id: Annotated[str, Name("msg")]


@dataclasses.dataclass(frozen=True, slots=True)
class AlertAcknowledge:
    NAME: ClassVar = "alert.acknowledge"
    alert_id: Annotated[str, Text(200, shortest=1)]


@dataclasses.dataclass(frozen=True, slots=True)
class PreviewOpen:
    NAME: ClassVar = "preview.open"
    call_id: CallId
    description: Annotated[Description, DescriptionRule()]

    def __post_init__(self) -> None:
        if self.description.type != "offer":
            raise Malformed("description: an offer", field="description")


@dataclasses.dataclass(frozen=True, slots=True)
class PreviewClose:
    NAME: ClassVar = "preview.close"
    preview_id: Annotated[str, Name("view")]


@dataclasses.dataclass(frozen=True, slots=True)
class FloorChanged:
    """Rows that changed, beside these under their kind; `gone` names those that are no more."""

    NAME: ClassVar = "floor.changed"
    seq: int
    now: str
    gone: dict[str, list[str]]


MESSAGES = (
    FloorWatch, FloorLeave, FloorWhy, AgentAssign, QueueOpen, QueueClose, CallStop, BroadcastSay, BroadcastEnd,
    AlertAcknowledge, PreviewOpen, PreviewClose,
)  # fmt: skip

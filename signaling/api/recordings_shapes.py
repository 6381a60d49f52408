"""What the API says of recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from signaling.wire import OneOf, Text, rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence

    from signaling.records.recordings import Export, Kept, Viewing
    from signaling.world import World


@dataclass(frozen=True, slots=True)
class ViewingBody:
    reason: Annotated[str, Text(200, shortest=2)]


@dataclass(frozen=True, slots=True)
class ExportBody:
    form: Annotated[str, OneOf("tracks", "mp4", "side_by_side")]


@dataclass(frozen=True, slots=True)
class ConsentShape:
    answer: str
    """`agreed`, `declined`, `withdrawn` or `asked_again`."""
    at: str


@dataclass(frozen=True, slots=True)
class RecordingShape:
    """What there is of a call's recording, before anybody watches it."""

    segments: int
    seconds: float
    """From the first moment to the last."""
    size: int
    erased: bool
    may_watch: bool
    consent: tuple[ConsentShape, ...]


@dataclass(frozen=True, slots=True)
class ViewingShape:
    viewing_id: str


@dataclass(frozen=True, slots=True)
class SegmentShape:
    """Some ten seconds of one track. `at_s` counts from the recording's `origin`, gaps from the segment's start."""

    id: int
    track: str
    person_id: str
    name: str
    role: str
    kind: str
    codec: str
    at_s: float
    duration_s: float
    size: int
    sha256: str
    gaps: tuple[tuple[float, float], ...]
    recovered: bool


@dataclass(frozen=True, slots=True)
class ExportShape:
    export_id: str
    form: str
    state: str
    share: float
    asked_at: str
    size: int
    sha256: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class ExportShapes:
    """The one file that is being made, or was."""

    exports: tuple[ExportShape, ...]


@dataclass(frozen=True, slots=True)
class RecordingView:
    """A recording being watched. `segments`: those after the one that was asked for; more may follow while `live`."""

    call_id: str
    ticket: str
    origin: str
    live: bool
    segments: tuple[SegmentShape, ...]
    exports: tuple[ExportShape, ...]


def recording_shape(segments: Sequence[Kept], consent: Sequence[tuple[str, float]], may_watch: bool) -> RecordingShape:
    there = [one for one in segments if one.erased_at is None]
    seconds = max((one.started_at + one.duration_s for one in there), default=0.0) - min(
        (one.started_at for one in there), default=0.0
    )
    return RecordingShape(
        len(there), round(seconds, 1), sum(one.size for one in there), bool(segments) and not there, may_watch,
        tuple(ConsentShape(answer, rfc3339(at)) for answer, at in consent),
    )  # fmt: skip


def segment_shape(world: World, one: Kept, origin: float) -> SegmentShape:
    agent = world.agents.get(one.person_id)
    name = agent.name if agent else world.place(one.person_id).point.name if one.person_id in world.booths else ""
    return SegmentShape(
        one.id, f"{one.leg_id}/{one.kind}", one.person_id, name, one.role, one.kind, one.codec,
        round(one.started_at - origin, 4), one.duration_s, one.size, one.content_sha256, one.gaps, one.recovered,
    )  # fmt: skip


def export_shape(one: Export, share: float) -> ExportShape:
    return ExportShape(
        one.export_id, one.form, one.state, round(share, 3), rfc3339(one.asked_at), one.size, one.sha256,
        one.duration_s,
    )  # fmt: skip


def viewing_shape(one: Viewing) -> ViewingShape:
    return ViewingShape(one.viewing_id)

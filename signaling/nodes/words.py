"""Signaling's own values for the words between it and a media node (docs/media-control.md).

`dump` writes what is asked of a node; `read` turns what a node says into a value or raises `Malformed`. Events nobody
here needs are None; members nobody declared are ignored, so that a newer node can talk to an older signaling.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, TypeAlias

from signaling.errors import Malformed
from signaling.wire import Flag, Number, OneOf, Text, Whole, parse

VERSION = 1
SUBPROTOCOL = "virtual-window-media.1"
MAX_MESSAGE = 16 << 20
KINDS = ("microphone", "camera", "screen", "document")
ROLES = ("citizen", "agent", "expert", "interpreter", "waiting", "listener", "coach", "participant")
FORMS = ("tracks", "mp4", "side_by_side")
LEG_STATES = ("new", "connecting", "connected", "quiet", "failed", "closed")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}")


@dataclasses.dataclass(frozen=True, slots=True)
class Id:
    words: str = "an id of 1–80 letters, digits, `_`, `.`, `:`, `-`"

    def __call__(self, value: object) -> str:
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise ValueError
        return value


@dataclasses.dataclass(frozen=True, slots=True)
class CallsRule:
    words: str = "an object {call_id: [leg_id]}"

    def __call__(self, value: object) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, Mapping):
            raise ValueError
        identify = Id()
        return {identify(call_id): tuple(identify(leg) for leg in _list(legs)) for call_id, legs in value.items()}


@dataclasses.dataclass(frozen=True, slots=True)
class SeatsRule:
    words: str = "a list of leg ids or null"

    def __call__(self, value: object) -> tuple[str | None, ...]:
        identify = Id()
        return tuple(None if one is None else identify(one) for one in _list(value))


@dataclasses.dataclass(frozen=True, slots=True)
class GapsRule:
    words: str = "a list of [from, to], in seconds"

    def __call__(self, value: object) -> tuple[tuple[float, float], ...]:
        number = Number(0, 1e6)
        return tuple((number(start), number(end)) for start, end in map(_pair, _list(value)))


def _pair(value: object) -> tuple[object, object]:
    start, end = _list(value)
    return start, end


@dataclasses.dataclass(frozen=True, slots=True)
class LoadRule:
    words: str = "an object {calls, max_calls, cpu_share, draining}"

    def __call__(self, value: object) -> Load:
        return parse(Load, value)


@dataclasses.dataclass(frozen=True, slots=True)
class OneVersion:
    words: str = f"the version {VERSION}"

    def __call__(self, value: object) -> int:
        if value != VERSION or isinstance(value, bool):
            raise ValueError
        return VERSION


@dataclasses.dataclass(frozen=True, slots=True)
class ResultRule:
    words: str = "an object"

    def __call__(self, value: object) -> dict[str, object]:
        if not isinstance(value, Mapping):
            raise ValueError
        return {str(name): one for name, one in value.items()}


def _list(value: object) -> list[object]:
    if not isinstance(value, list) or len(value) > 10_000:
        raise ValueError
    return value


# ── what signaling asks ─────────────────────────────────────────────────────────────────────────────────────────


@dataclasses.dataclass(frozen=True, slots=True)
class Welcome:
    NAME: ClassVar = "welcome"
    calls: Mapping[str, tuple[str, ...]]


@dataclasses.dataclass(frozen=True, slots=True)
class OpenLeg:
    """Also a further offer of a leg that is open."""

    NAME: ClassVar = "leg.open"
    call_id: str
    leg_id: str
    role: str
    offer: str


@dataclasses.dataclass(frozen=True, slots=True)
class CloseLeg:
    NAME: ClassVar = "leg.close"
    call_id: str
    leg_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class SetMatrix:
    NAME: ClassVar = "call.matrix"
    call_id: str
    roles: Mapping[str, str]
    apart: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class StartRecording:
    """Also another choice of legs."""

    NAME: ClassVar = "recording.start"
    call_id: str
    recording_id: str
    legs: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class StopRecording:
    NAME: ClassVar = "recording.stop"
    call_id: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class ListRecordings:
    """Of one recording its segments; of none, which recordings there are."""

    NAME: ClassVar = "recording.list"
    recording_id: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class ReadRecording:
    """A piece of a segment or of an export."""

    NAME: ClassVar = "recording.read"
    recording_id: str
    name: str
    offset: int


@dataclasses.dataclass(frozen=True, slots=True)
class ExportRecording:
    NAME: ClassVar = "recording.export"
    recording_id: str
    form: str
    people: Mapping[str, str]
    """Whose each leg is: a person who came by another node, or reloaded, has one track."""


@dataclasses.dataclass(frozen=True, slots=True)
class LendSegment:
    """A piece of a segment that another node has, for an export."""

    NAME: ClassVar = "recording.lend"
    recording_id: str
    segment: Mapping[str, object]
    size: int
    offset: int
    data: str


@dataclasses.dataclass(frozen=True, slots=True)
class ReleaseRecording:
    NAME: ClassVar = "recording.release"
    recording_id: str
    now: bool


Asking: TypeAlias = (
    Welcome | OpenLeg | CloseLeg | SetMatrix | StartRecording | StopRecording | ListRecordings | ReadRecording
    | ExportRecording | LendSegment | ReleaseRecording
)  # fmt: skip


def dump(request_id: str, asking: Asking) -> str:
    """Write a request."""
    return json.dumps({"type": asking.NAME, "request_id": request_id, **dataclasses.asdict(asking)})


# ── what a node says ────────────────────────────────────────────────────────────────────────────────────────────


@dataclasses.dataclass(frozen=True, slots=True)
class Hello:
    NAME: ClassVar = "hello"
    node_id: Annotated[str, Id()]
    version: Annotated[int, OneVersion()]
    max_calls: Annotated[int, Whole(1, 100_000)]
    draining: Annotated[bool, Flag()]
    calls: Annotated[Mapping[str, tuple[str, ...]], CallsRule()]


@dataclasses.dataclass(frozen=True, slots=True)
class Answered:
    NAME: ClassVar = "done"
    request_id: Annotated[str, Id()]
    result: Annotated[Mapping[str, object], ResultRule()] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    NAME: ClassVar = "failed"
    request_id: Annotated[str, Id()]
    code: Annotated[str, OneOf("malformed", "unknown", "refused", "failed")]
    detail: Annotated[str, Text(10_000)]


@dataclasses.dataclass(frozen=True, slots=True)
class LegChanged:
    NAME: ClassVar = "leg.state"
    call_id: Annotated[str, Id()]
    leg_id: Annotated[str, Id()]
    state: Annotated[str, OneOf(*LEG_STATES)]


@dataclasses.dataclass(frozen=True, slots=True)
class SeatsChanged:
    """Which leg each group of four sections shows from now on."""

    NAME: ClassVar = "leg.seats"
    call_id: Annotated[str, Id()]
    leg_id: Annotated[str, Id()]
    seats: Annotated[tuple[str | None, ...], SeatsRule()]


@dataclasses.dataclass(frozen=True, slots=True)
class Load:
    """How much a node carries: part of its statistics."""

    calls: Annotated[int, Whole(0, 1_000_000)]
    max_calls: Annotated[int, Whole(0, 1_000_000)]
    cpu_share: Annotated[float, Number(0, 1_000)]
    draining: Annotated[bool, Flag()]
    room_bytes: Annotated[int, Whole(0, 1 << 60)] = 0
    """What may be recorded before its disk counts as full."""


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """What a node measured of one leg in the last second. Up is what the person sends, down what they are sent; losses
    are shares, the worst of all tracks; `fps` and `freezes` are of the camera they send, None where none comes."""

    call_id: str
    leg_id: str
    role: str
    connected: bool
    rtt_ms: float | None
    loss_up: float
    loss_down: float
    jitter_ms: float
    kbps_up: int
    kbps_down: int
    fps: int | None
    freezes: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class LegsRule:
    """Read by hand, not by `parse`: a hundred legs a second, each with some eight rows."""

    words: str = "a list of legs, each as docs/media-control.md says"

    def __call__(self, value: object) -> tuple[Measured, ...]:
        return tuple(map(_measured, _list(value)))


def _measured(leg: object) -> Measured:
    if not isinstance(leg, dict):
        raise ValueError
    identify, role, trip = Id(), leg.get("role"), leg.get("round_trip_ms")
    if role not in ROLES or leg.get("state") not in LEG_STATES:
        raise ValueError
    up, down = _rows(leg.get("up", [])), _rows(leg.get("down", []))
    camera = next((row for row in up if row.get("kind") == "camera"), {})
    return Measured(
        identify(leg.get("call_id")), identify(leg.get("leg_id")), role, leg["state"] == "connected",
        None if trip is None else _number(leg, "round_trip_ms"),
        max((_number(row, "loss") for row in up), default=0.0),
        max((_number(row, "loss") for row in down), default=0.0),
        max((_number(row, "jitter_ms") for row in up), default=0.0),
        round(sum(_number(row, "bitrate_bps") for row in up) / 1000),
        round(sum(_number(row, "bitrate_bps") for row in down) / 1000),
        round(_number(camera, "frames")) if camera else None,
        round(_number(camera, "freezes")) if camera else None,
    )  # fmt: skip


def _rows(value: object) -> list[dict[str, object]]:
    """Return the tracks of which something came in the last second."""
    rows = _list(value)
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError
    return [row for row in rows if isinstance(row, dict) and row.get("packets")]


def _number(row: Mapping[str, object], name: str) -> float:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise ValueError
    return float(value)


@dataclasses.dataclass(frozen=True, slots=True)
class Stats:
    NAME: ClassVar = "stats"
    node: Annotated[Load, LoadRule()]
    legs: Annotated[tuple[Measured, ...], LegsRule()] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Segment:
    """Some ten seconds of one track, whole on a node's disk. Times are UTC seconds, gaps seconds from its start."""

    recording_id: Annotated[str, Id()]
    leg_id: Annotated[str, Id()]
    role: Annotated[str, OneOf(*ROLES)]
    kind: Annotated[str, OneOf(*KINDS)]
    codec: Annotated[str, Text(16)]
    name: Annotated[str, Text(200, shortest=1)]
    started_at: Annotated[float, Number(0, 1e11)]
    duration_s: Annotated[float, Number(0, 1e6)]
    frames: Annotated[int, Whole(0, 10_000_000)]
    size: Annotated[int, Whole(0, 1 << 40)]
    sha256: Annotated[str, Text(64)]
    content_sha256: Annotated[str, Text(64)]
    gaps: Annotated[tuple[tuple[float, float], ...], GapsRule()] = ()
    recovered: Annotated[bool, Flag()] = False
    width: Annotated[int, Whole(0, 1 << 16)] = 0
    height: Annotated[int, Whole(0, 1 << 16)] = 0


@dataclasses.dataclass(frozen=True, slots=True)
class SegmentRule:
    words: str = "a segment"

    def __call__(self, value: object) -> Segment:
        return parse(Segment, value)


@dataclasses.dataclass(frozen=True, slots=True)
class SegmentClosed:
    NAME: ClassVar = "recording.segment"
    segment: Annotated[Segment, SegmentRule()]


@dataclasses.dataclass(frozen=True, slots=True)
class RecordingStopped:
    """It ended by itself; the call goes on."""

    NAME: ClassVar = "recording.stopped"
    recording_id: Annotated[str, Id()]
    reason: Annotated[str, Text(64)]


@dataclasses.dataclass(frozen=True, slots=True)
class RecordingErased:
    """It had been released, and went to make room."""

    NAME: ClassVar = "recording.erased"
    recording_id: Annotated[str, Id()]


@dataclasses.dataclass(frozen=True, slots=True)
class ExportProgress:
    NAME: ClassVar = "recording.progress"
    recording_id: Annotated[str, Id()]
    form: Annotated[str, OneOf(*FORMS)]
    share: Annotated[float, Number(0, 1)]


@dataclasses.dataclass(frozen=True, slots=True)
class Alert:
    """Something an operator should look at."""

    NAME: ClassVar = "alert"
    code: Annotated[str, Text(200)]
    detail: Annotated[str, Text(10_000)]


Event: TypeAlias = LegChanged | SeatsChanged
"""What is about calls."""
Recorded: TypeAlias = SegmentClosed | RecordingStopped | RecordingErased | ExportProgress
"""What is about recordings."""
Said: TypeAlias = Hello | Answered | Refused | Stats | Alert | Event | Recorded
SAID: dict[str, type[Said]] = {
    kind.NAME: kind
    for kind in (
        Hello, Answered, Refused, LegChanged, SeatsChanged, Stats, Alert, SegmentClosed, RecordingStopped,
        RecordingErased, ExportProgress,
    )
}  # fmt: skip


def read(text: str) -> Said | None:
    """Read what a node says; None for what nobody here needs."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("message: JSON", field="message") from None
    if not isinstance(said, dict):
        raise Malformed("message: an object", field="message")
    kind = SAID.get(str(said.get("type")))
    return None if kind is None else parse(kind, said)

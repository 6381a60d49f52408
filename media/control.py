"""The words between signaling and a node, each a frozen value; parse once, at the edge (docs/media-control.md).

Messages are JSON objects with a `type`. Signaling sends requests, each with a `request_id`, answered by exactly one
`done` or `failed`; a request sent again has the same effect as sent once. The node sends events by itself. Nothing here
imports aiortc, av or the rest of the node, so that the other side can be written, and tested, against this file.
"""

from __future__ import annotations

import dataclasses
import json
import re
import types
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Final, Literal, Union, get_args, get_origin, get_type_hints

from media.errors import Malformed

VERSION: Final = 1
SUBPROTOCOL: Final = "virtual-window-media.1"
MAX_MESSAGE: Final = 16 << 20
"""A still of a 12-megapixel document camera as PNG in base64."""
_MAX_TEXT: Final = 12 << 20
_MAX_ITEMS: Final = 10_000
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}")

Role = Literal["citizen", "agent", "expert", "interpreter", "waiting", "listener", "coach", "participant"]
Kind = Literal["microphone", "camera", "screen", "document"]
Picture = Literal["large", "small", "none"]
LegState = Literal["new", "connecting", "connected", "quiet", "failed", "closed"]


class Message:
    """Base of all messages; `type` is its word on the wire."""

    type: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Request(Message):
    request_id: str


# -- requests: signaling to node ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Welcome(Request):
    """The answer to `hello`: which calls, with which legs, this node is to have. What is not named is closed."""

    type: ClassVar[str] = "welcome"
    calls: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class OpenLeg(Request):
    """Open a leg, and its call with it; with a browser's `offer` the answer comes back, without one the node offers."""

    type: ClassVar[str] = "leg.open"
    call_id: str
    leg_id: str
    role: Role
    offer: str = ""
    slots: int = 1


@dataclass(frozen=True, slots=True)
class TakeOffer(Request):
    """A further offer of the browser: an ICE restart, or room for another peer."""

    type: ClassVar[str] = "leg.offer"
    call_id: str
    leg_id: str
    sdp: str


@dataclass(frozen=True, slots=True)
class TakeAnswer(Request):
    """The browser's answer to the node's offer."""

    type: ClassVar[str] = "leg.answer"
    call_id: str
    leg_id: str
    sdp: str


@dataclass(frozen=True, slots=True)
class TakeCandidate(Request):
    """A candidate of the browser: ignored, as an ICE-lite node learns addresses from checks."""

    type: ClassVar[str] = "leg.candidate"
    call_id: str
    leg_id: str
    candidate: str = ""


@dataclass(frozen=True, slots=True)
class CloseLeg(Request):
    type: ClassVar[str] = "leg.close"
    call_id: str
    leg_id: str


@dataclass(frozen=True, slots=True)
class CloseCall(Request):
    type: ClassVar[str] = "call.close"
    call_id: str


@dataclass(frozen=True, slots=True)
class SetMatrix(Request):
    """Roles, walls between pairs of legs, and picture sizes. Legs not named keep role and size; walls are replaced."""

    type: ClassVar[str] = "call.matrix"
    call_id: str
    roles: dict[str, Role] = field(default_factory=dict)
    apart: tuple[tuple[str, str], ...] = ()
    pictures: dict[str, Picture] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StartRecording(Request):
    """Record these legs (all that speak, when none is named) and kinds from the next packet on.

    Segments are kept under `recording_id`, or under `call_id` without one: a call that came back to this node by
    another way goes on in the same recording.
    """

    type: ClassVar[str] = "recording.start"
    call_id: str
    recording_id: str = ""
    legs: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ("microphone", "camera", "screen", "document")


@dataclass(frozen=True, slots=True)
class StopRecording(Request):
    """Stop with the packet that was the last: on hold, withdrawn consent, or at the end."""

    type: ClassVar[str] = "recording.stop"
    call_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ListRecordings(Request):
    """Name every segment and export of a recording; without one, name the recordings and how many segments each has."""

    type: ClassVar[str] = "recording.list"
    recording_id: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseRecording(Request):
    """The retention rules allow this recording to go when room is needed; `now` deletes it at once."""

    type: ClassVar[str] = "recording.release"
    recording_id: str
    now: bool = False


@dataclass(frozen=True, slots=True)
class ReadSegment(Request):
    """Decrypt a segment or an export from `offset` on, at most a mebibyte of it."""

    type: ClassVar[str] = "recording.read"
    recording_id: str
    name: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class ExportRecording(Request):
    """Write one file of a recording, with what was lent: `tracks` remuxed to Matroska, `mp4` with the same tracks,
    `side_by_side` as one picture; progress comes as events. Legs that `people` names alike are one track."""

    type: ClassVar[str] = "recording.export"
    recording_id: str
    form: Literal["tracks", "mp4", "side_by_side"] = "tracks"
    people: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LendSegment(Request):
    """A piece, from `offset` on, of a segment that another node has of a recording: for the next export made here."""

    type: ClassVar[str] = "recording.lend"
    recording_id: str
    segment: dict[str, Any]
    size: int
    offset: int
    data: str


@dataclass(frozen=True, slots=True)
class TakeStill(Request):
    """Decode one key frame of a picture."""

    type: ClassVar[str] = "still.take"
    call_id: str
    leg_id: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Drain(Request):
    """Take no new calls; `drained` tells when the last has gone."""

    type: ClassVar[str] = "node.drain"


# -- answers and events: node to signaling -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello(Message):
    """The first message on every connection: who this is and what runs here."""

    type: ClassVar[str] = "hello"
    node_id: str
    version: int
    max_calls: int
    draining: bool
    calls: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Done(Message):
    type: ClassVar[str] = "done"
    request_id: str
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed(Message):
    """`code` is malformed, unknown, refused or failed; `detail` one sentence."""

    type: ClassVar[str] = "failed"
    request_id: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class LegChanged(Message):
    type: ClassVar[str] = "leg.state"
    call_id: str
    leg_id: str
    state: LegState


@dataclass(frozen=True, slots=True)
class SeatsChanged(Message):
    """Which peer each group of four sections of a leg shows from now on; null for nobody."""

    type: ClassVar[str] = "leg.seats"
    call_id: str
    leg_id: str
    seats: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class CallEnded(Message):
    """The last leg is gone."""

    type: ClassVar[str] = "call.ended"
    call_id: str


@dataclass(frozen=True, slots=True)
class Statistics(Message):
    """Once a second: the node's load and every leg's quality."""

    type: ClassVar[str] = "stats"
    node: dict[str, Any]
    legs: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class SegmentClosed(Message):
    """A segment is whole on disk: for the evidence log and the case file."""

    type: ClassVar[str] = "recording.segment"
    segment: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordingStopped(Message):
    """Recording ended by itself; the call goes on."""

    type: ClassVar[str] = "recording.stopped"
    recording_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordingErased(Message):
    """A released recording went to make room."""

    type: ClassVar[str] = "recording.erased"
    recording_id: str


@dataclass(frozen=True, slots=True)
class ExportProgress(Message):
    type: ClassVar[str] = "recording.progress"
    recording_id: str
    form: str
    share: float


@dataclass(frozen=True, slots=True)
class Alert(Message):
    """Something an operator should look at."""

    type: ClassVar[str] = "alert"
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Drained(Message):
    type: ClassVar[str] = "drained"


REQUESTS: Final[tuple[type[Request], ...]] = (
    Welcome, OpenLeg, TakeOffer, TakeAnswer, TakeCandidate, CloseLeg, CloseCall, SetMatrix, StartRecording,
    StopRecording, ListRecordings, ReleaseRecording, ReadSegment, ExportRecording, LendSegment, TakeStill, Drain,
)  # fmt: skip
EVENTS: Final[tuple[type[Message], ...]] = (
    Hello, Done, Failed, LegChanged, SeatsChanged, CallEnded, Statistics, SegmentClosed, RecordingStopped,
    RecordingErased, ExportProgress, Alert, Drained,
)  # fmt: skip
_BY_TYPE: Final = {one.type: one for one in (*REQUESTS, *EVENTS)}


def dump(message: Message) -> str:
    """Write a message."""
    # Not `asdict`: it copies deeply, four milliseconds for the statistics of forty legs.
    members = {name: getattr(message, name) for name in _members(message.type)}
    return json.dumps({"type": message.type, **members}, ensure_ascii=False, separators=(",", ":"))


def parse(text: str) -> Message:
    """Read a message; `Malformed` names the field and the rule."""
    if len(text) > MAX_MESSAGE:
        raise Malformed("message: too long")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("message: JSON") from None
    if not isinstance(said, dict):
        raise Malformed("message: an object")
    kind = _BY_TYPE.get(said.pop("type", None)) if isinstance(said.get("type"), str) else None
    if kind is None:
        raise Malformed("type: one of this protocol's")
    known = _members(kind.type)
    unknown = said.keys() - known.keys()
    if unknown:
        raise Malformed(f"{min(unknown)}: unknown")
    found = {}
    for name, (hint, needed) in known.items():
        if name in said:
            found[name] = _read(name, said[name], hint)
        elif needed:
            raise Malformed(f"{name}: needed")
    return kind(**found)


def request_id_of(text: str) -> str:
    """Find the request id of a message that cannot be parsed, to answer it; empty when there is none."""
    found = re.search(r'"request_id"\s*:\s*"([A-Za-z0-9_.:-]{1,80})"', text[:1_000_000])
    return found[1] if found else ""


@cache
def _members(name: str) -> dict[str, tuple[Any, bool]]:
    kind: Any = _BY_TYPE[name]
    hints = get_type_hints(kind)
    missing = dataclasses.MISSING
    return {
        one.name: (hints[one.name], one.default is missing and one.default_factory is missing)
        for one in dataclasses.fields(kind)
    }


def _read(name: str, value: Any, hint: Any) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        if value not in arguments:
            raise Malformed(f"{name}: one of {', '.join(map(str, arguments))}")
        return value
    if origin in (Union, types.UnionType):
        return None if value is None else _read(name, value, arguments[0])
    if origin is tuple:
        return _read_list(name, value, arguments)
    if origin is dict:
        if not isinstance(value, dict) or len(value) > _MAX_ITEMS:
            raise Malformed(f"{name}: an object")
        return {_identifier(name, key): _read(f"{name}.{key}", one, arguments[1]) for key, one in value.items()}
    return _read_plain(name, value, hint)


def _read_list(name: str, value: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) > _MAX_ITEMS:
        raise Malformed(f"{name}: a list")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_read(f"{name}[{at}]", one, arguments[0]) for at, one in enumerate(value))
    if len(value) != len(arguments):
        raise Malformed(f"{name}: {len(arguments)} members")
    return tuple(_read(f"{name}[{at}]", one, hint) for at, (one, hint) in enumerate(zip(value, arguments, strict=True)))


def _read_plain(name: str, value: Any, hint: Any) -> Any:
    if hint is Any:
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise Malformed(f"{name}: {hint.__name__}")
    if hint is str:
        if name.endswith("_id") or "[" in name:
            return _identifier(name, value)
        if len(value) > _MAX_TEXT:
            raise Malformed(f"{name}: too long")
    return value


def _identifier(name: str, value: str) -> str:
    if value and not _ID.fullmatch(value):
        raise Malformed(f"{name}: letters, digits and _.:- up to 80")
    return value

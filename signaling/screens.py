"""What the server tells a page about its whole world: the booth's view, the console's view, the snapshot.

A view always replaces the last one; a page needs no history to understand it. `to_wire` makes JSON of any server
message: a trailing underscore falls off a name (`from_`), members of events that are None are left out, members of
views are always there.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar, TypeAlias

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A booth, as both sides see it."""

    id: str
    name: str
    point: str
    street: str


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """The agent, as the citizen sees them."""

    id: str
    name: str
    badge: str
    title: str


@dataclasses.dataclass(frozen=True, slots=True)
class Self:
    """The agent, as their own console shows them."""

    id: str
    name: str
    badge: str
    role: str
    state: str
    reason: str
    since: str | None
    lost: bool


@dataclasses.dataclass(frozen=True, slots=True)
class IceServer:
    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """One peer connection this page has to hold. Links not listed are to be closed."""

    link_id: str
    live: bool
    """False while the call only rings: the connection is made ready, and nothing is sent over it."""
    peer: str
    peer_name: str
    offerer: bool
    polite: bool
    topology: str
    groups: int
    seats: tuple[str | None, ...] | None
    ice_servers: tuple[IceServer, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Estimate:
    p50_s: int
    p90_s: int


@dataclasses.dataclass(frozen=True, slots=True)
class Before:
    """One group of people before a waiting citizen, and why they are: see `signaling.routing.views.Ahead`."""

    cause: str
    count: int
    words: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Sharing:
    citizen: bool = False
    agent: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Tracks:
    audio: bool = True
    video: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Media:
    citizen: Tracks = Tracks()
    agent: Tracks = Tracks()


@dataclasses.dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in a talking call, as the viewer may know them."""

    id: str
    name: str
    badge: str
    title: str
    role: str
    since: str
    media: Tracks


@dataclasses.dataclass(frozen=True, slots=True)
class RecordingState:
    """How it stands with recording a call whose service item asks for it."""

    consent: str
    """`asked`, `agreed`, `declined` or `withdrawn`."""
    on: bool
    """A media node confirmed that it records."""
    trouble: str
    """Why it does not although it should; empty when all is well."""


@dataclasses.dataclass(frozen=True, slots=True)
class CallState:
    call_id: str
    ticket: str
    queue_id: str
    item_id: str
    state: str
    entered_at: str
    accepted_at: str | None
    ended_at: str | None
    outcome: str | None
    priority: tuple[str, ...]
    needs: tuple[str, ...]
    elder_mode: bool
    lang: str
    ahead: int | None
    before: tuple[Before, ...]
    estimate: Estimate | None
    aside_until: str | None
    held: bool
    recovering: bool
    booth_lost_at: str | None
    agent: Person | None
    booth: Place
    role: str | None
    participants: tuple[Participant, ...]
    consulting: bool
    private: str
    """Something is discussed without the citizen: empty, `coming` or `on`."""
    links: tuple[Link, ...]
    sharing: Sharing
    media: Media
    recording: RecordingState | None
    rerouted: str


@dataclasses.dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should be told once, in the page's words for `code`."""

    code: str
    at: str
    call_id: str | None = None
    outcome: str | None = None
    reason: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class OfferState:
    offer_id: str
    call_id: str
    role: str
    asked_by: Person | None
    ticket: str
    item_id: str
    booth: str
    point: str
    priority: tuple[str, ...]
    needs: tuple[str, ...]
    elder_mode: bool
    lang: str
    waited_s: int
    entered_at: str
    offered_at: str
    expires_at: str
    links: tuple[Link, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class WrapUpState:
    call_id: str
    ticket: str
    item_id: str
    outcome: str | None
    started_at: str
    ends_at: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class QueueState:
    id: str
    name: str
    waiting: int
    longest_wait_s: int
    ready_agents: int


@dataclasses.dataclass(frozen=True, slots=True)
class Skilled:
    """What somebody can do, in words."""

    id: str
    name: str
    name_en: str


@dataclasses.dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who could be asked into the call now."""

    id: str
    name: str
    title: str
    skills: tuple[Skilled, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """What a supervisor has to say to everybody at a booth, whoever sits there."""

    id: str
    text: str
    until: str


@dataclasses.dataclass(frozen=True, slots=True)
class Called:
    """A citizen who left and kept the place is called back to this point."""

    call_id: str
    ticket: str
    answer_by: str


@dataclasses.dataclass(frozen=True, slots=True)
class BoothView:
    NAME: ClassVar = "view"
    seq: int
    now: str
    booth: Place
    phase: str
    """`idle`, `waiting`, `talking` or `rating`."""
    notice: Notice | None
    messages: tuple[Message, ...]
    call: CallState | None
    called: tuple[Called, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class StaffView:
    NAME: ClassVar = "view"
    seq: int
    now: str
    agent: Self
    offer: OfferState | None
    call: CallState | None
    wrap_up: WrapUpState | None
    queues: tuple[QueueState, ...]
    notice: Notice | None
    colleagues: tuple[Colleague, ...]


VIEWED = (
    BoothView, StaffView, CallState, OfferState, WrapUpState, QueueState, Link, Notice, Self, Person, Place,
    Participant, Colleague, Skilled, Message, RecordingState, Called,
)  # fmt: skip
"""The parts of a view that docs/protocol.md lists member by member."""


def to_wire(message: object) -> dict[str, Json]:
    """Return an event as a JSON object; members that are None are left out."""
    return {name: value for name, value in view_to_wire(message).items() if value is not None}


def view_to_wire(view: object) -> dict[str, Json]:
    """Return a view as a JSON object with every member."""
    value = _plain(view)
    assert isinstance(value, dict)
    return value


def _members(kind: type[object]) -> tuple[tuple[str, str], ...]:
    """Return each member's name on the wire and its own."""
    if kind not in _MEMBERS:
        if not dataclasses.is_dataclass(kind):
            raise TypeError(f"{kind.__name__} does not go on the wire")
        _MEMBERS[kind] = tuple((field.name.rstrip("_"), field.name) for field in dataclasses.fields(kind))
    return _MEMBERS[kind]


_MEMBERS: dict[type[object], tuple[tuple[str, str], ...]] = {}


def _plain(value: object) -> Json:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    plain = {name: _plain(getattr(value, member)) for name, member in _members(type(value))}
    if isinstance(value, IceServer):
        # To RTCPeerConnection `username: null` is the user named "null".
        return {name: each for name, each in plain.items() if each is not None}
    return plain

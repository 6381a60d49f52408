"""The way the media of one call goes now, the way it is about to go, and what the pages say of both.

A path's links are named from the call, the path and the pages, so that a restarted server names the same ones. `Way`
holds what one call needs for that and nothing that does I/O; `signaling.hosting` moves it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from signaling.routing.values import Role
    from signaling.routing.views import CallView
    from signaling.topology import Topology

MEDIA_ROLES: dict[Role, str] = {
    "lead": "agent",
    "interpreter": "interpreter",
    "consult": "expert",
    "conference": "expert",
    "accompany": "participant",
    "coach": "coach",
    "listen": "listener",
}
UNSEEN = frozenset({"coach", "listener"})
"""Roles the citizen does not perceive, and is not told of."""
HIDDEN: dict[str, frozenset[str]] = {
    "citizen": UNSEEN,
    "agent": frozenset({"listener"}),
    "expert": UNSEEN,
    "interpreter": UNSEEN,
}
"""Whom a role is not told of; supervisors know of everybody."""


def roles(call: CallView) -> dict[str, str]:
    """Return everybody in a talking call with their role towards the media: who hears and sees whom."""
    if call.state != "talking" or call.agent_id is None:
        return {}
    others = {party.agent_id: MEDIA_ROLES[party.role] for party in call.parties}
    return {call.booth_id: "citizen", call.agent_id: "agent"} | others


def ringing(call: CallView, companion: str | None) -> dict[str, str]:
    """Return who makes a connection ready before the call begins: nobody perceives anybody yet.

    `companion` is the interpreter it rings at too. Between two offers that is the citizen alone.
    """
    people = (call.booth_id, call.offered_to, companion)
    return {person_id: "waiting" for person_id in people if person_id is not None}


def consultants(call: CallView) -> frozenset[str]:
    """Return who is being asked without the citizen hearing it."""
    return frozenset(party.agent_id for party in call.parties if party.private and party.role == "consult")


def walls(call: CallView) -> frozenset[frozenset[str]]:
    """Return the pairs of people who shall not perceive each other while something is discussed without the citizen.

    An interpreter stays on the citizen's side, as they would pass on what they hear.
    """
    inside = set(consultants(call))
    if inside and call.agent_id is not None:
        inside.add(call.agent_id)
    outside = [call.booth_id, *(party.agent_id for party in call.parties if party.role == "interpreter")]
    return frozenset(frozenset((one, other)) for one in outside for other in inside)


def heard_by_citizen(call: CallView) -> frozenset[str]:
    """Return who in a talking call is heard and seen by the citizen, who is one of them."""
    behind = {person_id for pair in walls(call) for person_id in pair if call.booth_id in pair}
    known = roles(call).items()
    return frozenset(
        person_id
        for person_id, role in known
        if role not in UNSEEN and (person_id == call.booth_id or person_id not in behind)
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Path:
    """One way. A call's second attempt has another number, and other links."""

    topology: Topology = "direct"
    number: int = 0
    node_id: str = ""

    @property
    def hosted(self) -> bool:
        return self.topology == "hosted"

    def is_to(self, topology: Topology, node_id: str) -> bool:
        return (self.topology, self.node_id) == (topology, node_id)

    def call_on_node(self, call_id: str) -> str:
        """Name the call to a node: two attempts on one node do not hear each other."""
        return f"{call_id}.{self.number}"

    def link_id(self, call: CallView, person_id: str, page_of: Callable[[str], str | None]) -> str | None:
        """Name a person's link; None where there is none: a direct way has two ends, and a page must have been seen."""
        ends: tuple[str, ...] = (person_id,)
        if not self.hosted:
            ends = (call.booth_id, call.agent_id or call.offered_to or "")
            if person_id not in ends:
                return None
        pages = [page_of(end) for end in ends]
        if None in pages:
            return None
        told = "\n".join((call.call_id, self.topology, str(self.number), self.node_id, *map(str, pages)))
        return "link_" + hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclasses.dataclass(frozen=True, slots=True)
class Matrix:
    """Who hears and sees whom, in a node's words: roles by leg, and pairs of legs apart."""

    roles: Mapping[str, str]
    apart: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(slots=True)
class Sign:
    """What one page says of one link."""

    playing: bool = False
    """The page plays what comes this way."""
    connected: bool = False
    lost_at: float | None = None

    def told(self, state: str, now: float) -> None:
        """Take a link's state as its page reports it."""
        if state in ("good", "poor"):
            self.connected, self.lost_at = True, None
        elif state in ("lost", "reconnecting") and self.lost_at is None:
            self.lost_at = now


@dataclasses.dataclass(slots=True)
class Way:
    """How the media of one call go. `serving` plays; `coming`, where there is one, is being opened beside it."""

    call_id: str
    serving: Path = Path()
    coming: Path | None = None
    number: int = 0
    direct_failed: bool = False
    opened_at: float = 0.0
    """Since when both pages can have `serving`, and `coming`."""
    coming_at: float = 0.0
    busy_at: float = 0.0
    """When something last asked for a node."""
    retry_at: float = 0.0
    keys: tuple[tuple[str, str], ...] = ()
    """The links of both ends, by person: others after a page was reloaded."""
    broken: bool = False
    """The serving node has lost legs of this call."""
    rang_at: float = 0.0
    """When it last rang somewhere."""
    signs: dict[tuple[str, str], Sign] = dataclasses.field(default_factory=dict)
    """By link and person."""
    legs: dict[int, dict[str, str]] = dataclasses.field(default_factory=dict)
    """Who has which leg, by path."""
    opening: set[str] = dataclasses.field(default_factory=set)
    """Legs a node is being asked for."""
    seats: dict[str, tuple[str | None, ...]] = dataclasses.field(default_factory=dict)
    """Which legs a leg is shown."""
    matrix: dict[int, Matrix] = dataclasses.field(default_factory=dict)
    """What each path's node was told."""
    apart: dict[int, tuple[tuple[str, str], ...]] = dataclasses.field(default_factory=dict)
    """Who is kept apart on each path, as its node confirmed."""

    previews: dict[str, int] = dataclasses.field(default_factory=dict)
    """Legs of people who watch from outside the call, and on which path."""
    watched_at: float = -math.inf
    """When somebody last asked for the call's picture."""

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.serving,) if self.coming is None else (self.serving, self.coming)

    def path(self, number: int) -> Path | None:
        return next((path for path in self.paths if path.number == number), None)

    def sign(self, link_id: str, person_id: str) -> Sign:
        return self.signs.setdefault((link_id, person_id), Sign())

    def person(self, leg_id: str) -> str | None:
        return next((legs[leg_id] for legs in self.legs.values() if leg_id in legs), None)

    def open(self, topology: Topology, node_id: str, now: float) -> None:
        """Begin a new way beside the serving one."""
        self.number += 1
        self.coming, self.coming_at = Path(topology, self.number, node_id), now

    def change(self, now: float) -> Path:
        """Let the new way serve; return the old one, to be closed."""
        assert self.coming is not None
        old, self.serving, self.coming = self.serving, self.coming, None
        self.opened_at, self.broken = now, False
        return old

    def abandon(self) -> Path | None:
        """Give up what is coming; return it, to be closed."""
        path, self.coming = self.coming, None
        return path

    def watching(self, path: Path) -> tuple[str, ...]:
        """Return the legs on a path of people who are not in the call."""
        return tuple(leg_id for leg_id, number in self.previews.items() if number == path.number)

    def forget(self, path: Path) -> tuple[str, ...]:
        """Let go of everything about a path that is closed; return its legs."""
        legs = self.legs.pop(path.number, {})
        watching = self.watching(path)
        self.previews = {leg_id: number for leg_id, number in self.previews.items() if leg_id not in watching}
        self.matrix.pop(path.number, None)
        self.apart.pop(path.number, None)
        self.seats = {leg_id: seats for leg_id, seats in self.seats.items() if leg_id not in legs}
        self.signs = {key: sign for key, sign in self.signs.items() if key[0] not in legs}
        return (*legs, *watching)

    def longest_loss(self, keys: Iterable[tuple[str, str]], now: float) -> float:
        """Return for how long the longest lost of these ends has been so."""
        times = (sign.lost_at for key in keys if (sign := self.signs.get(key)) is not None)
        return max((now - at for at in times if at is not None), default=0.0)

"""Small values that commands, events and views share.

Promise: immutable, comparable, free of behaviour beyond construction. Two kinds of record
are used in this package: commands and policies are frozen dataclasses; events and views are
`record`s, frozen for the type checker only, because a frozen dataclass costs 1.1 µs to make
against 0.25 µs (CPython 3.11) and the engine makes one or two events a decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """Make a slotted value class: frozen for mypy, hashable, cheap to construct."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


CallState = Literal["waiting", "offered", "talking", "ended"]
AgentState = Literal["offline", "not_ready", "ready", "offered", "talking", "wrap_up"]
Outcome = Literal["completed", "partly_completed", "referred", "abandoned", "dropped", "refused", "closed", "failed"]
Choice = Literal["longest_idle", "highest_level", "least_occupied", "round_robin"]
Role = Literal["lead", "interpreter", "consult", "conference", "accompany", "coach", "listen"]

SUPERVISING: frozenset[Role] = frozenset({"accompany", "coach", "listen"})
"""How a leader or supervisor is in a call: with everybody (陪办), heard by the agent alone, or perceived by nobody."""

FINISHED: frozenset[str] = frozenset({"completed", "partly_completed", "referred"})
"""Outcomes of a call that needs nothing more. Every other outcome is listed for follow-up."""

FOLLOW_UP: frozenset[str] = frozenset({"abandoned", "dropped", "refused", "closed", "failed"})

MAX_LEVEL = 5


class Requirement(NamedTuple):
    """One skill a call asks for (a tuple, so that it hashes at C speed).

    `essential` requirements survive every relaxation step. A `companion` requirement may be met by
    a second agent who is reserved together with the first (a sign-language interpreter).
    """

    skill: str
    level: int = 1
    essential: bool = False
    companion: bool = False


class Step(NamedTuple):
    """One relaxation: from `after_s` seconds after entry on, these skills are dropped or lowered and this ring rings.

    Ring 1: agents who serve the queue. Ring 2: also those who serve it second. Ring 3: anyone qualified.
    """

    after_s: float
    drop: tuple[str, ...] = ()
    lower: tuple[tuple[str, int], ...] = ()
    ring: int = 0
    """0 leaves the ring as it was."""


@dataclass(frozen=True, slots=True)
class RosterAgent:
    """An agent who exists, signed in or not: the world against which an impossible requirement is told at once."""

    agent_id: str
    skills: tuple[tuple[str, int], ...] = ()
    queues: tuple[str, ...] = ()
    second: tuple[str, ...] = ()


class Slot(NamedTuple):
    """An appointment time and how many calls its planned staff can take."""

    starts_at: float
    capacity: int


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """Everything a queue is told once; the numbers are the ones of the service's first day."""

    queue_id: str
    prefix: str = "A"
    """First letter of its ticket numbers."""
    name: str = ""

    weight: float = 1.0
    """How fast waiting counts when a freed agent chooses between queues."""
    target_s: float = 60.0
    """Service level: a call answered within this time counts as answered in time."""
    danger_s: float | None = None
    """From this wait on the queue is raised by `danger_boost_s`; None: never."""
    danger_boost_s: float = 600.0
    choice: Choice = "longest_idle"
    passes: int = 10
    """No call is passed by more than this many later ones."""

    steps: tuple[Step, ...] = (Step(30.0, ring=2), Step(90.0, ring=3))
    offer_s: float = 20.0
    auto_answer: bool = False
    """Offers are accepted by the engine at once (agents who agreed to be connected without ringing)."""
    misses_to_break: int = 2
    """Offers missed in a row that take an agent out of ready; 0: never."""
    decline_cool_s: float = 5.0
    expiry_cool_s: float = 10.0
    lost_cool_s: float = 3.0

    wrap_up_s: float = 60.0
    wrap_up_max_s: float = 600.0
    """Extensions of wrap-up end here, counted from its start."""

    agent_grace_s: float = 15.0
    booth_grace_s: float = 180.0

    max_waiting: int | None = None
    max_wait_s: float | None = None
    overflow_to: str | None = None
    """Queue that takes what is too much here (too many, or waiting too long)."""
    closing_grace_s: float | None = None
    """How long after closing those with a ticket are still served; None: all of them."""

    callback_ahead: int = 1
    """A citizen who left their place is called back when at most this many are ahead."""
    callback_answer_s: float = 120.0
    appointment_credit_s: float = 600.0
    no_show_s: float = 600.0
    keep_s: float = 60.0
    """How long an interpreter is kept free for an earlier call that still lacks its agent."""

    day_offset_s: float = 28800.0
    """Ticket numbers restart at this offset from UTC midnight (China: +8 h)."""
    expected_s: float = 480.0
    """Handling time assumed until the queue has measured its own."""

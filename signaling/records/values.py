"""What the records answer with: plain frozen values; times are UTC seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

CaptureState = Literal["requested", "uploading", "stored", "failed", "withdrawn"]
OPEN_CAPTURE: frozenset[str] = frozenset({"requested", "uploading"})


@dataclass(frozen=True, slots=True)
class Message:
    call_id: str
    message_id: str
    sender: str
    sender_id: str
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Notes:
    call_id: str
    text: str
    agent_id: str
    saved_at: float


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the citizen chose with the ticket."""

    needs: tuple[str, ...] = ()
    elder_mode: bool = False
    lang: str = "zh-CN"


@dataclass(frozen=True, slots=True)
class Rating:
    level: int
    reasons: tuple[str, ...]
    remark: str
    at: float


@dataclass(frozen=True, slots=True)
class Capture:
    capture_id: str
    call_id: str
    booth_id: str
    requester: str
    requested_at: float
    state: CaptureState
    size: int | None = None
    sha256: str | None = None
    media_type: str | None = None
    width: int | None = None
    height: int | None = None
    stored_at: float | None = None
    ended_at: float | None = None
    problem: dict[str, Any] | None = None
    key_id: str | None = None
    paper_id: str | None = None
    page: int = 1
    kind: str = "pages"


@dataclass(frozen=True, slots=True)
class Party:
    """An agent's time in a call."""

    agent_id: str
    name: str
    badge: str
    role: str
    started_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A call put to an agent, and the answer: accepted, declined, expired, withdrawn, or none yet."""

    offer_id: str
    agent_id: str
    role: str
    offered_at: float
    answer: str | None = None
    answered_at: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a call's timeline."""

    seq: int
    at: float
    type: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call as the history lists it."""

    call_id: str
    ticket: str
    state: Literal["waiting", "talking", "ended"]
    queue_id: str
    queue_name: str
    item_id: str
    item_name: str
    booth_id: str
    booth_name: str
    point_id: str
    point_name: str
    street_name: str
    priority: tuple[str, ...]
    entered_at: float
    first_offered_at: float | None
    accepted_at: float | None
    ended_at: float | None
    wait_s: float | None
    """From the ticket to the first answer, or to the end when nobody answered."""
    talk_s: float | None
    agent_id: str | None
    agent_name: str
    outcome: str | None
    """As corrected during wrap-up."""
    ended_by: str | None
    reason: str
    follow_up: bool
    rating: int | None
    captures: int


@dataclass(frozen=True, slots=True)
class CallRecord:
    """Everything about one call."""

    call: CallLine
    wishes: Wishes
    routed_outcome: str | None
    """The outcome before it was corrected."""
    agents: tuple[Party, ...]
    offers: tuple[Offer, ...]
    chat: tuple[Message, ...]
    notes: Notes | None
    captures: tuple[Capture, ...]
    rating: Rating | None
    timeline: tuple[Happening, ...] = field(repr=False)

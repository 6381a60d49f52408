"""What the API answers with, as values whose fields are the JSON members.

Promise: times are RFC 3339 in UTC; an absent value is null, not a missing member. The OpenAPI document is
written from these types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from signaling.wire import rfc3339

if TYPE_CHECKING:
    from signaling.records.values import CallLine, CallRecord, Capture, Party
    from signaling.world import Item, Material, World


@dataclass(frozen=True, slots=True)
class Named:
    id: str
    name: str
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class StaffMe:
    id: str
    name: str
    name_en: str
    badge: str
    title: str
    role: str
    skills: dict[str, int]
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BoothMe:
    booth_id: str
    name: str
    point: str
    point_en: str
    street: str
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MaterialShape:
    id: str
    name: str
    name_en: str
    note: str
    note_en: str
    required: bool
    original: bool
    copies: int
    capture: bool


@dataclass(frozen=True, slots=True)
class ItemShape:
    """A service item. `open`: a ticket can be taken now; else `opens_at` says when."""

    id: str
    name: str
    name_en: str
    summary: str
    summary_en: str
    queue: Named
    audience: str
    minutes: int
    keywords: tuple[str, ...]
    pinyin: str
    initials: str
    materials: tuple[MaterialShape, ...]
    devices: tuple[str, ...]
    needs_document_camera: bool
    recording: str
    next_steps: str
    next_steps_en: str
    due_days: int
    hours: Named
    open: bool
    opens_at: str | None


@dataclass(frozen=True, slots=True)
class Items:
    items: tuple[ItemShape, ...]
    queues: tuple[Named, ...]
    priorities: tuple[Named, ...]
    needs: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class PolicyShape:
    id: str
    title: str
    text: str
    source: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought, best first."""

    items: tuple[ItemShape, ...]
    policies: tuple[PolicyShape, ...]


@dataclass(frozen=True, slots=True)
class PhraseShape:
    id: str
    text: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Phrases:
    phrases: tuple[PhraseShape, ...]


@dataclass(frozen=True, slots=True)
class BoothShape:
    id: str
    name: str
    point: str
    street: str


@dataclass(frozen=True, slots=True)
class AgentShape:
    id: str
    name: str
    badge: str


@dataclass(frozen=True, slots=True)
class CallShape:
    """A call as the history lists it."""

    call_id: str
    ticket: str
    state: str
    queue: Named
    item: Named
    booth: BoothShape
    agent: AgentShape | None
    priority: tuple[str, ...]
    entered_at: str
    accepted_at: str | None
    ended_at: str | None
    wait_s: float | None
    talk_s: float | None
    outcome: str | None
    reason: str
    follow_up: bool
    rating: int | None
    captures: int


@dataclass(frozen=True, slots=True)
class Calls:
    """A page of the history; `next` is the `before` of the following one, null at the end."""

    calls: tuple[CallShape, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class PartyShape:
    id: str
    name: str
    badge: str
    role: str
    started_at: str
    ended_at: str | None


@dataclass(frozen=True, slots=True)
class OfferShape:
    offer_id: str
    agent: AgentShape
    role: str
    offered_at: str
    answer: str | None
    answered_at: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ChatShape:
    message_id: str
    sender: str
    sender_id: str
    text: str
    at: str


@dataclass(frozen=True, slots=True)
class NotesShape:
    text: str
    agent_id: str
    saved_at: str


@dataclass(frozen=True, slots=True)
class CaptureShape:
    capture_id: str
    state: str
    requester: str
    requested_at: str
    stored_at: str | None
    ended_at: str | None
    size: int | None
    sha256: str | None
    media_type: str | None
    width: int | None
    height: int | None
    problem: dict[str, Any] | None
    paper_id: str | None
    page: int
    kind: str


@dataclass(frozen=True, slots=True)
class RatingShape:
    level: int
    reasons: tuple[str, ...]
    remark: str
    at: str


@dataclass(frozen=True, slots=True)
class HappeningShape:
    seq: int
    at: str
    type: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """Everything about one call. `routed_outcome`: the outcome before it was put right during wrap-up."""

    call: CallShape
    needs: tuple[str, ...]
    elder_mode: bool
    lang: str
    ended_by: str | None
    first_offered_at: str | None
    routed_outcome: str | None
    agents: tuple[PartyShape, ...]
    offers: tuple[OfferShape, ...]
    chat: tuple[ChatShape, ...]
    notes: NotesShape | None
    captures: tuple[CaptureShape, ...]
    rating: RatingShape | None
    timeline: tuple[HappeningShape, ...]


def item_shape(world: World, item: Item, now: float) -> ItemShape:
    """Return an item as the pages need it."""
    pinyin, initials = world.readings(item.id)
    queue, hours = world.queues[item.queue_id], world.item_hours(item.id)
    is_open = world.item_open(item.id, now)
    opens_at = None if is_open else world.item_opens_at(item.id, now)
    return ItemShape(
        item.id, item.name, item.name_en, item.summary, item.summary_en, Named(queue.id, queue.name, queue.name_en),
        item.audience, item.minutes, item.keywords, pinyin, initials,
        tuple(_material(material) for material in item.materials), item.devices, item.needs_document_camera,
        item.recording, item.next_steps, item.next_steps_en, item.due_days,
        Named(hours.id, hours.name, hours.name_en), is_open, _at(opens_at),
    )  # fmt: skip


def call_shape(world: World, line: CallLine) -> CallShape:
    """Return a call as the history lists it."""
    item = world.items.get(line.item_id)
    agent = world.agents.get(line.agent_id or "")
    return CallShape(
        call_id=line.call_id, ticket=line.ticket, state=line.state, queue=Named(line.queue_id, line.queue_name),
        item=Named(line.item_id, line.item_name, item.name_en if item else ""),
        booth=BoothShape(line.booth_id, line.booth_name, line.point_name, line.street_name),
        agent=AgentShape(line.agent_id, line.agent_name, agent.badge if agent else "") if line.agent_id else None,
        priority=line.priority, entered_at=rfc3339(line.entered_at), accepted_at=_at(line.accepted_at),
        ended_at=_at(line.ended_at), wait_s=line.wait_s, talk_s=line.talk_s, outcome=line.outcome,
        reason=line.reason, follow_up=line.follow_up, rating=line.rating, captures=line.captures,
    )  # fmt: skip


def record_shape(world: World, record: CallRecord) -> Record:
    """Return everything about a call."""
    names = {party.agent_id: party for party in record.agents}
    return Record(
        call=call_shape(world, record.call), needs=record.wishes.needs, elder_mode=record.wishes.elder_mode,
        lang=record.wishes.lang, ended_by=record.call.ended_by, first_offered_at=_at(record.call.first_offered_at),
        routed_outcome=record.routed_outcome,
        agents=tuple(
            PartyShape(p.agent_id, p.name, p.badge, p.role, rfc3339(p.started_at), _at(p.ended_at))
            for p in record.agents
        ),
        offers=tuple(
            OfferShape(
                o.offer_id, _agent(world, names, o.agent_id), o.role, rfc3339(o.offered_at), o.answer,
                _at(o.answered_at), o.reason,
            )
            for o in record.offers
        ),
        chat=tuple(ChatShape(m.message_id, m.sender, m.sender_id, m.text, rfc3339(m.at)) for m in record.chat),
        notes=NotesShape(record.notes.text, record.notes.agent_id, rfc3339(record.notes.saved_at))
        if record.notes else None,
        captures=tuple(capture_shape(capture) for capture in record.captures),
        rating=RatingShape(record.rating.level, record.rating.reasons, record.rating.remark, rfc3339(record.rating.at))
        if record.rating else None,
        timeline=tuple(HappeningShape(e.seq, rfc3339(e.at), e.type, e.data) for e in record.timeline),
    )  # fmt: skip


def capture_shape(capture: Capture) -> CaptureShape:
    """Return a capture as it stands."""
    return CaptureShape(
        capture.capture_id, capture.state, capture.requester, rfc3339(capture.requested_at), _at(capture.stored_at),
        _at(capture.ended_at), capture.size, capture.sha256, capture.media_type, capture.width, capture.height,
        capture.problem, capture.paper_id, capture.page, capture.kind,
    )  # fmt: skip


def _agent(world: World, names: dict[str, Party], agent_id: str) -> AgentShape:
    """Name an agent as the record does; one who was only asked, as the district's files do now."""
    known = names.get(agent_id) or world.agents.get(agent_id)
    return AgentShape(agent_id, known.name if known else agent_id, known.badge if known else "")


def _material(material: Material) -> MaterialShape:
    return MaterialShape(
        material.id, material.name, material.name_en, material.note, material.note_en, material.required,
        material.original, material.copies, material.capture,
    )  # fmt: skip


def _at(at: float | None) -> str | None:
    return None if at is None else rfc3339(at)

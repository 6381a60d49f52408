"""The rows of the floor, one kind for each thing a supervisor follows; made of the engine's views.

Promise: pure. A row holds what may change about one thing and nothing that grows with time: durations are told as the
time they run from, places as the numbers they are ordered by, so that a row is told again only when something happened
to its own thing.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeAlias

from signaling.ways import MEDIA_ROLES
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from signaling.routing.views import AgentView, CallView, QueueView

DANGER_TARGETS = 3.0
"""A wait of so many targets is a danger where the queue's policy names none."""


@dataclasses.dataclass(frozen=True, slots=True)
class QueueRow:
    id: str
    waiting: int
    talking: int
    ready: int
    present: int
    open: bool
    closed: bool
    """Closed by hand, whatever its hours say."""
    closed_reason: str
    next_opening: str | None
    target_s: float
    danger_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class CallRow:
    """A waiting or talking call. Those of one queue stand in the order of (`place`, `number`)."""

    id: str
    ticket: str
    queue: str
    item: str
    booth: str
    state: str
    entered_at: str
    place: float
    number: int
    priority: tuple[str, ...]
    moved: str
    aside_until: str | None
    callback: bool
    booth_lost_at: str | None
    offered_to: str | None
    agent: str | None
    accepted_at: str | None
    held: bool
    recovering: bool
    others: tuple[tuple[str, str], ...]
    """Who else is in it, with their role."""
    recording: str
    """`on`, `off`, why it is not although it should be, or empty: it is never recorded."""


@dataclasses.dataclass(frozen=True, slots=True)
class AgentRow:
    id: str
    state: str
    reason: str
    since: str
    call: str | None
    role: str | None
    lost_at: str | None
    misses: int
    planned: str
    """The break that follows what they do now."""
    queues: tuple[str, ...]
    second: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class BoothRow:
    id: str
    here: bool
    since: str | None
    """Since when it has been here or away, as far as this process saw it."""
    broken: tuple[str, ...]
    """Fitted devices that do not work."""
    call: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class AlertRow:
    id: str
    kind: str
    subject: str
    since: str
    value: float | None
    acknowledged_by: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class MessageRow:
    """What is told to booths, and where."""

    id: str
    text: str
    street: str | None
    point: str | None
    by: str
    until: str


Row: TypeAlias = QueueRow | CallRow | AgentRow | BoothRow | AlertRow | MessageRow


def danger_s(queue: QueueView) -> float:
    """Return from which wait on a queue's calls are a danger to its service level."""
    return queue.policy.danger_s if queue.policy.danger_s is not None else DANGER_TARGETS * queue.policy.target_s


def queue_row(queue: QueueView) -> QueueRow:
    return QueueRow(
        id=queue.queue_id,
        waiting=queue.waiting,
        talking=queue.talking,
        ready=queue.ready_agents,
        present=queue.present_agents,
        open=queue.open,
        closed=queue.closed,
        closed_reason=queue.closed_reason,
        next_opening=_time(queue.next_opening),
        target_s=queue.policy.target_s,
        danger_s=danger_s(queue),
    )


def call_row(call: CallView, recording: str) -> CallRow:
    return CallRow(
        id=call.call_id,
        ticket=call.ticket,
        queue=call.queue_id,
        item=call.item_id,
        booth=call.booth_id,
        state=call.state,
        entered_at=rfc3339(call.entered_at),
        place=call.place,
        number=call.seq,
        priority=call.priority,
        moved=call.moved,
        aside_until=_time(call.aside_until),
        callback=call.callback != "",
        booth_lost_at=_time(call.booth_lost_at),
        offered_to=call.offered_to,
        agent=call.agent_id,
        accepted_at=_time(call.accepted_at),
        held=call.held,
        recovering=call.recovering,
        others=tuple((party.agent_id, MEDIA_ROLES[party.role]) for party in call.parties),
        recording=recording,
    )


def agent_row(agent: AgentView) -> AgentRow:
    return AgentRow(
        id=agent.agent_id,
        state=agent.state,
        reason=agent.reason,
        since=rfc3339(agent.since),
        call=agent.call_id,
        role=MEDIA_ROLES[agent.role] if agent.role is not None else None,
        lost_at=_time(agent.lost_at),
        misses=agent.misses,
        planned=agent.break_planned,
        queues=agent.queues,
        second=agent.second,
    )


def _time(at: float | None) -> str | None:
    return None if at is None else rfc3339(at)

"""Planning numbers: what the hall did, per queue, point, agent and half-hour.

Promise: derived from events only; folding the same journal again gives the same numbers to the last digit. A call
counts in the half-hour it entered in; an agent's time counts in the half-hours it was spent in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any

from signaling.routing import events as e
from signaling.routing.values import SUPERVISING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HALF_HOUR_S = 1800.0


@dataclass
class Figures:
    """Numbers of one queue, point, agent or half-hour; the properties are what planners read."""

    entered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    follow_ups: int = 0
    finished: int = 0
    waits: list[float] = field(default_factory=list)
    handled: list[float] = field(default_factory=list)
    busy_s: float = 0.0
    signed_in_s: float = 0.0

    @property
    def service_level(self) -> float | None:
        """Share answered within the target, of all that were answered or gave up."""
        done = self.answered + self.abandoned
        return self.answered_in_time / done if done else None

    @property
    def abandon_rate(self) -> float | None:
        done = self.answered + self.abandoned
        return self.abandoned / done if done else None

    @property
    def mean_wait_s(self) -> float | None:
        return sum(self.waits) / len(self.waits) if self.waits else None

    @property
    def p90_wait_s(self) -> float | None:
        return sorted(self.waits)[ceil(0.9 * len(self.waits)) - 1] if self.waits else None

    @property
    def mean_handling_s(self) -> float | None:
        """Talk and wrap-up of one call."""
        return sum(self.handled) / len(self.handled) if self.handled else None

    @property
    def occupancy(self) -> float | None:
        """Share of the signed-in time spent in calls and wrap-up."""
        return self.busy_s / self.signed_in_s if self.signed_in_s > 0 else None


@dataclass
class _Visit:
    entered: e.Entered
    queue_id: str
    point: str
    answered: bool = False


@dataclass
class _Shift:
    """What an agent is at, from when."""

    signed_in_at: float | None = None
    busy_at: float | None = None
    talk_at: float = 0.0
    queue_id: str = ""


class Planning:
    """Fold events, read figures. `point_of` maps a booth to its point."""

    def __init__(self, point_of: Callable[[str], str] = lambda booth_id: booth_id) -> None:
        self.queues: dict[str, Figures] = {}
        self.points: dict[str, Figures] = {}
        self.agents: dict[str, Figures] = {}
        self.half_hours: dict[float, Figures] = {}
        self._point_of = point_of
        self._targets: dict[str, float] = {}
        self._visits: dict[str, _Visit] = {}
        self._shifts: dict[str, _Shift] = {}
        self.now = 0.0

    def fold(self, events: Iterable[e.Event]) -> None:
        for event in events:
            self.now = event.at
            handler = FOLDS.get(type(event))
            if handler is not None:
                handler(self, event)

    def until(self, now: float) -> None:
        """Count the time of agents who are still signed in up to now."""
        for name in list(self._shifts):
            self._spend(name, now)

    def _about(self, visit: _Visit) -> tuple[Figures, Figures, Figures]:
        half_hour = visit.entered.at // HALF_HOUR_S * HALF_HOUR_S
        return (
            self.queues.setdefault(visit.queue_id, Figures()),
            self.points.setdefault(visit.point, Figures()),
            self.half_hours.setdefault(half_hour, Figures()),
        )

    def _agent(self, name: str) -> Figures:
        return self.agents.setdefault(name, Figures())

    def _spend(self, name: str, at: float) -> None:
        """Book the time since the last booking, cut at half-hours."""
        shift = self._shifts[name]
        for start, busy in ((shift.signed_in_at, False), (shift.busy_at, True)):
            while start is not None and start < at:
                half_hour = start // HALF_HOUR_S * HALF_HOUR_S
                end = min(at, half_hour + HALF_HOUR_S)
                for figures in (self._agent(name), self.half_hours.setdefault(half_hour, Figures())):
                    if busy:
                        figures.busy_s += end - start
                    else:
                        figures.signed_in_s += end - start
                start = end
        if shift.signed_in_at is not None:
            shift.signed_in_at = at
        if shift.busy_at is not None:
            shift.busy_at = at

    def queue_defined(self, event: e.QueueDefined) -> None:
        self._targets[event.queue.queue_id] = event.queue.target_s

    def entered(self, event: e.Entered) -> None:
        visit = self._visits[event.call_id] = _Visit(event, event.queue_id, self._point_of(event.booth_id))
        for figures in self._about(visit):
            figures.entered += 1

    def accepted(self, event: e.Accepted) -> None:
        for name in filter(None, (event.agent_id, event.companion_id)):
            self._busy(name, event.at)
        visit = self._visits[event.call_id]
        if event.role != "lead" or visit.answered:
            return
        visit.answered = True
        wait = event.at - visit.entered.at
        in_time = wait <= self._targets.get(visit.queue_id, float("inf"))
        for figures in (*self._about(visit), self._agent(event.agent_id)):
            figures.answered += 1
            figures.answered_in_time += in_time
            figures.waits.append(wait)

    def _busy(self, name: str, at: float) -> None:
        shift = self._shifts.setdefault(name, _Shift())
        self._spend(name, at)
        shift.busy_at = shift.talk_at = at

    def _idle(self, name: str, at: float) -> None:
        if name in self._shifts:
            self._spend(name, at)
            self._shifts[name].busy_at = None

    def moved_queue(self, event: e.Transferred | e.Overflowed) -> None:
        self._visits[event.call_id].queue_id = event.queue_id if isinstance(event, e.Transferred) else event.to_queue

    def ended(self, event: e.Ended) -> None:
        visit = self._visits.pop(event.call_id)
        for figures in self._about(visit):
            figures.finished += not event.follow_up
            figures.follow_ups += event.follow_up
            figures.abandoned += not visit.answered and event.outcome == "abandoned"
        if event.agent_id is not None:
            self._agent(event.agent_id).finished += not event.follow_up
            self._agent(event.agent_id).follow_ups += event.follow_up

    def wrap_up_started(self, event: e.WrapUpStarted) -> None:
        visit = self._visits.get(event.call_id)
        shift = self._shifts.setdefault(event.agent_id, _Shift())
        shift.queue_id = visit.queue_id if visit else shift.queue_id

    def call_led(self, event: e.Ended) -> None:
        """Remember the queue of the call before it is forgotten, for its handling time."""
        if event.agent_id is not None and event.agent_id in self._shifts:
            self._shifts[event.agent_id].queue_id = self._visits[event.call_id].queue_id
        self.ended(event)

    def wrap_up_finished(self, event: e.WrapUpFinished) -> None:
        shift = self._shifts.setdefault(event.agent_id, _Shift())
        handled = event.at - shift.talk_at
        self._agent(event.agent_id).handled.append(handled)
        if shift.queue_id:
            self.queues.setdefault(shift.queue_id, Figures()).handled.append(handled)
        self._idle(event.agent_id, event.at)

    def signed_in(self, event: e.AgentSignedIn) -> None:
        shift = self._shifts.setdefault(event.agent_id, _Shift())
        if shift.signed_in_at is None:
            shift.signed_in_at = event.at

    def signed_out(self, event: e.AgentSignedOut) -> None:
        self._idle(event.agent_id, event.at)
        shift = self._shifts.get(event.agent_id)
        if shift is not None:
            shift.signed_in_at = None

    def state_changed(self, event: e.AgentStateChanged) -> None:
        self._idle(event.agent_id, event.at)

    def left(self, event: e.Left) -> None:
        self._idle(event.agent_id, event.at)

    def joined(self, event: e.Joined) -> None:
        if event.role in SUPERVISING:
            self._busy(event.agent_id, event.at)


FOLDS: dict[type, Callable[[Planning, Any], None]] = {
    e.QueueDefined: Planning.queue_defined,
    e.Entered: Planning.entered,
    e.Accepted: Planning.accepted,
    e.Transferred: Planning.moved_queue,
    e.Overflowed: Planning.moved_queue,
    e.Ended: Planning.call_led,
    e.WrapUpStarted: Planning.wrap_up_started,
    e.WrapUpFinished: Planning.wrap_up_finished,
    e.AgentSignedIn: Planning.signed_in,
    e.AgentSignedOut: Planning.signed_out,
    e.AgentStateChanged: Planning.state_changed,
    e.Left: Planning.left,
    e.Joined: Planning.joined,
}

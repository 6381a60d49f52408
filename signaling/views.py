"""What a booth and a console are shown, derived from the engine's state at the moment of asking.

Nothing is kept here that a reconnect would miss: the phase `rating` and a booth's notices come from the last ended call
of the booth; only a console's notices (half a minute long) live in memory. Reading is cheap enough to do after every
event for those concerned; estimates, which run the engine forward, are kept for a few seconds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from signaling.errors import Unknown
from signaling.routing.estimate import NEVER_S
from signaling.screens import (
    Before,
    BoothView,
    Called,
    CallState,
    Colleague,
    Estimate,
    Message,
    Notice,
    OfferState,
    Participant,
    Person,
    Place,
    QueueState,
    Self,
    Skilled,
    StaffView,
    WrapUpState,
)
from signaling.ways import MEDIA_ROLES
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from signaling.calls import Calls
    from signaling.recording import Recording
    from signaling.records.broadcasts import Broadcast
    from signaling.routing import Engine
    from signaling.routing.views import AgentView, CallView, QueueView
    from signaling.stories import Stories
    from signaling.tickets import Tickets
    from signaling.world import World

REASONS_AHEAD = 30
ESTIMATE_S = 5.0
"""An estimate is asked of the engine this often for each call; it is shown in steps as long."""
NOTICE_S = 30.0


class Views:
    """Builds the two views."""

    def __init__(
        self, engine: Callable[[], Engine], world: World, calls: Calls, stories: Stories, recording: Recording,
        tickets: Tickets, seq: Callable[[], int], said_at: Callable[[str], Iterable[Broadcast]],
    ) -> None:  # fmt: skip
        self._engine = engine
        self._world = world
        self._calls = calls
        self._stories = stories
        self._recording = recording
        self._tickets = tickets
        self._seq = seq
        self._said_at = said_at
        self._estimates: dict[str, tuple[float, Estimate | None]] = {}
        self._looked_at = -1
        self._looked: dict[str, QueueView] = {}

    # ── the booth ───────────────────────────────────────────────────────────────────────────────────────────────

    def booth(self, booth_id: str, now: float) -> BoothView:
        running = self._calls.at_booth(booth_id)
        rated = None if running else self._stories.to_rate(booth_id, now)
        call = running or rated
        if running is not None:
            phase = "talking" if running.state == "talking" else "waiting"
        else:
            phase = "rating" if rated else "idle"
        return BoothView(
            seq=self._seq(),
            now=rfc3339(now),
            booth=self.place(booth_id),
            phase=phase,
            notice=self._booth_notice(booth_id, now) if call is None else None,
            messages=tuple(Message(one.broadcast_id, one.text, rfc3339(one.until)) for one in self._said_at(booth_id)),
            call=self._call(call, booth_id, now) if call else None,
            called=self._called(booth_id),
        )

    def _called(self, booth_id: str) -> tuple[Called, ...]:
        """Return whose citizens are called back to this point: any free booth there takes them."""
        point_id = self._world.booths[booth_id].point_id
        here = {booth.id for booth in self._world.booths.values() if booth.point_id == point_id}
        called = self._tickets.called(here)
        return tuple(Called(one.call_id, one.ticket, rfc3339(one.callback_by or 0.0)) for one in called)

    def _booth_notice(self, booth_id: str, now: float) -> Notice | None:
        last = self._stories.last_ended(booth_id)
        if last is None or last.ended_at is None or last.accepted_at is not None or now - last.ended_at > NOTICE_S:
            return None
        if last.outcome == "abandoned":
            return None  # the citizen's own wish: nothing to tell them
        return Notice("call_ended", rfc3339(last.ended_at), last.call_id, last.outcome, last.reason or None)

    def place(self, booth_id: str) -> Place:
        place = self._world.place(booth_id)
        return Place(booth_id, place.booth.name, place.point.name, place.street.name)

    # ── the console ─────────────────────────────────────────────────────────────────────────────────────────────

    def staff(self, agent_id: str, now: float) -> StaffView:
        agent = self._agent(agent_id)
        call = self._calls.of_agent(agent_id)
        return StaffView(
            seq=self._seq(),
            now=rfc3339(now),
            agent=self._self(agent_id, agent),
            offer=self._offer(agent, now),
            call=self._call(call, agent_id, now) if call else None,
            wrap_up=self._wrap_up(agent),
            queues=tuple(self._queues(agent, now)),
            notice=self._stories.notice(agent_id, now),
            colleagues=self._colleagues(agent_id, call),
        )

    def _self(self, agent_id: str, agent: AgentView | None) -> Self:
        known = self._world.agents[agent_id]
        state, reason = (agent.state, agent.reason) if agent else ("offline", "")
        since = rfc3339(agent.since) if agent else None
        lost = agent is not None and agent.lost_at is not None
        return Self(agent_id, known.name, known.badge, known.role, state, reason, since, lost)

    def _offer(self, agent: AgentView | None, now: float) -> OfferState | None:
        if agent is None or agent.offer_id is None:
            return None
        try:
            offer = self._engine().offer(agent.offer_id)
            call = self._engine().call(offer.call_id)
        except Unknown:
            return None
        place = self.place(call.booth_id)
        story = self._stories.of(call.call_id)
        return OfferState(
            offer_id=offer.offer_id,
            call_id=call.call_id,
            role=MEDIA_ROLES[offer.role],
            asked_by=self._person(call.agent_id) if offer.role != "lead" and call.agent_id else None,
            ticket=call.ticket,
            item_id=call.item_id,
            booth=place.name,
            point=place.point,
            priority=call.priority,
            needs=self.needs(call),
            elder_mode=story.elder_mode,
            lang=story.lang,
            waited_s=max(0, round(offer.offered_at - call.entered_at)),
            entered_at=rfc3339(call.entered_at),
            offered_at=rfc3339(offer.offered_at),
            expires_at=rfc3339(offer.expires_at),
            links=self._calls.links(call, agent.agent_id, now),
        )

    def _wrap_up(self, agent: AgentView | None) -> WrapUpState | None:
        if agent is None or agent.state != "wrap_up" or agent.call_id is None:
            return None
        call = self._calls.wrapped_up_by(agent.agent_id)
        if call is None:
            return None
        ends_at = rfc3339(agent.wrap_up_ends_at) if agent.wrap_up_ends_at is not None else None
        return WrapUpState(call.call_id, call.ticket, call.item_id, call.outcome, rfc3339(agent.since), ends_at)

    def _queues(self, agent: AgentView | None, now: float) -> Iterable[QueueState]:
        for queue_id in (*agent.queues, *agent.second) if agent else ():
            try:
                queue = self._queue(queue_id)
            except Unknown:
                continue
            since = queue.longest_wait_since
            longest = 0 if since is None else max(0, math.floor(now - since))
            yield QueueState(queue_id, self._world.queues[queue_id].name, queue.waiting, longest, queue.ready_agents)

    def _queue(self, queue_id: str) -> QueueView:
        """Look at a queue once for each durable state: who serves it is told the same of it."""
        if self._looked_at != self._seq():
            self._looked_at = self._seq()
            self._looked.clear()
        if queue_id not in self._looked:
            self._looked[queue_id] = self._engine().queue(queue_id)
        return self._looked[queue_id]

    # ── a call ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _call(self, call: CallView, viewer_id: str, now: float) -> CallState:
        waiting = call.state in ("waiting", "offered")
        story = self._stories.of(call.call_id)
        shown = self._calls.shown(call)
        return CallState(
            call_id=call.call_id,
            ticket=call.ticket,
            queue_id=call.queue_id,
            item_id=call.item_id,
            state=call.state,
            entered_at=rfc3339(call.entered_at),
            accepted_at=_time(call.accepted_at),
            ended_at=_time(call.ended_at),
            outcome=call.outcome,
            priority=call.priority,
            needs=self.needs(call),
            elder_mode=story.elder_mode,
            lang=story.lang,
            ahead=self._engine().ahead(call.call_id) if waiting else None,
            before=self._before(call) if waiting else (),
            estimate=self._estimate(call, now) if waiting else None,
            aside_until=_time(call.aside_until),
            held=call.held,
            recovering=call.recovering,
            booth_lost_at=_time(call.booth_lost_at),
            agent=self._person(call.agent_id) if call.agent_id else None,
            booth=self.place(call.booth_id),
            role=self._calls.visible(call, viewer_id).get(viewer_id),
            participants=self._participants(call, viewer_id),
            consulting=call.consulting,
            private=self._calls.private(call),
            links=self._calls.links(call, viewer_id, now),
            sharing=shown.sharing,
            media=self._calls.media(call),
            rerouted=call.rerouted,
            recording=self._recording.state(call),
        )

    def _participants(self, call: CallView, viewer_id: str) -> tuple[Participant, ...]:
        """Return who is in a talking call, as far as the viewer may know."""
        shown = self._calls.shown(call)
        since = {party.agent_id: party.since for party in call.parties}
        told = []
        for person_id, role in self._calls.visible(call, viewer_id).items():
            agent = self._world.agents.get(person_id)
            name = agent.name if agent else self._world.place(person_id).point.name
            badge, title = (agent.badge, agent.title) if agent else ("", "")
            came = rfc3339(since.get(person_id, call.accepted_at or call.entered_at))
            told.append(Participant(person_id, name, badge, title, role, came, shown.media(person_id)))
        return tuple(told)

    def _colleagues(self, agent_id: str, call: CallView | None) -> tuple[Colleague, ...]:
        """Return who is free to be asked in: told to the agent who leads a call, and to nobody else."""
        if call is None or call.agent_id != agent_id:
            return ()
        free = (agent for agent in self._engine().agents() if agent.state == "ready" and agent.lost_at is None)
        return tuple(
            Colleague(known.id, known.name, known.title, tuple(map(self._skilled, known.skills)))
            for agent in free
            if (known := self._world.agents.get(agent.agent_id)) is not None
        )

    def _skilled(self, skill_id: str) -> Skilled:
        skill = self._world.skills[skill_id]
        return Skilled(skill.id, skill.name, skill.name_en)

    def needs(self, call: CallView) -> tuple[str, ...]:
        """Return what the citizen asked for besides the item: the world's needs whose skill the call requires."""
        required = {requirement.skill for requirement in call.requires if requirement.essential}
        return tuple(need.id for need in self._world.needs.values() if need.skill_id in required)

    def _person(self, agent_id: str) -> Person:
        agent = self._world.agents[agent_id]
        return Person(agent_id, agent.name, agent.badge, agent.title)

    def _before(self, call: CallView) -> tuple[Before, ...]:
        """Say who is before a citizen and why; nothing where they are too many for the reasons to matter."""
        if self._engine().ahead(call.call_id) > REASONS_AHEAD:
            return ()
        return tuple(Before(one.cause, one.count, one.words) for one in self._engine().why(call.call_id).groups)

    def _estimate(self, call: CallView, now: float) -> Estimate | None:
        asked_at, estimate = self._estimates.get(call.call_id, (-math.inf, None))
        if now - asked_at >= ESTIMATE_S:
            if len(self._estimates) > 10_000:
                self._estimates.clear()
            told = self._engine().estimate(call.call_id, now)
            p50, p90 = (math.ceil(value / ESTIMATE_S) * int(ESTIMATE_S) for value in (told.p50_s, told.p90_s))
            # Nobody at work can take it: no number would be honest.
            estimate = Estimate(p50, p90) if told.p90_s < NEVER_S else None
            self._estimates[call.call_id] = (now, estimate)
        return estimate

    def _agent(self, agent_id: str) -> AgentView | None:
        try:
            return self._engine().agent(agent_id)
        except Unknown:
            return None


def _time(at: float | None) -> str | None:
    return None if at is None else rfc3339(at)

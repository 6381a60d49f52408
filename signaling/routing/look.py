"""Making views of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.routing import hours
from signaling.routing.entry import open_at
from signaling.routing.state import FRONT_S, passed_by
from signaling.routing.views import AgentView, Ahead, AppointmentView, CallView, OfferView, Party, QueueView, Why

if TYPE_CHECKING:
    from signaling.routing.state import Agent, Appointment, Call, Offer, Queue, State
    from signaling.routing.values import Role


def call_view(call: Call) -> CallView:
    offer = call.offer if call.state == "offered" else None
    agent = call.agent
    talking = call.state == "talking"
    lost = talking and agent is not None and agent.lost_at is not None
    entered = call.entered
    return CallView(
        call_id=call.call_id,
        booth_id=call.booth_id,
        queue_id=call.queue.queue_id,
        item_id=call.item_id,
        ticket=entered.ticket,
        state=call.state,
        entered_at=call.entered_at,
        place=call.place,
        credit_s=entered.credit_s,
        priority=entered.priority,
        requires=call.plan.stages[min(call.step, len(call.plan.stages) - 1)].requires,
        step=call.step,
        offer_id=offer.offer_id if offer else None,
        offered_to=offer.agent.agent_id if offer else None,
        agent_id=agent.agent_id if agent else None,
        parties=tuple(Party(p.agent.agent_id, p.role, p.private, p.since) for p in call.parties),
        accepted_at=call.accepted_at,
        first_accepted_at=call.first_accepted_at,
        ended_at=call.ended_at,
        outcome=call.outcome,
        reason=call.reason,
        held=call.held,
        booth_lost_at=call.booth_lost_at,
        recovering=lost,
        recover_until=agent.lost_until if lost and agent else None,
        aside_until=call.aside_until,
        callback=call.callback,
        callback_by=call.callback_by if call.callback == "called" else None,
        consulting=call.consult is not None,
        passed=passed_by(call),
        follow_up=call.state == "ended" and call.outcome not in ("completed", "partly_completed", "referred"),
        devices=entered.devices,
        seq=call.seq,
        moved=call.moved,
        rerouted=_rerouted(call),
    )


def _rerouted(call: Call) -> str:
    if call.state not in ("waiting", "offered"):
        return ""
    if call.place < call.entered_at - FRONT_S / 2:
        return "recovered"
    if call.first_accepted_at is not None:
        return "transferred"
    return "overflowed" if call.overflowed else ""


def _role(agent: Agent) -> Role | None:
    if agent.offer is not None:
        return agent.offer.role if agent.offer.agent is agent else "interpreter"
    if agent.call is None:
        return None
    if agent.call.agent is agent:
        return "lead"
    return next((party.role for party in agent.call.parties if party.agent is agent), None)


def agent_view(agent: Agent) -> AgentView:
    offer = agent.offer
    call_id = agent.call.call_id if agent.call else agent.wrap_call or None
    if offer is not None:
        call_id = offer.seeker.call.call_id
    key = agent.profile.key
    return AgentView(
        agent_id=agent.agent_id,
        state=agent.state,
        reason=agent.reason,
        since=agent.since,
        skills=key[0],
        queues=key[1],
        second=key[2],
        offer_id=offer.offer_id if offer else None,
        call_id=call_id,
        role=_role(agent),
        offer_expires_at=offer.expires_at if offer else None,
        wrap_up_ends_at=agent.wrap_until if agent.state == "wrap_up" else None,
        lost_at=agent.lost_at,
        cool_until=agent.cool_until,
        misses=agent.misses,
        break_planned=agent.break_reason,
    )


def queue_view(state: State, queue: Queue) -> QueueView:
    """`ready_agents` and `present_agents` count the agents who serve this queue in the first ring."""
    serving = [agent for agent in state.agents.values() if queue.queue_id in agent.profile.queues]
    first = queue.order.first()
    return QueueView(
        queue_id=queue.queue_id,
        name=queue.policy.name,
        waiting=len(queue.order),
        offered=queue.offered,
        talking=queue.talking,
        longest_wait_since=first[2].call.entered_at if first else None,
        ready_agents=sum(agent.free for agent in serving),
        present_agents=sum(agent.present for agent in serving),
        open=open_at(queue, state.now),
        closed_reason=queue.closed_reason,
        next_opening=None if queue.closed else hours.next_opening(queue.intervals, state.now),
        policy=queue.policy,
        closed=queue.closed,
    )


def offer_view(offer: Offer) -> OfferView:
    return OfferView(
        offer_id=offer.offer_id,
        call_id=offer.seeker.call.call_id,
        agent_id=offer.agent.agent_id,
        companion_id=offer.companion.agent_id if offer.companion else None,
        role=offer.role,
        offered_at=offer.at,
        expires_at=offer.expires_at,
    )


def appointment_view(one: Appointment) -> AppointmentView:
    return AppointmentView(one.appointment_id, one.queue_id, one.starts_at, one.item_id, one.requires, one.priority)


def why(call: Call) -> Why:
    """Derive who is before a call, and for what stated reason."""
    groups: dict[str, tuple[int, dict[str, None]]] = {}
    ahead = 0
    if call.state in ("waiting", "offered"):
        for entry in call.queue.order.before(call.entry):
            ahead += 1
            cause, words = _cause(entry[2].call, call)
            count, known = groups.get(cause, (0, {}))
            known.update(dict.fromkeys(words))
            groups[cause] = (count + 1, known)
    stage = call.plan.stages[min(call.step, len(call.plan.stages) - 1)]
    return Why(
        call_id=call.call_id,
        ahead=ahead,
        groups=tuple(Ahead(cause, count, tuple(words)) for cause, (count, words) in sorted(groups.items())),
        present_agents=stage.demand.present,
        ready_agents=len({entry[2] for entry in stage.demand.idle if entry[3] == entry[4].idle_no}),
        waiting_for=stage.requires,
        hindered=_hindered(call),
    )


def _cause(other: Call, call: Call) -> tuple[str, tuple[str, ...]]:
    """Why `other` is before `call`."""
    if other.place < other.entered_at - FRONT_S / 2:
        return "recovered", ()
    if other.moved:
        return "moved", (other.moved,)
    if other.seq < call.seq:
        # Also into the queue it came from: it had been answered, so it was not counted before.
        if other.queue.queue_id != other.entered.queue_id or other.first_accepted_at is not None:
            return "transferred", ()
        return ("overflowed" if call.overflowed else "earlier"), ()
    if other.entered.appointment_id is not None:
        return "appointment", ()
    return "priority", other.entered.priority


def _hindered(call: Call) -> str:
    if call.aside_until is not None:
        return "aside"
    if call.booth_lost_at is not None:
        return "booth_lost"
    if call.callback:
        return "callback"
    return "agent" if call.wants is not None else ""

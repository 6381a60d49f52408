"""Building every index anew from the state proper: after loading a snapshot, or when a queue's policy changed.

Promise: an engine with rebuilt indexes decides exactly as the one that kept them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.routing import due
from signaling.routing.deadlines import Deadlines
from signaling.routing.demand import Exchange

if TYPE_CHECKING:
    from signaling.routing.state import Call, State


def reindex(state: State) -> None:
    """Build the indexes anew after a policy changed."""
    exchange = state.exchange = Exchange(state.queues)
    for agent in state.agents.values():
        agent.profile = exchange.profile(*agent.profile.key)
    index(state)


def index(state: State) -> None:
    """Build the indexes of a state whose exchange knows the agents' profiles and nothing else."""
    exchange = state.exchange
    state.deadlines = Deadlines()
    state.unplaced.clear()
    state.kept.clear()
    state.thinned.clear()
    for agent in state.agents.values():
        agent.wanted = []
        agent.idle_no = 0
        present, agent.present = agent.present, False
        if agent.state != "offline":
            agent.profile.agents[agent.agent_id] = agent
        exchange.set_present(agent, present)
        if agent.kept_for:
            state.kept[agent.kept_for] = agent
        if agent.free:
            state.unplaced[agent.agent_id] = agent
    for call in state.calls.values():
        _relist(state, call)
    _collect_deadlines(state)


def _relist(state: State, call: Call) -> None:
    exchange = state.exchange
    entered = call.entered
    call.plan = exchange.plan_in(call.queue, call.requires, entered.steps, entered.prefers, entered.prefers_s)
    call.step = min(call.step, len(call.plan.stages) - 1)
    call.demand = call.pair = None
    if call.open:
        exchange.enlist(call, state.agents)
    consult = call.consult
    if consult is not None:
        consult.plan = exchange.plan("", consult.requires, (), ring=3)
        consult.demand = consult.pair = None
        if consult.open:
            exchange.enlist(consult, state.agents)


def _collect_deadlines(state: State) -> None:
    add = state.deadlines.add
    for offer in state.offers.values():
        add((offer.expires_at, due.OFFER, offer.offer_id, offer))
    for call in state.calls.values():
        call.due = due.call_deadline(call)
        if call.due is not None:
            add((call.due, due.CALL, call.call_id, call))
    for agent in state.agents.values():
        agent.due = due.agent_deadline(agent)
        if agent.due is not None:
            add((agent.due, due.AGENT, agent.agent_id, agent))
    for appointment in state.appointments.values():
        appointment.due = due.slot_deadline(state, appointment)
        add((appointment.due, due.SLOT, appointment.appointment_id, appointment))

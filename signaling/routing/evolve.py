"""What each event does to the state: the only code that changes it, live and in replay alike.

Promise: one function an event, no decision, no refusal: an event was legal when it was made. Beside the state proper
it keeps the indexes and notes down what the decision in hand has to look at next (`fresh`, `unplaced`, `thinned`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from signaling.routing import due, evolve_agents, evolve_calls, evolve_team, evolve_world
from signaling.routing import events as e
from signaling.routing.evolve_agents import free_agent, set_agent
from signaling.routing.evolve_calls import leave_queue, list_call
from signaling.routing.state import Offer
from signaling.routing.table import AGENT, CALL

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.routing.state import Agent, Call, State


# A moving mean over about the last 30 answers: quick enough for a new shift of agents.
RING_WEIGHT = 1 / 30


def offered(state: State, event: e.Offered) -> None:
    call = state.calls[event.call_id]
    seeker = call if event.role == "lead" else call.consult
    assert seeker is not None
    agent = state.agents[event.agent_id]
    companion = state.agents[event.companion_id] if event.companion_id else None
    offer = Offer(event.offer_id, seeker, agent, companion, event.at, event.expires_at)
    state.offers[event.offer_id] = offer
    state.offers_made += 1
    for one in (agent, companion) if companion else (agent,):
        one.offer = offer
        one.last_offer = state.offers_made
        set_agent(state, one, AGENT[one.state][e.Offered], event.at)
    state.exchange.delist(seeker)
    seeker.offer = offer
    if seeker is call:
        call.state = CALL[call.state][e.Offered]
        call.due = None
        call.queue.offered += 1
    if event.agent_id != seeker.declined_by:
        seeker.declined_by = None
    state.deadlines.add((event.expires_at, due.OFFER, event.offer_id, offer))


def accepted(state: State, event: e.Accepted) -> None:
    offer = state.offers.pop(event.offer_id)
    offer.due = None
    call, agent = offer.seeker.call, offer.agent
    for one in (agent, offer.companion) if offer.companion else (agent,):
        one.offer = None
        one.call = call
        one.misses = 0
        one.talk_since = event.at
        set_agent(state, one, AGENT[one.state][e.Accepted], event.at)
    if offer.seeker is not call:
        call.consult = None
        return
    call.state = CALL[call.state][e.Accepted]
    call.offer = None
    call.agent = agent
    call.accepted_at = event.at
    if call.first_accepted_at is None:
        call.first_accepted_at = event.at
    call.held = False
    queue = call.queue
    queue.offered -= 1
    queue.talking += 1
    queue.waited_s += event.at - call.entered_at
    queue.ring_s += (event.at - offer.at - queue.ring_s) * RING_WEIGHT
    leave_queue(state, call)


def _offer_over(state: State, offer_id: str, event: type, at: float) -> tuple[Call, Agent, Offer]:
    """Take an offer away: the seeker is offerable again, the agents are ready."""
    offer = state.offers.pop(offer_id)
    offer.due = None
    call = offer.seeker.call
    for one in (offer.agent, offer.companion) if offer.companion else (offer.agent,):
        one.offer = None
        set_agent(state, one, AGENT[one.state][event], at)
    offer.seeker.offer = None
    if offer.seeker is call:
        call.state = CALL[call.state][event]
        call.queue.offered -= 1
        list_call(state, call)
    else:
        evolve_team.list_consult(state, offer.seeker)
    return call, offer.agent, offer


def declined(state: State, event: e.Declined) -> None:
    _, _, offer = _offer_over(state, event.offer_id, e.Declined, event.at)
    offer.seeker.declined_by = event.agent_id
    for one in (offer.agent, offer.companion) if offer.companion else (offer.agent,):
        if one.agent_id == event.agent_id:
            _cool(state, one, event.at, event.cool_until)
        free_agent(state, one)


def expired(state: State, event: e.Expired) -> None:
    _, agent, offer = _offer_over(state, event.offer_id, e.Expired, event.at)
    agent.misses += 1
    _cool(state, agent, event.at, event.cool_until)
    free_agent(state, agent)
    if offer.companion:
        free_agent(state, offer.companion)


def _cool(state: State, agent: Agent, at: float, until: float) -> None:
    agent.idle_since = at
    agent.cool_until = until if until > at else 0.0
    due.set_agent(state, agent)


def withdrawn(state: State, event: e.Withdrawn) -> None:
    _, agent, offer = _offer_over(state, event.offer_id, e.Withdrawn, event.at)
    free_agent(state, agent)
    if offer.companion:
        free_agent(state, offer.companion)


EVOLVE: dict[type, Callable[[State, Any], None]] = {
    e.Offered: offered,
    e.Accepted: accepted,
    e.Declined: declined,
    e.Expired: expired,
    e.Withdrawn: withdrawn,
    **evolve_agents.EVOLVE,
    **evolve_calls.EVOLVE,
    **evolve_team.EVOLVE,
    **evolve_world.EVOLVE,
}


def evolve(state: State, event: e.Event) -> None:
    """Let one event act."""
    state.now = event.at
    EVOLVE[type(event)](state, event)

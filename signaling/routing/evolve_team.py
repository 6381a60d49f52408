"""More than one agent in a call: consults, interpreters, warm transfer, accompaniment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from signaling.routing import events as e
from signaling.routing.evolve_agents import count_busy, set_agent, to_work
from signaling.routing.state import Consult, Party
from signaling.routing.table import AGENT
from signaling.routing.values import SUPERVISING

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.routing.state import Seeker, State


def list_consult(state: State, consult: Seeker) -> None:
    state.exchange.enlist(consult, state.agents)
    state.fresh.append(consult)


def consult_asked(state: State, event: e.ConsultAsked) -> None:
    call = state.calls[event.call_id]
    consult = call.consult = Consult(call, event.at, event.by, event.requires, event.private)
    consult.wants = event.agent_id
    consult.plan = state.exchange.plan("", event.requires, (), ring=3)
    list_consult(state, consult)


def consult_ended(state: State, event: e.ConsultEnded) -> None:
    call = state.calls[event.call_id]
    if call.consult is not None and call.consult.open:
        state.exchange.delist(call.consult)
    call.consult = None


def joined(state: State, event: e.Joined) -> None:
    call = state.calls[event.call_id]
    agent = state.agents[event.agent_id]
    if agent.state != "talking":
        if agent.state == "not_ready":
            agent.break_reason = agent.reason or "away"
        agent.call = call
        agent.talk_since = event.at
        set_agent(state, agent, AGENT[agent.state][e.Joined], event.at)
    call.parties = (*call.parties, Party(agent, event.role, event.private, event.at))


def left(state: State, event: e.Left) -> None:
    call = state.calls.get(event.call_id) or state.ended[event.call_id]
    agent = state.agents[event.agent_id]
    call.parties = tuple(party for party in call.parties if party.agent is not agent)
    count_busy(agent, event.at)
    agent.call = None
    to_work(state, agent, event.at)


def conference_started(state: State, event: e.ConferenceStarted) -> None:
    call = state.calls[event.call_id]
    # Who coaches or listens goes on doing so.
    call.parties = tuple(
        p if p.role in SUPERVISING else Party(p.agent, "conference" if p.role == "consult" else p.role, False, p.since)
        for p in call.parties
    )


def handed_over(state: State, event: e.HandedOver) -> None:
    call = state.calls[event.call_id]
    agent = state.agents[event.to_agent]
    call.parties = tuple(party for party in call.parties if party.agent is not agent)
    call.agent = agent
    call.accepted_at = event.at
    call.held = False


EVOLVE: dict[type, Callable[[State, Any], None]] = {
    e.ConsultAsked: consult_asked,
    e.ConsultEnded: consult_ended,
    e.Joined: joined,
    e.Left: left,
    e.ConferenceStarted: conference_started,
    e.HandedOver: handed_over,
}

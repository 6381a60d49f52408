"""Agents changing state: shared steps and the events that concern one agent only.

Promise: `present`, `idle_no` and the notes for the decision in hand always follow the agent's state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from signaling.routing import due
from signaling.routing import events as e
from signaling.routing.state import Agent, day_of
from signaling.routing.table import AGENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.routing.demand import Profile
    from signaling.routing.state import State


def set_agent(state: State, agent: Agent, to: str, at: float, reason: str = "") -> None:
    """Move an agent to another state: not idle until `free_agent` says so, present unless away from work."""
    agent.state = to
    agent.since = at
    agent.reason = reason
    agent.idle_no = 0
    if agent.kept_for:
        unkeep(state, agent)
    if agent.due is not None:
        due.set_agent(state, agent)
    present = to != "not_ready" and to != "offline"
    if agent.present != present:
        set_present(state, agent, present)


def set_present(state: State, agent: Agent, present: bool) -> None:
    state.exchange.set_present(agent, present)
    if not present:
        note_thinned(state, agent.profile)
        if agent.wanted:
            state.absent[agent.agent_id] = agent


def note_thinned(state: State, profile: Profile) -> None:
    """Remember the demands that lost an agent, where someone waits."""
    for demand in profile.demands:
        if demand.present < 2 or demand.mains:
            state.thinned[demand.number] = demand


def unkeep(state: State, agent: Agent) -> None:
    state.kept.pop(agent.kept_for, None)
    agent.kept_for = ""
    agent.kept_until = 0.0


def free_agent(state: State, agent: Agent) -> None:
    """Note an agent that may be given a call."""
    if agent.state == "ready" and agent.lost_at is None and not agent.cool_until:
        state.unplaced[agent.agent_id] = agent


def to_work(state: State, agent: Agent, at: float) -> None:
    """After a call: ready, or on the break that was planned during it."""
    if agent.break_reason:
        set_agent(state, agent, "not_ready", at, agent.break_reason)
        agent.break_reason = ""
    else:
        agent.cool_until = 0.0
        set_agent(state, agent, "ready", at)
        agent.idle_since = at
        free_agent(state, agent)


def count_busy(agent: Agent, at: float) -> None:
    """Add the talk that just ended to today's occupancy."""
    day = day_of(at)
    if agent.busy_day != day:
        agent.busy_day, agent.busy_s = day, 0.0
    agent.busy_s += at - agent.talk_since


def agent_signed_in(state: State, event: e.AgentSignedIn) -> None:
    profile = state.exchange.profile(event.skills, event.queues, event.second)
    agent = state.agents.get(event.agent_id)
    if agent is None:
        agent = state.agents[event.agent_id] = Agent(event.agent_id, profile)
    was_present = agent.present
    if agent.profile is not profile:
        state.exchange.set_present(agent, False)
        note_thinned(state, agent.profile)
        agent.profile.agents.pop(agent.agent_id, None)
        agent.profile = profile
        agent.idle_no = 0
        if agent.kept_for:
            unkeep(state, agent)
    profile.agents[agent.agent_id] = agent
    state.exchange.set_present(agent, was_present)
    if agent.state == "offline":
        agent.lost_at = None
        agent.cool_until = 0.0
        agent.misses = 0
        set_agent(state, agent, AGENT["offline"][e.AgentSignedIn], event.at, "signed_in")
    free_agent(state, agent)


def agent_signed_out(state: State, event: e.AgentSignedOut) -> None:
    agent = state.agents[event.agent_id]
    agent.lost_at = None
    agent.lost_until = 0.0
    agent.break_reason = agent.wrap_call = agent.wrap_queue = ""
    agent.cool_until = 0.0
    set_agent(state, agent, AGENT[agent.state][e.AgentSignedOut], event.at)
    agent.profile.agents.pop(agent.agent_id, None)


def agent_state_changed(state: State, event: e.AgentStateChanged) -> None:
    agent = state.agents[event.agent_id]
    if agent.state == "talking":
        count_busy(agent, event.at)
        agent.call = None
    agent.break_reason = ""
    agent.lost_until = 0.0
    agent.cool_until = 0.0
    set_agent(state, agent, event.state, event.at, event.reason)
    agent.misses = 0
    if event.state == "ready":
        agent.idle_since = event.at
        free_agent(state, agent)


def break_planned(state: State, event: e.BreakPlanned) -> None:
    state.agents[event.agent_id].break_reason = event.reason


def agent_went_away(state: State, event: e.AgentWentAway) -> None:
    agent = state.agents[event.agent_id]
    agent.lost_at = event.at
    agent.lost_until = event.until
    agent.idle_no = 0
    if agent.kept_for:
        unkeep(state, agent)
    due.set_agent(state, agent)


def agent_came_back(state: State, event: e.AgentCameBack) -> None:
    agent = state.agents[event.agent_id]
    agent.lost_at = None
    agent.lost_until = 0.0
    if agent.state == "ready" and event.cool_until > event.at:
        agent.cool_until = max(agent.cool_until, event.cool_until)
    due.set_agent(state, agent)
    free_agent(state, agent)


def cooled_down(state: State, event: e.CooledDown) -> None:
    agent = state.agents[event.agent_id]
    agent.cool_until = 0.0
    due.set_agent(state, agent)
    free_agent(state, agent)


def kept(state: State, event: e.Kept) -> None:
    agent = state.agents[event.agent_id]
    agent.kept_for = event.call_id
    agent.kept_until = event.until
    agent.idle_no = 0
    state.calls[event.call_id].kept = True
    state.kept[event.call_id] = agent
    state.unplaced[event.agent_id] = agent
    due.set_agent(state, agent)


def kept_ended(state: State, event: e.KeptEnded) -> None:
    agent = state.agents[event.agent_id]
    unkeep(state, agent)
    agent.idle_no = 0
    due.set_agent(state, agent)
    free_agent(state, agent)


def wrap_up_started(state: State, event: e.WrapUpStarted) -> None:
    agent = state.agents[event.agent_id]
    call = agent.call
    set_agent(state, agent, AGENT[agent.state][e.WrapUpStarted], event.at)
    agent.call = None
    agent.wrap_call = event.call_id
    agent.wrap_queue = call.queue.queue_id if call else ""
    agent.wrap_since = event.at
    agent.wrap_until = event.ends_at
    count_busy(agent, event.at)
    due.set_agent(state, agent)


def wrap_up_extended(state: State, event: e.WrapUpExtended) -> None:
    agent = state.agents[event.agent_id]
    agent.wrap_until = event.ends_at
    due.set_agent(state, agent)


def wrap_up_finished(state: State, event: e.WrapUpFinished) -> None:
    agent = state.agents[event.agent_id]
    queue = state.queues.get(agent.wrap_queue)
    if queue is not None:
        queue.note_handled(event.at - agent.talk_since)
    agent.wrap_call = agent.wrap_queue = ""
    to_work(state, agent, event.at)


EVOLVE: dict[type, Callable[[State, Any], None]] = {
    e.AgentSignedIn: agent_signed_in,
    e.AgentSignedOut: agent_signed_out,
    e.AgentStateChanged: agent_state_changed,
    e.BreakPlanned: break_planned,
    e.AgentWentAway: agent_went_away,
    e.AgentCameBack: agent_came_back,
    e.CooledDown: cooled_down,
    e.Kept: kept,
    e.KeptEnded: kept_ended,
    e.WrapUpStarted: wrap_up_started,
    e.WrapUpExtended: wrap_up_extended,
    e.WrapUpFinished: wrap_up_finished,
}

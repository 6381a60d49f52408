"""Deadlines: when does time itself act on something.

Promise: `next_due` is a function of the state alone. The heap may hold outdated entries; an entry counts only while
its object's own deadline still is that time.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from signaling.routing import hours

if TYPE_CHECKING:
    from signaling.routing.state import Agent, Appointment, Call, State

OFFER, CALL, AGENT, SLOT = range(4)
INF = float("inf")


def push(state: State, time: float, kind: int, name: str) -> None:
    heap = state.deadlines
    heappush(heap, (time, kind, name))
    if len(heap) > state.deadlines_limit:
        heap[:] = [entry for entry in set(heap) if deadline_of(state, entry[1], entry[2]) == entry[0]]
        heapify(heap)
        state.deadlines_limit = 4096 + 4 * len(heap)


def set_call(state: State, call: Call) -> None:
    """Note a call's deadline after anything that may have moved it."""
    time = call_deadline(call)
    if time != call.due:
        call.due = time
        if time is not None:
            push(state, time, CALL, call.call_id)


def set_agent(state: State, agent: Agent) -> None:
    """Note an agent's deadline after anything that may have moved it."""
    time = agent_deadline(agent)
    if time != agent.due:
        agent.due = time
        if time is not None:
            push(state, time, AGENT, agent.agent_id)


def next_due(state: State) -> float | None:
    """Return the earliest deadline, dropping outdated entries."""
    heap = state.deadlines
    while heap:
        time, kind, name = heap[0]
        if deadline_of(state, kind, name) == time:
            return time
        heappop(heap)
    return None


def take_due(state: State, now: float) -> tuple[int, str] | None:
    """Return the earliest thing due by `now`; acting on it moves its deadline."""
    time = next_due(state)
    if time is None or time > now:
        return None
    return state.deadlines[0][1:]


def deadline_of(state: State, kind: int, name: str) -> float | None:
    if kind == OFFER:
        offer = state.offers.get(name)
        return offer.expires_at if offer else None
    if kind == CALL:
        call = state.calls.get(name)
        return call.due if call else None
    if kind == AGENT:
        agent = state.agents.get(name)
        return agent.due if agent else None
    appointment = state.appointments.get(name)
    return slot_deadline(state, appointment) if appointment else None


def call_deadline(call: Call) -> float | None:
    """When a call next relaxes, comes back, is dropped or overflows."""
    if call.state != "waiting":
        return call.booth_until if call.state == "talking" and call.booth_lost_at is not None else None
    stages = call.plan.stages
    step = call.step + 1
    due = call.entered_at + stages[step].after_s if step < len(stages) else INF
    if call.wants is not None:
        due = min(due, call.wants_until)
    if call.aside_until is not None:
        due = min(due, call.aside_until)
    if call.booth_lost_at is not None:
        due = min(due, call.booth_until)
    if call.callback == "called":
        due = min(due, call.callback_by)
    policy = call.queue.policy
    if policy.max_wait_s is not None:
        due = min(due, call.entered_at + policy.max_wait_s)
    if policy.closing_grace_s is not None:
        due = min(due, closing_deadline(call, policy.closing_grace_s))
    return due if due < INF else None


def closing_deadline(call: Call, grace_s: float) -> float:
    """Until when a call is still served after its queue closed."""
    queue = call.queue
    if queue.closed:
        return max(queue.closed_at, call.entered_at) + grace_s
    closes = hours.next_closing(queue.intervals, call.entered_at) if queue.intervals else None
    return INF if closes is None else closes + grace_s


def agent_deadline(agent: Agent) -> float | None:
    """When an agent's grace, cool-down, wrap-up or keeping ends."""
    due = INF
    if agent.lost_at is not None and agent.lost_until:
        due = agent.lost_until
    if agent.state == "wrap_up":
        due = min(due, agent.wrap_until)
    elif agent.state == "ready":
        if agent.cool_until:
            due = min(due, agent.cool_until)
        if agent.kept_for:
            due = min(due, agent.kept_until)
    return due if due < INF else None


def slot_deadline(state: State, appointment: Appointment) -> float:
    return appointment.starts_at + state.queues[appointment.queue_id].policy.no_show_s

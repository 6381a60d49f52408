"""When does time itself act on something.

Promise: a function of the state alone; what is noted in `State.deadlines` follows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.routing import hours

if TYPE_CHECKING:
    from signaling.routing.state import Agent, Appointment, Call, State

OFFER, CALL, AGENT, SLOT = range(4)
INF = float("inf")


def set_call(state: State, call: Call) -> None:
    """Note a call's deadline after anything that may have moved it."""
    time = call_deadline(call)
    if time != call.due:
        call.due = time
        if time is not None:
            state.deadlines.add((time, CALL, call.call_id, call))


def set_agent(state: State, agent: Agent) -> None:
    """Note an agent's deadline after anything that may have moved it."""
    time = agent_deadline(agent)
    if time != agent.due:
        agent.due = time
        if time is not None:
            state.deadlines.add((time, AGENT, agent.agent_id, agent))


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

"""Taking a ticket: every check a newcomer must pass, and where they stand.

Promise: whatever cannot be served is said at once (closed, full, broken device, nobody on the roster), and no call is
let ahead of an earlier one that was passed `passes` times already.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from signaling.errors import Malformed, Refused, TooMany, WrongState
from signaling.routing import commands as c
from signaling.routing import events as e
from signaling.routing import hours
from signaling.routing.order import INFINITE
from signaling.routing.relax import step_for
from signaling.routing.state import day_of

if TYPE_CHECKING:
    from signaling.routing.demand import Plan, Profile
    from signaling.routing.desk import Desk
    from signaling.routing.state import Call, Queue, State

MAX_CREDIT_S = 86400.0


def enter(desk: Desk, command: c.Enter) -> None:
    known = desk.state.calls.get(command.call_id) or desk.state.ended.get(command.call_id)
    if known is not None:
        _check_same(known, command)
        return
    queue = desk.queue(command.queue_id)
    _check_body(command)
    _check_booth(desk.state, command)
    plan = _plan(desk.state, queue, command)
    target = room_in(desk, queue)
    overflow_from = None
    if target is not queue:
        overflow_from, queue = queue.queue_id, target
        plan = _plan(desk.state, queue, command)
    if desk.state.roster:
        _check_possible(desk.state, plan)
    credit = command.credit_s
    if command.appointment_id is not None:
        credit += _use_appointment(desk, command)
    _emit(desk, command, queue, plan, credit, overflow_from)


def _emit(desk: Desk, command: c.Enter, queue: Queue, plan: Plan, credit: float, overflow_from: str | None) -> None:
    now = desk.now
    wanted, until = None, 0.0
    if command.prefers_agent is not None:
        wanted, until = wished_agent(desk, command.prefers_agent, command.prefers_agent_s, now)
    place = place_in(queue, now - credit) if credit else now
    step = step_for(plan, now, now)
    desk.emit(
        e.Entered(
            now, command.call_id, command.booth_id, queue.queue_id, command.item_id, next_ticket(queue, now),
            command.requires, credit, command.priority, place, step, command.prefers, command.prefers_s,
            wanted, until, command.steps, command.devices, command.appointment_id, overflow_from,
        )
    )  # fmt: skip
    if command.appointment_id is not None:
        desk.emit(e.SlotReleased(now, command.appointment_id, "used", command.call_id))


def _check_same(known: Call, command: c.Enter) -> None:
    """A repeated Enter is no new event; the same id with another body is refused."""
    was = known.entered
    credit = was.credit_s
    if was.appointment_id is not None:
        credit = command.credit_s
    same = (
        was.booth_id == command.booth_id
        and (was.overflow_from or was.queue_id) == command.queue_id
        and was.item_id == command.item_id
        and was.requires == command.requires
        and was.priority == command.priority
        and was.steps == command.steps
        and (was.prefers, was.prefers_s) == (command.prefers, command.prefers_s)
        # A wish for an agent who was away is not in the event: it cannot be held against the second one.
        and was.prefers_agent in (None, command.prefers_agent)
        and was.devices == command.devices
        and was.appointment_id == command.appointment_id
        and credit == command.credit_s
    )
    if not same:
        raise Refused(f"{command.call_id} was used for another call", field="call_id", code="duplicate_id")


def _check_body(command: c.Enter) -> None:
    if not command.call_id or not command.booth_id:
        raise Malformed("a call and a booth need an id", field="call_id", code="no_id")
    if not 0.0 <= command.credit_s <= MAX_CREDIT_S:
        raise Malformed(f"credit must be 0 to {MAX_CREDIT_S:.0f} s", field="credit_s", code="credit_out_of_range")
    if not (command.prefers_s >= 0 and command.prefers_agent_s >= 0 and isfinite(command.prefers_s)):
        raise Malformed("a preference needs a time", field="prefers_s", code="bad_time")


def _check_booth(state: State, command: c.Enter) -> None:
    booth = state.booths.get(command.booth_id)
    if booth is None:
        return
    if booth.call is not None:
        raise WrongState(f"{command.booth_id} has a call already", field="booth_id", code="booth_busy")
    check_devices(state, command.booth_id, command.devices)


def check_devices(state: State, booth_id: str, devices: tuple[str, ...]) -> None:
    """A booth that never reported its devices is trusted; one that did needs them all."""
    booth = state.booths.get(booth_id)
    if booth is None or booth.working is None:
        return
    missing = [device for device in devices if device not in booth.working]
    if missing:
        raise Refused(f"{booth_id} has no working {', '.join(missing)}", field="devices", code="device_not_working")


def _plan(state: State, queue: Queue, command: c.Enter) -> Plan:
    return state.exchange.plan_in(queue, command.requires, command.steps, command.prefers, command.prefers_s)


def room_in(desk: Desk, queue: Queue) -> Queue:
    """Return the queue that takes a newcomer: this one, or the one its overflow goes to."""
    if (queue.closed or queue.intervals) and not open_at(queue, desk.now):
        raise closed_error(queue, desk.now)
    most = queue.policy.max_waiting
    if most is None or len(queue.order) < most:
        return queue
    other = desk.state.queues.get(queue.policy.overflow_to or "")
    if other is not None and other is not queue and open_at(other, desk.now):
        most = other.policy.max_waiting
        if most is None or len(other.order) < most:
            return other
    raise TooMany(f"queue {queue.queue_id} is full", field="queue_id", code="queue_full")


def open_at(queue: Queue, now: float) -> bool:
    return not queue.closed and (not queue.intervals or hours.is_open(queue.intervals, now))


def closed_error(queue: Queue, now: float) -> Refused:
    """Say that it is closed, and when it opens next (`QueueView.next_opening` has the number)."""
    opens = None if queue.closed else hours.next_opening(queue.intervals, now)
    when = f"; it opens at {opens:.0f} s UTC" if opens is not None else ""
    return Refused(f"queue {queue.queue_id} is closed{when}", field="queue_id", code="closed")


def _check_possible(state: State, plan: Plan) -> None:
    """Refuse at once what nobody on the roster (or signed in) could ever serve."""
    if plan.possible is None:
        plan.possible = state.exchange.possible(plan, roster_profiles(state))
    if not plan.possible:
        raise Refused("no agent has what this asks for", field="requires", code="impossible")


def roster_profiles(state: State) -> list[Profile]:
    known = {agent.profile.key: agent.profile for agent in state.agents.values()}
    for one in state.roster:
        profile = state.exchange.profile(one.skills, one.queues, one.second)
        known[profile.key] = profile
    return list(known.values())


def _use_appointment(desk: Desk, command: c.Enter) -> float:
    """Return the head start an appointment gives: from its time on, not before."""
    appointment = desk.state.appointments.get(command.appointment_id or "")
    if appointment is None:
        raise Refused("no such appointment (any more)", field="appointment_id", code="no_appointment")
    policy = desk.queue(appointment.queue_id).policy
    if appointment.queue_id != command.queue_id:
        raise Malformed("the appointment is for another queue", field="queue_id", code="other_queue")
    return policy.appointment_credit_s if desk.now >= appointment.starts_at - policy.appointment_credit_s else 0.0


def wished_agent(desk: Desk, agent_id: str | None, for_s: float, now: float) -> tuple[str | None, float]:
    """Return the agent a call waits for alone, if that agent is present, and until when."""
    agent = desk.state.agents.get(agent_id or "")
    if agent is None or not agent.present or not for_s > 0:
        return None, 0.0
    return agent.agent_id, now + for_s


def place_in(queue: Queue, wished: float, seq: int | None = None) -> float:
    """Return the earliest place not ahead of an earlier call that was passed often enough.

    `seq` None: a newcomer, later than everybody. The walk costs one step for every call passed, and no call is passed
    more than `passes` times, so it is constant per call over a day.
    """
    blocked = queue.order.blocker(wished, INFINITE if seq is None else seq, queue.policy.passes)
    return wished if blocked is None else blocked


def next_ticket(queue: Queue, now: float) -> str:
    same_day = queue.ticket_day == day_of(now, queue.policy.day_offset_s)
    return f"{queue.policy.prefix}{(queue.ticket_no if same_day else 0) + 1:03d}"

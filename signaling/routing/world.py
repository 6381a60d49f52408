"""What operators say about the world: queues, hours, roster, devices, slots, appointments."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, get_args

from signaling.errors import Malformed, Refused, TooMany, Unknown
from signaling.routing import commands as c
from signaling.routing import events as e
from signaling.routing import hours
from signaling.routing import plan as plans
from signaling.routing.agents import check_skills
from signaling.routing.calls import end_call, send_on
from signaling.routing.entry import open_at
from signaling.routing.match import flush
from signaling.routing.order import MOST_PASSES
from signaling.routing.values import Choice

if TYPE_CHECKING:
    from signaling.routing.desk import Desk
    from signaling.routing.values import QueuePolicy

TIMES = (
    "offer_s", "target_s", "danger_boost_s", "decline_cool_s", "expiry_cool_s", "lost_cool_s", "wrap_up_s",
    "wrap_up_max_s", "agent_grace_s", "booth_grace_s", "callback_answer_s", "appointment_credit_s", "no_show_s",
    "keep_s", "expected_s",
)  # fmt: skip


def define_queue(desk: Desk, command: c.DefineQueue) -> None:
    policy = command.queue
    _check_policy(policy)
    known = desk.state.queues.get(policy.queue_id)
    if known is not None and known.policy == policy and not known.removed:
        return
    desk.emit(e.QueueDefined(desk.now, policy))
    if known is not None:
        flush(desk)  # the calls choose among the idle, in order: the agents' own order is not part of the state
        desk.state.fresh.extend(entry[2] for entry in known.order if entry[2].open)


def _check_policy(policy: QueuePolicy) -> None:
    if not policy.queue_id or not policy.prefix:
        raise Malformed("a queue needs an id and a ticket prefix", field="queue_id", code="no_id")
    for name in TIMES:
        if not 0 <= getattr(policy, name) < float("inf"):
            raise Malformed(f"{name} must be 0 or more seconds", field=name, code="bad_time")
    if not 0 < policy.weight < float("inf") or policy.offer_s <= 0:
        raise Malformed("weight and offer_s must be above 0", field="weight", code="bad_number")
    if policy.choice not in get_args(Choice):
        raise Malformed(f"no choice of agent called {policy.choice}", field="choice", code="bad_choice")
    if min(policy.misses_to_break, policy.callback_ahead) < 0:
        raise Malformed("counts must be 0 or more", field="misses_to_break", code="bad_number")
    if not 0 <= policy.passes <= MOST_PASSES:
        raise Malformed(f"passes must be 0 to {MOST_PASSES}", field="passes", code="bad_number")
    if policy.max_waiting is not None and policy.max_waiting < 0:
        raise Malformed("max_waiting must be 0 or more", field="max_waiting", code="bad_number")
    for name in ("danger_s", "max_wait_s", "closing_grace_s"):
        value = getattr(policy, name)
        if value is not None and not 0 <= value < float("inf"):
            raise Malformed(f"{name} must be 0 or more seconds", field=name, code="bad_time")
    plans.check((), policy.steps)


def define_roster(desk: Desk, command: c.DefineRoster) -> None:
    for agent in command.agents:
        check_skills(agent.skills)
    if command.agents != desk.state.roster:
        desk.emit(e.RosterDefined(desk.now, command.agents))


def set_hours(desk: Desk, command: c.SetHours) -> None:
    queue = desk.queue(command.queue_id)
    hours.check(command.intervals)
    if queue.intervals != command.intervals:
        desk.emit(e.HoursSet(desk.now, command.queue_id, command.intervals))


def set_slots(desk: Desk, command: c.SetSlots) -> None:
    queue = desk.queue(command.queue_id)
    if any(slot.capacity < 0 or not isfinite(slot.starts_at) for slot in command.slots):
        raise Malformed("a slot needs a time and a capacity of 0 or more", field="slots", code="bad_slot")
    if queue.slots != dict(command.slots):
        desk.emit(e.SlotsSet(desk.now, command.queue_id, tuple(sorted(command.slots))))


def open_queue(desk: Desk, command: c.OpenQueue) -> None:
    if desk.queue(command.queue_id).closed:
        desk.emit(e.QueueOpened(desk.now, command.queue_id, command.by, command.reason))


def close_queue(desk: Desk, command: c.CloseQueue) -> None:
    if not desk.queue(command.queue_id).closed:
        desk.emit(e.QueueClosed(desk.now, command.queue_id, command.by, command.reason))


def remove_queue(desk: Desk, command: c.RemoveQueue) -> None:
    queue = desk.queue(command.queue_id)
    there = [call for call in desk.state.calls.values() if call.queue is queue]
    if there and (not command.waiting_to or any(call.state != "waiting" for call in there)):
        raise Refused(f"calls are in {queue.queue_id}", field="queue_id", code="queue_in_use")
    if any(one.queue_id == queue.queue_id for one in desk.state.appointments.values()):
        raise Refused(f"appointments are booked in {queue.queue_id}", field="queue_id", code="queue_booked")
    if there:
        to = desk.queue(command.waiting_to, "waiting_to")
        if to is queue or not open_at(to, desk.now):
            raise Refused(f"nobody goes on in {to.queue_id}", field="waiting_to", code="closed")
        for _, _, seeker in [*queue.order]:
            send_on(desk, seeker.call, to, seeker.call.place, "removed")
    desk.emit(e.QueueRemoved(desk.now, queue.queue_id))


def booth_devices(desk: Desk, command: c.BoothDevices) -> None:
    if not command.booth_id:
        raise Malformed("a booth needs an id", field="booth_id", code="no_id")
    working = tuple(sorted(set(command.working)))
    booth = desk.state.booths.get(command.booth_id)
    if booth is None or booth.working != working:
        desk.emit(e.BoothDevicesSet(desk.now, command.booth_id, working))


def book_slot(desk: Desk, command: c.BookSlot) -> None:
    state = desk.state
    queue = desk.queue(command.queue_id)
    plans.check(command.requires, ())
    known = state.appointments.get(command.appointment_id)
    if known is not None:
        same = (known.queue_id, known.starts_at, known.item_id, known.requires, known.priority)
        if same != (command.queue_id, command.starts_at, command.item_id, command.requires, command.priority):
            raise Refused("the id was used for another appointment", field="appointment_id", code="duplicate_id")
        return
    if not command.appointment_id:
        raise Malformed("an appointment needs an id", field="appointment_id", code="no_id")
    capacity = queue.slots.get(command.starts_at)
    if capacity is None or command.starts_at < desk.now:
        raise Unknown("no such slot", field="starts_at", code="unknown_slot")
    if booked(desk, command.queue_id, command.starts_at) >= capacity:
        raise TooMany("the slot is taken", field="starts_at", code="slot_full")
    call = desk.call(command.call_id) if command.call_id is not None else None
    if call is not None and call.state == "talking":
        call = None
    told = command.queue_id, command.starts_at, command.item_id, command.requires, command.priority
    desk.emit(e.SlotBooked(desk.now, command.appointment_id, *told))
    if call is not None:
        end_call(desk, call, "referred", "citizen", "appointment")


def booked(desk: Desk, queue_id: str, starts_at: float) -> int:
    appointments = desk.state.appointments.values()
    return sum(1 for one in appointments if one.queue_id == queue_id and one.starts_at == starts_at)


def cancel_slot(desk: Desk, command: c.CancelSlot) -> None:
    if command.appointment_id not in desk.state.appointments:
        raise Unknown("no such appointment (any more)", field="appointment_id", code="no_appointment")
    desk.emit(e.SlotReleased(desk.now, command.appointment_id, "cancelled"))

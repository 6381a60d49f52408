"""The world around the calls: queues, hours, roster, devices, appointments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from signaling.routing import due
from signaling.routing import events as e
from signaling.routing.evolve_calls import booth_of
from signaling.routing.reindex import reindex
from signaling.routing.state import Appointment, Queue

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.routing.state import State


def queue_defined(state: State, event: e.QueueDefined) -> None:
    queue = state.queues.get(event.queue.queue_id)
    if queue is None:
        state.queues[event.queue.queue_id] = Queue(event.queue)
        return
    queue.policy = event.queue
    if queue.removed:
        queue.removed = queue.closed = False
        queue.closed_reason = ""
    reindex(state)


def roster_defined(state: State, event: e.RosterDefined) -> None:
    state.roster = event.agents
    state.exchange.forget_possible()


def hours_set(state: State, event: e.HoursSet) -> None:
    queue = state.queues[event.queue_id]
    queue.intervals = event.intervals
    _push_deadlines(state, queue)


def slots_set(state: State, event: e.SlotsSet) -> None:
    state.queues[event.queue_id].slots = {slot.starts_at: slot.capacity for slot in event.slots}


def queue_opened(state: State, event: e.QueueOpened) -> None:
    queue = state.queues[event.queue_id]
    queue.closed, queue.closed_at, queue.closed_reason = False, 0.0, ""
    _push_deadlines(state, queue)


def queue_closed(state: State, event: e.QueueClosed) -> None:
    queue = state.queues[event.queue_id]
    queue.closed, queue.closed_at, queue.closed_reason = True, event.at, event.reason
    _push_deadlines(state, queue)


def queue_removed(state: State, event: e.QueueRemoved) -> None:
    """Closed, it takes no overflow either; what it counted and the calls that ended in it stay known."""
    queue = state.queues[event.queue_id]
    queue.removed = queue.closed = True
    queue.closed_at, queue.closed_reason = event.at, "removed"


def _push_deadlines(state: State, queue: Queue) -> None:
    if queue.policy.closing_grace_s is not None:
        for entry in queue.order:
            call = entry[2].call
            due.set_call(state, call)


def booth_devices_set(state: State, event: e.BoothDevicesSet) -> None:
    booth_of(state, event.booth_id).working = event.working


def slot_booked(state: State, event: e.SlotBooked) -> None:
    appointment = Appointment(
        event.appointment_id, event.queue_id, event.starts_at, event.item_id, event.requires, event.priority
    )
    state.appointments[event.appointment_id] = appointment
    appointment.due = due.slot_deadline(state, appointment)
    state.deadlines.add((appointment.due, due.SLOT, event.appointment_id, appointment))


def slot_released(state: State, event: e.SlotReleased) -> None:
    state.appointments.pop(event.appointment_id).due = None


EVOLVE: dict[type, Callable[[State, Any], None]] = {
    e.QueueDefined: queue_defined,
    e.RosterDefined: roster_defined,
    e.HoursSet: hours_set,
    e.SlotsSet: slots_set,
    e.QueueOpened: queue_opened,
    e.QueueClosed: queue_closed,
    e.QueueRemoved: queue_removed,
    e.BoothDevicesSet: booth_devices_set,
    e.SlotBooked: slot_booked,
    e.SlotReleased: slot_released,
}

"""Calls: entering, waiting, moving, ending.

Promise: a call stands in the order of exactly one queue while it waits or is offered, in none otherwise; it is listed
for agents exactly while it waits and nothing hinders it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from signaling.routing import due
from signaling.routing import events as e
from signaling.routing.state import ENDED_KEPT, ENDED_KEPT_S, Booth, Call, day_of
from signaling.routing.table import CALL
from signaling.routing.values import FINISHED

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.routing.demand import Plan
    from signaling.routing.state import Queue, Seeker, State


def plan_of(state: State, call: Call) -> Plan:
    """The relaxation plan of a call in its present queue."""
    entered = call.entered
    return state.exchange.plan_in(call.queue, call.requires, entered.steps, entered.prefers, entered.prefers_s)


def list_call(state: State, call: Call) -> None:
    """List a waiting call for agents, unless something hinders it."""
    if call.booth_lost_at is None and call.aside_until is None and not call.callback:
        state.exchange.enlist(call, state.agents)
        note_fresh(state, call)
    due.set_call(state, call)


def note_fresh(state: State, seeker: Seeker) -> None:
    """Remember a seeker that became offerable, unless nobody idles who could take it: whoever comes free looks."""
    demand = seeker.demand
    if demand is None or demand.idle or seeker.pair is not None:
        state.fresh.append(seeker)


def unlist_call(state: State, call: Call) -> None:
    if call.open:
        state.exchange.delist(call)


def join_queue(state: State, call: Call, queue: Queue, place: float) -> None:
    """Stand in a queue's order; later calls that are now behind earlier ones count as having passed them.

    What another queue allowed cannot be undone, only ended: one who was passed as often as this queue allows, or more,
    is passed by nobody here.
    """
    call.queue = queue
    call.place = place
    call.entry = (place, call.seq, call)
    queue.order.pass_by(place, call.seq)
    queue.order.add(call.entry, min(call.passed, queue.policy.passes))


def leave_queue(state: State, call: Call) -> None:
    queue = call.queue
    call.passed = queue.order.remove(call.entry)
    if queue.callbacks:
        state.advanced[queue.queue_id] = queue


def booth_of(state: State, booth_id: str) -> Booth:
    booth = state.booths.get(booth_id)
    if booth is None:
        booth = state.booths[booth_id] = Booth(booth_id)
    return booth


def entered(state: State, event: e.Entered) -> None:
    queue = state.queues[event.queue_id]
    state.calls_made += 1
    call = Call(event, state.calls_made, queue)
    state.calls[event.call_id] = call
    booth_of(state, event.booth_id).call = call
    if event.overflow_from is not None:
        call.overflowed = True
    queue.entered += 1
    day = day_of(event.at, queue.policy.day_offset_s)
    if queue.ticket_day == day:
        queue.ticket_no += 1
    else:
        queue.ticket_day, queue.ticket_no = day, 1
    call.plan = plan_of(state, call)
    if event.credit_s:
        queue.note_credit(event.at, event.credit_s)
        queue.order.pass_by(event.place)
    queue.order.add(call.entry)
    list_call(state, call)


def relaxed(state: State, event: e.Relaxed) -> None:
    call = state.calls[event.call_id]
    call.step = event.step
    if call.open:
        state.exchange.relist(call)
        note_fresh(state, call)
    due.set_call(state, call)


def preference_ended(state: State, event: e.PreferenceEnded) -> None:
    call = state.calls[event.call_id]
    unlist_call(state, call)
    call.wants = None
    list_call(state, call)


def stood_aside(state: State, event: e.StoodAside) -> None:
    call = state.calls[event.call_id]
    unlist_call(state, call)
    call.aside_until = event.until
    list_call(state, call)


def stepped_back(state: State, event: e.SteppedBack) -> None:
    call = state.calls[event.call_id]
    call.aside_until = None
    list_call(state, call)


def moved(state: State, event: e.Moved) -> None:
    call = state.calls[event.call_id]
    queue = call.queue
    before = call.place
    unlist_call(state, call)
    call.place = event.place
    queue.order.pass_by(event.place, call.seq, before)
    passed = queue.order.remove(call.entry)
    call.entry = (event.place, call.seq, call)
    queue.order.add(call.entry, passed)
    call.moved = event.reason if event.place < before else call.moved
    list_call(state, call)


def overflowed(state: State, event: e.Overflowed) -> None:
    call = state.calls[event.call_id]
    unlist_call(state, call)
    leave_queue(state, call)
    if call.callback:
        call.queue.callbacks -= 1
    call.overflowed = True
    _settle_in(state, call, event.to_queue, event.place, event.step)
    if call.callback:
        call.queue.callbacks += 1


def _settle_in(state: State, call: Call, queue_id: str, place: float, step: int) -> None:
    """Wait in another queue with the same clock."""
    queue = state.queues[queue_id]
    if queue is not call.queue:
        call.queue.entered -= 1
        queue.entered += 1
    call.queue = queue
    call.plan = plan_of(state, call)
    call.step = step
    join_queue(state, call, queue, place)
    list_call(state, call)


def back_to_waiting(state: State, call: Call, event: type, at: float) -> None:
    """A talking call waits again; its lead's own state is told by another event."""
    call.state = CALL[call.state][event]
    call.queue.talking -= 1
    call.agent = None
    call.held = False
    call.accepted_at = None
    call.declined_by = None


def call_requeued(state: State, event: e.CallRequeued) -> None:
    call = state.calls[event.call_id]
    back_to_waiting(state, call, e.CallRequeued, event.at)
    call.place = event.place
    call.entry = (event.place, call.seq, call)
    call.step = event.step
    call.wants = None
    call.queue.order.add(call.entry, call.passed)
    list_call(state, call)


def transferred(state: State, event: e.Transferred) -> None:
    call = state.calls[event.call_id]
    back_to_waiting(state, call, e.Transferred, event.at)
    call.requires = event.requires
    call.item_id = event.item_id
    call.wants = event.prefers_agent
    call.wants_until = event.prefers_agent_until
    call.moved = ""
    _settle_in(state, call, event.queue_id, event.place, event.step)


def booth_went_away(state: State, event: e.BoothWentAway) -> None:
    call = state.calls[event.call_id]
    unlist_call(state, call)
    call.booth_lost_at = event.at
    call.booth_until = event.until
    due.set_call(state, call)


def booth_came_back(state: State, event: e.BoothCameBack) -> None:
    call = state.calls[event.call_id]
    call.booth_lost_at = None
    call.booth_until = 0.0
    if call.state == "waiting" and not call.open:
        list_call(state, call)
    due.set_call(state, call)


def booth_changed(state: State, event: e.BoothChanged) -> None:
    call = state.calls[event.call_id]
    old = state.booths.get(call.booth_id)
    if old is not None and old.call is call:
        old.call = None
    call.booth_id = event.booth_id
    booth_of(state, event.booth_id).call = call
    booth_came_back(state, e.BoothCameBack(event.at, event.booth_id, event.call_id))


def ended(state: State, event: e.Ended) -> None:
    call = state.calls.pop(event.call_id)
    queue = call.queue
    if call.state == "talking":
        queue.talking -= 1
    else:
        unlist_call(state, call)
        leave_queue(state, call)
        queue.waited_s += event.at - call.entered_at
        queue.gave_up += event.outcome == "abandoned"
    if call.callback:
        queue.callbacks -= 1
    call.state = CALL[call.state][e.Ended]
    call.due = None
    call.ended_at = event.at
    call.outcome = event.outcome
    call.reason = event.reason
    if event.outcome in FINISHED:
        queue.finished += 1
    else:
        queue.follow_ups += 1
    booth = state.booths.get(call.booth_id)
    if booth is not None and booth.call is call:
        booth.call = None
    _remember_ended(state, call, event.at)


def _remember_ended(state: State, call: Call, at: float) -> None:
    """Keep an ended call for late questions; forget the oldest, untying its knots so that it is freed at once."""
    order = state.ended_order
    state.ended[call.call_id] = call
    order.append(call)
    while len(order) > ENDED_KEPT or at - (order[0].ended_at or 0.0) > ENDED_KEPT_S:
        old = order.popleft()
        del state.ended[old.call_id]
        del old.call, old.entry


def call_back_asked(state: State, event: e.CallBackAsked) -> None:
    call = state.calls[event.call_id]
    unlist_call(state, call)
    call.callback = "asked"
    call.booth_lost_at = None
    call.queue.callbacks += 1
    state.advanced[call.queue.queue_id] = call.queue
    booth = state.booths.get(call.booth_id)
    if booth is not None and booth.call is call:
        booth.call = None
    due.set_call(state, call)


def called_back(state: State, event: e.CalledBack) -> None:
    call = state.calls[event.call_id]
    call.callback = "called"
    call.callback_by = event.answer_by
    due.set_call(state, call)


def call_back_answered(state: State, event: e.CallBackAnswered) -> None:
    call = state.calls[event.call_id]
    call.callback = ""
    call.callback_by = 0.0
    call.queue.callbacks -= 1
    call.booth_id = event.booth_id
    booth_of(state, event.booth_id).call = call
    list_call(state, call)


def held(state: State, event: e.Held) -> None:
    state.calls[event.call_id].held = True


def resumed(state: State, event: e.Resumed) -> None:
    state.calls[event.call_id].held = False


EVOLVE: dict[type, Callable[[State, Any], None]] = {
    e.Entered: entered,
    e.Relaxed: relaxed,
    e.PreferenceEnded: preference_ended,
    e.StoodAside: stood_aside,
    e.SteppedBack: stepped_back,
    e.Moved: moved,
    e.Overflowed: overflowed,
    e.CallRequeued: call_requeued,
    e.Transferred: transferred,
    e.BoothWentAway: booth_went_away,
    e.BoothCameBack: booth_came_back,
    e.BoothChanged: booth_changed,
    e.Ended: ended,
    e.CallBackAsked: call_back_asked,
    e.CalledBack: called_back,
    e.CallBackAnswered: call_back_answered,
    e.Held: held,
    e.Resumed: resumed,
}

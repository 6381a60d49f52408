"""What time does: expiry, grace times, relaxation, automatic ready, no-shows, overflow, closing.

Promise: everything due is done, earliest first, before `Tick` returns; each step is an event of its own, so that
replay needs no clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.routing import due
from signaling.routing import events as e
from signaling.routing.agents import LOST, end_wrap_up, expire, leave_work
from signaling.routing.calls import end_call, place_by_clock, send_on
from signaling.routing.entry import open_at
from signaling.routing.match import settle
from signaling.routing.relax import relax
from signaling.routing.state import Agent, Appointment, Call, Offer

if TYPE_CHECKING:
    from signaling.routing.desk import Desk


def tick(desk: Desk, _command: object = None) -> None:
    now, state = desk.now, desk.state
    while (first := state.deadlines.first()) is not None and first[0] <= now:
        match thing := first[3]:  # acting on it moves its deadline
            case Call():
                call_due(desk, thing)
            case Offer():
                expire(desk, thing)
            case Agent():
                agent_due(desk, thing)
            case Appointment():
                desk.emit(e.SlotReleased(now, thing.appointment_id, "no_show"))
        settle(desk)


def call_due(desk: Desk, call: Call) -> None:
    """Do the first thing that is due for a call; what is left is due again at once."""
    now, policy = desk.now, call.queue.policy
    if call.booth_lost_at is not None and call.booth_until <= now:
        end_call(desk, call, "dropped", "service", "booth_lost")
    elif call.callback == "called" and call.callback_by <= now:
        _not_back(desk, call)
    elif policy.closing_grace_s is not None and due.closing_deadline(call, policy.closing_grace_s) <= now:
        end_call(desk, call, "closed", "service", "closed")
    elif policy.max_wait_s is not None and call.entered_at + policy.max_wait_s <= now:
        waited_too_long(desk, call)
    elif call.aside_until is not None and call.aside_until <= now:
        desk.emit(e.SteppedBack(now, call.call_id))
    elif call.wants is not None and call.wants_until <= now:
        desk.emit(e.PreferenceEnded(now, call.call_id, "time"))
    else:
        relax(desk, call)


def _not_back(desk: Desk, call: Call) -> None:
    """Nobody answered the call-back: it is over, unless somebody else sat where they were called to."""
    answer_s = call.queue.policy.callback_answer_s
    if desk.state.booths[call.booth_id].call is not None and answer_s > 0:
        desk.emit(e.CalledBack(desk.now, call.call_id, desk.now + answer_s))
    else:
        end_call(desk, call, "abandoned", "service", "no_show")


def waited_too_long(desk: Desk, call: Call) -> None:
    """Past the queue's longest wait: over to another queue, once, or an honest end that is followed up."""
    queue = desk.state.queues.get(call.queue.policy.overflow_to or "")
    if queue is None or queue is call.queue or call.overflowed or not open_at(queue, desk.now):
        end_call(desk, call, "refused", "service", "max_wait")
        return
    if queue.policy.max_wait_s is not None and call.entered_at + queue.policy.max_wait_s <= desk.now:
        end_call(desk, call, "refused", "service", "max_wait")
        return
    send_on(desk, call, queue, place_by_clock(call), "max_wait")


def agent_due(desk: Desk, agent: Agent) -> None:
    now = desk.now
    if agent.lost_at is not None and agent.lost_until and agent.lost_until <= now:
        stay_lost(desk, agent)
    elif agent.state == "wrap_up" and agent.wrap_until <= now:
        end_wrap_up(desk, agent)
    elif agent.cool_until and agent.cool_until <= now:
        desk.emit(e.CooledDown(now, agent.agent_id))
    elif agent.kept_for:
        desk.emit(e.KeptEnded(now, agent.agent_id))


def stay_lost(desk: Desk, agent: Agent) -> None:
    """The grace time is over: calls go on without the agent, who has to press ready again."""
    if agent.state == "wrap_up":
        end_wrap_up(desk, agent)
    leave_work(desk, agent, LOST)
    if agent.lost_until:
        reason = agent.reason if agent.state == "not_ready" else LOST
        desk.emit(e.AgentStateChanged(desk.now, agent.agent_id, "not_ready", reason))

"""What happens to one call: leaving, letting others first, hold, end, going back to waiting, its booth's connection."""

from __future__ import annotations

from math import nextafter
from typing import TYPE_CHECKING

from signaling.errors import Malformed, Refused, WrongState
from signaling.routing import commands as c
from signaling.routing import events as e
from signaling.routing.entry import check_devices, place_in
from signaling.routing.relax import step_for
from signaling.routing.state import FRONT_S
from signaling.routing.table import check_call
from signaling.routing.values import FINISHED, FOLLOW_UP

if TYPE_CHECKING:
    from signaling.routing.desk import Desk
    from signaling.routing.state import Agent, Call, Queue


def give_up(desk: Desk, command: c.GiveUp) -> None:
    call = desk.call(command.call_id)
    if call.state == "talking":
        raise WrongState("the call is answered; end it instead", field="call_id", code="call_talking")
    end_call(desk, call, "abandoned", "citizen", "gave_up")


def end(desk: Desk, command: c.End) -> None:
    call = desk.call(command.call_id)
    if command.outcome not in FINISHED and command.outcome not in FOLLOW_UP:
        raise Malformed(f"no outcome {command.outcome}", field="outcome", code="bad_outcome")
    if call.state != "talking" and command.outcome in ("completed", "partly_completed"):
        raise WrongState("nobody has talked yet", field="outcome", code="not_answered")
    agent = desk.state.agents.get(command.by)
    if agent is not None and agent.call is call and call.agent is not agent and call.state == "talking":
        raise WrongState("only the agent who leads the call ends it", field="by", code="not_lead")
    end_call(desk, call, command.outcome, command.by, command.reason)


def end_call(desk: Desk, call: Call, outcome: str, by: str, reason: str) -> None:
    """End a call in whatever state it is, with exactly one outcome."""
    now, call_id = desk.now, call.call_id
    lead = call.agent if call.state == "talking" else None
    if call.state == "offered":
        take_back_offer(desk, call, "call_ended")
    if call.consult is not None:
        stop_consult(desk, call, "ended")
    follow_up = outcome not in FINISHED
    agent_id = lead.agent_id if lead else None
    desk.emit(e.Ended(now, call_id, outcome, by, reason, agent_id, follow_up))  # type: ignore[arg-type]
    if lead is not None:
        start_wrap_up(desk, lead, call)
    for party in call.parties:
        desk.emit(e.Left(now, call_id, party.agent.agent_id, "ended"))


def take_back_offer(desk: Desk, call: Call, reason: str) -> None:
    offer = call.offer
    assert offer is not None
    desk.emit(e.Withdrawn(desk.now, offer.offer_id, call.call_id, offer.agent.agent_id, reason))


def start_wrap_up(desk: Desk, agent: Agent, call: Call) -> None:
    wrap_up_s = call.queue.policy.wrap_up_s
    desk.emit(e.WrapUpStarted(desk.now, agent.agent_id, call.call_id, desk.now + wrap_up_s))
    if wrap_up_s <= 0:
        reason = agent.break_reason
        desk.emit(e.WrapUpFinished(desk.now, agent.agent_id, "not_ready" if reason else "ready", reason))


def stop_consult(desk: Desk, call: Call, reason: str) -> None:
    """End an open wish for a second agent."""
    consult = call.consult
    assert consult is not None
    if consult.offer is not None:
        offer = consult.offer
        desk.emit(e.Withdrawn(desk.now, offer.offer_id, call.call_id, offer.agent.agent_id, reason, offer.role))
    desk.emit(e.ConsultEnded(desk.now, call.call_id, reason))


def release_talk(desk: Desk, call: Call, agent: Agent, reason: str) -> None:
    """Let one party who does not lead go; a call that needs an interpreter looks for another."""
    party = next(party for party in call.parties if party.agent is agent)
    desk.emit(e.Left(desk.now, call.call_id, agent.agent_id, reason))
    needs = tuple(need for need in call.requires if need.companion)
    if party.role == "interpreter" and needs and call.state == "talking" and call.consult is None:
        desk.emit(e.ConsultAsked(desk.now, call.call_id, "", None, needs, False))


def requeue(desk: Desk, command: c.Requeue) -> None:
    call = desk.call(command.call_id)
    if call.state == "offered":
        take_back_offer(desk, call, command.reason or "requeued")
    elif call.state == "talking":
        requeue_call(desk, call, command.reason, wrap_up=True)
    else:
        check_call(call.state, e.CallRequeued, call.call_id)


def requeue_call(desk: Desk, call: Call, reason: str, *, wrap_up: bool) -> None:
    """Send a talking call to the front of its queue, with its old clock."""
    lead = call.agent
    assert lead is not None
    leave_others(desk, call, reason)
    if wrap_up:
        start_wrap_up(desk, lead, call)
    place = call.entered_at - FRONT_S
    step = step_for(call.plan, call.entered_at, desk.now, call.step)
    desk.emit(e.CallRequeued(desk.now, call.call_id, lead.agent_id, reason, place, step))


def leave_others(desk: Desk, call: Call, reason: str) -> None:
    """Before a call waits again: everybody but those who accompany the citizen leaves."""
    if call.consult is not None:
        stop_consult(desk, call, reason)
    for party in call.parties:
        if party.role != "accompany":
            desk.emit(e.Left(desk.now, call.call_id, party.agent.agent_id, reason))


def let_others_first(desk: Desk, command: c.LetOthersFirst) -> None:
    call = desk.call(command.call_id)
    if not 0 < command.for_s <= 86400.0:
        raise Malformed("a time from 0 to 86400 s", field="for_s", code="bad_time")
    if call.state == "offered":
        take_back_offer(desk, call, "let_others_first")
    check_call(call.state, e.StoodAside, call.call_id)
    desk.emit(e.StoodAside(desk.now, call.call_id, desk.now + command.for_s))


def move_ahead(desk: Desk, command: c.MoveAhead) -> None:
    call = desk.call(command.call_id)
    check_call(call.state, e.Moved, call.call_id)
    if not command.reason.strip() or not command.by:
        raise Malformed("moving a call ahead needs a name and a reason", field="reason", code="no_reason")
    queue = call.queue
    recovered = call.entered_at - FRONT_S / 2
    first = next((entry for entry in queue.order if entry[0] > recovered), call.entry)
    place = call.place if first is call.entry else place_ahead(desk, call, first[0])
    if queue.order.rank((place, call.seq, call)) >= queue.order.rank(call.entry):
        raise Refused("it cannot go further ahead", field="call_id", code="no_further")
    desk.emit(e.Moved(desk.now, call.call_id, place, command.by, command.reason))


def place_ahead(desk: Desk, call: Call, first_place: float) -> float:
    """Return the furthest place ahead that passes nobody too often."""
    wished = nextafter(first_place, float("-inf"))
    passes = call.queue.policy.passes
    blocked = call.queue.order.blocker(wished, call.seq, passes, call.place)
    return wished if blocked is None else blocked


def hold(desk: Desk, command: c.Hold) -> None:
    call = desk.call(command.call_id)
    check_call(call.state, e.Held, call.call_id)
    if not call.held:
        desk.emit(e.Held(desk.now, call.call_id, command.by))


def resume(desk: Desk, command: c.Resume) -> None:
    call = desk.call(command.call_id)
    check_call(call.state, e.Resumed, call.call_id)
    if call.held:
        desk.emit(e.Resumed(desk.now, call.call_id, command.by))


def booth_lost(desk: Desk, command: c.BoothLost) -> None:
    booth = desk.state.booths.get(command.booth_id)
    call = booth.call if booth else None
    if call is None or call.booth_lost_at is not None:
        return
    if call.state == "offered":
        take_back_offer(desk, call, "booth_lost")
    until = desk.now + call.queue.policy.booth_grace_s
    desk.emit(e.BoothWentAway(desk.now, command.booth_id, call.call_id, until))


def booth_returned(desk: Desk, command: c.BoothReturned) -> None:
    booth = desk.state.booths.get(command.booth_id)
    call = booth.call if booth else None
    if call is not None and call.booth_lost_at is not None:
        desk.emit(e.BoothCameBack(desk.now, command.booth_id, call.call_id))


def change_booth(desk: Desk, command: c.ChangeBooth) -> None:
    call = desk.call(command.call_id)
    if call.callback:
        answer_call_back(desk, c.AnswerCallBack(command.call_id, command.booth_id))
        return
    if command.booth_id == call.booth_id:
        booth_returned(desk, c.BoothReturned(command.booth_id))
        return
    check_free_booth(desk, call, command.booth_id)
    if call.state == "offered":
        take_back_offer(desk, call, "booth_changed")
    desk.emit(e.BoothChanged(desk.now, call.call_id, command.booth_id, call.booth_id))


def check_free_booth(desk: Desk, call: Call, booth_id: str) -> None:
    if not booth_id:
        raise Malformed("a booth needs an id", field="booth_id", code="no_id")
    booth = desk.state.booths.get(booth_id)
    if booth is not None and booth.call is not None and booth.call is not call:
        raise WrongState(f"{booth_id} has a call already", field="booth_id", code="booth_busy")
    check_devices(desk.state, booth_id, call.entered.devices)


def ask_call_back(desk: Desk, command: c.AskCallBack) -> None:
    call = desk.call(command.call_id)
    if call.callback:
        return
    if call.state == "offered":
        raise WrongState("an agent is being rung already", field="call_id", code="call_offered")
    check_call(call.state, e.CallBackAsked, call.call_id)
    desk.emit(e.CallBackAsked(desk.now, call.call_id))


def answer_call_back(desk: Desk, command: c.AnswerCallBack) -> None:
    call = desk.call(command.call_id)
    if not call.callback:
        raise WrongState("this call waits for no call-back", field="call_id", code="no_callback")
    booth_id = command.booth_id or call.booth_id
    check_free_booth(desk, call, booth_id)
    desk.emit(e.CallBackAnswered(desk.now, call.call_id, booth_id))


def send_on(desk: Desk, call: Call, queue: Queue, wished: float, reason: str) -> None:
    """Let a waiting call wait in another queue, with the same clock, at its wished place or the next that may be."""
    entered = call.entered
    plan = desk.state.exchange.plan_in(queue, call.requires, entered.steps, entered.prefers, entered.prefers_s)
    step = step_for(plan, call.entered_at, desk.now)
    place = place_in(queue, wished, call.seq)
    desk.emit(e.Overflowed(desk.now, call.call_id, call.queue.queue_id, queue.queue_id, place, reason, step))


def place_by_clock(call: Call) -> float:
    """Return where a call stands that nobody moved or held back: its entry less its head start."""
    return call.entered_at - call.entered.credit_s

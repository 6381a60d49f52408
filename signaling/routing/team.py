"""More than one agent: consult, conference, warm and cold transfer, accompaniment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.errors import Malformed, NotAllowed, Refused, WrongState
from signaling.routing import commands as c
from signaling.routing import events as e
from signaling.routing import plan as plans
from signaling.routing.agents import withdraw
from signaling.routing.calls import leave_others, place_by_clock, release_talk, start_wrap_up, stop_consult
from signaling.routing.entry import closed_error, open_at, place_in, roster_profiles, wished_agent
from signaling.routing.relax import step_for
from signaling.routing.table import check_call
from signaling.routing.values import SUPERVISING

if TYPE_CHECKING:
    from signaling.routing.desk import Desk
    from signaling.routing.state import Agent, Call, Queue
    from signaling.routing.values import Requirement


def _lead(desk: Desk, call: Call, by: str) -> Agent:
    """Return the call's lead, who must be the one asking (an empty `by` is the service itself)."""
    lead = call.agent
    assert lead is not None
    if by and lead.agent_id != by:
        raise NotAllowed("only the agent who leads the call may do this", field="by", code="not_lead")
    return lead


def consult(desk: Desk, command: c.Consult) -> None:
    call = desk.call(command.call_id)
    check_call(call.state, e.ConsultAsked, call.call_id)
    lead = _lead(desk, call, command.by)
    if call.consult is not None:
        raise WrongState("somebody is being asked already", field="call_id", code="consulting")
    if (command.agent_id is None) == (not command.requires):
        raise Malformed("a consult names an agent or what they must know", field="requires", code="no_target")
    plans.check(command.requires, ())
    if command.agent_id is not None:
        agent = desk.agent(command.agent_id)
        if not agent.present:
            raise Refused(f"{agent.agent_id} is on break", field="agent_id", code="agent_away")
        if agent is lead or any(party.agent is agent for party in call.parties):
            raise WrongState("that agent is in the call already", field="agent_id", code="in_call")
    elif desk.state.roster:
        plan = desk.state.exchange.plan("", command.requires, (), ring=3)
        if not desk.state.exchange.possible(plan, roster_profiles(desk.state)):
            raise Refused("no agent has what this asks for", field="requires", code="impossible")
    desk.emit(e.ConsultAsked(desk.now, call.call_id, command.by, command.agent_id, command.requires, command.private))


def cancel_consult(desk: Desk, command: c.CancelConsult) -> None:
    call = desk.call(command.call_id)
    if call.consult is None:
        raise WrongState("nobody is being asked", field="call_id", code="not_consulting")
    _lead(desk, call, command.by)
    stop_consult(desk, call, "cancelled")


def conference(desk: Desk, command: c.Conference) -> None:
    call = desk.call(command.call_id)
    check_call(call.state, e.ConferenceStarted, call.call_id)
    _lead(desk, call, command.by)
    if not call.parties:
        raise WrongState("nobody else is in the call", field="call_id", code="alone")
    desk.emit(e.ConferenceStarted(desk.now, call.call_id, command.by))


def hand_over(desk: Desk, command: c.HandOver) -> None:
    call = desk.call(command.call_id)
    check_call(call.state, e.HandedOver, call.call_id)
    lead = _lead(desk, call, command.by)
    party = next((party for party in call.parties if party.agent.agent_id == command.to), None)
    if party is None or party.role == "interpreter":
        raise WrongState("hand over to an agent who was asked into the call", field="to", code="not_in_call")
    if party.agent.lost_at is not None:
        raise WrongState(f"{command.to} is not connected", field="to", code="agent_lost")
    start_wrap_up(desk, lead, call)
    desk.emit(e.HandedOver(desk.now, call.call_id, lead.agent_id, command.to))


def transfer(desk: Desk, command: c.TransferToQueue) -> None:
    call = desk.call(command.call_id)
    check_call(call.state, e.Transferred, call.call_id)
    lead = _lead(desk, call, command.by)
    queue = desk.queue(command.queue_id)
    requires = call.requires if command.requires is None else command.requires
    plans.check(requires, ())
    _check_essential(call, requires)
    if queue is not call.queue and not open_at(queue, desk.now):
        raise closed_error(queue, desk.now)
    _check_possible(desk, call, queue, requires)
    leave_others(desk, call, "transferred")
    start_wrap_up(desk, lead, call)
    _emit_transfer(desk, call, command, queue, lead, requires)


def _check_essential(call: Call, requires: tuple[Requirement, ...]) -> None:
    """An essential requirement stays with the citizen through every transfer."""
    kept = {need.skill: need.level for need in requires if need.essential}
    for need in call.requires:
        if need.essential and kept.get(need.skill, 0) < need.level:
            raise Refused(f"{need.skill} is essential and stays", field="requires", code="essential")


def _check_possible(desk: Desk, call: Call, queue: Queue, requires: tuple[Requirement, ...]) -> None:
    if not desk.state.roster:
        return
    plan = desk.state.exchange.plan_in(queue, requires, call.entered.steps)
    if not desk.state.exchange.possible(plan, roster_profiles(desk.state)):
        raise Refused("no agent has what this asks for", field="requires", code="impossible")


def _emit_transfer(
    desk: Desk, call: Call, command: c.TransferToQueue, queue: Queue, lead: Agent,
    requires: tuple[Requirement, ...],
) -> None:  # fmt: skip
    now, entered = desk.now, call.entered
    wanted, until = wished_agent(desk, command.prefers_agent, command.prefers_agent_s, now)
    plan = desk.state.exchange.plan_in(queue, requires, entered.steps, entered.prefers, entered.prefers_s)
    step = step_for(plan, call.entered_at, now)
    place = place_in(queue, place_by_clock(call), call.seq)
    desk.emit(
        e.Transferred(
            now, call.call_id, lead.agent_id, queue.queue_id, call.queue.queue_id,
            command.item_id or call.item_id, requires, place, command.by, command.reason, step, wanted, until,
        )
    )  # fmt: skip


def accompany(desk: Desk, command: c.Accompany) -> None:
    call = desk.call(command.call_id)
    check_call(call.state, e.Joined, call.call_id)
    agent = desk.agent(command.agent_id)
    if command.role not in SUPERVISING:
        raise Malformed(f"one of {', '.join(sorted(SUPERVISING))}", field="role", code="bad_role")
    if agent.lost_at is not None:
        raise WrongState(f"{agent.agent_id} is not connected", field="agent_id", code="agent_lost")
    now = next((party.role for party in call.parties if party.agent is agent), None)
    if now == command.role:
        return
    if now in SUPERVISING:
        desk.emit(e.Left(desk.now, call.call_id, agent.agent_id, "changes_role"))
    elif agent.state == "offered":
        withdraw(desk, agent, "accompanies")
    if agent.state not in ("ready", "not_ready"):
        raise WrongState(f"{agent.agent_id} is {agent.state}", field="agent_id", code=f"agent_{agent.state}")
    private = command.role != "accompany"
    desk.emit(e.Joined(desk.now, call.call_id, agent.agent_id, command.role, private))


def leave(desk: Desk, command: c.Leave) -> None:
    call = desk.call(command.call_id)
    agent = desk.agent(command.agent_id)
    if agent.call is not call or call.agent is agent:
        raise WrongState(f"{agent.agent_id} did not join this call", field="agent_id", code="not_in_call")
    release_talk(desk, call, agent, "left")

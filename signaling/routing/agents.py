"""What agents ask for: signing in and out, breaks, answering offers, wrap-up, and losing their connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.errors import Malformed, Unknown, WrongState
from signaling.routing import commands as c
from signaling.routing import events as e
from signaling.routing.calls import release_talk, requeue_call
from signaling.routing.match import accept as connect
from signaling.routing.table import check_agent
from signaling.routing.values import MAX_LEVEL

if TYPE_CHECKING:
    from signaling.routing.desk import Desk
    from signaling.routing.state import Agent, Offer

MISSED = "missed_offers"
LOST = "connection_lost"


def check_skills(skills: tuple[tuple[str, int], ...]) -> None:
    if len({skill for skill, _ in skills}) != len(skills):
        raise Malformed("each skill may be named once", field="skills", code="skill_twice")
    if any(not skill or not 1 <= level <= MAX_LEVEL for skill, level in skills):
        raise Malformed(f"skill level must be 1 to {MAX_LEVEL}", field="skills", code="level_out_of_range")


def sign_in(desk: Desk, command: c.SignIn) -> None:
    if not command.agent_id:
        raise Malformed("an agent needs an id", field="agent_id", code="no_id")
    check_skills(command.skills)
    for queue_id in (*command.queues, *command.second):
        desk.queue(queue_id, "queues")
    agent = desk.state.agents.get(command.agent_id)
    key = (tuple(sorted(command.skills)), tuple(sorted(set(command.queues))), tuple(sorted(set(command.second))))
    if agent is not None and agent.state != "offline":
        if agent.profile.key == key:
            return
        if agent.state == "offered":
            withdraw(desk, agent, "skills_changed")
    desk.emit(e.AgentSignedIn(desk.now, command.agent_id, *key))


def sign_out(desk: Desk, command: c.SignOut) -> None:
    agent = desk.agent(command.agent_id)
    leave_work(desk, agent, "signed_out")
    desk.emit(e.AgentSignedOut(desk.now, agent.agent_id))


def leave_work(desk: Desk, agent: Agent, reason: str) -> None:
    """Free an agent from whatever they are in; a call they lead goes back to the front of its queue."""
    if agent.state == "offered":
        withdraw(desk, agent, reason)
    elif agent.state == "talking":
        call = agent.call
        assert call is not None
        if call.agent is agent:
            requeue_call(desk, call, reason, wrap_up=False)
            desk.emit(e.AgentStateChanged(desk.now, agent.agent_id, "not_ready", reason))
        else:
            release_talk(desk, call, agent, reason)


def withdraw(desk: Desk, agent: Agent, reason: str) -> None:
    offer = agent.offer
    assert offer is not None
    call_id = offer.seeker.call.call_id
    desk.emit(e.Withdrawn(desk.now, offer.offer_id, call_id, offer.agent.agent_id, reason, offer.role))


def ready(desk: Desk, command: c.Ready) -> None:
    agent = desk.agent(command.agent_id)
    if agent.lost_at is not None:
        raise WrongState(f"{agent.agent_id} is not connected", field="agent_id", code="agent_lost")
    if agent.state in ("talking", "wrap_up"):
        if agent.break_reason:
            desk.emit(e.BreakPlanned(desk.now, agent.agent_id, ""))
    elif agent.state == "not_ready":
        desk.emit(e.AgentStateChanged(desk.now, agent.agent_id, "ready", ""))


def not_ready(desk: Desk, command: c.NotReady) -> None:
    agent = desk.agent(command.agent_id)
    reason = command.reason or "break"
    if agent.state in ("talking", "wrap_up"):
        if agent.break_reason != reason:
            desk.emit(e.BreakPlanned(desk.now, agent.agent_id, reason))
        return
    if agent.state == "offered":
        withdraw(desk, agent, "agent_not_ready")
    if agent.state != "not_ready" or agent.reason != reason:
        desk.emit(e.AgentStateChanged(desk.now, agent.agent_id, "not_ready", reason))


def agent_lost(desk: Desk, command: c.AgentLost) -> None:
    agent = desk.state.agents.get(command.agent_id)
    if agent is None:
        raise Unknown(f"no agent {command.agent_id}", field="agent_id", code="unknown_agent")
    if agent.state == "offline" or agent.lost_at is not None:
        return
    if agent.state == "offered":
        withdraw(desk, agent, "agent_lost")
    desk.emit(e.AgentWentAway(desk.now, agent.agent_id, desk.now + grace_s(desk, agent)))


def grace_s(desk: Desk, agent: Agent) -> float:
    """Return the grace time of the call's queue, or the longest of the queues the agent serves."""
    if agent.call is not None:
        return agent.call.queue.policy.agent_grace_s
    policies = [desk.state.queues[name].policy for name in agent.profile.queues]
    return max((policy.agent_grace_s for policy in policies), default=15.0)


def agent_returned(desk: Desk, command: c.AgentReturned) -> None:
    agent = desk.state.agents.get(command.agent_id)
    if agent is None:
        raise Unknown(f"no agent {command.agent_id}", field="agent_id", code="unknown_agent")
    if agent.lost_at is None:
        return
    policies = [desk.state.queues[name].policy for name in agent.profile.queues]
    cool_s = max((policy.lost_cool_s for policy in policies), default=0.0)
    desk.emit(e.AgentCameBack(desk.now, agent.agent_id, desk.now + cool_s))


def _own_offer(desk: Desk, agent_id: str, offer_id: str) -> Offer:
    agent = desk.agent(agent_id)
    offer = desk.state.offers.get(offer_id)
    if offer is None:
        number = offer_id.removeprefix("offer_")
        made = number.isalnum() and number.isascii() and _hex(number) <= desk.state.offers_made
        if made:
            raise WrongState(f"{offer_id} is over", field="offer_id", code="offer_over")
        raise Unknown(f"no offer {offer_id}", field="offer_id", code="unknown_offer")
    if agent.offer is not offer:
        raise WrongState(f"{offer_id} was made to somebody else", field="offer_id", code="not_your_offer")
    return offer


def _hex(number: str) -> float:
    try:
        return int(number, 16)
    except ValueError:
        return float("inf")


def accept(desk: Desk, command: c.Accept) -> None:
    offer = _own_offer(desk, command.agent_id, command.offer_id)
    if offer.agent.agent_id != command.agent_id:
        raise WrongState("the agent this interpreter is reserved with answers", field="offer_id", code="reserved")
    connect(desk, command.offer_id)


def decline(desk: Desk, command: c.Decline) -> None:
    offer = _own_offer(desk, command.agent_id, command.offer_id)
    call = offer.seeker.call
    until = desk.now + call.queue.policy.decline_cool_s
    desk.emit(e.Declined(desk.now, offer.offer_id, call.call_id, command.agent_id, command.reason, until, offer.role))


def expire(desk: Desk, offer: Offer) -> None:
    """Let an offer run out; too many in a row take the agent out of ready, for a reason they see."""
    call, agent = offer.seeker.call, offer.agent
    policy = call.queue.policy
    until = desk.now + policy.expiry_cool_s
    desk.emit(e.Expired(desk.now, offer.offer_id, call.call_id, agent.agent_id, until, offer.role))
    if policy.misses_to_break and agent.misses >= policy.misses_to_break:
        desk.emit(e.AgentStateChanged(desk.now, agent.agent_id, "not_ready", MISSED))


def finish_wrap_up(desk: Desk, command: c.FinishWrapUp) -> None:
    agent = desk.agent(command.agent_id)
    check_agent(agent.state, e.WrapUpFinished, agent.agent_id)
    end_wrap_up(desk, agent)


def end_wrap_up(desk: Desk, agent: Agent) -> None:
    reason = agent.break_reason
    desk.emit(e.WrapUpFinished(desk.now, agent.agent_id, "not_ready" if reason else "ready", reason))


def extend_wrap_up(desk: Desk, command: c.ExtendWrapUp) -> None:
    agent = desk.agent(command.agent_id)
    check_agent(agent.state, e.WrapUpExtended, agent.agent_id)
    if not 0 < command.by_s < float("inf"):
        raise Malformed("an extension must be longer than 0 s", field="by_s", code="bad_time")
    queue = desk.state.queues.get(agent.wrap_queue)
    latest = agent.wrap_since + (queue.policy.wrap_up_max_s if queue else 600.0)
    if agent.wrap_until >= latest:
        raise WrongState("wrap-up cannot be extended further", field="by_s", code="wrap_up_limit")
    desk.emit(e.WrapUpExtended(desk.now, agent.agent_id, min(agent.wrap_until + command.by_s, latest)))

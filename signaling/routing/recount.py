"""The invariants of routing, counted anew from the state without its indexes.

`recount(engine)` raises AssertionError naming the invariant. The Hypothesis machine of the tests runs it after every
step, the simulator now and then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.routing.values import FINISHED

if TYPE_CHECKING:
    from signaling.routing import Engine
    from signaling.routing.demand import Demand
    from signaling.routing.state import Agent, Call, Seeker, State


def recount(engine: Engine) -> None:
    state = engine._state
    nobody_is_lost_or_in_two_places(state)
    nobody_has_two_calls(state)
    every_offer_has_its_ends(state)
    counters_equal_a_recount(state)
    order_is_by_place(state)
    essential_skills_stay(state)
    nobody_is_passed_too_often(state)
    presence_is_right(state)
    work_is_conserved(state)


def nobody_is_lost_or_in_two_places(state: State) -> None:
    for call in state.calls.values():
        places = [queue for queue in state.queues.values() if any(entry[2] is call for entry in queue.order)]
        if call.state in ("waiting", "offered"):
            assert places == [call.queue], f"{call.call_id} stands in {len(places)} queues"
            assert call.agent is None
        else:
            assert call.state == "talking"
            assert not places
            assert call.agent is not None
            assert call.agent.call is call
        assert (call.offer is not None) == (call.state == "offered")
    for queue in state.queues.values():
        for entry in queue.order:
            assert state.calls[entry[2].call.call_id] is entry[2].call
    for ended in state.ended.values():
        assert ended.outcome is not None
        assert ended.call_id not in state.calls


def nobody_has_two_calls(state: State) -> None:
    leads: dict[str, int] = {}
    for call in state.calls.values():
        for agent in [call.agent, *(party.agent for party in call.parties)]:
            if agent is not None:
                leads[agent.agent_id] = leads.get(agent.agent_id, 0) + 1
                assert agent.state == "talking", f"{agent.agent_id} is in a call but {agent.state}"
    assert all(count == 1 for count in leads.values()), f"an agent is in two calls: {leads}"
    for agent in state.agents.values():
        assert (agent.offer is not None) == (agent.state == "offered")
        assert (agent.call is not None) == (agent.state == "talking") == (agent.agent_id in leads)


def every_offer_has_its_ends(state: State) -> None:
    held: list[str] = []
    for offer in state.offers.values():
        assert offer.agent.offer is offer
        assert offer.seeker.offer is offer
        assert offer.seeker.call.call_id in state.calls
        held.append(offer.agent.agent_id)
        if offer.companion is not None:
            assert offer.companion.offer is offer
            held.append(offer.companion.agent_id)
    assert len(held) == len(set(held)), "an agent has two offers"


def counters_equal_a_recount(state: State) -> None:
    calls = list(state.calls.values())
    for queue in state.queues.values():
        mine = [call for call in calls if call.queue is queue]
        assert len(queue.order) == sum(call.state in ("waiting", "offered") for call in mine) == len(list(queue.order))
        assert queue.offered == sum(call.state == "offered" for call in mine)
        assert queue.talking == sum(call.state == "talking" for call in mine)
        assert queue.callbacks == sum(bool(call.callback) for call in mine)
        assert not (queue.removed and (mine or not queue.closed)), "calls are in a queue that was removed"
        assert queue.entered == queue.finished + queue.follow_ups + len(mine)
    assert state.calls_made == sum(queue.entered for queue in state.queues.values())
    assert all((call.outcome in FINISHED) != _follow_up(call) for call in state.ended.values())


def _follow_up(call: Call) -> bool:
    return call.outcome in ("abandoned", "dropped", "refused", "closed", "failed")


def order_is_by_place(state: State) -> None:
    for queue in state.queues.values():
        entries = list(queue.order)
        assert entries == sorted(entries, key=lambda entry: entry[:2])
        for ahead, entry in enumerate(entries):
            assert queue.order.rank(entry) == ahead
            assert entry[2].entry is entry
            assert entry[0] == entry[2].call.place


def essential_skills_stay(state: State) -> None:
    for call in state.calls.values():
        for stage in call.plan.stages:
            kept = {need.skill: need.level for need in stage.requires}
            for need in call.entered.requires:
                assert not need.essential or kept.get(need.skill, 0) >= need.level, f"{need.skill} was dropped"


def nobody_is_passed_too_often(state: State) -> None:
    for queue in state.queues.values():
        for entry, passed in queue.order.counts():
            assert passed <= queue.policy.passes, f"{entry[2].call.call_id} was passed too often"


def presence_is_right(state: State) -> None:
    for demand in state.exchange._demands.values():
        fitting = [agent for agent in state.agents.values() if agent.present and could_serve(agent, demand)]
        assert demand.present == len(fitting)
        live = [seeker for seeker in seekers(state) if demand in (seeker.demand, seeker.pair)]
        assert demand.live == len(live)
        assert demand.first is min((seeker.entry for seeker in live), default=None)
        tops = [one.first[0] for one in [demand, *wider_than(demand)] if one.first is not None]
        assert state.exchange.tops[demand.number] == min(tops, default=float("inf"))


def wider_than(demand: Demand) -> list[Demand]:
    return [] if demand.wider is None else [demand.wider, *wider_than(demand.wider)]


def seekers(state: State) -> list[Seeker]:
    found: list[Seeker] = [call for call in state.calls.values() if call.open]
    found += [call.consult for call in state.calls.values() if call.consult is not None and call.consult.open]
    return found


def could_serve(agent: Agent, demand: Demand) -> bool:
    return agent.profile.fits(demand.queue_id, demand.ring, demand.needs)


def work_is_conserved(state: State) -> None:
    """No free agent beside an open call that agent could take."""
    free = [agent for agent in state.agents.values() if agent.free]
    for seeker in seekers(state):
        if seeker.wants is not None:
            waited_for = state.agents[seeker.wants]
            assert not waited_for.free or waited_for.kept_for, f"{seeker.call.call_id} waits beside {seeker.wants}"
            continue
        assert seeker.demand is not None
        for agent in free:
            if agent.kept_for or _barred(seeker, agent):
                continue
            assert not could_serve(agent, seeker.demand), f"{agent.agent_id} idles beside {seeker.call.call_id}"
        pair = seeker.pair
        if pair is not None and pair.partner is not None:
            _no_pair_is_free(seeker, pair, pair.partner, free)


def _no_pair_is_free(seeker: Seeker, pair: Demand, partner: Demand, free: list[Agent]) -> None:
    call_id = seeker.call.call_id
    allowed = [agent for agent in free if not _barred(seeker, agent) and agent.kept_for in ("", call_id)]
    for agent in allowed:
        if agent.kept_for or not could_serve(agent, pair):
            continue
        for other in allowed:
            if other is not agent and could_serve(other, partner):
                declined = seeker.declined_by in (agent.agent_id, other.agent_id)
                assert declined, f"{agent.agent_id} and {other.agent_id} idle beside {call_id}"


def _barred(seeker: Seeker, agent: Agent) -> bool:
    demand, pair = seeker.demand, seeker.pair
    others = (demand.present if demand else 0) > 1 or (pair is not None and pair.present > 1)
    return seeker.declined_by == agent.agent_id and others

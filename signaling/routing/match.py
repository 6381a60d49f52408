"""Who is offered what: bringing free agents and waiting calls together.

A freed agent takes the call with the earliest place over all it can serve, weighed by queue; a call that becomes
offerable takes the first idle agent that fits. A call that needs a companion is offered to an agent and reserves the
interpreter in the same event, or neither.

Promise: after `settle` no free agent stands beside an offerable call that agent could take (a decliner "could not take"
the call it declined while another present agent qualifies; an interpreter kept for an earlier call could not take a
later one). Only interpreters ever wait for agents, never the reverse, so two halves cannot wait for each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.routing import events as e
from signaling.routing.demand import NOBODY, first_wanted
from signaling.routing.relax import relax_thinned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from signaling.routing.demand import Demand
    from signaling.routing.desk import Desk
    from signaling.routing.order import Entry
    from signaling.routing.state import Agent, Seeker


def settle(desk: Desk) -> None:
    """Match until nothing more fits."""
    state = desk.state
    while True:
        if state.thinned or state.absent:
            relax_thinned(desk)
        if state.kept:
            _end_keeping(desk)
        if state.unplaced:
            _place_agent(desk, state.unplaced.pop(next(iter(state.unplaced))))
        elif state.fresh:
            seeker = state.fresh.popleft()
            if seeker.open:
                _place_seeker(desk, seeker)
        elif not state.advanced or not _call_back(desk):
            return


def flush(desk: Desk) -> None:
    """List free agents as idle before a decision: after replay or loading, nothing waits for them."""
    for agent in desk.state.unplaced.values():
        if agent.free and not agent.idle_no:
            desk.state.exchange.list_idle(agent)
    desk.state.unplaced.clear()


def offer(desk: Desk, seeker: Seeker, agent: Agent, companion: Agent | None) -> None:
    state, now = desk.state, desk.now
    call = seeker.call
    policy = call.queue.policy
    offer_id = f"offer_{state.offers_made + 1:x}"
    companion_id = companion.agent_id if companion else None
    desk.emit(e.Offered(now, offer_id, call.call_id, agent.agent_id, now + policy.offer_s, companion_id, seeker.role))
    if policy.auto_answer:
        accept(desk, offer_id)


def accept(desk: Desk, offer_id: str) -> None:
    """Connect: the agent, and the reserved companion with them."""
    held = desk.state.offers[offer_id]
    seeker, agent, companion = held.seeker, held.agent, held.companion
    call = seeker.call
    companion_id = companion.agent_id if companion else None
    desk.emit(e.Accepted(desk.now, offer_id, call.call_id, agent.agent_id, companion_id, seeker.role))
    if companion is not None:
        desk.emit(e.Joined(desk.now, call.call_id, companion.agent_id, "interpreter", False))
    if seeker is not call:
        private = seeker.private  # type: ignore[attr-defined]
        desk.emit(e.Joined(desk.now, call.call_id, agent.agent_id, seeker.role, private))


def _place_agent(desk: Desk, agent: Agent) -> None:
    if agent.state != "ready" or agent.lost_at is not None or agent.cool_until or agent.idle_no:
        return
    if agent.kept_for:
        desk.state.exchange.list_idle(agent)
        return
    if agent.wanted:
        wanted = first_wanted(agent)
        if wanted is not None:
            offer(desk, wanted, agent, None)
            return
    entry, demand = _first_call(desk, agent)
    if agent.profile.companions and _as_companion(desk, agent, entry, demand):
        return
    if entry is None or demand is None:
        desk.state.exchange.list_idle(agent)
        return
    seeker = entry[2]
    companion = None
    if demand.partner is not None:
        companion = companion_for(demand.partner, seeker, agent)
    offer(desk, seeker, agent, companion)


def _first_call(desk: Desk, agent: Agent) -> tuple[Entry | None, Demand | None]:
    """Return the call this agent takes next, and the demand it was found under."""
    exchange = desk.state.exchange
    profile = agent.profile
    best: Entry | None = None
    best_demand: Demand | None = None
    for heads_of, demands in profile.groups or exchange.groups(profile):
        heads = heads_of(exchange.tops)
        place = min(heads)
        if place == NOBODY:
            continue
        at = heads.index(place)
        found = demands[at]
        while found.head != place:
            assert found.wider is not None
            found = found.wider
        top = found.first
        assert top is not None
        if top[2].declined_by == agent.agent_id or heads.count(place) > 1 or _ties(found, place):
            scanned = _scan(desk, agent, _with_wider(_at(place, heads, demands)))
            if scanned is None or scanned[0][0] != place:
                # All at the first place declined or barred: whoever comes next.
                scanned = _scan(desk, agent, _with_wider(demands))
            if scanned is None:
                continue
            top, found = scanned
        if best is None or best_demand is None or _before(desk, found, top, best_demand, best):
            best, best_demand = top, found
    if profile.pairs:
        paired = _scan(desk, agent, profile.pairs)
        if paired and (best is None or best_demand is None or _before(desk, paired[1], paired[0], best_demand, best)):
            return paired
    return best, best_demand


def _at(place: float, heads: Iterable[float], demands: Iterable[Demand]) -> Iterator[Demand]:
    """Give the demands whose first call stands at this place."""
    return (demand for head, demand in zip(heads, demands, strict=True) if head == place)


def _ties(demand: Demand, place: float) -> bool:
    wider = demand.wider
    return wider is not None and wider.top == place


def _with_wider(demands: Iterable[Demand]) -> Iterator[Demand]:
    for demand in demands:
        wider: Demand | None = demand
        while wider is not None:
            yield wider
            wider = wider.wider


def _scan(desk: Desk, agent: Agent, demands: Iterable[Demand]) -> tuple[Entry, Demand] | None:
    """Look at demands one by one: ties of place, declined calls, pairs."""
    best: tuple[Entry, Demand] | None = None
    for demand in demands:
        top = _head_for(desk, demand, agent) if demand.first is not None else None
        if top is not None and (best is None or _before(desk, demand, top, best[1], best[0])):
            best = top, demand
    return best


def urgency(demand: Demand, place: float, now: float) -> float:
    """How much a call presses: its wait times its queue's weight, raised when the service level is in danger."""
    waited = now - place
    return waited * demand.weight + (demand.boost_s if waited >= demand.danger_s else 0.0)


def _head_for(desk: Desk, demand: Demand, agent: Agent) -> Entry | None:
    """Return the first call under a demand that this agent may be offered now."""
    assert demand.first is not None
    head = demand.first[2]
    for seeker in demand.seekers() if head.declined_by == agent.agent_id else (head,):
        if barred(seeker, agent):
            continue
        if demand.partner is None or companion_for(demand.partner, seeker, agent) is not None:
            return seeker.entry
        break
    # No free interpreter for the head; one kept for a certain call still serves that call.
    kept = [desk.state.calls[call_id] for call_id, other in desk.state.kept.items() if other is not agent]
    entries = [call.entry for call in kept if call.pair is demand and not barred(call, agent)]
    return min(entries, default=None)


def companion_for(partner: Demand, seeker: Seeker, main: Agent) -> Agent | None:
    """Return the idle interpreter to reserve with `main`."""
    declined = seeker.declined_by if partner.present > 1 else None
    return partner.first_idle(seeker.call.call_id, main.agent_id, declined)


def barred(seeker: Seeker, agent: Agent) -> bool:
    """Declined by this agent, and another present agent qualifies."""
    if seeker.declined_by != agent.agent_id:
        return False
    demand, pair = seeker.demand, seeker.pair
    others = demand.present if demand is not None else 0
    return others > 1 or (pair is not None and pair.present > 1)


def _place_seeker(desk: Desk, seeker: Seeker) -> None:
    state = desk.state
    call_id = seeker.call.call_id
    if seeker.wants is not None:
        agent = state.agents[seeker.wants]
        if agent.idle_no and not agent.kept_for:
            offer(desk, seeker, agent, None)
        return
    demand, pair = seeker.demand, seeker.pair
    assert demand is not None
    skip = seeker.declined_by
    if skip is not None and not barred(seeker, state.agents[skip]):
        skip = None
    found = demand.first_idle(call_id, skip)
    if found is not None:
        offer(desk, seeker, found, None)
    elif pair is not None:
        _place_pair(desk, seeker, pair, skip)


def _place_pair(desk: Desk, seeker: Seeker, pair: Demand, skip: str | None) -> None:
    assert pair.partner is not None
    call_id = seeker.call.call_id
    main = pair.first_idle(call_id, skip)
    if main is not None:
        companion = companion_for(pair.partner, seeker, main)
        if companion is not None:
            offer(desk, seeker, main, companion)
            return
        # The only idle interpreter may also be the first idle agent: let another agent lead.
        other = pair.first_idle(call_id, skip, main.agent_id)
        companion = pair.partner.first_idle(call_id, None)
        if other is not None and companion is main:
            offer(desk, seeker, other, companion)
            return
    companion = pair.partner.first_idle(call_id, None)
    if companion is not None and not companion.kept_for:
        _keep(desk, companion, seeker, pair)


def _as_companion(desk: Desk, agent: Agent, entry: Entry | None, demand: Demand | None) -> bool:
    """Let a freed interpreter complete the earliest pair, or be kept for it, when it comes before `entry`."""
    for pair, seeker in _pairs(desk, agent):
        if entry is not None and demand is not None and not _before(desk, pair, seeker.entry, demand, entry):
            return False
        skip = seeker.declined_by if pair.present > 1 else None
        main = pair.first_idle(seeker.call.call_id, agent.agent_id, skip)
        if main is not None:
            offer(desk, seeker, main, agent)
            return True
        if _keep(desk, agent, seeker, pair):
            return True
    return False


def _pairs(desk: Desk, agent: Agent) -> list[tuple[Demand, Seeker]]:
    """Return the first call of every kind this agent may interpret, the most pressing first."""
    found = []
    for partner in agent.profile.companions:
        for pair in partner.mains:
            seeker = _first_pair(pair, partner, agent)
            if seeker is not None:
                found.append((-urgency(pair, seeker.entry[0], desk.now), seeker.entry[1], pair.number, pair, seeker))
    return [(pair, seeker) for _, _, _, pair, seeker in sorted(found)]


def _first_pair(pair: Demand, partner: Demand, agent: Agent) -> Seeker | None:
    """Return the first call under a pair that this agent may interpret."""
    if pair.first is None:
        return None
    head = pair.first[2]
    if head.declined_by != agent.agent_id or partner.present < 2:
        return head
    return next((seeker for seeker in pair.seekers() if seeker.declined_by != agent.agent_id), None)


def _before(desk: Desk, pair: Demand, top: Entry, demand: Demand, entry: Entry) -> bool:
    if top is entry:
        return False
    ours, theirs = urgency(pair, top[0], desk.now), urgency(demand, entry[0], desk.now)
    return ours > theirs or (ours == theirs and top[1] < entry[1])


def _keep(desk: Desk, agent: Agent, seeker: Seeker, pair: Demand) -> bool:
    """Keep an interpreter for a call whose other half is present but busy, once and for a limited time."""
    call = seeker.call
    keep_s = call.queue.policy.keep_s
    fits_itself = pair in agent.profile.demands
    if seeker is not call or call.kept or keep_s <= 0 or pair.present <= fits_itself:
        return False
    desk.emit(e.Kept(desk.now, agent.agent_id, call.call_id, desk.now + keep_s))
    return True


def _end_keeping(desk: Desk) -> None:
    state = desk.state
    for call_id, agent in sorted(state.kept.items()):
        call = state.calls.get(call_id)
        if call is None or call.pair is None:
            desk.emit(e.KeptEnded(desk.now, agent.agent_id))


def _call_back(desk: Desk) -> bool:
    """Call citizens back whose turn is near; says whether anyone was."""
    state = desk.state
    called = False
    for _, queue in sorted(state.advanced.items()):
        for ahead, entry in enumerate(queue.order):
            if ahead > queue.policy.callback_ahead:
                break
            call = entry[2].call
            if call.callback == "asked":
                desk.emit(e.CalledBack(desk.now, call.call_id, desk.now + queue.policy.callback_answer_s))
                called = True
    state.advanced.clear()
    return called

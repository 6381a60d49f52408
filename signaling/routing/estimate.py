"""Estimated wait: the engine's own rules run forward.

The calls before this one and the agents who could serve any of them are set up as they stand now. Then the hall is
played forward a number of times: agents come free after handling times drawn from what their queue measured lately
(given how long they have talked already), each takes the earliest place it fits, and citizens ahead give up as often
as they did so far. The spread of the outcomes is the estimate: median and 90th percentile.

Promise: pure and deterministic: the draws come from a counter seeded by the ticket, so the same state gives the same
answer. Cost is bounded: at most `AHEAD` calls and `AGENTS` agents are played, larger halls are scaled.
"""

from __future__ import annotations

from bisect import bisect_right
from heapq import heapify, heappop, heappush, heapreplace
from math import log, sqrt
from typing import TYPE_CHECKING

from signaling.routing.state import passed_by
from signaling.routing.views import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from signaling.routing.demand import Plan
    from signaling.routing.order import Entry
    from signaling.routing.state import Agent, Call, Queue, State

RUNS = 40
AHEAD = 150
AGENTS = 300
# With fewer measured handling times than this, the expected time of the policy is mixed in.
ENOUGH = 20
NEVER_S = 86400.0
"""Told when nobody present could ever serve the call."""


class Draws:
    """A stream of numbers in (0, 1): splitmix64, pure integer arithmetic."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF

    def next(self) -> float:
        self._state = x = (self._state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        return ((x ^ (x >> 31)) + 1) / 18446744073709551618.0


class Handling:
    """Handling times of one queue, as measured."""

    __slots__ = ("expected_s", "known", "ring_s")

    def __init__(self, queue: Queue) -> None:
        self.known = sorted(queue.handled)
        self.expected_s = queue.policy.expected_s
        self.ring_s = 0.0 if queue.policy.auto_answer else queue.ring_s

    def draw(self, draws: Draws, past_s: float = 0.0) -> float:
        """Return one handling time that is longer than `past_s`, less `past_s`."""
        known = self.known
        if len(known) < ENOUGH and draws.next() * ENOUGH > len(known):
            return -log(draws.next()) * self.expected_s
        at = bisect_right(known, past_s)
        if at >= len(known):
            return -log(draws.next()) * max(1.0, sum(known) / len(known) / 2)
        return known[at + int(draws.next() * (len(known) - at))] - past_s


class Helper:
    """An agent as the forward run sees them: when they come free, and from which wait on they take which calls."""

    __slots__ = ("after", "agent", "fits_from", "handling")

    def __init__(self, agent: Agent, fits_from: float, handling: Handling) -> None:
        self.agent, self.fits_from, self.handling = agent, fits_from, handling
        self.after: list[tuple[int, float]] = []
        """(group of calls ahead, wait from which this agent fits it)."""


def fits_after(agent: Agent, plan: Plan) -> float:
    """From which wait on an agent may take the calls of a plan."""
    fits = agent.profile.fits
    for stage in plan.stages:
        for demand in (stage.demand, stage.pair):
            if demand is not None and fits(demand.queue_id, demand.ring, demand.needs):
                return stage.after_s
    return float("inf")


def estimate(state: State, call: Call, now: float) -> Estimate:
    """Return how much longer a waiting call waits; zero when it no longer does."""
    if call.state in ("talking", "ended"):
        return Estimate(0.0, 0.0)
    if call.state == "offered":
        ring_s = call.queue.ring_s
        return Estimate(ring_s, ring_s * 2.3)
    return _Forward(state, call, now).answer()


class _Forward:
    def __init__(self, state: State, call: Call, now: float) -> None:
        self.state, self.call, self.now = state, call, now
        self.draws = Draws(call.seq)
        self._handling: dict[str, Handling] = {}
        self.helpers: list[Helper] = []
        self.groups: list[list[Call]] = []
        self.total = 0.0
        """How many are ahead, in the scale of the agents played."""
        self.rivals: list[Queue] = []
        """Queues whose citizens compete for the same agents."""
        self._set_up()

    def handling(self, queue: Queue) -> Handling:
        found = self._handling.get(queue.queue_id)
        if found is None:
            found = self._handling[queue.queue_id] = Handling(queue)
        return found

    def _set_up(self) -> None:
        mine = {agent.agent_id: agent for agent in _present(self.call.plan)}
        profiles = {id(agent.profile): agent for agent in mine.values()}
        ahead, plans = self._ahead(list(profiles.values()))
        agents = dict(mine)
        for plan in plans:
            agents.update((agent.agent_id, agent) for agent in _present(plan))
        step = -(-len(agents) // AGENTS) or 1
        for name in sorted(agents)[::step]:
            self.helpers.append(self._helper(agents[name], plans, waits_for=name in mine))
        number = {id(plan): at for at, plan in enumerate(plans)}
        self.groups = [[] for _ in plans]
        # The nearest ones are played, fewer when only some of the agents are; the rest scales the answer.
        for entry in sorted(ahead)[: -(-AHEAD // step)]:
            self.groups[number[id(entry[2].call.plan)]].append(entry[2].call)
        self.total /= step

    def _helper(self, agent: Agent, plans: list[Plan], *, waits_for: bool) -> Helper:
        call = self.call
        fits_from = float("inf")
        if waits_for:
            after = fits_after(agent, call.plan)
            relaxed = after <= call.plan.stages[call.step].after_s
            fits_from = 0.0 if relaxed else max(0.0, after - (self.now - call.entered_at))
        queue = agent.call.queue if agent.call else self.state.queues.get(agent.wrap_queue, call.queue)
        helper = Helper(agent, fits_from, self.handling(queue))
        helper.after = [(at, fits_after(agent, plan)) for at, plan in enumerate(plans)]
        helper.after = [(at, after) for at, after in helper.after if after < float("inf")]
        return helper

    def _ahead(self, mine: list[Agent]) -> tuple[list[Entry], list[Plan]]:
        """Collect the calls with an earlier place that these agents may take, and their plans."""
        entry = self.call.entry
        known: dict[int, bool] = {}
        ahead: list[Entry] = []
        plans: dict[int, Plan] = {}
        for _, queue in sorted(self.state.queues.items()):
            seen = taken = 0
            for other in queue.order:
                if other >= entry or seen >= AHEAD:
                    break
                seen += 1
                plan = other[2].call.plan
                if id(plan) not in known:
                    known[id(plan)] = any(fits_after(agent, plan) < float("inf") for agent in mine)
                if known[id(plan)]:
                    plans[id(plan)] = plan
                    ahead.append(other)
                    taken += 1
            if taken:
                self.rivals.append(queue)
                self.total += taken if seen < AHEAD else taken / seen * queue.order.rank(entry)
        if self.call.queue not in self.rivals:
            self.rivals.append(self.call.queue)
        return ahead, list(plans.values())

    def answer(self) -> Estimate:
        if all(helper.fits_from == float("inf") for helper in self.helpers):
            return Estimate(NEVER_S, NEVER_S)
        runs = sorted(self._run() for _ in range(RUNS))
        p50, p90 = runs[RUNS // 2], runs[int(RUNS * 0.9)]
        played = max(1, sum(map(len, self.groups)))
        scale = max(1.0, self.total / played) if self.total > played else 1.0
        return Estimate(p50 * scale, p50 * scale + (p90 - p50) * sqrt(scale))

    def _free_at(self, helper: Helper) -> float:
        """When an agent comes free, seen from now."""
        agent, handling = helper.agent, helper.handling
        if agent.state == "ready":
            return max(0.0, agent.cool_until - self.now)
        if agent.state == "wrap_up":
            return min(agent.wrap_until - self.now, handling.draw(self.draws, self.now - agent.talk_since))
        if agent.state == "talking":
            return handling.draw(self.draws, self.now - agent.talk_since)
        return handling.draw(self.draws) + handling.ring_s / 2

    def _run(self) -> float:
        """Play the hall forward once; return when this call is answered."""
        draws = self.draws
        patience = self._patience()
        heads = [0] * len(self.groups)
        passing = self._passing()
        free = [(max(0.0, self._free_at(helper)), number) for number, helper in enumerate(self.helpers)]
        heapify(free)
        mine = self.handling(self.call.queue)
        while free:
            at, number = free[0]
            if at > NEVER_S:
                break
            helper = self.helpers[number]
            taken = self._next(helper, heads, at, patience)
            if taken is not None:
                handling = self.handling(taken.queue)
                heapreplace(free, (at + handling.ring_s + handling.draw(draws), number))
            elif helper.fits_from <= at:
                if not passing or passing[-1] > at:
                    return at + mine.ring_s
                passing.pop()
                heapreplace(free, (at + mine.ring_s + mine.draw(draws), number))
            else:
                heappop(free)
                if helper.fits_from < float("inf"):
                    heappush(free, (helper.fits_from, number))
        return NEVER_S

    def _passing(self) -> list[float]:
        """When citizens with a head start enter who will stand before this call, latest first."""
        found: list[float] = []
        for queue in self.rivals:
            if not queue.credit_gap_s:
                continue
            window = queue.credit_s - (self.now - self.call.place)
            left = queue.policy.passes - passed_by(self.call) if queue is self.call.queue else AHEAD
            share = 1.0 if queue is self.call.queue else 0.5
            at = 0.0
            while left > 0:
                at -= log(self.draws.next()) * queue.credit_gap_s / share
                if at > window:
                    break
                found.append(at)
                left -= 1
        found.sort(reverse=True)
        return found

    def _patience(self) -> dict[int, float]:
        """When each call ahead gives up, drawn from how often citizens did."""
        gone: dict[int, float] = {}
        for group in self.groups:
            for call in group:
                queue = call.queue
                if queue.gave_up:
                    gone[call.seq] = -log(self.draws.next()) * queue.waited_s / queue.gave_up
        return gone

    def _next(self, helper: Helper, heads: list[int], at: float, patience: dict[int, float]) -> Call | None:
        """Return the earliest call ahead that this agent takes, leaving out those who gave up."""
        best: Call | None = None
        best_group = -1
        for number, after in helper.after:
            group = self.groups[number]
            while heads[number] < len(group) and patience.get(group[heads[number]].seq, NEVER_S) < at:
                heads[number] += 1
            if heads[number] < len(group):
                call = group[heads[number]]
                ripe = call.entered_at + after <= self.now + at
                if ripe and (best is None or call.entry < best.entry):
                    best, best_group = call, number
        if best is not None:
            heads[best_group] += 1
        return best


def _present(plan: Plan) -> Iterator[Agent]:
    """The agents now at work who may serve the last stage of a plan."""
    last = plan.stages[-1]
    for demand in (last.demand, last.pair):
        for profile in demand.profiles if demand is not None else ():
            for agent in profile.agents.values():
                if agent.present and agent.lost_at is None:
                    yield agent

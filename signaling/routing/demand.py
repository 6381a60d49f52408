"""Who fits what: the index between waiting calls and free agents.

Equal requirements are one `Demand`, equal skill sets are one `Profile`; which profile fits which demand is worked
out once, when either is first seen. A waiting call lies in the line of its demand, by place; an idle agent lies in
the heap of every demand its profile fits, by the queue's choice of agent. So a freed agent looks at the heads of its
profile's demands, and an arriving call at the head of one heap: logarithmic in calls and in agents.

Promise: a demand's `first` is always live; everything else is removed lazily and compacted when more than half is
void. Indexes hold no knowledge of their own: `snapshot` leaves them out.
"""

from __future__ import annotations

from array import array
from collections import defaultdict, deque
from heapq import heapify, heappop, heappush
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from signaling.routing import plan as plans

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.routing.order import Entry
    from signaling.routing.state import Agent, Queue, Seeker
    from signaling.routing.values import Requirement, Step

# Place of the head of an empty demand: later than everybody.
NOBODY = float("inf")

Needs: TypeAlias = tuple[tuple[str, int], ...]
IdleEntry: TypeAlias = "tuple[float, float, str, int, Agent]"


class Demand:
    """What a group of waiting calls asks for at their present step.

    Nearly every call comes in order, so the calls lie in a line, and only those with a head start in a heap beside it.

    A demand that asks the same of a wider ring (`wider`) is served by everyone who serves this one. So the exchange's
    flat array of `tops` holds for each demand the place of the first call of it and all wider ones, and a freed agent
    compares one number for every narrowest demand that fits, in C, without touching the calls.
    """

    __slots__ = (
        "boost_s", "choice", "danger_s", "first", "head", "idle", "late", "line", "live", "mains", "narrower", "needs",
        "number", "partner", "present", "profiles", "queue_id", "ring", "top", "tops", "weight", "wider",
    )  # fmt: skip

    def __init__(
        self, number: int, queue_id: str, ring: int, needs: Needs, partner: Demand | None, tops: array[float]
    ) -> None:
        self.tops = tops
        self.number, self.queue_id, self.ring, self.needs, self.partner = number, queue_id, ring, needs, partner
        self.wider: Demand | None = None
        self.narrower: Demand | None = None
        self.first: Entry | None = None
        """The call whose turn it is."""
        self.head = NOBODY
        """The place of `first`."""
        self.top = NOBODY
        """The first place here and in all wider demands, as noted in `tops`."""
        self.line: deque[Entry] = deque()
        self.late: list[Entry] = []
        self.live = 0
        self.idle: list[IdleEntry] = []
        self.present = 0
        """Agents present (signed in, not on break) who fit."""
        self.profiles: list[Profile] = []
        """Skill sets that fit."""
        self.mains: list[Demand] = []
        """Demands whose companion this one describes."""
        self.choice = "longest_idle"
        self.weight = 1.0
        self.danger_s = float("inf")
        self.boost_s = 0.0

    def add(self, entry: Entry) -> None:
        self.live += 1
        line = self.line
        if not line or entry > line[-1]:
            line.append(entry)
        else:
            heappush(self.late, entry)
        place, first = entry[0], self.first
        if first is None or place < self.head or (place == self.head and entry < first):
            self.first = entry
            self.head = place
            if place < self.top:
                self._tell_top()

    def drop(self, entry: Entry) -> None:
        """One entry became void: find the next head, compact when most is void."""
        live = self.live = self.live - 1
        line, late = self.line, self.late
        if entry is not self.first:
            if len(line) + len(late) > 2 * live + 64:
                self.line = deque(seeker.entry for seeker in self.seekers())
                late.clear()
            return
        if line and line[0] is entry:
            line.popleft()
        elif late and late[0] is entry:
            heappop(late)
        if len(line) + len(late) > live:
            self._drop_void()
        first = line[0] if line else None
        if late and (first is None or late[0] < first):
            first = late[0]
        self.first = first
        self.head = NOBODY if first is None else first[0]
        if self.top != self.head:
            self._tell_top()

    def _drop_void(self) -> None:
        """Let what is no longer listed here go from both heads."""
        line, late = self.line, self.late
        while line and not self.holds(line[0]):
            line.popleft()
        while late and not self.holds(late[0]):
            heappop(late)

    def _tell_top(self) -> None:
        """Bring `tops` up to date, here and in the narrower demands."""
        demand: Demand | None = self
        while demand is not None:
            top, wider = demand.head, demand.wider
            if wider is not None and wider.top < top:
                top = wider.top
            if top == demand.top:
                return
            demand.top = demand.tops[demand.number] = top
            demand = demand.narrower

    def chain(self, below: Demand | None, above: Demand | None) -> None:
        """Stand between a narrower demand and a wider one that ask the same."""
        self.narrower, self.wider = below, above
        if below is not None:
            below.wider = self
        if above is not None:
            above.narrower = self
        self._tell_top()

    def holds(self, entry: Entry) -> bool:
        seeker = entry[2]
        return seeker.entry is entry and (seeker.demand is self or seeker.pair is self)

    def seekers(self) -> list[Seeker]:
        """All live ones, in order of place."""
        live = {entry[1]: entry for entry in (*self.line, *self.late) if self.holds(entry)}
        return [entry[2] for entry in sorted(live.values())]

    def first_idle(self, call_id: str, skip: str | None, skip_too: str | None = None) -> Agent | None:
        """Who of the idle agents is asked first, leaving out `skip` and those kept for another call."""
        idle = self.idle
        aside: list[IdleEntry] = []
        found: Agent | None = None
        while idle:
            entry = idle[0]
            agent = entry[4]
            if entry[3] == agent.idle_no:
                if agent.agent_id not in (skip, skip_too) and agent.kept_for in ("", call_id):
                    found = agent
                    break
                aside.append(entry)
            heappop(idle)
        for entry in aside:
            heappush(idle, entry)
        return found

    def add_idle(self, agent: Agent) -> None:
        idle = self.idle
        if len(idle) > 2 * self.present + 16:
            idle[:] = [entry for entry in idle if entry[3] == entry[4].idle_no]
            heapify(idle)
        heappush(idle, (*self._rank(agent), agent.agent_id, agent.idle_no, agent))

    def _rank(self, agent: Agent) -> tuple[float, float]:
        """Smaller is asked first; longest idle breaks ties, then the id."""
        if self.choice == "highest_level":
            skills = agent.profile.skills
            return -sum(skills[skill] for skill, _ in self.needs), agent.idle_since
        if self.choice == "least_occupied":
            return agent.busy_today(), agent.idle_since
        if self.choice == "round_robin":
            return agent.last_offer, agent.idle_since
        return agent.idle_since, 0.0


class Profile:
    """A skill set shared by agents who serve the same queues."""

    __slots__ = ("agents", "companions", "demands", "groups", "key", "pairs", "present", "queues", "second", "skills")

    def __init__(self, skills: tuple[tuple[str, int], ...], queues: tuple[str, ...], second: tuple[str, ...]) -> None:
        self.key = (skills, queues, second)
        self.skills = dict(skills)
        self.queues = frozenset(queues)
        self.second = frozenset(second)
        self.demands: list[Demand] = []
        self.groups: list[Group] | None = None
        """Its ordinary demands by equal weight; None: to be made again."""
        self.pairs: list[Demand] = []
        """Those of `demands` that need a companion besides."""
        self.companions: list[Demand] = []
        """Those of `demands` that describe the companion of a pair."""
        self.agents: dict[str, Agent] = {}
        self.present = 0
        """How many of them are at work."""

    def fits(self, queue_id: str, ring: int, needs: Needs) -> bool:
        return self.hears(queue_id, ring) and self.meets(needs)

    def hears(self, queue_id: str, ring: int) -> bool:
        """Does this ring of a queue reach the agents?"""
        return ring == 3 or queue_id in self.queues or (ring == 2 and queue_id in self.second)

    def meets(self, needs: Needs) -> bool:
        skills = self.skills
        return all(skills.get(skill, 0) >= level for skill, level in needs)


class Ask:
    """Equal needs, of whatever queue and ring: the skill sets that meet them, and the demands that ask for them."""

    __slots__ = ("demands", "needs", "profiles")

    def __init__(self, needs: Needs, profiles: list[Profile]) -> None:
        self.needs, self.profiles = needs, profiles
        self.demands: list[Demand] = []


class Group(NamedTuple):
    """The narrowest demands of one profile whose places compare directly: same weight, same danger."""

    heads: Callable[[array[float]], tuple[float, ...]]
    demands: tuple[Demand, ...]


def _group(demands: list[Demand]) -> list[Group]:
    alike: dict[tuple[float, float, float], list[Demand]] = {}
    fitting = set(demands)
    for demand in demands:
        if demand.partner is None and demand.narrower not in fitting:
            alike.setdefault((demand.weight, demand.danger_s, demand.boost_s), []).append(demand)
    # itemgetter of one index gives no tuple: a demand that stands alone is named twice.
    groups = (tuple(found) if len(found) > 1 else (found[0], found[0]) for found in alike.values())
    return [Group(itemgetter(*(demand.number for demand in found)), found) for found in groups]


class Stage:
    """A stage of relaxation with its place in the index."""

    __slots__ = ("after_s", "demand", "pair", "requires")

    def __init__(self, after_s: float, requires: tuple[Requirement, ...], demand: Demand, pair: Demand | None) -> None:
        self.after_s, self.requires, self.demand, self.pair = after_s, requires, demand, pair

    def present(self) -> bool:
        """Could anyone present serve it (alone, or an agent and a companion together)?"""
        if self.demand.present:
            return True
        pair = self.pair
        return pair is not None and pair.present > 0 and pair.partner is not None and pair.partner.present > 0


class Plan:
    """The stages of equal calls; `possible` remembers whether anyone on the roster could ever serve the last one."""

    __slots__ = ("possible", "stages")

    def __init__(self, stages: tuple[Stage, ...]) -> None:
        self.stages = stages
        self.possible: bool | None = None


class Exchange:
    """The registry of demands, profiles and plans."""

    def __init__(self, queues: dict[str, Queue] | None = None) -> None:
        self.queues: dict[str, Queue] = {} if queues is None else queues
        self._demands: dict[tuple[str, int, Needs, Needs], Demand] = {}
        self._profiles: dict[tuple[object, ...], Profile] = {}
        self._plans: dict[tuple[object, ...], Plan] = {}
        self._usual: defaultdict[str, dict[tuple[Requirement, ...], Plan]] = defaultdict(dict)
        """By queue and requirement: the plans of calls that bring no steps or wishes of their own."""
        self._last: tuple[Queue | None, tuple[Requirement, ...], Plan] = (None, (), Plan(()))
        """The one of them asked for last: for a newcomer it is asked for twice, by the decision and by its event."""
        self._asks: dict[Needs, Ask] = {}
        self._by_skill: defaultdict[str, list[Profile]] = defaultdict(list)
        self._asks_by_skill: defaultdict[str, list[Ask]] = defaultdict(list)
        self._idle_no = 0
        self.tops = array("d")

    def groups(self, profile: Profile) -> list[Group]:
        """Return how the heads of a profile's demands are compared."""
        if profile.groups is None:
            profile.groups = _group(profile.demands)
        return profile.groups

    def profile(self, skills: tuple[tuple[str, int], ...], queues: tuple[str, ...], second: tuple[str, ...]) -> Profile:
        key = (tuple(sorted(skills)), tuple(sorted(queues)), tuple(sorted(second)))
        profile = self._profiles.get(key)
        if profile is None:
            profile = self._profiles[key] = Profile(*key)
            for skill in ("", *profile.skills):
                self._by_skill[skill].append(profile)
                for ask in self._asks_by_skill[skill]:
                    if profile.meets(ask.needs):
                        ask.profiles.append(profile)
                        for demand in ask.demands:
                            if profile.hears(demand.queue_id, demand.ring):
                                self._connect([profile], demand)
        return profile

    def _ask(self, needs: Needs) -> Ask:
        ask = self._asks.get(needs)
        if ask is None:
            skill = needs[0][0] if needs else ""
            meeting = list(self._by_skill[skill])
            # Need by need, calling nothing: a restart makes a thousand asks of ten thousand skill sets.
            for name, level in needs:
                meeting = [profile for profile in meeting if profile.skills.get(name, 0) >= level]
            ask = self._asks[needs] = Ask(needs, meeting)
            self._asks_by_skill[skill].append(ask)
        return ask

    def plan_in(
        self,
        queue: Queue,
        requires: tuple[Requirement, ...],
        steps: tuple[Step, ...] | None,
        prefers: tuple[Requirement, ...] = (),
        prefers_s: float = 0.0,
    ) -> Plan:
        """Return the plan of a call in a queue; `steps` None: the queue's."""
        if steps is not None or prefers:
            steps = queue.policy.steps if steps is None else steps
            return self.plan(queue.queue_id, requires, steps, prefers, prefers_s)
        last = self._last
        if last[0] is queue and last[1] is requires:
            return last[2]
        usual = self._usual[queue.queue_id]
        plan = usual.get(requires)
        if plan is None:
            plan = usual[requires] = self.plan(queue.queue_id, requires, queue.policy.steps)
        self._last = queue, requires, plan
        return plan

    def plan(
        self,
        queue_id: str,
        requires: tuple[Requirement, ...],
        steps: tuple[Step, ...],
        prefers: tuple[Requirement, ...] = (),
        prefers_s: float = 0.0,
        ring: int = 1,
    ) -> Plan:
        key = (queue_id, requires, steps, prefers, prefers_s, ring)
        plan = self._plans.get(key)
        if plan is None:
            plans.check(requires, steps)
            plans.check(prefers, ())
            stages = plans.stages(requires, steps, prefers, prefers_s, ring)
            plan = self._plans[key] = Plan(tuple(self._stage(queue_id, stage) for stage in stages))
        return plan

    def _stage(self, queue_id: str, stage: plans.Stage) -> Stage:
        needs = tuple((need.skill, need.level) for need in stage.requires)
        companion = tuple((need.skill, need.level) for need in stage.requires if need.companion)
        demand = self.demand(queue_id, stage.ring, needs, ())
        pair = None
        if companion:
            rest = tuple((need.skill, need.level) for need in stage.requires if not need.companion)
            pair = self.demand(queue_id, stage.ring, rest, companion)
        return Stage(stage.after_s, stage.requires, demand, pair)

    def demand(self, queue_id: str, ring: int, needs: Needs, companion: Needs) -> Demand:
        key = (queue_id, ring, needs, companion)
        demand = self._demands.get(key)
        if demand is None:
            partner = self.demand("", 3, companion, ()) if companion else None
            demand = self._demands[key] = Demand(len(self._demands), queue_id, ring, needs, partner, self.tops)
            self.tops.append(NOBODY)
            self._set_policy(demand)
            self._chain(demand, companion)
            ask = self._ask(needs)
            ask.demands.append(demand)
            # Where many calls wait, a restart makes thousands of demands for thousands of skill sets.
            everyone = ring == plans.RINGS
            fitting = ask.profiles if everyone else [one for one in ask.profiles if one.hears(queue_id, ring)]
            self._connect(fitting, demand)
            if partner:
                self._add_main(partner, demand)
        return demand

    def _chain(self, demand: Demand, companion: Needs) -> None:
        rings = range(1, plans.RINGS + 1)
        alike = [self._demands.get((demand.queue_id, ring, demand.needs, companion)) for ring in rings]
        below = [other for other in alike[: demand.ring - 1] if other is not None]
        above = [other for other in alike[demand.ring :] if other is not None]
        demand.chain(below[-1] if below else None, above[0] if above else None)

    def _connect(self, profiles: list[Profile], demand: Demand) -> None:
        """Note that skill sets fit a demand."""
        demand.profiles += profiles
        present = 0
        for profile in profiles:
            profile.demands.append(demand)
            profile.groups = None
            present += profile.present
        demand.present += present
        if demand.partner is not None:
            for profile in profiles:
                profile.pairs.append(demand)
        if demand.mains:
            for profile in profiles:
                profile.companions.append(demand)
        if self._idle_no:
            for profile in profiles:
                for agent in profile.agents.values():
                    if agent.idle_no and not agent.kept_for:
                        demand.add_idle(agent)

    def _add_main(self, partner: Demand, main: Demand) -> None:
        if not partner.mains:
            for profile in self._profiles.values():
                if partner in profile.demands:
                    profile.companions.append(partner)
        partner.mains.append(main)

    def _set_policy(self, demand: Demand) -> None:
        queue = self.queues.get(demand.queue_id)
        if queue is not None:
            policy = queue.policy
            demand.choice, demand.weight, demand.boost_s = policy.choice, policy.weight, policy.danger_boost_s
            demand.danger_s = float("inf") if policy.danger_s is None else policy.danger_s

    def enlist(self, seeker: Seeker, agents: dict[str, Agent]) -> None:
        """List a seeker as offerable: with the one agent it waits for, or under its demand."""
        seeker.open = True
        if seeker.wants is not None:
            heappush(agents[seeker.wants].wanted, seeker.entry)
            return
        stage = seeker.plan.stages[seeker.step]
        demand, pair = stage.demand, stage.pair
        seeker.demand = demand
        demand.add(seeker.entry)
        if pair is not None:
            seeker.pair = pair
            pair.add(seeker.entry)

    def delist(self, seeker: Seeker) -> None:
        seeker.open = False
        demand, pair = seeker.demand, seeker.pair
        seeker.demand = seeker.pair = None
        if demand is not None:
            demand.drop(seeker.entry)
        if pair is not None:
            pair.drop(seeker.entry)

    def relist(self, seeker: Seeker) -> None:
        """List an offerable seeker under its present step, no longer under the one before."""
        if seeker.wants is not None:
            return
        entry, old, old_pair = seeker.entry, seeker.demand, seeker.pair
        stage = seeker.plan.stages[seeker.step]
        demand = seeker.demand = stage.demand
        pair = seeker.pair = stage.pair
        # First the wider one, so that what is first in both stays so.
        demand.add(entry)
        if old is not None:
            old.drop(entry)
        if old_pair is not None:
            old_pair.drop(entry)
        if pair is not None:
            pair.add(entry)

    def list_idle(self, agent: Agent) -> None:
        """List a free agent in every demand it fits; a kept interpreter only as a companion."""
        self._idle_no += 1
        agent.idle_no = self._idle_no
        for demand in agent.profile.companions if agent.kept_for else agent.profile.demands:
            demand.add_idle(agent)

    def set_present(self, agent: Agent, present: bool) -> None:
        if agent.present != present:
            agent.present = present
            change = 1 if present else -1
            agent.profile.present += change
            for demand in agent.profile.demands:
                demand.present += change

    def possible(self, plan: Plan, profiles: list[Profile]) -> bool:
        """Could these profiles ever serve the plan's last stage?"""
        stage = plan.stages[-1]
        if any(_fits(profile, stage.demand) for profile in profiles):
            return True
        pair = stage.pair
        if pair is None or pair.partner is None:
            return False
        partner = pair.partner
        return any(_fits(p, pair) for p in profiles) and any(_fits(p, partner) for p in profiles)

    def forget_possible(self) -> None:
        for plan in self._plans.values():
            plan.possible = None


def _fits(profile: Profile, demand: Demand) -> bool:
    return profile.fits(demand.queue_id, demand.ring, demand.needs)


def first_wanted(agent: Agent) -> Seeker | None:
    """Return the earliest seeker that waits for this agent alone."""
    heap = agent.wanted
    while heap:
        seeker = heap[0][2]
        if seeker.open and seeker.wants == agent.agent_id and seeker.entry is heap[0]:
            return seeker
        heappop(heap)
    return None

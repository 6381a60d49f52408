"""The simulator: a hall played on the real engine with drawn citizens and agents.

    virtual-window simulate day|month|city [--seed N] [--load X] [--crash N] [--check N]

Promise: the engine is the one that serves; only arrivals, handling times, patience and behaviour are drawn, from one
seed, so the same seed prints the same numbers. Every `--crash` commands (on average) the engine is thrown away and
rebuilt from its snapshot and the events since, and must equal the lost one byte for byte. Invariants are recounted
every `--check` commands.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import random
import sys
from dataclasses import dataclass, field, replace
from math import ceil, log
from typing import TYPE_CHECKING

from signaling.errors import Refused
from signaling.routing import Engine, QueuePolicy, Requirement, commands, encode, events
from signaling.routing.recount import recount

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from signaling.routing import Event

DAY_S = 86400.0
START = 1_763_942_400.0  # a Monday, 08:00 in China
OPEN_S = 9 * 3600.0


@dataclass(frozen=True)
class Item:
    """A kind of visit: how often it comes (a second), and what it needs."""

    queue_id: str
    rate: float
    requires: tuple[Requirement, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class Staff:
    agent_id: str
    skills: tuple[tuple[str, int], ...]
    queues: tuple[str, ...]
    second: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A drawn world. Times in seconds; a distribution is its mean (and the spread of its logarithm)."""

    queues: tuple[QueuePolicy, ...]
    items: tuple[Item, ...]
    staff: tuple[Staff, ...]
    open_s: float = OPEN_S
    days: int = 1
    talk_s: float = 420.0
    talk_spread: float | None = 0.6
    """Spread of a log-normal talk time; None: exponential."""
    wrap_s: float = 30.0
    ring_s: float = 4.0
    patience_s: float | None = 1500.0
    decline_share: float = 0.02
    miss_share: float = 0.01
    drop_share: float = 0.01
    credit_share: float = 0.15
    credit_s: float = 300.0
    peak: bool = True
    """Arrivals swell in the middle of the morning and the afternoon."""


@dataclass
class Waits:
    """Waiting times of one class of citizens."""

    answered: list[float] = field(default_factory=list)
    gave_up: int = 0

    def line(self, label: str) -> str:
        waits = sorted(self.answered)
        if not waits:
            return f"{label:<24}{0:>8}{self.gave_up:>9}"
        mean = sum(waits) / len(waits)
        p50, p90 = waits[len(waits) // 2], waits[ceil(0.9 * len(waits)) - 1]
        return f"{label:<24}{len(waits):>8}{self.gave_up:>9}{mean:>10.1f}{p50:>9.1f}{p90:>9.1f}{waits[-1]:>9.1f}"


class Simulation:
    """One run. `watch` sees every call right after it entered and when it is answered."""

    def __init__(self, scenario: Scenario, seed: int, *, crash: int = 0, check: int = 0, digest: bool = True) -> None:
        self.scenario = scenario
        self.random = random.Random(seed)
        self.chaos = random.Random(seed + 1)
        self.engine = Engine()
        self.crash, self.check = crash, check
        self.now = START
        self.calls = self.commands = self.crashes = self.refused = 0
        self.waits: dict[str, Waits] = {}
        self.on_entered: Callable[[str, float], None] | None = None
        self.on_answered: Callable[[str, float], None] | None = None
        self._labels: dict[str, str] = {}
        self._entered: dict[str, float] = {}
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._planned = 0
        self._snapshot = self.engine.dump()
        self._tail: list[Event] = []
        self._digest = hashlib.sha256() if digest else None

    # --- time --------------------------------------------------------------------------------
    def at(self, time: float, do: Callable[[], None]) -> None:
        self._planned += 1
        heapq.heappush(self._agenda, (time, self._planned, do))

    def run(self) -> None:
        for policy in self.scenario.queues:
            self.submit(commands.DefineQueue(policy))
        for day in range(self.scenario.days):
            self._plan_day(START + day * DAY_S)
        while True:
            deadline = self.engine.next_deadline()
            if self._agenda and (deadline is None or self._agenda[0][0] < deadline):
                self.now, _, do = heapq.heappop(self._agenda)
                do()
            elif deadline is not None:
                self.now = max(self.now, deadline)
                self.submit(commands.Tick())
            else:
                return

    def _plan_day(self, start: float) -> None:
        for staff in self.scenario.staff:
            self.at(start, lambda staff=staff: self._start_work(staff))  # type: ignore[misc]
        for item in self.scenario.items:
            self._plan_arrival(item, start, start + self.scenario.open_s)

    def _start_work(self, staff: Staff) -> None:
        self.submit(commands.SignIn(staff.agent_id, staff.skills, staff.queues, staff.second))
        self.submit(commands.Ready(staff.agent_id))

    def _plan_arrival(self, item: Item, since: float, end: float) -> None:
        """Draw the next arrival by thinning a Poisson process at its peak rate."""
        peak = 1.6 if self.scenario.peak else 1.0
        time = since
        while True:
            time += -log(1.0 - self.random.random()) / (item.rate * peak)
            if time >= end:
                return
            if not self.scenario.peak or self.random.random() * peak < _swell((time - START) % DAY_S):
                break
        self.at(time, lambda: self._arrive(item, end))

    # --- people ------------------------------------------------------------------------------
    def _arrive(self, item: Item, end: float) -> None:
        self._plan_arrival(item, self.now, end)
        self.calls += 1
        call_id = f"call_{self.calls:07d}"
        elder = self.random.random() < self.scenario.credit_share
        credit = self.scenario.credit_s if elder else 0.0
        patience = self.scenario.patience_s
        gives_up_at = None if patience is None else self.now - log(1.0 - self.random.random()) * patience
        label = (item.label or item.queue_id) + (" 65+" if elder else "")
        self._labels[call_id] = label
        try:
            self.submit(
                commands.Enter(
                    call_id, f"booth_{self.calls:07d}", item.queue_id, "item", item.requires, credit,
                    ("elder",) if elder else (),
                )
            )  # fmt: skip
        except Refused:
            self.refused += 1
            return
        if gives_up_at is not None:
            self.at(gives_up_at, lambda: self._lose_patience(call_id))
        if self.on_entered is not None:
            self.on_entered(call_id, self.now)

    def _lose_patience(self, call_id: str) -> None:
        call = self.engine._state.calls.get(call_id)
        if call is not None and call.state in ("waiting", "offered") and call.first_accepted_at is None:
            self.submit(commands.GiveUp(call_id))

    def _ring(self, offered: events.Offered) -> None:
        """Plan how the agent answers."""
        lot = self.random.random()
        if lot < self.scenario.miss_share:
            return
        delay = -log(1.0 - self.random.random()) * self.scenario.ring_s
        declines = lot < self.scenario.miss_share + self.scenario.decline_share
        self.at(self.now + delay, lambda: self._answer(offered, declines))

    def _answer(self, offered: events.Offered, declines: bool) -> None:
        if offered.offer_id not in self.engine._state.offers:
            return
        if declines:
            self.submit(commands.Decline(offered.agent_id, offered.offer_id, "busy"))
        else:
            self.submit(commands.Accept(offered.agent_id, offered.offer_id))

    def _talk(self, call_id: str, agent_id: str) -> None:
        spread = self.scenario.talk_spread
        if spread is None:
            talk = -log(1.0 - self.random.random()) * self.scenario.talk_s
        else:
            talk = self.random.lognormvariate(log(self.scenario.talk_s) - spread * spread / 2, spread)
        drops = self.random.random() < self.scenario.drop_share
        self.at(self.now + talk, lambda: self._hang_up(call_id, agent_id, drops))

    def _hang_up(self, call_id: str, agent_id: str, drops: bool) -> None:
        call = self.engine._state.calls.get(call_id)
        if call is None or call.agent is None or call.agent.agent_id != agent_id:
            return
        if drops:
            self.submit(commands.AgentLost(agent_id))
            self.at(self.now + 40, lambda: self._come_back(agent_id))
        else:
            self.submit(commands.End(call_id, agent_id, "completed"))

    def _come_back(self, agent_id: str) -> None:
        self.submit(commands.AgentReturned(agent_id))
        self.submit(commands.Ready(agent_id))

    def _wrap_up(self, agent_id: str) -> None:
        delay = -log(1.0 - self.random.random()) * self.scenario.wrap_s
        self.at(self.now + delay, lambda: self._finish(agent_id))

    def _finish(self, agent_id: str) -> None:
        if self.engine._state.agents[agent_id].state == "wrap_up":
            self.submit(commands.FinishWrapUp(agent_id))

    def _retry_break(self, agent_id: str) -> None:
        agent = self.engine._state.agents[agent_id]
        if agent.state == "not_ready" and agent.lost_at is None:
            self.submit(commands.Ready(agent_id))

    # --- engine ------------------------------------------------------------------------------
    def submit(self, command: commands.Command) -> None:
        self.commands += 1
        made = self.engine.apply(command, self.now)
        if self.crash:
            self._tail += made
        for event in made:
            if self._digest is not None:
                self._digest.update(encode(event))
            self._follow(event)
        if self.crash and self.chaos.random() * self.crash < 1.0:
            self._crash()
        if self.check and self.commands % self.check == 0:
            recount(self.engine)

    def _follow(self, event: Event) -> None:
        match event:
            case events.Entered():
                self._entered[event.call_id] = event.at
            case events.Offered() if event.expires_at > event.at:
                self._ring(event)
            case events.Accepted(role="lead"):
                self._talk(event.call_id, event.agent_id)
                self._note_answer(event)
            case events.Ended():
                self._note_end(event)
            case events.WrapUpStarted() if event.ends_at > event.at:
                self._wrap_up(event.agent_id)
            case events.AgentStateChanged(state="not_ready", reason="missed_offers"):
                self.at(self.now + 120, lambda: self._retry_break(event.agent_id))
            case _:
                pass

    def _note_answer(self, event: events.Accepted) -> None:
        entered = self._entered.pop(event.call_id, None)
        if entered is None:
            return
        self.waits.setdefault(self._labels[event.call_id], Waits()).answered.append(event.at - entered)
        if self.on_answered is not None:
            self.on_answered(event.call_id, event.at)

    def _note_end(self, event: events.Ended) -> None:
        label = self._labels.pop(event.call_id)
        if self._entered.pop(event.call_id, None) is not None:
            self.waits.setdefault(label, Waits()).gave_up += 1

    def _crash(self) -> None:
        """Lose the engine; rebuild it from snapshot and tail; it must be the same."""
        self.crashes += 1
        rebuilt = Engine.load(self._snapshot)
        for event in self._tail:
            rebuilt.evolve(event)
        lost = self.engine.dump()
        if rebuilt.dump() != lost:
            raise AssertionError(f"after crash {self.crashes} the rebuilt state differs")
        self.engine, self._snapshot, self._tail = rebuilt, lost, []

    def digest(self) -> str:
        return self._digest.hexdigest() if self._digest is not None else ""


def _swell(since_start: float) -> float:
    """Arrivals over the day: 1 in the mean, most at 10:00 and 14:30."""
    hour = 8 + since_start / 3600.0
    return max(0.2, 1.6 - 0.35 * min(abs(hour - 10.0), abs(hour - 14.5)))


def district(scale: float = 1.0, load: float = 0.85) -> Scenario:
    """A district's hall: 5 queues, 12 kinds of items, agents with mixed skills, two interpreters."""
    names = ("social", "residence", "business", "medical", "general")
    queues = tuple(QueuePolicy(name, name[0].upper(), misses_to_break=3) for name in names)
    talk, wrap, ring = 420.0, 30.0, 4.0
    count = max(5, round(30 * scale))
    staff = []
    for number in range(count):
        first = names[number % 5]
        other = names[(number + 1 + number // 5 % 4) % 5]
        skills = ((first, 3 + number % 3), (other, 1 + number % 3))
        staff.append(Staff(f"agent_{number:05d}", skills, (first,), (other,)))
    staff += [Staff(f"signer_{number:05d}", (("sign_language", 4),), ()) for number in range(max(2, count // 15))]
    rate = load * count / (talk + wrap + ring)
    items = []
    for place, name in enumerate(names):
        needs = (Requirement(name, 1), Requirement(name, 2), Requirement(name, 3))
        items += [Item(name, rate * share / 5, (need,)) for share, need in zip((0.5, 0.35, 0.13), needs, strict=True)]
        sign = Requirement("sign_language", 2, essential=True, companion=True)
        if place % 2 == 0:
            items.append(Item(name, rate * 0.02 / 5, (Requirement(name, 1), sign), "sign language"))
    return Scenario(queues, tuple(items), tuple(staff), talk_s=talk, wrap_s=wrap, ring_s=ring)


SPANS: dict[str, Callable[[float], Scenario]] = {
    "day": lambda load: district(load=load),
    "month": lambda load: replace(district(load=load), days=22),
    "city": lambda load: district(scale=16.0, load=load),
}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="virtual-window simulate", description="Play a hall on the routing engine.")
    parser.add_argument("span", choices=sorted(SPANS), nargs="?", default="day")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--load", type=float, default=0.85, help="share of the staff's time the arrivals need")
    parser.add_argument("--crash", type=int, default=0, metavar="N", help="lose the engine every N commands on average")
    parser.add_argument("--check", type=int, default=0, metavar="N", help="recount the invariants every N commands")
    options = parser.parse_args(argv)
    simulation = Simulation(SPANS[options.span](options.load), options.seed, crash=options.crash, check=options.check)
    simulation.run()
    recount(simulation.engine)
    print_report(simulation)
    return 0


def print_report(simulation: Simulation) -> None:
    out = sys.stdout.write
    out(f"{'class':<24}{'answered':>8}{'gave up':>9}{'mean s':>10}{'p50':>9}{'p90':>9}{'max':>9}\n")
    for label, waits in sorted(simulation.waits.items()):
        out(waits.line(label) + "\n")
    entered, finished, follow_ups, running = simulation.engine.totals()
    out(f"calls {entered} = finished {finished} + follow-ups {follow_ups} + running {running}\n")
    out(f"commands {simulation.commands}, crashes survived {simulation.crashes}, invariants hold\n")
    out(f"digest {simulation.digest()}\n")


if __name__ == "__main__":
    sys.exit(main())

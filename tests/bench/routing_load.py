"""The workload every routing measure runs on: a country's hall in one engine.

Agents, skills, items and waiting calls are drawn once from a seed; then every freed agent finishes, wraps up, is
offered and accepts the next call while a new citizen enters, so that the number waiting stays the same. The commands
are the same for every router under test: what is offered to whom is the router's answer.
"""

from __future__ import annotations

import gc
import random
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from signaling.routing import Command, Engine, Event, QueuePolicy, Requirement
from signaling.routing import commands as c
from signaling.routing import events as e
from signaling.serving import COLLECT

Apply: TypeAlias = Callable[[Command, float], list[Event]]

START = 1_764_000_000.0
LEVELS = (1, 2, 3)


@contextmanager
def as_served() -> Iterator[None]:
    """Let the collector look as seldom as it does in the service; what lives at the beginning is left out."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


@dataclass(frozen=True)
class Size:
    agents: int = 10_000
    skills: int = 200
    waiting: int = 100_000
    queues: int = 20
    items: int = 1_000
    sets: int = 10_000
    """Different sets of skills and queues at most: where there are more agents, some are alike."""
    seed: int = 1


@dataclass
class Load:
    """A drawn world, independent of the router."""

    size: Size
    random: random.Random
    queues: list[str] = field(default_factory=list)
    items: list[tuple[str, tuple[Requirement, ...]]] = field(default_factory=list)
    agents: list[tuple[str, tuple[tuple[str, int], ...], tuple[str, ...]]] = field(default_factory=list)
    entered: int = 0

    def call(self) -> c.Enter:
        """Return the next citizen's command."""
        self.entered += 1
        queue, requires = self.items[int(self.random.random() * len(self.items))]
        credit = 300.0 if self.random.random() < 0.15 else 0.0
        number = self.entered
        return c.Enter(f"call_{number:08d}", f"booth_{number:08d}", queue, "item", requires, credit)


def draw(size: Size) -> Load:
    rng = random.Random(size.seed)
    load = Load(size, rng)
    load.queues = [f"queue_{number:02d}" for number in range(size.queues)]
    skills = [f"skill_{number:03d}" for number in range(size.skills)]
    share = max(1, size.skills // size.queues)
    group = {queue: skills[number * share : (number + 1) * share] for number, queue in enumerate(load.queues)}
    for _ in range(size.items):
        queue = rng.choice(load.queues)
        wanted = rng.sample(group[queue], rng.choice((1, 1, 2)))
        load.items.append((queue, tuple(Requirement(skill, rng.choice(LEVELS)) for skill in sorted(wanted))))
    for number in range(size.agents):
        if number >= size.sets:
            load.agents.append((f"agent_{number:07d}", *load.agents[number % size.sets][1:]))
            continue
        served = tuple(sorted(rng.sample(load.queues, 2)))
        pool = [skill for queue in served for skill in group[queue]]
        knows = tuple((skill, rng.randint(1, 5)) for skill in sorted(rng.sample(pool, 6)))
        load.agents.append((f"agent_{number:07d}", knows, served))
    return load


def fill(load: Load, engine: Engine) -> float:
    """Define the world, let the calls enter and every agent answer one; return the time it got to."""
    now = START
    for number, queue in enumerate(load.queues):
        engine.apply(c.DefineQueue(QueuePolicy(queue, chr(65 + number % 26), offer_s=1e6, passes=20)), now)
    for name, skills, queues in load.agents:
        engine.apply(c.SignIn(name, skills, queues), now)
    for _ in range(load.size.waiting + load.size.agents):
        now += 0.001
        engine.apply(load.call(), now)
    for name, _, _ in load.agents:
        now += 0.001
        for event in engine.apply(c.Ready(name), now):
            if type(event) is e.Offered:
                engine.apply(c.Accept(event.agent_id, event.offer_id), now)
    return now


def talking_now(engine: Engine) -> deque[tuple[str, str]]:
    return deque((view.call_id, view.agent_id or "") for view in engine.calls() if view.state == "talking")


def work(engine: Engine, talking: deque[tuple[str, str]], calls: list[c.Enter], now: float) -> tuple[int, float]:
    """For each call that enters, let the agent who talked longest finish, and let agents accept what they are offered.

    Returns the commands applied and the time reached.
    """
    apply, next_deadline = engine.apply, engine.next_deadline
    done = 0
    for call in calls:
        # 10,000 agents at 8 minutes a call finish 20 calls a second.
        now += 0.05
        if talking:
            call_id, agent_id = talking.popleft()
            apply(c.End(call_id, agent_id, "completed"), now)
            done += 2 + _accept(apply, talking, apply(c.FinishWrapUp(agent_id), now), now)
        done += 1 + _accept(apply, talking, apply(call, now), now)
        deadline = next_deadline()
        if deadline is not None and deadline <= now:
            done += 1 + _accept(apply, talking, apply(c.Tick(), now), now)
    return done, now


def _accept(apply: Apply, talking: deque[tuple[str, str]], events: list[Event], now: float) -> int:
    accepted = 0
    for offered in events:
        if type(offered) is e.Offered:
            apply(c.Accept(offered.agent_id, offered.offer_id), now)
            talking.append((offered.call_id, offered.agent_id))
            accepted += 1
    return accepted

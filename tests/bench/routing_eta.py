"""How well the engine foretells waits, against the two known ways, on the same simulated days.

Every citizen who has to wait is told an estimate on entry by three foretellers; when they are answered, the estimates
are compared with the wait. `average_ahead`: mean handling time × (people ahead + 1) ÷ desks present. `ewma`: an
exponentially weighted mean of the waits of those answered before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from signaling.simulate import Simulation, district


@dataclass
class Foretold:
    """Absolute errors of the three ways, and how often the 90th percentile held."""

    engine: list[float] = field(default_factory=list)
    average_ahead: list[float] = field(default_factory=list)
    ewma: list[float] = field(default_factory=list)
    within: int = 0

    @property
    def coverage(self) -> float:
        return self.within / max(1, len(self.engine))

    def mean(self, errors: list[float]) -> float:
        return math.fsum(errors) / max(1, len(errors))


class Watch:
    """Asks all three at entry and settles at the answer. The first hour warms the measured times up."""

    def __init__(self, simulation: Simulation, told: Foretold, warm_s: float = 3600.0) -> None:
        self.simulation, self.told = simulation, told
        self.after = simulation.now + warm_s
        self.asked: dict[str, tuple[float, float, float, float, float]] = {}
        self.past: dict[str, float] = {}
        simulation.on_entered, simulation.on_answered = self.entered, self.answered

    def entered(self, call_id: str, now: float) -> None:
        engine = self.simulation.engine
        call = engine._state.calls[call_id]
        if call.state != "waiting" or now < self.after:
            return
        queue = call.queue
        estimate = engine.estimate(call_id, now)
        handled = queue.handled or [queue.policy.expected_s]
        desks = sum(agent.present and queue.queue_id in agent.profile.queues for agent in engine._state.agents.values())
        average = math.fsum(handled) / len(handled) * (engine.ahead(call_id) + 1) / max(1, desks)
        self.asked[call_id] = (now, estimate.p50_s, estimate.p90_s, average, self.past.get(queue.queue_id, 0.0))

    def answered(self, call_id: str, now: float) -> None:
        state = self.simulation.engine._state
        call = state.calls[call_id]
        wait, name = now - call.entered_at, call.queue.queue_id
        self.past[name] = self.past.get(name, wait) + 0.1 * (wait - self.past.get(name, wait))
        asked = self.asked.pop(call_id, None)
        if asked is None:
            return
        _, p50, p90, average, ewma = asked
        self.told.engine.append(abs(wait - p50))
        self.told.average_ahead.append(abs(wait - average))
        self.told.ewma.append(abs(wait - ewma))
        self.told.within += wait <= p90


def foretell(days: int, seed: int, load: float = 0.95) -> Foretold:
    told = Foretold()
    for day in range(days):
        simulation = Simulation(district(load=load), seed + day, digest=False)
        Watch(simulation, told)
        simulation.run()
    return told

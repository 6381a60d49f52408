"""Planning a day by half-hours: how many helpers a queue has and needs, and what moving them would do.

A half-hour is taken as long enough for the line to settle (each on its own, "SIPP": L. Green, P. Kolesar, J. Soares,
Operations Research 49, 2001), and a helper who serves several queues counts for each of them by an equal part.

Promise: pure; the same loads and moves always give the same forecast, and moving helpers makes none and loses none.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from signaling.figures.erlang import Foretold, Load, foretell, needed
from signaling.figures.periods import HALF_HOUR_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Staffed = dict[tuple[str, int], float]
"""Helpers by queue and half-hour."""


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """What a queue's day is like: calls by half-hour (a day's mean), and how they are handled and waited for."""

    queue_id: str
    target_s: float
    handling_s: float
    patience_s: float | None
    offered: Mapping[int, float]

    def load(self, half_hour: int) -> Load:
        return Load(self.offered.get(half_hour, 0.0) / HALF_HOUR_S, self.handling_s, self.patience_s)


@dataclass(frozen=True, slots=True)
class Move:
    """So many helpers from one queue and time to another; half-hours, both included."""

    count: int
    from_queue: str
    from_first: int
    from_last: int
    to_queue: str
    to_first: int
    to_last: int


class TooFew(Exception):
    """A move takes more helpers than there are. `half_hour` says when."""

    def __init__(self, queue_id: str, half_hour: int, staffed: float) -> None:
        super().__init__(f"{queue_id} has {staffed:.1f} in half-hour {half_hour}")
        self.queue_id, self.half_hour, self.staffed = queue_id, half_hour, staffed


def moved(staffed: Staffed, moves: Sequence[Move]) -> Staffed:
    """Return who is where after the moves, one after the other; raise `TooFew`."""
    after = dict(staffed)
    for move in moves:
        for half_hour in range(move.from_first, move.from_last + 1):
            here = after.get((move.from_queue, half_hour), 0.0)
            if here < move.count:
                raise TooFew(move.from_queue, half_hour, here)
            after[move.from_queue, half_hour] = here - move.count
        for half_hour in range(move.to_first, move.to_last + 1):
            there = (move.to_queue, half_hour)
            after[there] = after.get(there, 0.0) + move.count
    return after


def day(queue: QueueLoad, staffed: Staffed) -> dict[int, Foretold]:
    """Return what each half-hour with calls gives."""
    return {
        half_hour: foretell(queue.load(half_hour), staffed.get((queue.queue_id, half_hour), 0.0), queue.target_s)
        for half_hour, calls in queue.offered.items()
        if calls > 0
    }


def needs(queue: QueueLoad, goal: float) -> dict[int, int]:
    """Return how many helpers each half-hour with calls needs for the goal."""
    return {
        half_hour: needed(queue.load(half_hour), goal, queue.target_s)
        for half_hour, calls in queue.offered.items()
        if calls > 0
    }


def together(queue: QueueLoad, told: Mapping[int, Foretold]) -> Foretold | None:
    """Return the whole day's forecast, weighed by calls (the wait by answered ones); None without any."""
    calls = {half_hour: queue.offered[half_hour] for half_hour in told}
    whole = sum(calls.values())
    if not whole:
        return None
    answered = {half_hour: calls[half_hour] * (1 - one.abandon_rate) for half_hour, one in told.items()}
    served = sum(answered.values())

    def mean(values: Mapping[int, float]) -> float:
        return sum(calls[half_hour] * value for half_hour, value in values.items()) / whole

    waits = [answered[half_hour] * one.asa_s for half_hour, one in told.items() if answered[half_hour] > 0]
    return Foretold(
        mean({half_hour: one.service_level for half_hour, one in told.items()}),
        sum(waits) / served if served else inf,
        mean({half_hour: one.abandon_rate for half_hour, one in told.items()}),
        mean({half_hour: one.occupancy for half_hour, one in told.items()}),
    )

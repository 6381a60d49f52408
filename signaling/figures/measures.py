"""The measures of the field, each defined once: what is summed, and what is read from the sums.

Promise: a measure is a number of `Totals`, or None where its divisor is zero (nobody answered, nobody rated): never a
zero that means nothing. docs/measures.md tells the same formulas in words; a test compares the two. Definitions follow
ISO 18295-1 and the usage of contact centres (Cleveland, Call Center Management on Fast Forward): abandoned calls count
against the service level, ringing counts as time ready, breaks count in no occupancy.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from math import ceil
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping

    from signaling.figures.ledger import CallFact, Spell

K = TypeVar("K", bound="Hashable")

Unit = Literal["count", "share", "seconds", "level"]
GOOD_FROM = 3
"""GB/T 39735: of the five levels, 非常满意, 满意 and 基本满意 are good."""


@dataclass(slots=True)
class Totals:
    """Sums of one queue, item, point, helper or period, or of any of them together. Times in seconds."""

    offered: int = 0
    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    finished: int = 0
    follow_ups: int = 0
    wait_s: float = 0.0
    """Of answered calls."""
    p90_s: float | None = None
    """The 90th percentile of answered calls' waits: the one number that cannot be added up."""
    lost_wait_s: float = 0.0
    """Of citizens who gave up before anybody answered: what their patience is told from."""
    served: int = 0
    """Answered and ended."""
    first_contacts: int = 0
    """Served calls before which no call of their case was answered: one a case, and every call without a case."""
    resolved: int = 0
    """First contacts completed, as corrected in wrap-up, whose case needed no further answered call."""
    handled: int = 0
    """Leads' parts in calls, wrapped up."""
    handle_talk_s: float = 0.0
    handle_hold_s: float = 0.0
    handle_wrap_up_s: float = 0.0
    rated: int = 0
    rated_good: int = 0
    rating_sum: int = 0
    ready_s: float = 0.0
    talk_s: float = 0.0
    hold_s: float = 0.0
    wrap_up_s: float = 0.0
    break_s: float = 0.0
    watch_s: float = 0.0

    def sum_up(self, several: Collection[Totals]) -> None:
        """Add the sums of several; the percentile of all is not known from theirs."""
        for name in SUMS:
            setattr(self, name, getattr(self, name) + sum(getattr(one, name) for one in several))
        self.p90_s = None

    def add_time(self, spell: Spell) -> None:
        """Add an ended spell of an agent's time."""
        assert spell.ended_at is not None
        name = f"{spell.activity}_s"
        setattr(self, name, getattr(self, name) + spell.ended_at - spell.started_at)

    @property
    def running(self) -> int:
        return self.offered - self.finished - self.follow_ups

    @property
    def handle_s(self) -> float:
        return self.handle_talk_s + self.handle_hold_s + self.handle_wrap_up_s

    @property
    def busy_s(self) -> float:
        return self.talk_s + self.hold_s + self.wrap_up_s

    @property
    def signed_in_s(self) -> float:
        return self.ready_s + self.busy_s + self.break_s + self.watch_s


SUMS = tuple(field.name for field in fields(Totals) if field.name != "p90_s")


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a report. `formula` speaks of the fields of `Totals`."""

    key: str
    unit: Unit
    formula: str
    read: Callable[[Totals], float | None]


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


MEASURES: tuple[Measure, ...] = (
    Measure("offered", "count", "offered", lambda t: t.offered),
    Measure("answered", "count", "answered", lambda t: t.answered),
    Measure("abandoned", "count", "abandoned", lambda t: t.abandoned),
    Measure("finished", "count", "finished", lambda t: t.finished),
    Measure("follow_ups", "count", "follow_ups", lambda t: t.follow_ups),
    Measure("service_level", "share", "in_time / (answered + abandoned)",
            lambda t: _share(t.in_time, t.answered + t.abandoned)),
    Measure("asa", "seconds", "wait_s / answered", lambda t: _share(t.wait_s, t.answered)),
    Measure("p90_answer", "seconds", "p90_s", lambda t: t.p90_s),
    Measure("abandon_rate", "share", "abandoned / (answered + abandoned)",
            lambda t: _share(t.abandoned, t.answered + t.abandoned)),
    Measure("aht", "seconds", "(handle_talk_s + handle_hold_s + handle_wrap_up_s) / handled",
            lambda t: _share(t.handle_s, t.handled)),
    Measure("att", "seconds", "handle_talk_s / handled", lambda t: _share(t.handle_talk_s, t.handled)),
    Measure("hold", "seconds", "handle_hold_s / handled", lambda t: _share(t.handle_hold_s, t.handled)),
    Measure("acw", "seconds", "handle_wrap_up_s / handled", lambda t: _share(t.handle_wrap_up_s, t.handled)),
    Measure("fcr", "share", "resolved / first_contacts", lambda t: _share(t.resolved, t.first_contacts)),
    Measure("satisfaction", "share", "rated_good / rated", lambda t: _share(t.rated_good, t.rated)),
    Measure("rating", "level", "rating_sum / rated", lambda t: _share(t.rating_sum, t.rated)),
    Measure("rated", "count", "rated", lambda t: t.rated),
    Measure("occupancy", "share", "(talk_s + hold_s + wrap_up_s) / (talk_s + hold_s + wrap_up_s + ready_s)",
            lambda t: _share(t.busy_s, t.busy_s + t.ready_s)),
    Measure("busy", "seconds", "talk_s + hold_s + wrap_up_s", lambda t: t.busy_s),
    Measure("signed_in", "seconds", "ready_s + talk_s + hold_s + wrap_up_s + break_s + watch_s",
            lambda t: t.signed_in_s),
)  # fmt: skip


def percentile_90(waits: Iterable[float]) -> float | None:
    """Return the least wait that 90 % of the waits do not exceed (nearest rank)."""
    ordered = sorted(waits)
    return ordered[ceil(0.9 * len(ordered)) - 1] if ordered else None


def of_calls(
    calls: Collection[CallFact], key: Callable[[CallFact], K], cases: Mapping[str, str] | None = None
) -> dict[K, Totals]:
    """Sum calls by a key. `cases`: the case of each call that has one; `calls` are all calls of these cases."""
    cases = cases or {}
    contacts: defaultdict[str, list[float]] = defaultdict(list)
    for call in calls:
        if call.answered_at is not None and call.call_id in cases:
            contacts[cases[call.call_id]].append(call.answered_at)
    found: defaultdict[K, Totals] = defaultdict(Totals)
    waits: defaultdict[K, list[float]] = defaultdict(list)
    for call in calls:
        sums = found[key(call)]
        sums.offered += 1
        if call.wait_s is not None:
            sums.answered += 1
            sums.in_time += call.in_time
            sums.wait_s += call.wait_s
            if call.ended_at is not None:
                of_case = contacts.get(cases.get(call.call_id, ""), [])
                first = call.answered_at == min(of_case, default=call.answered_at)
                alone = call.answered_at == max(of_case, default=call.answered_at)
                sums.served += 1
                sums.first_contacts += first
                sums.resolved += first and alone and call.outcome == "completed"
            waits[key(call)].append(call.wait_s)
        if call.abandoned and call.ended_at is not None:
            sums.abandoned += 1
            sums.lost_wait_s += call.ended_at - call.entered_at
        if call.ended_at is not None:
            sums.finished += not call.follow_up
            sums.follow_ups += call.follow_up
    for name, several in waits.items():
        found[name].p90_s = percentile_90(several)
    return dict(found)


def of_handling(spells: Iterable[Spell], key: Callable[[Spell], K]) -> dict[K, Totals]:
    """Sum what leads spent on calls by a key. `spells` holds no part of a call that is still being handled."""
    found: defaultdict[K, Totals] = defaultdict(Totals)
    parts: defaultdict[K, set[tuple[str | None, str]]] = defaultdict(set)
    for spell in spells:
        if spell.role == "lead" and spell.ended_at is not None:
            sums, name = found[key(spell)], f"handle_{spell.activity}_s"
            setattr(sums, name, getattr(sums, name) + spell.ended_at - spell.started_at)
            parts[key(spell)].add((spell.call_id, spell.agent_id))
    for group, several in parts.items():
        found[group].handled = len(several)
    return dict(found)


def of_time(spells: Iterable[Spell], key: Callable[[Spell], K]) -> dict[K, Totals]:
    """Sum agents' time by a key."""
    found: defaultdict[K, Totals] = defaultdict(Totals)
    for spell in spells:
        found[key(spell)].add_time(spell)
    return dict(found)


def shown(measure: Measure, totals: Totals) -> float | None:
    """Return a measure as every page, file and display tells it: seconds whole, shares to a hundredth of a percent."""
    value = measure.read(totals)
    if value is None or measure.unit == "count":
        return value
    return round(value) if measure.unit == "seconds" else round(value, 4 if measure.unit == "share" else 2)

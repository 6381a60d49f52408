"""Erlang A and C against each other, against sums done by hand, and against the simulator within its confidence."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

import pytest

from signaling.figures import Ledger
from signaling.figures.erlang import Foretold, Load, foretell, needed, patience_s
from signaling.figures.measures import of_calls
from signaling.simulate import Simulation
from tests.signaling.routing.test_simulate import DESKS, TALK_S, hall

if TYPE_CHECKING:
    from signaling.routing import Event

TARGET_S = 60.0


def test_one_agent_and_endless_patience_is_the_textbook_s_m_m_1() -> None:
    load = Load(1 / 200, 100.0)
    told = foretell(load, 1, 60.0)
    assert told.asa_s == pytest.approx(100.0)  # ρ / (μ − λ)
    assert told.service_level == pytest.approx(1 - 0.5 * math.exp(-60 / 200))
    assert told.abandon_rate == 0
    assert told.occupancy == pytest.approx(0.5)


def test_great_patience_comes_to_erlang_c() -> None:
    patient, endless = (foretell(Load(0.02, 300.0, one), 8, TARGET_S) for one in (1e9, None))
    assert patient.asa_s == pytest.approx(endless.asa_s, rel=1e-3)
    assert patient.service_level == pytest.approx(endless.service_level, rel=1e-4)


def test_the_line_s_length_keeps_to_little_s_law() -> None:
    """The share that gives up is the line's length times θ / λ: summed here over the chain."""
    rate, serve, leave, agents = 0.03, 1 / 300, 1 / 200, 7
    weights = [1.0]
    for count in range(1, 300):
        weights.append(weights[-1] * rate / (min(count, agents) * serve + max(0, count - agents) * leave))
    line = sum(max(0, count - agents) * weight for count, weight in enumerate(weights)) / sum(weights)
    told = foretell(Load(rate, 300.0, 200.0), agents, TARGET_S)
    assert told.abandon_rate == pytest.approx(line * leave / rate)
    assert told.occupancy == pytest.approx(rate * (1 - told.abandon_rate) * 300 / agents)


def test_more_agents_are_never_worse_and_a_part_of_one_lies_between() -> None:
    load = Load(0.05, 400.0, 300.0)
    told = [foretell(load, agents / 2, TARGET_S) for agents in range(2, 80)]
    for before, after in pairwise(told):
        assert before.service_level <= after.service_level + 1e-12
        assert before.abandon_rate >= after.abandon_rate - 1e-12


@pytest.mark.parametrize("patience", [120.0, None])
def test_a_hall_of_hundreds_with_a_call_a_month_serves_at_once(patience: float | None) -> None:
    told = foretell(Load(1 / 54_000, 300.0, patience), 200, TARGET_S)
    assert (told.service_level, told.abandon_rate) == (1.0, 0.0)
    assert told.asa_s == pytest.approx(0.0, abs=1e-9)


def test_needed_is_the_least_number_that_is_enough() -> None:
    for rate in (0.001, 0.02, 0.3, 2.0):
        for patience in (None, 120.0):
            load = Load(rate, 420.0, patience)
            agents = needed(load, 0.8, TARGET_S)
            assert foretell(load, agents, TARGET_S).service_level >= 0.8
            assert foretell(load, agents - 1, TARGET_S).service_level < 0.8
    assert needed(Load(0.0, 420.0), 0.8, TARGET_S) == 0


def test_nobody_at_work_and_nobody_coming() -> None:
    assert foretell(Load(0.01, 300.0, 100.0), 0, TARGET_S) == Foretold(0.0, inf, 1.0, 1.0)
    assert foretell(Load(0.0, 300.0, 100.0), 0, TARGET_S).service_level == 1.0
    assert foretell(Load(1.0, 300.0), 3, TARGET_S).asa_s == inf
    assert patience_s(500.0, 0) is None
    assert patience_s(500.0, 2) == 250.0


def played(simulation: Simulation) -> Ledger:
    ledger = Ledger(lambda _queue: TARGET_S)
    follow = simulation._follow

    def record(event: Event) -> None:
        ledger.fold([event])
        follow(event)

    simulation._follow = record  # type: ignore[method-assign]
    simulation.run()
    return ledger


@pytest.mark.parametrize("load", [0.85, 1.15])
def test_it_agrees_with_the_simulator_within_the_confidence_interval(load: float) -> None:
    """Eight days of Poisson arrivals with exponential talk and patience; the 99 % interval of their means (t = 3.5)."""
    patience = 400.0
    scenario = replace(hall(load, patience), open_s=12 * 3600.0)
    told = foretell(Load(load * DESKS / TALK_S, TALK_S, patience), DESKS, TARGET_S)
    seen: list[tuple[float, float, float]] = []
    estimates: list[float] = []
    for seed in range(8):
        ledger = played(Simulation(scenario, seed, digest=False))
        (sums,) = of_calls(ledger.calls.values(), lambda call: call.queue_id).values()
        done = sums.answered + sums.abandoned
        seen.append((sums.in_time / done, sums.wait_s / sums.answered, sums.abandoned / done))
        estimates.append(patience_s(sums.wait_s + sums.lost_wait_s, sums.abandoned) or inf)
    for values, expected in (
        *zip(zip(*seen, strict=True), (told.service_level, told.asa_s, told.abandon_rate), strict=True),
        (estimates, patience),
    ):
        half = 3.5 * statistics.stdev(values) / math.sqrt(len(values))
        assert abs(statistics.fmean(values) - expected) <= half

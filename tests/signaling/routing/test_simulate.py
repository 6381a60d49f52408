"""The simulator against queueing theory, against itself, and through crashes."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace

import pytest

from signaling.routing import QueuePolicy
from signaling.simulate import Item, Scenario, Simulation, Staff, district, main

DESKS, TALK_S = 5, 300.0


def hall(load: float, patience_s: float | None) -> Scenario:
    """One skill, Poisson arrivals, exponential talk, nothing else: where the formulas hold."""
    return Scenario(
        queues=(QueuePolicy("general", auto_answer=True, wrap_up_s=0.0, steps=()),),
        items=(Item("general", load * DESKS / TALK_S),),
        staff=tuple(Staff(f"agent_{number}", (), ("general",)) for number in range(DESKS)),
        open_s=24 * 3600.0, talk_s=TALK_S, talk_spread=None, patience_s=patience_s, drop_share=0.0, credit_share=0.0,
        peak=False,
    )  # fmt: skip


def mean_waits(scenario: Scenario, runs: int) -> list[float]:
    means = []
    for seed in range(runs):
        simulation = Simulation(scenario, seed, digest=False)
        simulation.run()
        waits = [wait for kind in simulation.waits.values() for wait in kind.answered]
        means.append(statistics.fmean(waits))
    return means


def within_confidence(means: list[float], expected: float) -> bool:
    """Is the expected mean inside the 99 % interval of the runs' means?"""
    half = 3.5 * statistics.stdev(means) / math.sqrt(len(means))
    return abs(statistics.fmean(means) - expected) <= half


def erlang_c_wait(load: float) -> float:
    """Mean wait of M/M/c."""
    offered = load * DESKS
    top = offered**DESKS / math.factorial(DESKS) / (1 - load)
    waits = top / (sum(offered**k / math.factorial(k) for k in range(DESKS)) + top)
    return waits * TALK_S / (DESKS * (1 - load))


def erlang_a_answered_wait(load: float, patience_s: float) -> float:
    """Mean wait of those answered in M/M/c+M, by its stationary birth-death process."""
    arrive, serve, leave = load * DESKS / TALK_S, 1 / TALK_S, 1 / patience_s
    weights = [1.0]
    for count in range(1, 400):
        rate = min(count, DESKS) * serve + max(0, count - DESKS) * leave
        weights.append(weights[-1] * arrive / rate)
    total = math.fsum(weights)
    wait_served = served = 0.0
    for count, weight in enumerate(weights):
        ahead = count - DESKS
        # A newcomer who finds `ahead` waiting is served after ahead + 1 departures, if patience lasts.
        chance, waited = 1.0, 0.0
        for left in range(max(0, ahead + 1), 0, -1):
            rate = DESKS * serve + left * leave
            chance *= (rate - leave) / rate
            waited += 1 / rate
        served += weight / total * chance
        wait_served += weight / total * chance * waited
    return wait_served / served


@pytest.mark.parametrize("load", [0.7])
def test_mean_waits_agree_with_erlang_c(load: float) -> None:
    assert within_confidence(mean_waits(hall(load, None), 8), erlang_c_wait(load))


@pytest.mark.parametrize("load", [1.1])
def test_mean_waits_of_the_patient_agree_with_erlang_a(load: float) -> None:
    assert within_confidence(mean_waits(hall(load, 400.0), 8), erlang_a_answered_wait(load, 400.0))


def test_the_same_seed_gives_the_same_day_and_crashes_change_nothing() -> None:
    short = replace(district(scale=0.3), open_s=5400.0)
    runs = [Simulation(short, 7, crash=crash, check=200) for crash in (0, 0, 50)]
    for run in runs:
        run.run()
    assert len({run.digest() for run in runs}) == 1
    assert runs[2].crashes > 3
    entered, finished, follow_ups, running = runs[0].engine.totals()
    assert (entered, running) == (finished + follow_ups, 0)


def test_the_command_prints_its_numbers(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signaling.simulate.SPANS", {"day": lambda load: replace(district(0.2, load), open_s=1800.0)})
    assert main(["day", "--seed", "3", "--crash", "40", "--check", "100"]) == 0
    printed = capsys.readouterr().out
    assert "invariants hold" in printed
    assert "digest" in printed

"""Each measure by its formula, on sums written out by hand; and docs/measures.md says the same."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from signaling.figures import MEASURES, Ledger, Totals, percentile_90
from signaling.figures.measures import SUMS
from signaling.routing import events as e

DOCS = Path(__file__).parents[3] / "docs/measures.md"


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_a_measure_is_its_formula_and_nothing_when_it_would_divide_by_zero(measure: object) -> None:
    one = next(each for each in MEASURES if each is measure)
    sums = Totals(**{name: number + 2 for number, name in enumerate(SUMS)}, p90_s=9.0)
    names = {field.name: getattr(sums, field.name) for field in fields(sums)}
    assert one.read(sums) == pytest.approx(eval(one.formula, {"__builtins__": {}}, names))
    assert one.read(Totals()) in ((None,) if "/" in one.formula or one.key == "p90_answer" else (0, 0.0))


def test_the_documentation_tells_every_measure_with_its_formula() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+?) \|", DOCS.read_text("utf-8"), re.MULTILINE)
    assert rows == [(one.key, one.unit, one.formula) for one in MEASURES]


def test_the_percentile_is_the_nearest_rank() -> None:
    assert percentile_90([]) is None
    assert percentile_90([7.0]) == 7.0
    assert percentile_90(map(float, range(1, 11))) == 9.0
    assert percentile_90(map(float, range(1, 12))) == 10.0


def test_a_call_that_was_held_handed_over_and_coached_is_told_in_parts() -> None:
    ledger = Ledger(lambda _queue: 30.0)
    ledger.fold((
        e.AgentSignedIn(0, "anna", (), (), ()), e.AgentStateChanged(5, "anna", "ready", ""),
        e.AgentSignedIn(0, "boss", (), (), ()), e.AgentSignedIn(0, "bert", (), (), ()),
        e.AgentStateChanged(0, "bert", "ready", ""),
        e.Entered(10, "call", "booth", "social", "item", "A1", (), 0, (), 10),
        e.Accepted(30, "offer", "call", "anna"), e.Joined(40, "call", "boss", "coach", True),
        e.Held(50, "call", "anna"), e.Resumed(60, "call", "anna"),
        e.Accepted(65, "offer2", "call", "bert", None, "consult"), e.Joined(65, "call", "bert", "consult", False),
        e.WrapUpStarted(80, "anna", "call", 140), e.HandedOver(80, "call", "anna", "bert"),
        e.BreakPlanned(85, "bert", "lunch"), e.WrapUpFinished(90, "anna", "ready", ""),
        e.Ended(100, "call", "completed", "bert", "", "bert", False), e.WrapUpStarted(100, "bert", "call", 160),
        e.Left(100, "call", "boss", "ended"), e.WrapUpFinished(110, "bert", "not_ready", "lunch"),
        e.AgentSignedOut(120, "bert"),
    ))  # fmt: skip
    (call,) = ledger.calls.values()
    assert (call.answered_by, call.wait_s, call.in_time, call.outcome) == ("anna", 20, True, "completed")

    def told(name: str) -> list[tuple[str, str, float, float | None]]:
        return [(s.activity, s.role, s.started_at, s.ended_at) for s in ledger.until(130) if s.agent_id == name]

    assert told("anna") == [
        ("break", "", 0, 5), ("ready", "", 5, 30), ("talk", "lead", 30, 50), ("hold", "lead", 50, 60),
        ("talk", "lead", 60, 80), ("wrap_up", "lead", 80, 90), ("ready", "", 90, 130),
    ]  # fmt: skip
    assert told("bert") == [
        ("ready", "", 0, 65), ("talk", "consult", 65, 80), ("talk", "lead", 80, 100), ("wrap_up", "lead", 100, 110),
        ("break", "", 110, 120),
    ]  # fmt: skip
    assert told("boss") == [("break", "", 0, 40), ("watch", "coach", 40, 100), ("break", "", 100, 130)]

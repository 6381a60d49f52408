"""The report out of the database equals the planning numbers of the engine's own events, after simulated days."""

from __future__ import annotations

import contextlib
from dataclasses import fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import delete, insert, select

from signaling.figures import Ledger, Periods, Totals
from signaling.figures.measures import of_calls, of_handling, of_time, percentile_90
from signaling.figures.periods import month_of, week_of
from signaling.records import Records
from signaling.records.facts import forget_open, keep_facts, rebuild
from signaling.records.figures import Wish
from signaling.records.story import write
from signaling.records.tables import CallFigureRow, SpellRow
from signaling.records.tables.cases import CaseCallRow
from signaling.simulate import DAY_S, START, Simulation, district
from signaling.world import Queue, World
from tests.signaling.house import DISTRICT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from signaling.figures import CallFact, Spell
    from signaling.records.figures import By, Key, Step
    from signaling.routing import Event
    from tests.signaling.records import postgres

SHANGHAI = Periods(ZoneInfo("Asia/Shanghai"))
FIRST_DAY = SHANGHAI.of(START)[0]
NOW = START + 2 * DAY_S
"""In the middle of nothing: everybody is still signed in."""
BATCH = 173
CASES, CALLS_A_CASE = 40, 3


class Days:
    """Two days of a small hall: its events, and the district they happened in."""

    def __init__(self) -> None:
        scenario = replace(district(scale=0.3, load=0.95), days=2, open_s=4 * 3600.0, patience_s=400.0)
        simulation = Simulation(scenario, 11, digest=False)
        self.events: list[Event] = []
        follow = simulation._follow

        def record(event: Event) -> None:
            self.events.append(event)
            follow(event)

        simulation._follow = record  # type: ignore[method-assign]
        simulation.run()
        self.totals = simulation.engine.totals()
        self.events = [event for event in self.events if event.at < NOW]
        queues = {
            one.queue_id: Queue(one.queue_id, one.queue_id, "", "always", one, 0.0) for one in scenario.queues
        }  # fmt: skip
        self.world: World = replace(DISTRICT, queues=queues)
        self.cases = {
            call_id: f"case_{number // CALLS_A_CASE}"
            for number, call_id in enumerate(sorted(self.ledger().calls)[: CALLS_A_CASE * CASES])
        }

    def target_s(self, queue_id: str) -> float:
        return self.world.queues[queue_id].policy.target_s

    def ledger(self) -> Ledger:
        ledger = Ledger(self.target_s)
        ledger.fold(self.events)
        return ledger


@pytest.fixture(scope="module")
def days() -> Days:
    return Days()


@contextlib.asynccontextmanager
async def filled(days: Days, url: str) -> AsyncIterator[Records]:
    """Open records that heard of the days a few events at a time."""
    async with Records.open(url) as records:
        for first in range(0, len(days.events), BATCH):
            async with records.database.writing() as session:
                await keep_facts(session, days.world, days.events[first : first + BATCH])
        async with records.database.writing() as session:
            rows = [{"call_id": call, "case_id": case, "joined_at": NOW} for call, case in days.cases.items()]
            await session.execute(insert(CaseCallRow), rows)
        yield records


@pytest.fixture
async def records(days: Days, tmp_path: Path) -> AsyncIterator[Records]:
    async with filled(days, f"sqlite+aiosqlite:///{tmp_path}/records.sqlite") as records:
        yield records


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def both(
    request: pytest.FixtureRequest, days: Days, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Records]:
    """The same records in each database there is."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('both')}/records.sqlite"
    else:
        server: postgres.Server = request.getfixturevalue("server")
        url = await server.make_database()
    async with filled(days, url) as records:
        yield records


def test_the_same_events_give_the_same_facts_however_they_are_cut(days: Days) -> None:
    whole, apart = days.ledger(), Ledger(days.target_s)
    for event in days.events:
        apart.fold([event])
    assert (apart.calls, apart.open, apart.spells) == (whole.calls, whole.open, whole.spells)
    assert len(whole.calls) == days.totals[0]
    assert sum(call.follow_up for call in whole.calls.values()) == days.totals[2] > 0


def test_an_agents_time_is_without_gap_or_overlap_and_no_piece_crosses_a_half_hour(days: Days) -> None:
    of: dict[str, list[Spell]] = {}
    for spell in days.ledger().until(NOW):
        of.setdefault(spell.agent_id, []).append(spell)
    for spells in of.values():
        for before, after in pairwise(spells):
            assert before.ended_at == after.started_at
        assert all(SHANGHAI.of(one.started_at) == SHANGHAI.of((one.ended_at or 0) - 1e-6) for one in spells)
    assert {spell.activity for spells in of.values() for spell in spells} >= {"ready", "talk", "wrap_up", "break"}


STEPS: dict[Step, Callable[[int, int], int]] = {
    "": lambda day, half_hour: 0,
    "half_hour": lambda day, half_hour: half_hour,
    "day": lambda day, half_hour: day,
    "week": lambda day, half_hour: week_of(day),
    "month": lambda day, half_hour: month_of(day),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("by", ["", "queue", "agent"])
@pytest.mark.parametrize("step", ["", "half_hour", "day", "week", "month"])
async def test_a_report_equals_the_engines_planning_numbers(days: Days, both: Records, step: Step, by: By) -> None:
    ledger = days.ledger()
    report = await both.reports.report(Wish(FIRST_DAY, FIRST_DAY + 2, step, by), SHANGHAI, NOW)

    def call_key(call: CallFact) -> Key:
        group = {"": None, "queue": call.queue_id, "agent": call.answered_by}[by]
        return STEPS[step](*SHANGHAI.of(call.entered_at)), group

    def part_key(spell: Spell) -> Key:
        call = ledger.calls[spell.call_id or ""]
        period = STEPS[step](*SHANGHAI.of(call.entered_at))
        return period, {"": None, "queue": call.queue_id, "agent": spell.agent_id}[by]

    def time_key(spell: Spell) -> Key:
        return STEPS[step](*SHANGHAI.of(spell.started_at)), spell.agent_id if by == "agent" else None

    expected = of_calls(ledger.calls.values(), call_key, days.cases)
    going = {(spell.call_id, spell.agent_id) for spell in ledger.open.values() if spell.call_id}
    parts = [spell for spell in ledger.spells if (spell.call_id, spell.agent_id) not in going]
    more = [of_handling(parts, part_key)] + ([of_time(ledger.until(NOW), time_key)] if by != "queue" else [])
    for several in more:
        for key, sums in several.items():
            line = expected.setdefault(key, Totals())
            p90_s = line.p90_s
            line.sum_up([sums])
            line.p90_s = p90_s
    assert report.lines.keys() == expected.keys()
    for key, sums in expected.items():
        for name in (field.name for field in fields(Totals)):
            assert getattr(report.lines[key], name) == pytest.approx(getattr(sums, name)), (key, name)
    assert report.total.p90_s == percentile_90(c.wait_s for c in ledger.calls.values() if c.wait_s is not None)
    assert report.total.first_contacts < report.total.served, "some of the citizens came again"
    assert (report.total.offered, report.total.finished, report.total.follow_ups) == days.totals[:3]


async def test_a_helper_s_report_holds_nothing_of_others(days: Days, records: Records) -> None:
    name = next(call.answered_by for call in days.ledger().calls.values() if call.answered_by)
    report = await records.reports.report(Wish(FIRST_DAY, FIRST_DAY + 2, "day", "agent", agent_id=name), SHANGHAI, NOW)
    assert {group for _, group in report.lines} == {name}
    assert 0 < report.total.answered < days.totals[0]
    assert report.total.signed_in_s > 0


async def test_the_facts_of_an_older_database_are_made_from_its_events(days: Days, records: Records) -> None:
    async with records.database.writing() as session:
        await write(session, days.world, 1, [(seq, event.at, event) for seq, event in enumerate(days.events)])
    before = await _facts(records)
    async with records.database.writing() as session:
        await session.execute(delete(CallFigureRow))
        await session.execute(delete(SpellRow))
        await rebuild(session, days.world)
    assert await _facts(records) == before


async def test_a_restored_journal_told_again_changes_no_fact(days: Days, records: Records) -> None:
    before = await _facts(records)
    async with records.database.writing() as session:
        await forget_open(session)
        await keep_facts(session, days.world, days.events)
    assert await _facts(records) == before


async def _facts(records: Records) -> tuple[object, ...]:
    async with records.database.reading() as session:
        calls = await session.execute(select(CallFigureRow.__table__).order_by(CallFigureRow.call_id))
        spells = await session.execute(select(SpellRow.__table__).order_by(SpellRow.agent_id, SpellRow.started_at))
        return [tuple(row) for row in calls], [tuple(row) for row in spells]

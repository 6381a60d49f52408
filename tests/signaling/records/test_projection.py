"""The hall's events reach the records once each, whatever crashes. On both databases, with the real hall."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from sqlalchemy import func, select

from signaling.auth import Identity
from signaling.errors import Refused, Unavailable
from signaling.hall import Hall
from signaling.journal.sqlite import SqliteJournal
from signaling.records.tables import CallAgentRow, CallRow, EventRow, ProjectionRow
from signaling.routing.commands import (
    Accept,
    Accompany,
    Command,
    Decline,
    End,
    Enter,
    GiveUp,
    Ready,
    Requeue,
    SignIn,
    Tick,
    TransferToQueue,
)
from signaling.routing.events import Event, Offered
from signaling.routing.values import Requirement
from tests.signaling.records.house import AGENT, BOOTH, OTHER_AGENT, OTHER_BOOTH, SUPERVISOR, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from signaling.records import Projection, Records
    from signaling.world import World

BOSS = Identity("supervisor", SUPERVISOR, "")


@dataclass
class Day:
    """A hall whose events are followed."""

    hall: Hall
    records: Records
    projection: Projection
    clock: Clock

    async def do(self, *commands: Command, after_s: float = 1.0) -> list[Event]:
        """Submit commands, each a second after the other; return what happened."""
        events: list[Event] = []
        for command in commands:
            self.clock.now += after_s
            events += (await self.hall.submit(command)).events
        return events

    async def ring(self, *commands: Command) -> str:
        """Submit commands and return the offer they led to."""
        return next(event.offer_id for event in reversed(await self.do(*commands)) if isinstance(event, Offered))

    async def written(self) -> None:
        await self.projection.reach(self.hall.seq)


@asynccontextmanager
async def a_day(folder: Path, records: Records, world: World, clock: Clock | None = None) -> AsyncIterator[Day]:
    clock = clock or Clock()
    async with (
        SqliteJournal.open(folder / "journal.sqlite") as journal,
        Hall.open(journal, clock=clock) as hall,
        records.follow(hall, world) as projection,
    ):
        for command in world.commands(clock.now):
            await hall.submit(command)
        yield Day(hall, records, projection, clock)


@pytest.fixture
async def day(tmp_path: Path, records: Records, world: World) -> AsyncIterator[Day]:
    async with a_day(tmp_path, records, world) as day:
        yield day


def sign_in(world: World, agent_id: str) -> tuple[Command, Command]:
    agent = world.agents[agent_id]
    return SignIn(agent_id, agent.levels(), agent.queues, agent.second), Ready(agent_id)


def enter(call_id: str = "call_1", booth_id: str = BOOTH) -> Enter:
    requires = (Requirement("social_security", 2),)
    return Enter(call_id, booth_id, "social", "social_card_replace", requires, credit_s=300, priority=("elder",))


async def test_a_served_call_is_written_with_names_waits_offers_and_outcome(day: Day, world: World) -> None:
    entered = day.clock.now + 1
    await day.do(enter())
    offer = await day.ring(*sign_in(world, AGENT))
    await day.do(Accept(AGENT, offer), after_s=10)
    await day.do(End("call_1", AGENT, "completed", "done"), after_s=30)
    await day.written()
    record = await day.records.history.record(BOSS, "call_1", day.clock.now)
    call = record.call
    assert (call.ticket[0], call.state, call.outcome, call.ended_by, call.reason) == (
        "A",
        "ended",
        "completed",
        AGENT,
        "done",
    )
    assert (call.item_name, call.queue_name, call.point_name) == (
        "社保卡更换",
        "社保医保",
        "曹杨新村街道社区事务受理服务中心",
    )
    assert (call.entered_at, call.wait_s, call.talk_s, call.priority) == (entered, 12.0, 30.0, ("elder",))
    assert (call.agent_id, call.agent_name, call.follow_up) == (AGENT, "陈静", False)
    assert [(offer.answer, offer.agent_id) for offer in record.offers] == [("accepted", AGENT)]
    assert [(party.name, party.badge, party.role, party.started_at) for party in record.agents] == [
        ("陈静", "PX101", "lead", entered + 12)
    ]
    assert record.agents[0].ended_at == call.ended_at
    kinds = [event.type for event in record.timeline]
    assert kinds[0] == "Entered"
    assert {"Offered", "Accepted", "Ended", "WrapUpStarted"} <= set(kinds)


async def test_a_call_as_it_goes_on_is_seen_waiting_talking_and_ended(day: Day, world: World) -> None:
    async def state() -> str:
        await day.written()
        return (await day.records.history.calls(BOSS))[0].state

    await day.do(enter())
    assert await state() == "waiting"
    offer = await day.ring(*sign_in(world, AGENT))
    assert await state() == "waiting"
    await day.do(Accept(AGENT, offer))
    assert await state() == "talking"
    await day.do(Requeue("call_1", "agent_lost"))
    assert await state() == "waiting"
    await day.do(End("call_1", SUPERVISOR, "failed", "power cut"))
    assert await state() == "ended"


async def test_offers_declined_and_expired_are_told_with_their_reasons(day: Day, world: World) -> None:
    await day.do(enter())
    offer = await day.ring(*sign_in(world, AGENT))
    await day.do(Decline(AGENT, offer, "break"))
    for agent_id in ("agent_lu_wei", "agent_tang_min"):
        await day.do(*sign_in(world, agent_id))
    await day.do(Tick(), after_s=25)
    await day.written()
    offers = (await day.records.history.record(BOSS, "call_1", 0)).offers
    assert (offers[0].agent_id, offers[0].answer, offers[0].reason) == (AGENT, "declined", "break")
    assert "expired" in [offer.answer for offer in offers]


async def test_an_abandoned_call_waited_until_it_was_given_up(day: Day) -> None:
    await day.do(enter())
    await day.do(GiveUp("call_1"), after_s=77)
    await day.written()
    (line,) = await day.records.history.calls(BOSS)
    assert (line.outcome, line.follow_up, line.wait_s, line.talk_s, line.agent_id) == (
        "abandoned",
        True,
        77.0,
        None,
        None,
    )


async def test_everybody_who_took_part_is_written_and_a_transfer_keeps_the_clock(day: Day, world: World) -> None:
    await day.do(enter(), *sign_in(world, SUPERVISOR))
    offer = await day.ring(*sign_in(world, AGENT))
    await day.do(Accept(AGENT, offer), Accompany("call_1", SUPERVISOR))
    await day.do(TransferToQueue("call_1", AGENT, "business", requires=(Requirement("business_registration", 2),)))
    offer = await day.ring(*sign_in(world, OTHER_AGENT))
    await day.do(Accept(OTHER_AGENT, offer), End("call_1", OTHER_AGENT, "referred"))
    await day.written()
    record = await day.records.history.record(BOSS, "call_1", 0)
    assert [party.agent_id for party in record.agents if party.role == "lead"] == [AGENT, OTHER_AGENT]
    assert SUPERVISOR in {party.agent_id for party in record.agents}
    assert all(party.ended_at is not None for party in record.agents)
    assert (record.call.queue_id, record.call.agent_id) == ("business", OTHER_AGENT)
    assert record.call.accepted_at == record.agents[0].started_at


async def test_after_a_crash_writing_goes_on_where_it_stopped(tmp_path: Path, records: Records, world: World) -> None:
    clock = Clock()
    async with a_day(tmp_path, records, world, clock) as day:
        await day.do(enter())
        await day.written()
    # The records are away for a while: the journal alone has what happens.
    async with SqliteJournal.open(tmp_path / "journal.sqlite") as journal, Hall.open(journal, clock=clock) as hall:
        await hall.submit(enter("call_2", OTHER_BOOTH))
        await hall.submit(GiveUp("call_1"))
    async with a_day(tmp_path, records, world, clock) as day:
        await day.written()
        lines = {line.call_id: line.outcome for line in await records.history.calls(BOSS)}
    assert lines == {"call_1": "abandoned", "call_2": None}


async def test_written_twice_changes_nothing(day: Day, world: World) -> None:
    await day.do(enter())
    offer = await day.ring(*sign_in(world, AGENT))
    await day.do(Accept(AGENT, offer), End("call_1", AGENT, "completed"))
    await day.written()
    before = await _rows(day.records)
    entries = [entry async for entry in day.hall.events_since(0)]
    await day.projection._write(entries)
    assert await _rows(day.records) == before


async def test_two_nodes_following_one_hall_write_each_event_once(day: Day, world: World) -> None:
    async with day.records.follow(day.hall, world) as second:
        await day.do(*(enter(f"call_{n}", booth_id) for n, booth_id in enumerate(world.booths)))
        await day.written()
        await second.reach(day.hall.seq)
    async with day.records.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(CallRow)) == 26
        numbers = (await session.scalars(select(EventRow.seq))).all()
    assert len(numbers) == len(set(numbers))


async def test_another_journal_opens_a_new_epoch(tmp_path: Path, records: Records, world: World) -> None:
    async with a_day(tmp_path, records, world) as day:
        await day.do(*(enter(f"call_{n}", booth_id) for n, booth_id in enumerate(world.booths)))
        await day.written()
    (tmp_path / "second").mkdir()
    with structlog.testing.capture_logs() as logs:
        async with a_day(tmp_path / "second", records, world) as day:
            await day.do(enter("call_new"))
            await day.written()
    assert "the journal is younger than the records" in [entry["event"] for entry in logs]
    assert len(await records.history.calls(BOSS)) == 27
    async with records.database.reading() as session:
        row = (await session.scalars(select(ProjectionRow))).one()
    assert row.epoch == 2


async def test_a_restored_journal_written_again_changes_no_call(tmp_path: Path, records: Records, world: World) -> None:
    async with a_day(tmp_path, records, world) as day:
        await day.do(enter())
        offer = await day.ring(*sign_in(world, AGENT))
        await day.do(Accept(AGENT, offer), End("call_1", AGENT, "completed"))
        await day.written()
        before = await records.history.record(BOSS, "call_1", 0)
    async with records.database.writing() as session:  # as if the records had been ahead of the journal
        row = (await session.scalars(select(ProjectionRow))).one()
        row.seq += 1000
    async with a_day(tmp_path, records, world, Clock(before.call.entered_at + 3600)) as day:
        await day.written()
        after = await records.history.record(BOSS, "call_1", 0)
    assert after.call == before.call
    assert after.agents == before.agents
    assert after.timeline[: len(before.timeline)] == before.timeline


class Flaky:
    """A hall's events behind a line that can be cut: what was not heard must be read from the journal."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self.deaf = False

    @property
    def seq(self) -> int:
        return self._hall.seq

    def subscribe(self, listener: Callable[[Sequence[tuple[int, Event]], float], None]) -> Callable[[], None]:
        def heard(events: Sequence[tuple[int, Event]], at: float) -> None:
            if not self.deaf:
                listener(events, at)

        return self._hall.subscribe(heard)

    def events_since(self, seq: int) -> AsyncIterator[tuple[int, float, Event]]:
        return self._hall.events_since(seq)


async def test_what_was_not_heard_is_read_from_the_journal(tmp_path: Path, records: Records, world: World) -> None:
    clock = Clock()
    async with SqliteJournal.open(tmp_path / "j.sqlite") as journal, Hall.open(journal, clock=clock) as hall:
        for command in world.commands(clock.now):
            await hall.submit(command)
        line = Flaky(hall)
        async with records.follow(line, world) as projection:
            await hall.submit(enter("call_1", BOOTH))
            line.deaf = True
            await hall.submit(enter("call_2", OTHER_BOOTH))
            line.deaf = False
            await hall.submit(enter("call_3", "booth_wanli_center"))
            await projection.reach(hall.seq)
        assert len(await records.history.calls(BOSS)) == 3


async def test_a_refusal_that_came_last_is_not_waited_for(day: Day) -> None:
    await day.do(enter(), GiveUp("call_1"))
    await day.written()
    last = day.hall.seq
    with pytest.raises(Refused):
        await day.hall.submit(GiveUp("call_1"), command_id="again")
    assert day.hall.seq > last  # a number that holds no event
    await day.projection.reach(day.hall.seq, timeout_s=5)
    await day.do(enter("call_2"))
    await day.written()
    assert len(await day.records.history.calls(BOSS)) == 2


async def test_the_hall_goes_on_while_the_database_is_away(
    day: Day, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    real = day.records.database.writing

    def away() -> Any:
        raise Unavailable("cut for the test")

    monkeypatch.setattr("signaling.records.projection.RETRY_S", 0.01)
    monkeypatch.setattr(day.records.database, "writing", away)
    await day.do(enter())
    assert day.hall.engine.call("call_1").state == "waiting"
    monkeypatch.setattr(day.records.database, "writing", real)
    await day.written()
    assert len(await day.records.history.calls(BOSS)) == 1


async def test_one_event_that_cannot_be_written_does_not_stop_the_rest(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    from signaling.records.story import _Teller

    real = _Teller._entered

    def broken(self: _Teller, event: Any) -> None:
        real(self, event)
        if event.call_id == "call_bad":
            self._calls["call_bad"].ticket = None  # type: ignore[assignment]

    monkeypatch.setattr(_Teller, "_entered", broken)
    with structlog.testing.capture_logs() as logs:
        await day.do(enter("call_bad"), enter("call_2", OTHER_BOOTH))
        await day.written()
    assert [line.call_id for line in await day.records.history.calls(BOSS)] == ["call_2"]
    assert "an event is missing in the records" in [entry["event"] for entry in logs]


async def _rows(records: Records) -> Any:
    async with records.database.reading() as session:
        calls = (await session.scalars(select(CallRow))).all()
        agents = (await session.scalars(select(CallAgentRow))).all()
        events = (await session.scalars(select(EventRow.seq).order_by(EventRow.id))).all()
    plain = [{c.name: getattr(row, c.name) for c in row.__table__.columns} for row in (*calls, *agents)]
    return plain, list(events)

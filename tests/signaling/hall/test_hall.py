"""What the hall promises whoever submits and listens, on both journals."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from signaling.errors import Malformed, Unavailable, Unknown, WrongState
from signaling.hall import Hall
from signaling.hall.hall import INBOX
from signaling.routing import Engine, QueuePolicy, encode
from signaling.routing.commands import (
    Accept,
    AgentReturned,
    BoothReturned,
    DefineQueue,
    Enter,
    GiveUp,
    NotReady,
    Tick,
)
from signaling.routing.events import AgentWentAway, BoothWentAway, Entered, Event, Expired, Offered, QueueDefined
from tests.signaling.hall.script import AGENTS, Visitor, build, everybody

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from signaling.journal import Snapshot
    from tests.signaling.journal.stores import Store


@asynccontextmanager
async def hall_on(store: Store, **settings: object) -> AsyncIterator[Hall]:
    async with store.open() as journal, Hall.open(journal, **settings) as hall:  # type: ignore[arg-type]
        yield hall


class Ear:
    """A listener that keeps what it heard."""

    def __init__(self, hall: Hall) -> None:
        self.heard: list[tuple[int, float, Event]] = []
        self.dumps: dict[int, bytes] = {}
        self._hall = hall
        self._changed = asyncio.Event()
        self.stop = hall.subscribe(self)

    def __call__(self, events: Sequence[tuple[int, Event]], at: float) -> None:
        self.heard += [(seq, at, event) for seq, event in events]
        self.dumps[events[-1][0]] = self._hall.engine.dump()
        self._changed.set()

    async def hears(self, kind: type[Event]) -> Event:
        while True:
            for _, _, event in self.heard:
                if isinstance(event, kind):
                    return event
            self._changed.clear()
            await self._changed.wait()


async def test_a_command_is_answered_with_its_numbered_events(store: Store) -> None:
    async with hall_on(store) as hall:
        ear = Ear(hall)
        await build(hall)
        decided = await hall.submit(Enter("call_1", "booth_1", "health", "item"))
        assert [type(event) for event in decided.events] == [Entered, Offered]
        assert decided.seq == hall.seq == ear.heard[-1][0]
        assert tuple(event for _, _, event in ear.heard[-2:]) == decided.events
        assert hall.engine.call("call_1").state == "offered"


async def test_a_refusal_is_raised_and_changes_nothing(store: Store) -> None:
    async with hall_on(store) as hall:
        await build(hall)
        before, seq = hall.engine.dump(), hall.seq
        with pytest.raises(Unknown):
            await hall.submit(GiveUp("call_none"))
        assert (hall.engine.dump(), hall.seq) == (before, seq)


async def test_the_state_rebuilt_equals_the_live_state_at_every_event(store: Store) -> None:
    async with hall_on(store, snapshot_every=100) as hall:
        ear = Ear(hall)
        await build(hall, offer_s=0.01, wrap_up_s=0.01, agent_grace_s=0.01, booth_grace_s=0.02)
        visitors = [Visitor(hall, seed) for seed in range(4)]
        for _ in range(80):
            await asyncio.gather(*(visitor.step() for visitor in visitors))
        rebuilt = Engine()
        read: list[int] = []
        async for seq, _, event in hall.events_since(
            0
        ):  # timers go on meanwhile: what comes after the last is not read
            rebuilt.evolve(event)
            read.append(seq)
            if seq in ear.dumps:
                assert rebuilt.dump() == ear.dumps[seq], f"at number {seq}, after {encode(event)!r}"
        last = read[-1]
        assert read == [seq for seq, _, _ in ear.heard if seq <= last]
        assert len(read) > 60
    async with hall_on(store, reachable=everybody) as again:
        replayed = Engine()
        async for seq, _, event in again.events_since(0):
            if seq <= last:
                replayed.evolve(event)
        assert replayed.dump() == rebuilt.dump()


async def test_a_hall_opened_again_has_the_same_state(store: Store) -> None:
    clock = 1_000_000.0
    async with hall_on(store, clock=lambda: clock, snapshot_every=50) as hall:
        await build(hall)
        visitor = Visitor(hall, 7)
        for _ in range(150):
            await visitor.step()
        before, seq = hall.engine.dump(), hall.seq
    async with hall_on(store, clock=lambda: clock, reachable=everybody) as again:
        assert (again.engine.dump(), again.seq) == (before, seq)


async def test_deciding_goes_on_while_a_snapshot_is_written(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of waiting calls take most of a second to write down: nobody's ring waits for it."""
    go, slices_of = tmp_path / "go", Engine.dump_slices

    def held(engine: Engine) -> Iterator[bytes]:
        while not go.exists():
            time.sleep(0.005)  # in the copy of the process, which nobody waits for
        return slices_of(engine)

    enters = [Enter(f"call_{number}", f"booth_{number}", "health", "item") for number in range(60)]
    async with (
        store.open() as journal,
        Hall.open(journal, clock=lambda: 1_000_000.0, snapshot_every=40) as hall,
    ):
        await build(hall)
        while (await journal.load()).snapshot is None:
            await hall.submit(DefineQueue(QueuePolicy(f"queue_{hall.seq}")))
        first = hall.seq
        monkeypatch.setattr(Engine, "dump_slices", held)
        await asyncio.gather(*(hall.submit(enter) for enter in enters[:50]))
        await asyncio.gather(*(hall.submit(enter) for enter in enters[50:]))
        monkeypatch.undo()
        assert kept((await journal.load()).snapshot) <= first
        go.touch()
        async with asyncio.timeout(10):
            while kept(found := (await journal.load()).snapshot) <= first:  # the one begun before may still be written
                await hall.submit(DefineQueue(QueuePolicy(f"queue_{hall.seq}")))
        assert found is not None
        assert found.seq < hall.seq
        then = Engine()
        async for seq, _, event in hall.events_since(0):
            if seq <= found.seq:
                then.evolve(event)
        assert found.body == then.dump()


def kept(found: Snapshot | None) -> int:
    return found.seq if found else 0


async def test_everybody_connected_is_lost_after_a_restart_until_they_return(store: Store) -> None:
    async with hall_on(store) as hall:
        await build(hall)
        await hall.submit(NotReady("agent_3", "lunch"))
        await hall.submit(Enter("call_1", "booth_1", "health", "item"))
        await hall.submit(Enter("call_2", "booth_2", "health", "item"))
    async with hall_on(store) as again:
        assert [agent.agent_id for agent in again.engine.agents() if agent.lost_at is not None] == list(AGENTS)
        assert all(call.booth_lost_at is not None for call in again.engine.calls())
        await again.submit(AgentReturned("agent_2"))
        await again.submit(BoothReturned("booth_2"))
        assert again.engine.agent("agent_2").lost_at is None
        assert again.engine.call("call_2").booth_lost_at is None


async def test_who_is_reachable_elsewhere_is_not_lost(store: Store) -> None:
    async with hall_on(store) as hall:
        await build(hall)
        await hall.submit(Enter("call_1", "booth_1", "health", "item"))

    async def elsewhere() -> set[str]:
        return {"agent_1", "agent_2", "booth_1"}

    async with hall_on(store, reachable=elsewhere) as again:
        heard = [event async for _, _, event in again.events_since(0)]
        assert [event.agent_id for event in heard if isinstance(event, AgentWentAway)] == ["agent_3"]
        assert not [event for event in heard if isinstance(event, BoothWentAway)]


async def test_a_command_sent_again_gets_its_first_answer(store: Store) -> None:
    enter = Enter("call_1", "booth_1", "health", "item")
    async with hall_on(store) as hall:
        await build(hall)
        answers = await asyncio.gather(*(hall.submit(enter, command_id="one") for _ in range(5)))
        later = await hall.submit(enter, command_id="one")
        assert {answer.seq for answer in (*answers, later)} == {answers[0].seq}
        gone = await hall.submit(GiveUp("call_1"), command_id="two")
        assert await hall.submit(GiveUp("call_1"), command_id="two") == gone
        with pytest.raises((WrongState, Unknown)):
            await hall.submit(GiveUp("call_1"))
    async with hall_on(store) as again:
        assert await again.submit(enter, command_id="one") == answers[0]
        assert await again.submit(GiveUp("call_1"), command_id="two") == gone
        entered = [event async for _, _, event in again.events_since(0) if isinstance(event, Entered)]
        assert len(entered) == 1


async def test_a_refusal_is_remembered_too(store: Store) -> None:
    async with hall_on(store) as hall:
        with pytest.raises(Unknown) as first:
            await hall.submit(Enter("call_1", "booth_1", "health", "item"), command_id="early")
    async with hall_on(store) as again:
        await build(again)
        with pytest.raises(Unknown) as second:
            await again.submit(Enter("call_1", "booth_1", "health", "item"), command_id="early")
        assert second.value.problem() == first.value.problem()


async def test_an_id_used_for_another_command_is_refused(store: Store) -> None:
    async with hall_on(store) as hall:
        await hall.submit(DefineQueue(QueuePolicy("health")), command_id="one")
        with pytest.raises(Malformed) as refused:
            await hall.submit(DefineQueue(QueuePolicy("trade")), command_id="one")
        assert refused.value.field == "command_id"
        both = await asyncio.gather(
            hall.submit(DefineQueue(QueuePolicy("a")), command_id="two"),
            hall.submit(DefineQueue(QueuePolicy("b")), command_id="two"),
            return_exceptions=True,
        )
        assert isinstance(both[1], Malformed)
        assert [queue.queue_id for queue in hall.engine.queues()] == ["health", "a"]


@pytest.mark.parametrize("wrong", ["", "x" * 129, "~mine"])
async def test_a_command_id_has_a_form(store: Store, wrong: str) -> None:
    async with hall_on(store) as hall:
        with pytest.raises(Malformed):
            await hall.submit(Tick(), command_id=wrong)


async def test_time_acts_without_a_command(store: Store) -> None:
    async with hall_on(store) as hall, asyncio.timeout(5):
        ear = Ear(hall)
        await build(hall, offer_s=0.05)
        await hall.submit(Enter("call_1", "booth_1", "health", "item"))
        assert await ear.hears(Expired)


async def test_time_never_goes_back(store: Store) -> None:
    times = iter([1000.0, 2000.0, 500.0, 500.0, 1500.0])
    now = 0.0

    def clock() -> float:
        nonlocal now
        now = next(times, now)
        return now

    async with hall_on(store, clock=clock) as hall:
        ear = Ear(hall)
        await build(hall)
        heard = [at for _, at, _ in ear.heard]
        assert heard == sorted(heard)
    async with hall_on(store, clock=lambda: 1.0, reachable=everybody) as again:
        ear = Ear(again)
        await again.submit(Enter("call_1", "booth_1", "health", "item"))
        assert ear.heard[0][1] >= heard[-1]


async def test_listeners_are_told_in_order_until_they_stop(store: Store) -> None:
    async with hall_on(store) as hall:
        ears = [Ear(hall) for _ in range(3)]
        await hall.submit(DefineQueue(QueuePolicy("health")))
        ears[1].stop()
        ears[1].stop()
        await hall.submit(DefineQueue(QueuePolicy("trade")))
        assert [len(ear.heard) for ear in ears] == [2, 1, 2]
        assert ears[0].heard == ears[2].heard


async def test_a_listener_that_fails_does_not_keep_others_from_hearing(store: Store) -> None:
    async with hall_on(store) as hall:

        def failing(events: object, at: float) -> None:
            raise RuntimeError("a page's mistake")

        hall.subscribe(failing)
        ear = Ear(hall)
        await build(hall)
        assert isinstance(ear.heard[0][2], QueueDefined)
        assert hall.engine.agent("agent_3").state == "ready"


async def test_more_than_the_inbox_holds_is_turned_away_at_once(store: Store) -> None:
    async with hall_on(store) as hall:
        answers = await asyncio.gather(
            *(hall.submit(DefineQueue(QueuePolicy(f"q{number % 7}"))) for number in range(INBOX + 50)),
            return_exceptions=True,
        )
        refused = [answer for answer in answers if isinstance(answer, BaseException)]
        assert len(refused) == 50
        assert {error.code for error in refused if isinstance(error, Unavailable)} == {"hall_busy"}


async def test_a_submitter_who_is_cancelled_takes_nothing_back(store: Store) -> None:
    async with hall_on(store) as hall:
        ear = Ear(hall)
        await build(hall)
        enter = Enter("call_1", "booth_1", "health", "item")
        first = asyncio.create_task(hall.submit(enter, command_id="one"))
        second = asyncio.create_task(hall.submit(enter, command_id="one"))
        asyncio.get_running_loop().call_soon(first.cancel)
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await second == await hall.submit(enter, command_id="one")
        assert len([event for _, _, event in ear.heard if isinstance(event, Entered)]) == 1


async def test_closing_ends_every_task_and_every_waiting_submission(store: Store) -> None:
    tasks = asyncio.all_tasks()
    async with hall_on(store) as hall:
        await build(hall)
        waiting = [asyncio.create_task(hall.submit(DefineQueue(QueuePolicy(f"q{number}")))) for number in range(1000)]
        started = asyncio.Event()
        asyncio.get_running_loop().call_soon(started.set)
        await started.wait()
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(not isinstance(end, BaseException) or isinstance(end, Unavailable) for end in ends)
    assert asyncio.all_tasks() == tasks
    acknowledged = sum(not isinstance(end, BaseException) for end in ends)
    async with hall_on(store) as again:
        assert len(list(again.engine.queues())) >= acknowledged


async def test_what_goes_wrong_in_the_block_is_raised_as_it_is(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with hall_on(store):
            raise ZeroDivisionError


async def test_events_since_a_number_begin_after_it(store: Store) -> None:
    async with hall_on(store) as hall:
        await build(hall)
        everything = [found async for found in hall.events_since(0)]
        assert [seq for seq, _, _ in everything] == list(range(1, hall.seq + 1))
        for start in range(hall.seq + 1):
            assert [found async for found in hall.events_since(start)] == everything[start:]


async def test_a_defect_in_a_rule_costs_its_command_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    apply = Engine.apply

    def broken(self: Engine, command: object, now: float) -> list[Event]:
        events = apply(self, command, now)  # type: ignore[arg-type]
        if isinstance(command, NotReady):
            raise KeyError("left half done")
        return events

    async with hall_on(store) as hall:
        await build(hall)
        monkeypatch.setattr(Engine, "apply", broken)
        answers = await asyncio.gather(
            hall.submit(Enter("call_1", "booth_1", "health", "item")),
            hall.submit(NotReady("agent_1")),
            hall.submit(Enter("call_2", "booth_2", "health", "item")),
            return_exceptions=True,
        )
        assert isinstance(answers[1], Unavailable)
        assert answers[1].code == "defect"
        monkeypatch.undo()
        offer = hall.engine.agent("agent_1").offer_id
        assert offer is not None
        await hall.submit(Accept("agent_1", offer))
        live = hall.engine.dump()
        rebuilt = Engine()
        async for _, _, event in hall.events_since(0):
            rebuilt.evolve(event)
        assert rebuilt.dump() == live
        assert {call.call_id for call in hall.engine.calls()} == {"call_1", "call_2"}

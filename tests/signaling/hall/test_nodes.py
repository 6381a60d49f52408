"""Several halls over one Redis: one decides, all know."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING

import pytest

from signaling.errors import Malformed, Unavailable
from signaling.hall import Hall
from signaling.routing import Engine, QueuePolicy
from signaling.routing.commands import DefineQueue, Enter
from signaling.routing.events import Entered
from tests.signaling.hall.script import Visitor, build, everybody
from tests.signaling.hall.test_failures import submitted_again
from tests.signaling.journal.redis_server import RedisServer
from tests.signaling.journal.stores import RedisStore, short_directory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from signaling.journal import Record
    from signaling.routing import Event


@pytest.fixture
def redis(redis_server: RedisServer, tmp_path: Path) -> RedisStore:
    return RedisStore((redis_server.url,), prefix=tmp_path.name)


@asynccontextmanager
async def node(store: RedisStore) -> AsyncIterator[Hall]:
    async with store.open() as journal, Hall.open(journal, reachable=everybody) as hall:
        yield hall


async def reaches(hall: Hall, seq: int) -> None:
    """Wait until a node knows a number."""
    known = asyncio.Event()
    stop = hall.subscribe(lambda events, at: known.set())
    async with asyncio.timeout(5):
        while hall.seq < seq:
            known.clear()
            await known.wait()
    stop()


async def test_one_node_decides_and_all_hear_the_same(redis: RedisStore) -> None:
    async with AsyncExitStack() as stack:
        halls = [await stack.enter_async_context(node(redis)) for _ in range(3)]
        heard: list[list[tuple[int, Event]]] = [[] for _ in halls]
        for hall, ear in zip(halls, heard, strict=True):
            hall.subscribe(lambda events, at, ear=ear: ear.extend(events))  # type: ignore[misc]
        await build(halls[1])
        visitors = [Visitor(hall, seed) for seed, hall in enumerate(halls)]
        for _ in range(30):
            await asyncio.gather(*(visitor.step() for visitor in visitors))
        last = max(hall.seq for hall in halls)
        for hall in halls:
            await reaches(hall, last)
        assert [hall.epoch for hall in halls] == [1, None, None]
        assert heard[0] == heard[1] == heard[2]
        assert len({hall.engine.dump() for hall in halls}) == 1


async def test_a_command_sent_through_two_nodes_is_decided_once(redis: RedisStore) -> None:
    enter = Enter("call_1", "booth_1", "health", "item")
    async with node(redis) as first, node(redis) as second:
        await build(second)
        answers = await asyncio.gather(
            *(hall.submit(enter, command_id="one") for hall in (first, second, first, second))
        )
        assert len({answer.seq for answer in answers}) == 1
        await reaches(first, answers[0].seq)
        events = [event async for _, _, event in first.events_since(0) if isinstance(event, Entered)]
        assert len(events) == 1


async def test_one_id_for_two_commands_through_two_nodes_goes_to_one_of_them(redis: RedisStore) -> None:
    async with node(redis) as first, node(redis) as second:
        answers = await asyncio.gather(
            first.submit(DefineQueue(QueuePolicy("a")), command_id="one"),
            second.submit(DefineQueue(QueuePolicy("b")), command_id="one"),
            return_exceptions=True,
        )
        refused = [answer for answer in answers if isinstance(answer, Malformed)]
        assert len(refused) == 1
        await reaches(second, 1)
        assert len(list(second.engine.queues())) == 1


async def test_a_leader_that_closes_is_succeeded_at_once(redis: RedisStore) -> None:
    async with node(redis) as second_to_be, AsyncExitStack() as stack:
        assert second_to_be.epoch == 1
        third = await stack.enter_async_context(node(redis))
        await build(third)
    async with node(redis) as third, AsyncExitStack() as stack:
        fourth = await stack.enter_async_context(node(redis))
        assert (third.epoch, fourth.epoch) == (2, None)
        before = third.engine.dump()
        assert before == fourth.engine.dump()


async def test_what_waits_while_the_lead_changes_is_decided_by_the_next(redis: RedisStore) -> None:
    async with AsyncExitStack() as outer:
        follower: Hall
        async with node(redis) as leader:
            follower = await outer.enter_async_context(node(redis))
            await build(follower)
            submitting = [
                asyncio.create_task(follower.submit(DefineQueue(QueuePolicy(f"q{number}")))) for number in range(50)
            ]
            assert leader.epoch == 1
        started = time.monotonic()
        answers = await asyncio.gather(*submitting)
        assert time.monotonic() - started < 2
        assert [answer.seq for answer in answers] == sorted({answer.seq for answer in answers})
        assert len(list(follower.engine.queues())) == 52
        await follower.submit(DefineQueue(QueuePolicy("last")))
        assert follower.epoch == 2


async def test_a_node_that_comes_late_loads_what_was_decided(redis: RedisStore) -> None:
    async with redis.open() as journal, Hall.open(journal, reachable=everybody, snapshot_every=50) as first:
        await build(first)
        visitor = Visitor(first, 5)
        for _ in range(200):
            await visitor.step()
        async with node(redis) as late:
            assert late.engine.dump() == first.engine.dump()
            command_id, known = visitor.acknowledged[0]
            assert (await late.submit(DefineQueue(QueuePolicy("again")), command_id="new")).seq > known.seq
            with pytest.raises(Malformed):
                await late.submit(DefineQueue(QueuePolicy("again")), command_id=command_id)


async def test_a_node_joins_while_another_decides_on_and_on(redis: RedisStore, monkeypatch: pytest.MonkeyPatch) -> None:
    async with node(redis) as first, redis.open() as journal:
        await build(first)
        read, numbers = journal.records, count()

        async def never_ending(*args: int, **more: float) -> list[Record]:
            await first.submit(DefineQueue(QueuePolicy(f"q{next(numbers)}")))
            return await read(*args, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(journal, "records", never_ending)
        async with asyncio.timeout(10), Hall.open(journal, reachable=everybody) as second:
            assert second.epoch is None


async def test_a_node_that_followed_leads_without_building_the_state_again(
    redis: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as stack:
        async with node(redis) as first:
            second = await stack.enter_async_context(node(redis))
            await build(first)
            await reaches(second, first.seq)
            monkeypatch.setattr(Engine, "load", None)
        await second.submit(Enter("call_1", "booth_1", "health", "item"))
        assert second.epoch == 2


async def test_a_replica_takes_over_with_everything_that_was_acknowledged() -> None:
    with (
        short_directory() as directory,
        RedisServer(directory / "master") as master,
        RedisServer(directory / "replica", "--replicaof", "127.0.0.1", str(master.port)) as replica,
    ):
        await followed(master)
        async with node(RedisStore((replica.url, master.url), prefix="vw", replicas=1)) as hall:
            await build(hall)
            visitor = Visitor(hall, 3)
            for _ in range(60):
                await visitor.step()
            master.kill()
            with replica.client as client:
                client.replicaof("NO", "ONE")
            with pytest.raises(Unavailable):  # the new master has no replica that could hold it
                await hall.submit(DefineQueue(QueuePolicy("after")), command_id="after")
            with RedisServer(directory / "third", "--replicaof", "127.0.0.1", str(replica.port)):
                await submitted_again(hall, DefineQueue(QueuePolicy("after")), "after")
                rebuilt, seen = Engine(), {}
                async for seq, _, event in hall.events_since(0):
                    rebuilt.evolve(event)
                    seen[seq] = event
                assert rebuilt.dump() == hall.engine.dump()
                assert hall.epoch is not None
                assert hall.epoch > 1
                for _, decided in visitor.acknowledged:
                    numbers = range(decided.seq - len(decided.events) + 1, decided.seq + 1)
                    assert tuple(seen[number] for number in numbers) == decided.events


async def followed(master: RedisServer) -> None:
    """Wait until the replica is in step."""
    with master.client as client:
        client.set("first", "write")
        while await asyncio.to_thread(client.wait, 1, 100) < 1:
            pass


async def kept(replica: RedisServer) -> None:
    """Wait until a replica has its first copy in its own file: until then a restart would find it empty."""
    with replica.client as client:
        while True:
            told = await asyncio.to_thread(client.info, "persistence")
            if told["aof_enabled"] and not told["aof_rewrite_in_progress"] and not told["aof_rewrite_scheduled"]:
                return


async def test_a_master_that_was_left_behind_is_not_believed() -> None:
    with (
        short_directory() as directory,
        RedisServer(directory / "old") as old,
        RedisServer(directory / "new", "--replicaof", "127.0.0.1", str(old.port)) as new,
    ):
        await followed(old)
        await kept(new)
        store = RedisStore((old.url, new.url), prefix="vw")
        async with node(store) as hall:
            await hall.submit(DefineQueue(QueuePolicy("first")))
            await followed(old)  # this node waits for no replica
            old.kill()
            with new.client as client:
                client.replicaof("NO", "ONE")
            await submitted_again(hall, DefineQueue(QueuePolicy("second")), "second")
            old.start()  # comes back believing that it is the master
            new.kill()
            with pytest.raises(Unavailable):
                await hall.submit(DefineQueue(QueuePolicy("third")))
            new.settings = ()
            new.start()
            await submitted_again(hall, DefineQueue(QueuePolicy("fourth")), "fourth")
        async with node(store) as again:  # of two masters it takes the one with the higher epoch
            assert {"first", "second", "fourth"} <= {queue.queue_id for queue in again.engine.queues()}

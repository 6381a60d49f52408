"""The hall when its journal fails: nothing is told that is not durable, nothing durable is forgotten."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from signaling.errors import Unavailable, Unknown
from signaling.hall import Hall
from signaling.journal import Damaged
from signaling.journal.redis import RedisJournal
from signaling.journal.server import RedisSettings
from signaling.journal.sqlite import SqliteJournal
from signaling.routing import Engine, QueuePolicy
from signaling.routing.commands import DefineQueue, Enter
from tests.signaling.hall.script import build, everybody
from tests.signaling.journal.redis_server import RedisServer
from tests.signaling.journal.stores import short_directory
from tests.signaling.journal.test_sqlite_damage import disk_of, log_of

if TYPE_CHECKING:
    from pathlib import Path

ENTER = Enter("call_1", "booth_1", "health", "item")


async def submitted_again(hall: Hall, command: Enter | DefineQueue, command_id: str) -> int:
    """Send a command under one id until it is answered, as a client does; return its number."""
    async with asyncio.timeout(20):
        while True:
            try:
                return (await hall.submit(command, command_id=command_id)).seq
            except Unavailable:
                # What it waits for is the journal's return, which shows in the next answer only.
                await asyncio.sleep(0.02)


async def test_nobody_sees_what_is_not_durable_yet(tmp_path: Path) -> None:
    disk = threading.Event()
    async with SqliteJournal.open(tmp_path / "journal.sqlite") as journal, Hall.open(journal) as hall:
        await build(hall)
        heard: list[object] = []
        hall.subscribe(lambda events, at: heard.extend(events))
        before, seq = hall.engine.dump(), hall.seq
        held = asyncio.get_running_loop().run_in_executor(journal.thread, disk.wait)
        submitting = asyncio.create_task(hall.submit(ENTER))
        # The disk is slow: rounds of the loop pass, the decision is made, and nothing shows it.
        for _ in range(50):
            done, _ = await asyncio.wait([submitting], timeout=0.001)
            assert not done
            assert (hall.engine.dump(), hall.seq, heard) == (before, seq, [])
            with pytest.raises(Unknown):
                hall.engine.call("call_1")
        disk.set()
        await held
        decided = await submitting
        assert hall.engine.call("call_1").state == "offered"
        assert len(heard) == len(decided.events)


async def test_a_full_disk_refuses_commands_and_changes_nothing_until_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with SqliteJournal.open(path) as journal, Hall.open(journal) as hall:
        await build(hall)
        before, seq = hall.engine.dump(), hall.seq
        heard: list[object] = []
        hall.subscribe(lambda events, at: heard.extend(events))
        with disk_of(log_of(path).stat().st_size):
            ends = await asyncio.gather(
                *(hall.submit(DefineQueue(QueuePolicy(f"q{number}"))) for number in range(20)), return_exceptions=True
            )
            assert all(isinstance(end, Unavailable) for end in ends)
            with pytest.raises(Unavailable):
                await hall.submit(ENTER, command_id="one")
            assert (hall.engine.dump(), hall.seq, heard) == (before, seq, [])
        number = await submitted_again(hall, ENTER, "one")
        assert hall.engine.call("call_1").state == "offered"
        assert number == hall.seq
        live = hall.engine.dump()
    async with SqliteJournal.open(path) as journal, Hall.open(journal, reachable=everybody) as again:
        assert again.engine.dump() == live


async def test_a_damaged_journal_does_not_open(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with SqliteJournal.open(path) as journal, Hall.open(journal) as hall:
        await build(hall)
    content = bytearray(path.read_bytes())
    content[-2000:] = bytes(2000)
    path.write_bytes(content)
    with pytest.raises(Damaged):
        async with SqliteJournal.open(path) as journal, Hall.open(journal):
            pass


async def test_redis_going_away_stops_decisions_and_loses_none() -> None:
    with short_directory() as directory, RedisServer(directory / "redis") as server:
        async with (
            RedisJournal.open(RedisSettings((server.url,))) as journal,
            Hall.open(journal, answer_s=1.0, reachable=everybody) as hall,
        ):
            await build(hall)
            known = await hall.submit(ENTER, command_id="one")
            before = hall.engine.dump()
            server.kill()
            with pytest.raises(Unavailable):
                await hall.submit(DefineQueue(QueuePolicy("q2")), command_id="two")
            assert hall.engine.dump() == before
            assert (await hall.submit(ENTER, command_id="one")) == known, "what is known needs no Redis"
            server.start()
            await submitted_again(hall, DefineQueue(QueuePolicy("q2")), "two")
            assert await hall.submit(ENTER, command_id="one") == known
            rebuilt = Engine()
            async for _, _, event in hall.events_since(0):
                rebuilt.evolve(event)
            assert rebuilt.dump() == hall.engine.dump()
            assert [queue.queue_id for queue in rebuilt.queues()] == ["health", "trade", "q2"]


async def test_a_redis_that_came_back_empty_is_not_written_to() -> None:
    with short_directory() as directory, RedisServer(directory / "redis") as server:
        async with (
            RedisJournal.open(RedisSettings((server.url,))) as journal,
            Hall.open(journal, answer_s=0.5) as hall,
        ):
            await build(hall)
            server.kill()
            server.directory = directory / "empty"
            server.start()
            for _ in range(3):
                with pytest.raises(Unavailable):
                    await hall.submit(ENTER)
        with server.client as client:
            assert client.xlen("{vw}:events") == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("--appendonly", "no"), "appendonly yes"),
        (("--appendfsync", "everysec"), "appendfsync always"),
        (("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"), "maxmemory-policy noeviction"),
    ],
)
async def test_a_redis_that_could_lose_what_it_acknowledged_is_refused(settings: tuple[str, ...], words: str) -> None:
    with short_directory() as directory, RedisServer(directory / "redis", *settings) as server:
        with pytest.raises(Unavailable, match=words):
            async with RedisJournal.open(RedisSettings((server.url,))):
                pass
        async with RedisJournal.open(RedisSettings((server.url,), check_durability=False)) as journal:
            assert await journal.records(0) == []


async def test_no_redis_at_all_is_said_at_once() -> None:
    with pytest.raises(Unavailable):
        async with RedisJournal.open(RedisSettings(("redis://127.0.0.1:1/0",))):
            pass

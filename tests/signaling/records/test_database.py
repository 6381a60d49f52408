"""The schema is what the tables say, on both databases, and writing is all or nothing."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from signaling.errors import Unavailable
from signaling.records import Database, Records
from signaling.records.tables import Base, NotesRow, PageRow

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def test_the_migrated_schema_is_the_one_the_tables_describe(records: Records) -> None:
    async with records.database.reading() as session:
        connection = await session.connection()
        assert await connection.run_sync(_differences) == []


async def test_opening_again_keeps_what_was_written(url: str) -> None:
    async with Records.open(url) as records:
        await records.conversation.page_opened("agent_chen_jing", "page_1")
    async with Records.open(url) as records:
        assert await records.conversation.pages() == {"agent_chen_jing": "page_1"}


async def test_several_nodes_may_start_at_once(url: str) -> None:
    async def start() -> None:
        async with Database.open(url):
            pass

    await asyncio.gather(*(start() for _ in range(3)))


async def test_a_block_that_raises_leaves_nothing(records: Records) -> None:
    async def fail() -> None:
        async with records.database.writing() as session:
            session.add(PageRow(person_id="x", page_id="y"))
            await session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await records.conversation.pages() == {}


async def test_a_writer_cancelled_while_it_reads_leaves_no_lock(tmp_path: Path) -> None:
    loop, reading, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def read() -> int:
        loop.call_soon_threadsafe(reading.set)
        go_on.wait(10)
        return 1

    async with Records.open(f"sqlite+aiosqlite:///{tmp_path / 'records.sqlite'}") as records:

        async def write() -> None:
            async with records.database.writing() as session:
                session.add(PageRow(person_id="x", page_id="y"))
                await session.flush()
                driver = (await (await session.connection()).get_raw_connection()).driver_connection
                assert driver is not None
                await driver.create_function("read", 0, read)
                await session.execute(text("SELECT read() UNION ALL SELECT 2"))

        writer = asyncio.create_task(write())
        await reading.wait()
        writer.cancel()
        go_on.set()
        with pytest.raises(asyncio.CancelledError) as kept:  # its traceback holds the statement
            await writer
        async with asyncio.timeout(2):
            await records.conversation.page_opened("agent_chen_jing", "page_1")
        assert await records.conversation.pages() == {"agent_chen_jing": "page_1"}
        assert kept.value is not None


async def test_writers_that_read_first_wait_for_each_other(records: Records) -> None:
    async def append(word: str) -> None:
        async with records.database.writing() as session:
            row = await session.get(NotesRow, "call_1", with_for_update=True)
            assert row is not None
            row.text += word

    async with records.database.writing() as session:
        session.add(NotesRow(call_id="call_1", text="", agent_id="a", saved_at=0))
    await asyncio.gather(*(append(str(n)) for n in range(10)))
    async with records.database.reading() as session:
        written = await session.scalar(select(NotesRow.text))
    assert sorted(written or "") == list("0123456789")


async def test_a_database_that_is_away_is_our_fault() -> None:
    with pytest.raises(Unavailable):
        async with Database.open("postgresql+asyncpg://nobody@127.0.0.1:1/none"):
            pass

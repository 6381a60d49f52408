"""Writes the hall's events into the records: each once, in order, also across crashes.

Promise: the number of the last event written is kept in the same transaction as what it changed, so
after any crash writing goes on where it stopped, and doing so twice changes nothing. The hall never
waits for it: what it has not written yet is read again from the journal. Several nodes may do it at
once; each batch holds the counter's row.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from signaling.errors import Unavailable
from signaling.records.facts import forget_open, keep_facts, rebuild
from signaling.records.story import write
from signaling.records.tables import ProjectionRow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from signaling.records.database import Database
    from signaling.routing.events import Event
    from signaling.world import World

log = structlog.get_logger()

BATCH = 500
BUFFER = 20_000
"""Events kept in memory while the database is slow; beyond it they are read from the journal again."""
RETRY_S = 1.0
GATHER_S = 0.05
"""Between two batches lies as much time as the first took, at most this: what comes meanwhile is written together."""


class Source(Protocol):
    """What is needed of the hall."""

    @property
    def seq(self) -> int: ...

    def subscribe(self, listener: Callable[[Sequence[tuple[int, Event]], float], None]) -> Callable[[], None]: ...

    def events_since(self, seq: int) -> AsyncIterator[tuple[int, float, Event]]: ...


class Projection:
    """Follows one hall. Run it with `Projection.follow`."""

    def __init__(self, database: Database, world: World, source: Source) -> None:
        self._database = database
        self._world = world
        self._source = source
        self._buffer: deque[tuple[int, float, Event]] = deque()
        self._news = asyncio.Condition()
        self._woken = asyncio.Event()
        self.written = 0
        """Up to this number all events are in the records. A refusal has a number too, but no event."""

    @classmethod
    @asynccontextmanager
    async def follow(cls, database: Database, world: World, source: Source) -> AsyncIterator[Projection]:
        """Catch up, then write what happens until the block ends."""
        projection = cls(database, world, source)
        await projection._begin()
        unsubscribe = source.subscribe(projection._heard)
        task = asyncio.create_task(projection._run(), name="projection")
        try:
            yield projection
        finally:
            unsubscribe()
            with suppress(TimeoutError, Unavailable):
                await projection.reach(source.seq, timeout_s=5)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def reach(self, seq: int, timeout_s: float = 10) -> None:
        """Wait until everything up to `seq` is in the records."""
        self._woken.set()  # of a refusal nobody hears: only the journal shows that its number holds nothing
        async with asyncio.timeout(timeout_s), self._news:
            await self._news.wait_for(lambda: self.written >= seq)

    def _heard(self, events: Sequence[tuple[int, Event]], at: float) -> None:
        if len(self._buffer) + len(events) > BUFFER:
            self._buffer.clear()  # the gap is seen by the numbers and filled from the journal
        self._buffer.extend((seq, at, event) for seq, event in events)
        self._woken.set()

    async def _begin(self) -> None:
        """Find where to go on. A journal shorter than what was written is another journal: a new epoch begins."""
        async with self._database.writing() as session:
            row = await session.get(ProjectionRow, 1, with_for_update=True)
            if row is None:
                row = ProjectionRow(id=1, epoch=1, seq=0)
                session.add(row)
            elif row.seq > self._source.seq:
                log.warning("the journal is younger than the records", written=row.seq, journal=self._source.seq)
                row.epoch, row.seq = row.epoch + 1, 0
                await forget_open(session)
            self.written = row.seq
        async with self._database.writing() as session:
            await rebuild(session, self._world)

    async def _run(self) -> None:
        while True:
            try:
                await self._catch_up()
                await self._woken.wait()
                self._woken.clear()
                await self._drain()
            except Unavailable:
                log.warning("the records are away; events wait in the journal", written=self.written)
                await asyncio.sleep(RETRY_S)

    async def _drain(self) -> None:
        """Write what was heard, as long as it follows what is written."""
        while batch := self._next_heard():
            begun = time.monotonic()
            await self._write(batch)
            await asyncio.sleep(min(GATHER_S, time.monotonic() - begun))

    def _next_heard(self) -> list[tuple[int, float, Event]]:
        """Take from the buffer what follows without a gap; what is written already does no harm."""
        batch: list[tuple[int, float, Event]] = []
        following = self.written + 1
        while self._buffer and self._buffer[0][0] <= following and len(batch) < BATCH:
            batch.append(self._buffer.popleft())
            following = max(following, batch[-1][0] + 1)
        return batch

    async def _catch_up(self) -> None:
        """Write from the journal what was not heard."""
        if self.written < self._source.seq and not (self._buffer and self._buffer[0][0] <= self.written + 1):
            end = self._source.seq
            batch: list[tuple[int, float, Event]] = []
            async for entry in self._source.events_since(self.written):
                batch.append(entry)
                if len(batch) == BATCH:
                    await self._write(batch)
                    batch.clear()
            if batch:
                await self._write(batch)
            await self._reached(end)
        if self._buffer:
            self._woken.set()

    async def _write(self, batch: list[tuple[int, float, Event]]) -> None:
        """Write a batch; when it cannot be written, all of it but what is at fault."""
        try:
            reached = await self._write_whole(batch)
        except SQLAlchemyError:
            if len(batch) > 1:
                for entry in batch:
                    await self._write([entry])
                return
            log.exception("an event is missing in the records", seq=batch[0][0], kind=type(batch[0][2]).__name__)
            reached = await self._write_whole([], batch[0][0])
        await self._reached(reached)

    async def _reached(self, seq: int) -> None:
        async with self._news:
            self.written = max(self.written, seq)
            self._news.notify_all()

    async def _write_whole(self, batch: list[tuple[int, float, Event]], skip_to: int = 0) -> int:
        """Write what is not written yet, and how far that is, in one transaction; return how far."""
        async with self._database.writing() as session:
            row = (await session.scalars(select(ProjectionRow).where(ProjectionRow.id == 1).with_for_update())).one()
            news = [entry for entry in batch if entry[0] > row.seq]
            await write(session, self._world, row.epoch, news)
            await keep_facts(session, self._world, [event for _, _, event in news])
            row.seq = max(row.seq, skip_to, *(seq for seq, _, _ in batch[-1:]))
            return row.seq

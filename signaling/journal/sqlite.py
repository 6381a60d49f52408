"""The journal of one machine: a SQLite file, written by one thread.

Promise: the loop never blocks on the disk. Calls run one after another in a thread of their own; each append is one
transaction, so whoever appends everything that waits gets group commit. Cancelling a caller does not undo its write.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import structlog

from signaling.errors import Unavailable
from signaling.journal.file import File
from signaling.journal.packing import continued, pack
from signaling.journal.protocol import Batch, Damaged, Deposed, Lead, Letter, Loaded, Record, Snapshot, before

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

P = ParamSpec("P")
T = TypeVar("T")

_log = structlog.get_logger(__name__)

CHECKPOINT_BYTES = 4 << 20
"""The log is copied home after so much was appended; recovery reads a log of this size in a tenth of a second."""
SEGMENT_RECORDS = 1024
"""Old entries are pressed together by so many records: 5 ms of the writing thread."""


class SqliteJournal:
    """A journal in a file that this process alone has open."""

    def __init__(self, file: File, writer: ThreadPoolExecutor) -> None:
        self._file = file
        self.thread = writer
        self._waiting: deque[Letter] = deque()
        self._arrived = asyncio.Event()
        self._unsaved = 0
        self._compact_until = 0
        self._leading = False
        self.closed = False

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[SqliteJournal]:
        """Open or create the file. Raises `Damaged`, or `Unavailable` when another process has it open."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "journal") as writer:
            file = await loop.run_in_executor(writer, File, path)
            journal = cls(file, writer)
            try:
                yield journal
            finally:
                journal.closed = True
                # Not awaited: leaving the `with` waits for the thread, also while this task is being cancelled.
                writer.submit(file.close)

    async def _run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, partial(call, *args, **kwargs))

    async def load(self) -> Loaded:
        loaded = await self._run(self._load)
        for problem in (loaded.cut, loaded.fallen_back):
            if problem:
                _log.warning("journal_recovered", problem=problem)
        return loaded

    def _load(self) -> Loaded:
        snapshot, problem = None, None
        for found in self._file.snapshots():
            if isinstance(found, Snapshot):
                snapshot = found
                break
            problem = found.detail
        start = snapshot.seq if snapshot else 0
        recent: list[Record] = []
        while (span := before(recent, start)) and (more := self._between(*span)):
            recent = more + recent
        return Loaded(snapshot, recent, self._between(start, self._file.last()), self._file.cut, problem)

    def _between(self, after: int, until: int) -> list[Record]:
        """Read the records that end after one number and by another."""
        records: list[Record] = []
        while after < until and (more := self._file.records(after, 500)):
            records += more
            after = more[-1].seq
        return [record for record in records if record.seq <= until]

    async def post(self, letter: Letter) -> None:
        self._waiting.append(letter)
        self._arrived.set()

    async def head(self) -> int:
        return await self._run(self._file.last)

    async def records(self, after: int, *, limit: int = 500, wait_s: float = 0.0) -> list[Record]:
        return await self._run(self._file.records, after, limit)

    @asynccontextmanager
    async def lead(self) -> AsyncIterator[Lead | None]:
        if self._leading:
            yield None
            return
        self._leading = True
        try:
            yield _Lead(self, *await self._run(self._file.begin))
        finally:
            self._leading = False

    async def take(self, limit: int, wait_s: float | None) -> list[Letter]:
        """Return up to `limit` posted letters, oldest first."""
        if not self._waiting:
            self._arrived.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._arrived.wait()
            except TimeoutError:
                return []
        return [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]

    async def write(self, after: int, batch: Batch) -> None:
        """Append a batch that continues at `after`."""
        entry = pack(batch.records)
        await self._run(self._file.append, after, batch.records[-1].seq, entry)
        self._unsaved += len(entry) + 8192  # at least two pages a transaction: the entry's and the head's
        if self._unsaved > CHECKPOINT_BYTES:
            self._unsaved = 0
            self.thread.submit(self._quietly, self._file.checkpoint)

    async def keep(self, snapshot: Snapshot) -> None:
        """Write a snapshot, then compact what lies before the one it follows."""
        until, self._compact_until = self._compact_until, snapshot.seq
        # Pressed beside the writer's thread, where appends would wait for it.
        body = await asyncio.to_thread(zlib.compress, snapshot.body, 1)
        await self._run(self._file.write_snapshot, snapshot.seq, body)
        self.thread.submit(self._quietly, self._compact, until)

    def _compact(self, until: int) -> None:
        # One segment at a time: an append that waits goes in between.
        if not self.closed and self._file.compact(until, SEGMENT_RECORDS):
            self.thread.submit(self._quietly, self._compact, until)

    def _quietly(self, call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Do background work whose failure costs no record: it is logged, and tried again at its next turn."""
        try:
            call(*args, **kwargs)
        except (Unavailable, RuntimeError) as error:  # RuntimeError: the writer takes no more work
            if not self.closed:
                _log.warning("journal_housekeeping_failed", error=str(error))


class _Lead:
    """The only writer of the file; the lock on it is the lease."""

    def __init__(self, journal: SqliteJournal, epoch: int, last: int) -> None:
        self._journal = journal
        self._last = last
        self.epoch = epoch

    async def letters(self, limit: int, wait_s: float | None) -> list[Letter]:
        return await self._journal.take(limit, wait_s)

    async def append(self, batch: Batch) -> None:
        if not batch.records:
            return
        if not continued(batch.records, self._last):
            raise Deposed(f"the batch does not continue the journal at number {self._last}")
        await self._journal.write(self._last, batch)
        self._last = batch.records[-1].seq

    async def snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.seq > self._last:
            raise Damaged(f"a snapshot at number {snapshot.seq} is ahead of the journal")
        await self._journal.keep(snapshot)

"""The journal of many machines: Redis Streams and a fenced lease.

    any node ─► commands stream ─► the leader decides ─► events stream ─► every node follows

Promises (with `scripts` and `server`):
- commands stay in their stream until the entry that answers them is written, in the same step;
- the events stream's entry ids are the journal's numbers, so a gap or a second writer cannot go unseen;
- a leader that is silent for `lease_s` is succeeded; what it sends afterwards is refused whole.
"""

from __future__ import annotations

import asyncio
import time
import uuid
import zlib
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import structlog

from signaling.errors import Unavailable
from signaling.journal.packing import continued, pack, pack_letters, unpack, unpack_letters
from signaling.journal.protocol import (
    Batch,
    Damaged,
    Deposed,
    Forgotten,
    Lead,
    Letter,
    Loaded,
    Record,
    Snapshot,
    before,
)
from signaling.journal.scripts import APPEND, LEAD, RESIGN, SNAPSHOT
from signaling.journal.server import RedisSettings, Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

_log = structlog.get_logger(__name__)

READ_ENTRIES = 200
"""Entries asked for at once; an entry holds what one append wrote."""


def _packed(snapshot: Snapshot) -> bytes:
    body = zlib.compress(snapshot.body, 1)
    return zlib.crc32(body).to_bytes(4, "big") + body


def _unpacked(seq: int, packed: bytes) -> Snapshot:
    if zlib.crc32(packed[4:]) != int.from_bytes(packed[:4], "big"):
        raise Damaged(f"the journal's snapshot at number {seq} does not match its checksum")
    return Snapshot(seq, zlib.decompress(packed[4:]))


def _entries(answer: Any) -> Iterable[tuple[str, bytes]]:
    """Return (id, entry) of what XREAD answered."""
    for _, entries in answer or ():
        for mark, fields in entries:
            yield mark.decode(), fields[b"entry"]


class RedisJournal:
    """One node's part of the journal."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._keys = server.keys
        self._node = uuid.uuid4().hex
        self._outbox: list[tuple[Letter, asyncio.Future[None]]] = []
        self._filled = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: RedisSettings) -> AsyncIterator[RedisJournal]:
        """Connect. Raises `Unavailable` when Redis is away or would not keep what it acknowledges."""
        server = Server(settings)
        journal = cls(server)
        try:
            await server.check()
            posting = asyncio.create_task(journal._keep_posting(), name="journal posting")
            try:
                yield journal
            finally:
                posting.cancel()
                await asyncio.wait([posting])
        finally:
            await server.close()

    # --- commands ----------------------------------------------------------------------------------
    async def post(self, letter: Letter) -> None:
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._outbox.append((letter, sent))
        self._filled.set()
        await sent

    async def _keep_posting(self) -> None:
        """Send what was posted while the last sending was under way as one entry."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            outbox, self._outbox = self._outbox, []
            problem: Unavailable | None = None
            try:
                entry = pack_letters(letter for letter, _ in outbox)
                await self._server.run(("XADD", self._keys.commands, "*", "entry", entry))
            except Unavailable as error:
                problem = error
            for _, sent in outbox:
                if not sent.done():  # its submitter may have been cancelled
                    sent.set_exception(problem) if problem else sent.set_result(None)

    # --- records -----------------------------------------------------------------------------------
    async def load(self) -> Loaded:
        snapshot, problem = await self._newest_snapshot()
        start = snapshot.seq if snapshot else 0
        recent: list[Record] = []
        while (span := before(recent, start)) and (more := await self._between(*span, oldest=start)):
            recent = more + recent
        tail = await self._between(start, await self.head(), oldest=start)
        if problem:
            _log.warning("journal_recovered", problem=problem)
        return Loaded(snapshot, recent, tail, None, problem)

    async def _between(self, after: int, until: int, *, oldest: int) -> list[Record]:
        """Read the records that end after one number and by another."""
        records: list[Record] = []
        while after < until and (more := await self._read(after, READ_ENTRIES, oldest=oldest)):
            records += more
            after = more[-1].seq
        return [record for record in records if record.seq <= until]

    async def _newest_snapshot(self) -> tuple[Snapshot | None, str | None]:
        problem = None
        (seqs,) = await self._server.run(("HKEYS", self._keys.snapshots))
        for seq in sorted(map(int, seqs), reverse=True):
            (packed,) = await self._server.run(("HGET", self._keys.snapshots, seq))
            try:
                return await asyncio.to_thread(_unpacked, seq, packed), problem
            except Damaged as error:
                problem = error.detail
        return None, problem

    async def head(self) -> int:
        (head,) = await self._server.run(("GET", self._keys.head), settle=True)
        return int(head or 0)

    async def records(self, after: int, *, limit: int = 500, wait_s: float = 0.0) -> list[Record]:
        return await self._read(after, min(limit, READ_ENTRIES), wait_s=wait_s, oldest=after)

    async def _read(self, after: int, limit: int, *, oldest: int, wait_s: float = 0.0) -> list[Record]:
        """Read entries after a number; those up to `oldest` may have been trimmed away already."""
        block = ("BLOCK", max(1, int(wait_s * 1000))) if wait_s else ()
        master = await self._server.master()
        head, answer = await self._server.run(
            ("GET", self._keys.head),
            ("XREAD", "COUNT", limit, *block, "STREAMS", self._keys.events, f"{after}-0"),
            on=master,
        )
        last = int(head or 0)
        if last < after:
            raise Unavailable(f"Redis ends at number {last}, before {after}", code="journal_unavailable")
        records: list[Record] = []
        for mark, entry in _entries(answer):
            records += unpack(entry, after=records[-1].seq if records else None)
            if mark != f"{records[-1].seq}-0":
                raise Damaged(f"the journal's entry {mark} ends at number {records[-1].seq}")
        if records and records[0].first > max(after, oldest) + 1:
            raise Forgotten(f"the journal begins at number {records[0].first}, after {after + 1}")
        if not records and last > max(after, oldest):
            raise Damaged(f"the journal has nothing after number {after}, though it ends at {last}")
        if records and self._server.settings.replicas:
            await self._server.run(settle=True, on=master)  # what a failover could forget is not told
        return [record for record in records if record.seq > after]

    # --- leading -----------------------------------------------------------------------------------
    @asynccontextmanager
    async def lead(self) -> AsyncIterator[Lead | None]:
        keys = self._keys
        lease_ms = int(self._server.settings.lease_s * 1000)
        master = await self._server.master()
        (taken,) = await self._server.run(
            ("EVAL", LEAD, 5, keys.lease, keys.reign, keys.epoch, keys.head, keys.reigns, self._node, lease_ms),
            on=master,
        )
        if taken is None:
            yield None
            return
        await self._server.run(settle=True, on=master)  # a failover must not forget this epoch
        epoch, head = taken
        self._server.saw(epoch)
        reign = f"{epoch}:{self._node}"
        try:
            yield _Lead(self._server, self._node, epoch, head)
        finally:
            with suppress(Unavailable, TimeoutError):  # the lease ends by itself
                async with asyncio.timeout(0.5):
                    await self._server.run(("EVAL", RESIGN, 2, keys.lease, keys.reign, reign))


class _Lead:
    """The reign of this node: every write names it."""

    def __init__(self, server: Server, node: str, epoch: int, last: int) -> None:
        self._server = server
        self._keys = server.keys
        self._node = node
        self._reign = f"{epoch}:{node}"
        self._last = last
        self._read_to = "0"
        self._snapshot_seq = 0
        self._renewed = time.monotonic()
        self.epoch = epoch

    async def letters(self, limit: int, wait_s: float | None) -> list[Letter]:
        # Woken in time to renew the lease, whatever the caller would wait.
        idle = self._server.settings.lease_s / 3
        wait_ms = int(min(idle, idle if wait_s is None else wait_s) * 1000)
        block = ("BLOCK", wait_ms) if wait_ms else ()
        letters: list[Letter] = []
        while len(letters) < limit:
            (answer,) = await self._server.run(
                ("XREAD", "COUNT", 1 if letters else 4, *block, "STREAMS", self._keys.commands, self._read_to)
            )
            entries = list(_entries(answer))
            for mark, entry in entries:
                letters += unpack_letters(entry, mark)
                self._read_to = mark
            block = ()
            if not entries:
                break
        return letters

    async def append(self, batch: Batch) -> None:
        if not batch.records and not batch.marks and time.monotonic() - self._renewed < self._lease_s / 4:
            return
        if not continued(batch.records, self._last):
            raise Deposed(f"the batch does not continue the journal at number {self._last}")
        last, entry = (batch.records[-1].seq, pack(batch.records)) if batch.records else ("", b"")
        await self._write(last, entry, list(dict.fromkeys(batch.marks)))
        self._renewed = time.monotonic()
        if batch.records:
            self._last = batch.records[-1].seq

    @property
    def _lease_s(self) -> float:
        return self._server.settings.lease_s

    async def _write(self, last: int | str, entry: bytes, marks: list[str]) -> None:
        keys = self._keys
        await self._server.run(
            ("EVAL", APPEND, 5, keys.lease, keys.reign, keys.head, keys.events, keys.commands,
             self._reign, self._node, int(self._lease_s * 1000), self._last, last, entry, *marks),
            settle=bool(entry),
        )  # fmt: skip

    async def snapshot(self, snapshot: Snapshot) -> None:
        keys = self._keys
        if snapshot.seq > self._last:
            raise Damaged(f"a snapshot at number {snapshot.seq} is ahead of the journal")
        packed = await asyncio.to_thread(_packed, snapshot)
        (seqs,) = await self._server.run(("HKEYS", keys.snapshots))
        older = max((int(seq) for seq in seqs if int(seq) < snapshot.seq), default=0)
        lowest = max(0, min(older, snapshot.seq - self._server.settings.keep_numbers))
        await self._server.run(
            (
                "EVAL",
                SNAPSHOT,
                3,
                keys.reign,
                keys.snapshots,
                keys.events,
                self._reign,
                snapshot.seq,
                packed,
                older,
                lowest,
            )
        )

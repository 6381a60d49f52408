"""Both stores behind one face, so that every promise is tested on each."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from signaling.journal import Journal, Record
from signaling.journal.redis import RedisJournal
from signaling.journal.server import RedisSettings
from signaling.journal.sqlite import SqliteJournal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager


class Store(Protocol):
    """A place that keeps one journal."""

    @property
    def name(self) -> str: ...

    def open(self) -> AbstractAsyncContextManager[Journal]: ...


@dataclass(frozen=True)
class SqliteStore:
    """A file; one opening at a time."""

    path: Path
    name: str = "sqlite"

    def open(self) -> AbstractAsyncContextManager[Journal]:
        return SqliteJournal.open(self.path)


@dataclass(frozen=True)
class RedisStore:
    """Keys under a prefix of a server; every opening is a node."""

    urls: tuple[str, ...]
    prefix: str
    replicas: int = 0
    name: str = "redis"

    def open(self) -> AbstractAsyncContextManager[Journal]:
        return RedisJournal.open(RedisSettings(self.urls, prefix=self.prefix, replicas=self.replicas))


@contextmanager
def short_directory() -> Iterator[Path]:
    """Give a directory in memory, where there is one: thousands of damaged files are looked at, none of them twice."""
    memory = Path("/dev/shm")
    directory = Path(tempfile.mkdtemp(prefix="journal-", dir=memory if memory.is_dir() else None))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def record(seq: int, *payloads: bytes, command_id: str = "", refusal: bytes = b"") -> Record:
    """Return a record that ends at `seq`."""
    return Record(seq, seq / 10, command_id, b"digest", payloads, refusal)


def run_of(count: int, *, start: int = 0) -> list[Record]:
    """Return records of one, two and no events by turns, after number `start`."""
    records = []
    for number in range(count):
        payloads = [f"event {number}.{part}".encode() * (number % 7 + 1) for part in range(number % 3)]
        start += max(len(payloads), 1)
        refusal = b"" if payloads else b"refused"
        records.append(record(start, *payloads, command_id=f"命令-{number}", refusal=refusal))
    return records

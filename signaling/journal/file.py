"""The SQLite file of a journal: tables, transactions, checks. Blocking; owned by one thread.

Promises:
- one row an append, written with `synchronous=FULL`: the commit returns after the log is on the disk;
- `head` repeats the last number on a page of its own, so that rows which a damaged page hides are missed;
- opening checks the write-ahead log (`wal`), the structure (`quick_check`) and the head, and a second process
  is refused by a lock on a file beside it;
- nothing is repaired: what does not check raises `Damaged`.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from signaling.errors import Unavailable
from signaling.journal import wal
from signaling.journal.packing import pack, unpack
from signaling.journal.protocol import Damaged, Deposed, Record, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION = 0x56574A31  # "VWJ1"
VERSION = 1
PLAIN, COMPRESSED = 0, 1

_SCHEMA = """
CREATE TABLE entry (last INTEGER PRIMARY KEY, form INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE snapshot (seq INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE head (only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL, epoch INTEGER NOT NULL) STRICT;
INSERT INTO head VALUES (1, 0, 0);
"""


def _bytes(row: object) -> bytes:
    if not isinstance(row, bytes):
        raise Damaged("the journal has a value of the wrong type")
    return row


@contextmanager
def _spoken_plainly() -> Iterator[None]:
    """Turn SQLite's errors into ours: what is malformed is damage, all else may pass."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unavailable(f"the journal's file cannot be used: {error}", code="journal_unavailable") from error
    except (sqlite3.Error, ValueError, TypeError, zlib.error) as error:
        # Beside SQLite's own words: text that is no text, a number where bytes should be, a body that does not unpress.
        raise Damaged(f"the journal's file is damaged: {error}") from error


class File:
    """An open journal file. Made and used in one thread."""

    def __init__(self, path: Path) -> None:
        self.cut: str | None = None
        self._lock = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            self._db = self._open(path)
        except BaseException:
            os.close(self._lock)
            raise

    def _open(self, path: Path) -> sqlite3.Connection:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Unavailable(f"{path} is in use by another process", code="journal_locked") from error
        log = wal.inspect(path.with_name(path.name + "-wal"))
        if log.frames and (not path.exists() or path.stat().st_size == 0):
            raise Damaged(f"{path.name} is empty, though its write-ahead log is not")
        if log.torn:
            self.cut = f"{log.torn} bytes of a transaction that was never finished were cut from the end of {path.name}"
        with _spoken_plainly():
            db = sqlite3.connect(path, isolation_level=None, timeout=5.0)
            try:
                self._prepare(db, log)
            except BaseException:
                db.close()
                raise
        return db

    def _prepare(self, db: sqlite3.Connection, log: wal.Log) -> None:
        # EXCLUSIVE before the first read: the index of the log lives in memory, and no -shm file can disagree with it.
        db.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
        (kind,), (version,) = (
            db.execute("PRAGMA application_id").fetchone(),
            db.execute("PRAGMA user_version").fetchone(),
        )
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if (kind, version, tables) == (0, 0, 0) and log.frames == 0:
            self._create(db)
            return
        if kind != APPLICATION:
            raise Damaged("the file is not a journal of this service")
        if version != VERSION:
            raise Damaged(f"the journal has format {version}; this release reads format {VERSION}")
        db.execute("PRAGMA synchronous=FULL")
        # PASSIVE copies the recovered frames home and says how many there were.
        _, recovered, _ = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if recovered != log.frames:
            raise Damaged(f"{recovered} frames of the write-ahead log were recovered where {log.frames} are whole")
        db.execute("PRAGMA wal_autocheckpoint=0")
        if db.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
            raise Damaged("the journal's file is not in write-ahead mode")
        problems = [str(row[0]) for row in db.execute("PRAGMA quick_check(1)")]
        if problems != ["ok"]:
            raise Damaged(f"the journal's file is damaged: {problems[0]}")
        self._check_head(db)

    def _create(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA journal_mode=WAL").fetchall()
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.executescript(
            f"BEGIN; PRAGMA application_id={APPLICATION}; PRAGMA user_version={VERSION}; {_SCHEMA} COMMIT;"
        )

    def _check_head(self, db: sqlite3.Connection) -> None:
        heads = db.execute("SELECT seq FROM head").fetchall()
        (last,) = db.execute("SELECT coalesce(max(last), 0) FROM entry").fetchone()
        if heads != [(last,)]:
            raise Damaged(f"the journal ends at number {last} and says {heads} is its last")

    # --- reading -----------------------------------------------------------------------------------
    def last(self) -> int:
        """Return the last durable number."""
        with _spoken_plainly():
            (seq,) = self._db.execute("SELECT seq FROM head").fetchone()
        return int(seq)

    def records(self, after: int, limit: int) -> list[Record]:
        """Return whole entries after `after` until there are `limit` records."""
        found: list[Record] = []
        with _spoken_plainly():
            before = self._db.execute("SELECT max(last) FROM entry WHERE last <= ?", (after,)).fetchone()[0] or 0
            rows = self._db.execute("SELECT last, form, body FROM entry WHERE last > ? ORDER BY last", (after,))
            for last, form, body in rows:
                records = unpack(_plain(form, body), after=before)
                if not records or records[-1].seq != last:
                    raise Damaged(f"the journal's entry {last} does not end at its number")
                before = last
                found += records
                if len(found) >= limit:
                    break
            rows.close()
        if not found and self.last() > after:
            raise Damaged(f"the journal has nothing after number {after}, though it ends at {self.last()}")
        return [record for record in found if record.seq > after]

    def entries(self) -> int:
        """Return in how many rows the records lie."""
        with _spoken_plainly():
            (count,) = self._db.execute("SELECT count(*) FROM entry").fetchone()
        return int(count)

    def pages(self) -> int:
        """Return how many pages the file has."""
        with _spoken_plainly():
            (count,) = self._db.execute("PRAGMA page_count").fetchone()
        return int(count)

    def snapshots(self) -> Iterator[Snapshot | Damaged]:
        """Return the kept snapshots, newest first, or what is wrong with each."""
        with _spoken_plainly():
            last = self.last()
            rows = self._db.execute("SELECT seq, checksum, body FROM snapshot ORDER BY seq DESC").fetchall()
            for seq, checksum, body in rows:
                if zlib.crc32(_bytes(body)) != checksum or seq > last:
                    yield Damaged(f"the journal's snapshot at number {seq} does not match its checksum")
                else:
                    yield Snapshot(seq, zlib.decompress(body))

    # --- writing -----------------------------------------------------------------------------------
    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _spoken_plainly():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.OperationalError):  # SQLite has rolled back by itself, as on a full disk
                    self._db.execute("ROLLBACK")
                raise

    def begin(self) -> tuple[int, int]:
        """Count one more writer; return its epoch and the last number. Fails where an append would: disk full."""
        with self._transaction() as db:
            return tuple(db.execute("UPDATE head SET epoch = epoch + 1 RETURNING epoch, seq").fetchone())

    def append(self, after: int, last: int, entry: bytes) -> None:
        """Write one entry that continues the journal at `after`, durable on return."""
        with self._transaction() as db:
            if db.execute("UPDATE head SET seq = ? WHERE seq = ?", (last, after)).rowcount != 1:
                raise Deposed(f"the journal does not end at number {after}")
            db.execute("INSERT INTO entry VALUES (?, ?, ?)", (last, PLAIN, entry))

    def write_snapshot(self, seq: int, body: bytes) -> None:
        """Keep a snapshot, its body compressed, and the one before it."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)", (seq, zlib.crc32(body), body))
            db.execute(
                "DELETE FROM snapshot WHERE seq NOT IN (SELECT seq FROM snapshot ORDER BY seq DESC LIMIT 2)",
            )

    def compact(self, until: int, records: int) -> bool:
        """Press one run of plain entries that end by `until` into a segment; False when there is none of `records`."""
        with _spoken_plainly():
            (pressed,) = self._db.execute("SELECT max(last) FROM entry WHERE form = ?", (COMPRESSED,)).fetchone()
        first = pressed or 0
        run = self.records(first, records)
        if len(run) < records or run[-1].seq > until:
            return False
        before = run[-1].seq
        body = zlib.compress(pack(run), 6)
        with self._transaction() as db:
            db.execute("DELETE FROM entry WHERE last > ? AND last <= ?", (first, before))
            db.execute("INSERT INTO entry VALUES (?, ?, ?)", (before, COMPRESSED, body))
        return True

    def checkpoint(self) -> None:
        """Copy the log's pages to their places, so that the log starts again from its beginning."""
        with _spoken_plainly():
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """Close the file; an error here loses nothing, for everything appended is in the log."""
        try:
            with suppress(sqlite3.Error):
                self._db.close()
        finally:
            os.close(self._lock)


def _plain(form: int, body: object) -> bytes:
    if form == PLAIN:
        return _bytes(body)
    if form != COMPRESSED:
        raise Damaged(f"the journal has an entry of the unknown form {form}")
    return zlib.decompress(_bytes(body))

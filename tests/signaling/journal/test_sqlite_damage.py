"""A SQLite journal that was cut, flipped, filled up, taken or made by someone else."""

from __future__ import annotations

import random
import resource
import shutil
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from signaling.errors import Unavailable
from signaling.journal import Batch, Damaged, Record, Snapshot, wal
from signaling.journal.file import File
from signaling.journal.packing import pack
from signaling.journal.sqlite import SqliteJournal
from tests.signaling.journal.stores import record, run_of, short_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORDS = run_of(24)


def write(file: File, records: list[Record], size: int = 1) -> None:
    """Append records, `size` at a time."""
    for start in range(0, len(records), size):
        part = records[start : start + size]
        file.append(part[0].first - 1, part[-1].seq, pack(part))


def read(path: Path) -> tuple[list[Record], str | None]:
    """Open a journal and return its records and what was cut."""
    file = File(path)
    try:
        return file.records(0, 10_000), file.cut
    finally:
        file.close()


@contextmanager
def crashed(records: list[Record], *, checkpointed: int = 0, size: int = 1) -> Iterator[Path]:
    """Give the files as a power cut leaves them: the first records at their places, the others in the log."""
    with short_directory() as directory:
        path = directory / "journal.sqlite"
        file = File(path)
        try:
            write(file, records[:checkpointed], size)
            file.close()
            file = File(path)
            write(file, records[checkpointed:], size)
            for source in (path, log_of(path)):
                shutil.copy(source, directory / f"crashed{source.name.removeprefix('journal')}")
        finally:
            file.close()
        yield directory / "crashed.sqlite"


def log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


@contextmanager
def variant(path: Path) -> Iterator[Path]:
    """Give a copy of a journal that may be damaged."""
    with short_directory() as directory:
        for source in (path, log_of(path)):
            if source.exists():
                shutil.copy(source, directory / source.name)
        yield directory / path.name


def test_a_crash_loses_nothing_that_was_appended() -> None:
    with crashed(RECORDS, checkpointed=10) as path:
        assert read(path) == (RECORDS, None)


def cuts() -> list[int]:
    """Every byte near the end and around the last frame's borders, and a prime's multiples between."""
    frame = 24 + 4096
    near = {cut for border in (0, 24, frame - 24) for cut in range(border - 24, border + 24)}
    return sorted({cut for cut in near | set(range(1, 4097, 53)) if 0 < cut <= 4096})


def check_cut(path: Path, cut: int) -> None:
    with variant(path) as torn:
        log = log_of(torn)
        with log.open("r+b") as file:
            file.truncate(log.stat().st_size - cut)
        found, reported = read(torn)
        assert found == RECORDS[: len(found)], cut
        assert len(found) == len(RECORDS) - 1, cut
        assert reported is not None, cut
        assert "were cut from the end" in reported


def test_a_torn_log_is_cut_at_the_last_whole_commit_and_reported() -> None:
    with crashed(RECORDS, checkpointed=21) as path:
        for cut in cuts():
            check_cut(path, cut)


@pytest.mark.soak
def test_a_log_cut_at_every_byte_of_its_last_4_kb() -> None:
    with crashed(RECORDS, checkpointed=21) as path:
        for cut in range(1, 4097):
            check_cut(path, cut)


def test_what_is_appended_after_a_cut_continues_the_whole_part() -> None:
    with crashed(RECORDS, checkpointed=20) as path:
        log = log_of(path)
        with log.open("r+b") as file:
            file.truncate(log.stat().st_size - 100)
        file2 = File(path)
        assert file2.last() == RECORDS[-2].seq
        write(file2, RECORDS[-1:])
        file2.close()
        assert read(path) == (RECORDS, None)


def test_a_transaction_whose_pages_reached_the_disk_in_another_order_is_torn() -> None:
    with crashed(RECORDS, checkpointed=20, size=10) as path:
        log = log_of(path)
        content = bytearray(log.read_bytes())
        assert [is_commit(content, frame) for frame in range((len(content) - 32) // 4120)].count(True) == 1
        content[32 + 24 : 32 + 4120] = bytes(4096)  # of the only transaction, the first page never arrived
        log.write_bytes(content)
        found, reported = read(path)
        assert found == RECORDS[:20]
        assert reported is not None


def is_commit(log: bytes | bytearray, frame: int) -> bool:
    start = 32 + frame * 4120
    return int.from_bytes(log[start + 4 : start + 8], "big") != 0


def test_a_flipped_bit_before_the_last_commit_is_damage_not_a_shorter_journal() -> None:
    with crashed(RECORDS, checkpointed=10) as path:
        content = log_of(path).read_bytes()
        frames = (len(content) - 32) // 4120
        last = [number for number in range(frames) if is_commit(content, number)][-2]
        chance = random.Random(1)
        for _ in range(60):
            with variant(path) as flipped:
                flip(log_of(flipped), chance.randrange(32, 32 + last * 4120), chance.randrange(8))
                before = log_of(flipped).read_bytes()
                with pytest.raises(Damaged):
                    read(flipped)
                assert log_of(flipped).read_bytes() == before, "damage is left for a person to look at"


def flip(path: Path, at: int, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1 << bit
    path.write_bytes(content)


def check_flip(path: Path, target: Path, at: int, bit: int) -> str:
    """Damage one bit and tell what came of it; anything but the truth is a failure."""
    with variant(path) as flipped:
        flip(flipped.with_name(target.name), at, bit)
        try:
            found, cut = read(flipped)
        except Unavailable:
            return "refused"
        if cut is not None:
            assert found == RECORDS[:-1], (target.name, at, bit)
            return "cut"
        assert found == RECORDS, (target.name, at, bit)
        return "whole"


def flips(count: int, seed: int) -> dict[str, int]:
    ends = {"refused": 0, "cut": 0, "whole": 0}
    chance = random.Random(seed)
    with crashed(RECORDS, checkpointed=14) as path:
        for _ in range(count):
            target = chance.choice((path, log_of(path)))
            ends[check_flip(path, target, chance.randrange(target.stat().st_size), chance.randrange(8))] += 1
    return ends


def test_a_flipped_bit_anywhere_is_refused_or_cut_or_harmless_but_never_another_history() -> None:
    ends = flips(200, seed=3)
    assert ends["refused"] > 20


@pytest.mark.soak
def test_twenty_thousand_flipped_bits() -> None:
    ends = flips(20_000, seed=5)
    assert min(ends.values()) > 0


def test_every_bit_of_both_headers_flipped() -> None:
    with crashed(RECORDS, checkpointed=14) as path:
        for target, size in ((path, 100), (log_of(path), 32)):
            for at in range(0, size):
                check_flip(path, target, at, at % 8)


def test_a_closed_journal_cut_anywhere_in_its_last_page_is_refused() -> None:
    with short_directory() as directory:
        path = directory / "journal.sqlite"
        file = File(path)
        write(file, RECORDS)
        file.close()
        assert not log_of(path).exists()
        for cut in (1, 2, 100, 511, 512, 1024, 4000, 4095, 4096):
            with variant(path) as torn:
                with torn.open("r+b") as content:
                    content.truncate(path.stat().st_size - cut)
                with pytest.raises(Damaged):
                    read(torn)


def test_a_log_without_its_file_is_damage() -> None:
    with crashed(RECORDS, checkpointed=0) as path:
        path.unlink()
        with pytest.raises(Damaged, match="is empty"):
            read(path)


def test_rows_hidden_from_the_head_are_missed() -> None:
    with short_directory() as directory:
        path = directory / "journal.sqlite"
        file = File(path)
        write(file, RECORDS)
        file.close()
        with sqlite3.connect(path) as db:
            db.execute("DELETE FROM entry WHERE last = ?", (RECORDS[-1].seq,))
        db.close()
        with pytest.raises(Damaged, match="ends at number"):
            read(path)


def test_a_gap_between_rows_is_missed_when_it_is_read() -> None:
    with short_directory() as directory:
        path = directory / "journal.sqlite"
        file = File(path)
        write(file, RECORDS)
        file.close()
        with sqlite3.connect(path) as db:
            db.execute("DELETE FROM entry WHERE last = ?", (RECORDS[12].seq,))
        db.close()
        with pytest.raises(Damaged, match="should be"):
            read(path)


async def test_a_damaged_snapshot_falls_back_to_the_one_before_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with SqliteJournal.open(path) as journal, journal.lead() as lead:
        assert lead is not None
        for part in (RECORDS[:8], RECORDS[8:16], RECORDS[16:]):
            await lead.append(Batch(part))
            await lead.snapshot(Snapshot(part[-1].seq, f"state {part[-1].seq}".encode()))
    with sqlite3.connect(path) as db:
        db.execute("UPDATE snapshot SET body = x'00' WHERE seq = ?", (RECORDS[-1].seq,))
    db.close()
    async with SqliteJournal.open(path) as journal:
        loaded = await journal.load()
    assert loaded.snapshot == Snapshot(RECORDS[15].seq, f"state {RECORDS[15].seq}".encode())
    assert list(loaded.tail) == RECORDS[16:]
    assert loaded.fallen_back is not None


async def test_a_full_disk_acknowledges_nothing_and_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with SqliteJournal.open(path) as journal:
        async with journal.lead() as lead:
            assert lead is not None
            await lead.append(Batch(RECORDS[:12]))
            big = record(RECORDS[11].seq + 1, b"x" * 100_000)
            with disk_of(log_of(path).stat().st_size + 10_000), pytest.raises(Unavailable):
                await lead.append(Batch([big]))
            assert await journal.records(0) == RECORDS[:12]
            await lead.append(Batch(RECORDS[12:]))
        assert await journal.records(0) == RECORDS
    assert read(path) == (RECORDS, None)


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size`: the write fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_second_process_is_told_that_the_journal_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with SqliteJournal.open(path) as journal, journal.lead() as lead:
        assert lead is not None
        await lead.append(Batch(RECORDS))
        with pytest.raises(Unavailable, match="in use") as refused:
            async with SqliteJournal.open(path):
                pass
        assert refused.value.code == "journal_locked"
    async with SqliteJournal.open(path) as journal:
        assert await journal.records(0) == RECORDS


@pytest.mark.parametrize(
    ("change", "words"),
    [("application_id=7", "not a journal"), ("user_version=2", "format 2"), ("user_version=0", "format 0")],
)
def test_a_file_of_another_kind_or_a_newer_release_is_refused(tmp_path: Path, change: str, words: str) -> None:
    path = tmp_path / "journal.sqlite"
    file = File(path)
    write(file, RECORDS)
    file.close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA {change}")
    db.close()
    with pytest.raises(Damaged, match=words):
        read(path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"PK\3\4" * 4096)
    with pytest.raises(Damaged):
        read(path)


def test_old_entries_are_pressed_into_segments(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    file = File(path)
    records = run_of(3000)
    write(file, records, 10)
    pages = file.pages()
    while file.compact(records[2500].seq, 1024):
        pass
    assert file.records(0, 10_000) == records
    assert [file.records(at, 5)[0].seq for at in (0, 500, records[2000].seq)] == [
        records[0].seq, next(r.seq for r in records if r.seq > 500), records[2001].seq,
    ]  # fmt: skip
    assert file.entries() < 150
    write(file, run_of(200, start=records[-1].seq), 10)
    assert file.pages() <= pages, "pages of pressed entries are used again"
    file.close()


def test_the_log_of_an_earlier_generation_is_not_taken_for_a_torn_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    file = File(path)
    write(file, RECORDS[:16])
    file.checkpoint()
    write(file, RECORDS[16:18])  # the log begins again; behind it lie frames of the first generation
    with variant(path) as crash:
        assert wal.inspect(log_of(crash)).torn == 0
        assert read(crash) == (RECORDS[:18], None)
    file.close()

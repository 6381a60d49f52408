"""What both journals promise, on a real file and a real Redis."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from signaling.journal import (
    REMEMBERED,
    REMEMBERED_MOST,
    REMEMBERED_S,
    Batch,
    Damaged,
    Deposed,
    Journal,
    Lead,
    Letter,
    Record,
    Snapshot,
)
from tests.signaling.journal.stores import RedisStore, Store, record, run_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def leading(store: Store) -> AsyncIterator[tuple[Journal, Lead]]:
    async with store.open() as journal, journal.lead() as lead:
        assert lead is not None
        yield journal, lead


async def everything(journal: Journal, after: int = 0) -> list[Record]:
    found: list[Record] = []
    while records := await journal.records(found[-1].seq if found else after):
        found += records
    return found


async def test_a_new_journal_is_empty(store: Store) -> None:
    async with store.open() as journal:
        loaded = await journal.load()
        assert (loaded.snapshot, loaded.cut, loaded.fallen_back) == (None, None, None)
        assert not loaded.recent
        assert not loaded.tail
        assert await journal.records(0) == []


async def test_what_was_appended_is_there_after_opening_again(store: Store) -> None:
    records = run_of(50)
    async with leading(store) as (_, lead):
        await lead.append(Batch(records[:1]))
        await lead.append(Batch(records[1:20]))
        await lead.append(Batch(records[20:]))
    async with store.open() as journal:
        assert list((await journal.load()).tail) == records
        assert await everything(journal) == records


async def test_records_are_found_after_any_number(store: Store) -> None:
    records = run_of(30)
    async with leading(store) as (journal, lead):
        await lead.append(Batch(records[:11]))
        await lead.append(Batch(records[11:]))
        for after in range(records[-1].seq + 1):
            assert await everything(journal, after) == [record for record in records if record.seq > after]


async def test_a_batch_that_does_not_continue_the_journal_writes_nothing(store: Store) -> None:
    async with leading(store) as (journal, lead):
        await lead.append(Batch([record(1, b"one")]))
        for wrong in ([record(1, b"again")], [record(3, b"gap")], [record(2, b"two"), record(4, b"gap")]):
            with pytest.raises(Deposed):
                await lead.append(Batch(wrong))
        await lead.append(Batch([record(3, b"two", b"three")]))
        assert await everything(journal) == [record(1, b"one"), record(3, b"two", b"three")]


async def test_one_leads_at_a_time_and_epochs_rise(store: Store) -> None:
    epochs = []
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(store.open())
        other = await stack.enter_async_context(store.open()) if isinstance(store, RedisStore) else journal
        for _ in range(3):
            async with journal.lead() as lead:
                assert lead is not None
                epochs.append(lead.epoch)
                async with other.lead() as second:
                    assert second is None
    assert epochs == sorted(set(epochs))


async def test_posted_commands_reach_the_leader_in_order(store: Store) -> None:
    async with leading(store) as (journal, lead):
        for number in range(20):
            await journal.post(Letter(f"id {number}", b"digest", f"body {number}".encode()))
        found: list[Letter] = []
        while len(found) < 20:
            letters = await lead.letters(8, None)
            await lead.append(Batch((), [letter.mark for letter in letters]))
            found += letters
        assert [letter.body for letter in found] == [f"body {number}".encode() for number in range(20)]
        assert await lead.letters(8, 0.0) == []


async def test_a_leader_that_waits_is_woken_by_a_command(store: Store) -> None:
    async with leading(store) as (journal, lead):

        async def first() -> Letter:
            while not (letters := await lead.letters(8, None)):
                pass
            return letters[0]

        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(first())
            await journal.post(Letter("id", b"", b"body"))
        assert waiting.result().command_id == "id"


async def test_a_leader_waits_no_longer_than_asked(store: Store) -> None:
    async with leading(store) as (_, lead), asyncio.timeout(1):
        assert await lead.letters(8, 0.01) == []


async def test_a_snapshot_and_what_follows_it_are_loaded(store: Store) -> None:
    records = run_of(40)
    async with leading(store) as (_, lead):
        await lead.append(Batch(records[:25]))
        await lead.snapshot(Snapshot(records[24].seq, b"state 25"))
        await lead.append(Batch(records[25:]))
    async with store.open() as journal:
        loaded = await journal.load()
    assert loaded.snapshot == Snapshot(records[24].seq, b"state 25")
    assert list(loaded.recent) == records[:25]
    assert list(loaded.tail) == records[25:]


async def test_the_newest_of_many_snapshots_counts_and_records_stay_readable(store: Store) -> None:
    records = run_of(5000)
    async with leading(store) as (_, lead):
        for start in range(0, 5000, 500):
            await lead.append(Batch(records[start : start + 500]))
            await lead.snapshot(Snapshot(records[start + 499].seq, f"state {start}".encode() * 1000))
    async with store.open() as journal:
        loaded = await journal.load()
        assert loaded.snapshot == Snapshot(records[-1].seq, b"state 4500" * 1000)
        assert list(loaded.recent) == records
        assert await everything(journal) == records
        middle = records[1234].seq
        assert await everything(journal, middle) == records[1235:]


async def test_only_the_ids_of_the_last_numbers_are_remembered(store: Store) -> None:
    wide = [record((number + 1) * 1000, *[b"x"] * 1000, command_id=f"id {number}") for number in range(40)]
    async with leading(store) as (_, lead):
        await lead.append(Batch(wide))
        await lead.snapshot(Snapshot(wide[-1].seq, b"state"))
    async with store.open() as journal:
        recent = (await journal.load()).recent
    assert recent[-1] == wide[-1]
    assert recent[0].seq > wide[-1].seq - REMEMBERED
    assert len(recent) == REMEMBERED // 1000


@pytest.mark.parametrize("record_s", [6.0, 0.001])
async def test_the_ids_of_the_last_minutes_are_remembered_up_to_a_bound(store: Store, record_s: float) -> None:
    wide = [
        Record((number + 1) * 1000, number * record_s, f"id {number}", b"digest", (b"x",) * 1000)
        for number in range(REMEMBERED_MOST // 1000 + 50)
    ]
    async with leading(store) as (_, lead):
        await lead.append(Batch(wide[:90]))
        await lead.append(Batch(wide[90:]))
        await lead.snapshot(Snapshot(wide[-1].seq, b"state"))
    async with store.open() as journal:
        loaded = await journal.load()
    assert list(loaded.recent) == wide[-len(loaded.recent) :]
    assert not loaded.tail
    known_s = loaded.recent[-1].at - loaded.recent[0].at
    numbers = loaded.recent[-1].seq - loaded.recent[0].first + 1
    if record_s < 1:
        assert numbers == REMEMBERED_MOST
    else:
        assert known_s >= REMEMBERED_S
        assert numbers - known_s / record_s * 1000 <= REMEMBERED


async def test_a_snapshot_ahead_of_the_journal_is_refused(store: Store) -> None:
    async with leading(store) as (_, lead):
        await lead.append(Batch([record(1, b"one")]))
        with pytest.raises(Damaged):
            await lead.snapshot(Snapshot(2, b"state"))
    async with store.open() as journal:
        assert (await journal.load()).snapshot is None


async def test_an_append_that_is_cancelled_is_there_whole_or_not_at_all(store: Store) -> None:
    records = run_of(300)
    async with leading(store) as (_, lead):
        appending = asyncio.create_task(lead.append(Batch(records)))
        reached = asyncio.Event()
        asyncio.get_running_loop().call_soon(reached.set)
        await reached.wait()
        appending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await appending
    async with store.open() as journal:
        assert await everything(journal) in ([], records)


async def test_large_and_empty_payloads_come_back(store: Store) -> None:
    odd = [record(2, b"", b"\0" * 3_000_000), record(3, refusal="拒绝".encode(), command_id="号" * 40)]
    async with leading(store) as (_, lead):
        await lead.append(Batch(odd))
    async with store.open() as journal:
        assert list((await journal.load()).tail) == odd

"""Whose turn it is to upload: one at work of each person, a few that wait, the rest refused."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest

from signaling.api.uploads import AT_ONCE, OF_ONE, REFUSED_BURST, REFUSED_RATE, Uploads
from signaling.errors import Malformed, TooMany

pytestmark = pytest.mark.asyncio


async def test_of_one_person_one_is_at_work_a_few_wait_and_the_rest_is_refused() -> None:
    uploads, at_work, full, go_on = Uploads(), Counter[str](), asyncio.Event(), asyncio.Event()

    async def upload(person_id: str) -> tuple[int, int]:
        """Return how many were at work with this one, of the same person and of all."""
        async with uploads.turn(person_id, time.monotonic):
            at_work[person_id] += 1
            most = at_work[person_id], at_work.total()
            if at_work.total() == AT_ONCE:
                full.set()
            await go_on.wait()
            at_work[person_id] -= 1
            return most

    async with asyncio.TaskGroup() as group:
        mine = [group.create_task(upload("booth")) for _ in range(OF_ONE)]
        await asyncio.sleep(0)
        with pytest.raises(TooMany) as refused:
            await upload("booth")
        assert refused.value.code == "too_many_uploads"
        others = [group.create_task(upload(f"agent {number}")) for number in range(AT_ONCE)]
        await full.wait()
        go_on.set()
    seen = [task.result() for task in [*mine, *others]]
    assert max(own for own, _ in seen) == 1
    assert max(everyone for _, everyone in seen) == AT_ONCE
    async with uploads.turn("booth", time.monotonic):
        pass  # and it is free again


async def test_what_is_kept_is_free_and_who_was_refused_too_often_waits() -> None:
    uploads, now = Uploads(), 1000.0

    async def upload(person_id: str, *, good: bool) -> None:
        async with uploads.turn(person_id, lambda: now):
            if not good:
                raise Malformed("no picture")

    for _ in range(4 * int(REFUSED_BURST)):
        await upload("booth", good=True)
    for _ in range(int(REFUSED_BURST)):
        with pytest.raises(Malformed):
            await upload("booth", good=False)
    with pytest.raises(TooMany) as refused:
        await upload("booth", good=True)
    assert refused.value.code == "too_many_refused"
    await upload("agent", good=True)
    now += 1 / REFUSED_RATE
    await upload("booth", good=True)

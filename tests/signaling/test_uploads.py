"""Whose turn it is to upload: one at work of each person, a few that wait, the rest refused."""

from __future__ import annotations

import asyncio
import time

import pytest

from signaling.api.uploads import AT_ONCE, OF_ONE, Uploads
from signaling.errors import TooMany

pytestmark = pytest.mark.asyncio


async def test_of_one_person_one_is_at_work_a_few_wait_and_the_rest_is_refused() -> None:
    uploads, at_work, go_on = Uploads(), [0], asyncio.Event()

    async def upload(person_id: str) -> int:
        async with uploads.turn(person_id, time.monotonic):
            at_work[0] += 1
            most = at_work[0]
            await go_on.wait()
            at_work[0] -= 1
            return most

    async with asyncio.TaskGroup() as group:
        mine = [group.create_task(upload("booth")) for _ in range(OF_ONE)]
        await asyncio.sleep(0)
        with pytest.raises(TooMany) as refused:
            await upload("booth")
        assert refused.value.code == "too_many_uploads"
        others = [group.create_task(upload(f"agent {number}")) for number in range(AT_ONCE)]
        go_on.set()
    assert max(task.result() for task in [*mine, *others]) <= AT_ONCE
    async with uploads.turn("booth", time.monotonic):
        pass  # and it is free again

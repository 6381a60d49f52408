"""A capture's row takes only the steps there are, also when two are tried at once. On both databases."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from signaling.errors import Unknown, WrongState
from signaling.records import Capture

if TYPE_CHECKING:
    from signaling.records import CaptureState, Records

ASKED = Capture("cap_1", "call_1", "booth_1", "agent_1", 10.0, "requested")
STATES: tuple[CaptureState, ...] = ("requested", "uploading", "stored", "failed", "withdrawn")
WAYS: dict[CaptureState, tuple[CaptureState, ...]] = {
    "requested": (),
    "uploading": ("uploading",),
    "stored": ("uploading", "stored"),
    "failed": ("failed",),
    "withdrawn": ("withdrawn",),
}
ALLOWED = {
    ("requested", "uploading"), ("requested", "failed"), ("requested", "withdrawn"), ("uploading", "uploading"),
    ("uploading", "stored"), ("uploading", "failed"), ("uploading", "withdrawn"), ("stored", "withdrawn"),
}  # fmt: skip


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
async def test_a_step_is_taken_or_changes_nothing(records: Records, before: CaptureState, after: CaptureState) -> None:
    await records.stills.request(ASKED)
    for state in WAYS[before]:
        await records.stills.change("cap_1", state)
    if (before, after) in ALLOWED:
        assert (await records.stills.change("cap_1", after, size=7)).state == after
        return
    with pytest.raises(WrongState) as caught:
        await records.stills.change("cap_1", after, size=7)
    assert caught.value.code == f"capture_{before}"
    unchanged = await records.stills.get("cap_1")
    assert (unchanged.state, unchanged.size) == (before, None)


async def test_of_two_endings_one_wins(records: Records) -> None:
    await records.stills.request(ASKED)

    async def end(state: CaptureState) -> bool:
        try:
            await records.stills.change("cap_1", state)
        except WrongState:
            return False
        return True

    ended = await asyncio.gather(end("failed"), end("withdrawn"), end("failed"))
    assert sum(ended) == 1


async def test_what_is_unknown_is_said_to_be(records: Records) -> None:
    with pytest.raises(Unknown):
        await records.stills.get("cap_9")
    with pytest.raises(Unknown):
        await records.stills.change("cap_9", "failed")


async def test_captures_are_listed_by_call_and_by_what_is_awaited(records: Records) -> None:
    for number, call_id in ((1, "call_1"), (2, "call_1"), (3, "call_2")):
        await records.stills.request(Capture(f"cap_{number}", call_id, "booth_1", "agent_1", number, "requested"))
    await records.stills.change("cap_1", "failed", problem={"code": "too_late"})
    assert [capture.capture_id for capture in await records.stills.of_call("call_1")] == ["cap_1", "cap_2"]
    assert [capture.capture_id for capture in await records.stills.open()] == ["cap_2", "cap_3"]
    assert [capture.capture_id for capture in await records.stills.open("call_1")] == ["cap_2"]
    assert (await records.stills.get("cap_1")).problem == {"code": "too_late"}

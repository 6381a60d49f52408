"""How long a command is known again."""

from __future__ import annotations

import pytest

from signaling.hall.desk import OWN, Desk
from signaling.journal import REMEMBERED, REMEMBERED_MOST, REMEMBERED_S, Record

pytestmark = pytest.mark.asyncio


def decided(seq: int, at: float, command_id: str) -> Record:
    return Record(seq, at, command_id, b"digest", (b"event",))


@pytest.mark.parametrize(
    ("numbers", "seconds", "known"),
    [
        (REMEMBERED - 1, REMEMBERED_S * 9, True),
        (REMEMBERED, REMEMBERED_S, False),
        (REMEMBERED, REMEMBERED_S - 1, True),
        (REMEMBERED_MOST - 1, 1.0, True),
        (REMEMBERED_MOST, 1.0, False),
    ],
)
async def test_a_command_is_known_for_many_numbers_and_minutes(numbers: int, seconds: float, *, known: bool) -> None:
    desk = Desk(1, 1.0)
    desk.remember(decided(1, 0.0, "first"))
    desk.remember(decided(1 + numbers, seconds, "later"))
    assert ("first" in desk) is known
    assert "later" in desk


async def test_ids_nobody_else_knows_are_not_kept() -> None:
    desk = Desk(1, 1.0)
    desk.remember(decided(1, 0.0, f"{OWN}here.1"))
    assert f"{OWN}here.1" not in desk

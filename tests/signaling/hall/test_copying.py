"""A copy of the process writes down what was, and is ended with whoever asked for it."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from signaling.errors import Unavailable
from signaling.hall import copying

if TYPE_CHECKING:
    from collections.abc import Iterator


async def test_what_is_told_is_the_state_at_the_moment_of_the_call() -> None:
    state = [b"before", b"x" * 300_000]
    telling = asyncio.ensure_future(copying.dump(lambda: state))
    await asyncio.sleep(0)
    state[0] = b"after"
    assert await telling == b"before" + b"x" * 300_000


async def test_a_copy_that_fails_is_told_and_harms_nothing() -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError

    with pytest.raises(Unavailable):
        await copying.dump(broken)
    assert await copying.dump(lambda: [b"whole"]) == b"whole"


async def test_a_copy_ends_with_its_caller_and_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield f"{os.getpid()}\n".encode()
            time.sleep(0.01)

    before = children()
    telling = asyncio.ensure_future(copying.dump(endless))
    await asyncio.sleep(0)
    assert children() != before
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling
    monkeypatch.setattr(copying, "LIMIT_S", 0.1)
    with pytest.raises(Unavailable):
        await copying.dump(endless)
    assert children() == before


def children() -> str:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()

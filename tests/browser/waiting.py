"""Waiting for a condition with a deadline: the tests' only way to let time pass."""

from __future__ import annotations

import asyncio
import inspect
import time
from typing import TYPE_CHECKING, Any, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")
EVERY_S = 0.05


@overload
async def until(condition: Callable[[], Awaitable[T | None]], what: str, timeout_s: float = 20) -> T: ...
@overload
async def until(condition: Callable[[], T | None], what: str, timeout_s: float = 20) -> T: ...
async def until(condition: Callable[[], Any], what: str, timeout_s: float = 20) -> Any:
    """Return the condition's first true value; fail with `what` and its last value when there is none in time."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout_s} s (last seen: {value!r})")
        await asyncio.sleep(EVERY_S)

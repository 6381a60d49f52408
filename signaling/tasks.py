"""Tasks with an owner: started here, cancelled and awaited here, their failures logged here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Coroutine

log = structlog.get_logger(__name__)


class Tasks:
    """A set of background tasks of one owner.

    Not `asyncio.TaskGroup`: an application starts and stops in different tasks (aiohttp's cleanup contexts), and one
    failed farewell to one booth must not end all the others.
    """

    def __init__(self) -> None:
        self._running: set[asyncio.Task[object]] = set()
        self._closed = False

    def start(self, work: Coroutine[object, object, object]) -> asyncio.Task[object] | None:
        """Run `work` until it ends or the owner closes. After closing nothing starts any more."""
        if self._closed:
            work.close()
            return None
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task_failed", exc_info=error)

    async def close(self) -> None:
        """Cancel what runs and wait until it has ended."""
        self._closed = True
        while self._running:
            running = list(self._running)
            for task in running:
                task.cancel()
            await asyncio.wait(running)
            self._running.difference_update(running)

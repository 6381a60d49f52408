"""Room for documents that arrive: each is held in memory and opened by a process before anything is kept of it.

Promise: whoever sends what is no honest paper again and again takes no core for long and nobody's turn: one person has
one upload at work and few that wait, and after a handful of refusals waits for the next try. What is kept is free.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from signaling.allowance import Allowance
from signaling.errors import Malformed, TooMany

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

AT_ONCE = 3
"""Uploads of all people held in memory: 150 MB at most; the next one waits."""
OF_ONE = 4
"""Uploads of one person under way; one of them at work."""
REFUSED_RATE, REFUSED_BURST = 0.1, 6.0
"""Refused uploads a second that one person may send, and how many at a stroke: the worst takes a core for seconds."""


class Uploads:
    """Whose turn it is."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)
        self._mine: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._under_way: defaultdict[str, int] = defaultdict(int)
        self._refused: defaultdict[str, Allowance] = defaultdict(lambda: Allowance(REFUSED_RATE, REFUSED_BURST))
        """Of each booth and helper who uploaded: no more than the district has."""

    @asynccontextmanager
    async def turn(self, person_id: str, clock: Callable[[], float]) -> AsyncIterator[None]:
        """Wait for one's turn to upload; what is refused inside is counted.

        Raises:
            TooMany: too many of this person's are under way, or were refused just now.
        """
        if self._under_way[person_id] >= OF_ONE:
            raise TooMany(f"at most {OF_ONE} uploads at once", code="too_many_uploads")
        self._under_way[person_id] += 1
        try:
            async with self._mine[person_id], self._room:
                refused = self._refused[person_id]
                if not refused.left(clock()):
                    raise TooMany("wait a little: what was sent could not be taken", code="too_many_refused")
                try:
                    yield
                except (Malformed, TooMany):
                    refused.take(clock())
                    raise
        finally:
            self._under_way[person_id] -= 1
            if not self._under_way[person_id]:
                del self._under_way[person_id], self._mine[person_id]

"""The service level of each queue over the last while, for the alert; a report counts its figures from the records.

It is the measure of docs/measures.md, answered in time / (answered + abandoned), of the calls that were answered for
the first time, or given up before anybody did, within this while.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 10_000
"""Calls kept; more than come in half an hour to any hall."""


class Level:
    """Calls of the last `window_s` seconds."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._calls: deque[tuple[float, str, bool]] = deque(maxlen=MOST)

    def answered(self, queue_id: str, at: float, in_time: bool) -> None:
        """Count a first answer."""
        self._calls.append((at, queue_id, in_time))

    def abandoned(self, queue_id: str, at: float) -> None:
        """Count a citizen who left unanswered."""
        self._calls.append((at, queue_id, False))

    def shares(self, now: float, least: int) -> Iterator[tuple[str, float]]:
        """Yield each queue's service level, 0–1, where at least so many calls count."""
        while self._calls and self._calls[0][0] < now - self._window_s:
            self._calls.popleft()
        counted: dict[str, list[int]] = {}
        for _, queue_id, in_time in self._calls:
            both = counted.setdefault(queue_id, [0, 0])
            both[0] += in_time
            both[1] += 1
        for queue_id, (in_time_count, count) in counted.items():
            if count >= least:
                yield queue_id, in_time_count / count

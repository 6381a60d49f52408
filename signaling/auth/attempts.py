"""How often a door may be tried: attempts in a sliding window, per key.

Promise: an attempt is counted before it is judged, so parallel tries cannot slip through; memory is
bounded; time is told, not asked.
"""

from __future__ import annotations

from collections import OrderedDict, deque

from signaling.errors import TooMany


class Attempts:
    """Counts attempts by key and refuses beyond `limit` in `window_s`."""

    def __init__(self, limit: int, window_s: float, *, keys: int = 20_000) -> None:
        self._limit = limit
        self._window_s = window_s
        self._keys = keys
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, key: str, now: float) -> None:
        """Count one attempt; raise `TooMany` when there were enough."""
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while times and times[0] <= now - self._window_s:
            times.popleft()
        if len(times) >= self._limit:
            wait_s = int(times[0] + self._window_s - now) + 1
            raise TooMany(f"too many attempts; try again in {wait_s} s", code="too_many_attempts")
        times.append(now)
        if len(self._times) > self._keys:  # the key tried longest ago
            self._times.popitem(last=False)

    def give_back(self, key: str) -> None:
        """Forget the latest attempt: it succeeded."""
        if times := self._times.get(key):
            times.pop()

"""Opening hours as data: sorted half-open intervals of UTC seconds.

Promise: pure arithmetic. Holidays, lunch breaks and time zones are cut into the intervals by the caller
(who knows the calendar); no interval at all means always open.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TypeAlias

from signaling.errors import Malformed

Intervals: TypeAlias = tuple[tuple[float, float], ...]


def check(intervals: Intervals) -> None:
    """Raise Malformed unless the intervals are non-empty, sorted and apart."""
    end = float("-inf")
    for opens, closes in intervals:
        if not (end <= opens < closes < float("inf")):
            raise Malformed(
                "opening intervals must be sorted, apart and end after they start", field="intervals", code="bad_hours"
            )
        end = closes


def is_open(intervals: Intervals, now: float) -> bool:
    if not intervals:
        return True
    at = bisect_right(intervals, (now, float("inf"))) - 1
    return at >= 0 and now < intervals[at][1]


def next_opening(intervals: Intervals, now: float) -> float | None:
    """When it opens next, `now` if it is open; None when no opening is known."""
    if is_open(intervals, now):
        return now
    at = bisect_right(intervals, (now, float("inf")))
    return intervals[at][0] if at < len(intervals) else None


def next_closing(intervals: Intervals, now: float) -> float | None:
    """When the present or the next interval closes."""
    for opens, closes in intervals[max(0, bisect_right(intervals, (now, float("inf"))) - 1) :]:
        if now < closes and opens < closes:
            return closes
    return None

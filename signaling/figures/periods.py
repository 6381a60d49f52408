"""Local days and half-hours: where on the calendar of the district a moment counts.

Promise: no clock is read. Days are counted as ordinals (1 = Monday, 1 January of year 1), so that weeks are whole
divisions; a half-hour is 0 (00:00) to 47 (23:30) by the clock on the wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

HALF_HOUR_S = 1800.0


@dataclass(frozen=True, slots=True)
class Periods:
    """The calendar of one time zone whose offset is a whole number of half-hours."""

    zone: ZoneInfo

    def of(self, at: float) -> tuple[int, int]:
        """Return the day's ordinal and the half-hour a moment lies in."""
        local = datetime.fromtimestamp(at, self.zone)
        return local.toordinal(), local.hour * 2 + local.minute // 30

    def start(self, day: int) -> float:
        """Return when a day begins, in UTC seconds."""
        return datetime.combine(date.fromordinal(day), time(), self.zone).timestamp()


def next_half_hour(at: float) -> float:
    """Return the end of the half-hour a moment lies in."""
    return at // HALF_HOUR_S * HALF_HOUR_S + HALF_HOUR_S


def week_of(day: int) -> int:
    """Return the Monday of a day's week."""
    return (day - 1) // 7 * 7 + 1


def month_of(day: int) -> int:
    """Return the first day of a day's month."""
    return date.fromordinal(day).replace(day=1).toordinal()

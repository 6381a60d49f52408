"""When something is open: weekly hours, cut by public holidays, as intervals of UTC seconds.

Promise: no clock is read; the day is what the calendar's time zone says. A date's kind comes
from the district's own table first, then from `chinesecalendar` (public holidays and the
working weekends that make up for them), and for years that does not know from the weekday,
with one warning a year.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeAlias

import chinese_calendar  # type: ignore[import-untyped]
import structlog
from pydantic import AfterValidator, ConfigDict

from signaling.world.entities import CLOSED, Id, Name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

Kind = Literal["workday", "saturday", "sunday", "holiday"]

log = structlog.get_logger()


def _checked_span(text: str) -> str:
    start, end = _span(text)
    if not start < end:
        raise ValueError(f"{text!r} ends before it begins")
    return text


def _span(text: str) -> tuple[int, int]:
    """Return minutes from midnight of `09:00-17:30`; the end may be 24:00."""
    parts = text.split("-")
    if len(parts) != 2:
        raise ValueError(f"{text!r} is not written like 09:00-11:30")
    return _minutes(parts[0], text), _minutes(parts[1], text)


def _minutes(clock: str, text: str) -> int:
    hours, _, minutes = clock.strip().partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        raise ValueError(f"{text!r} is not written like 09:00-11:30")
    total = int(hours) * 60 + int(minutes)
    if total > 24 * 60 or int(minutes) > 59:
        raise ValueError(f"{text!r}: there is no {clock.strip()}")
    return total


def _in_order(spans: tuple[str, ...]) -> tuple[str, ...]:
    for earlier, later in itertools.pairwise(spans):
        if _span(earlier)[1] > _span(later)[0]:
            raise ValueError(f"{earlier!r} and {later!r} overlap or are out of order")
    return spans


Spans = Annotated[tuple[Annotated[str, AfterValidator(_checked_span)], ...], AfterValidator(_in_order)]


Date: TypeAlias = date
"""By another name: inside `Day` the word `date` is its field, also to whoever reads its annotations."""


@dataclass(frozen=True, slots=True)
class Day:
    """One line of the district's own table of days."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    date: Date
    kind: Kind
    name: str = ""


@dataclass(frozen=True)
class Calendar:
    """Says what kind of day a date is."""

    timezone: ZoneInfo
    days: dict[date, Day] = field(default_factory=dict)
    _warned: set[int] = field(default_factory=set, repr=False, compare=False)

    def kind(self, day: date) -> Kind:
        """Return the kind of `day`; make-up working weekends are workdays."""
        if day in self.days:
            return self.days[day].kind
        weekday: Kind = "saturday" if day.weekday() == 5 else "sunday" if day.weekday() == 6 else "workday"
        try:
            free, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            if day.year not in self._warned:
                self._warned.add(day.year)
                log.warning("holidays unknown: taking Monday to Friday as working days", year=day.year)
            return weekday
        if not free:
            return "workday"
        return "holiday" if name is not None or weekday == "workday" else weekday

    def working_days_after(self, now: float, days: int) -> float:
        """Return the end of the last of so many working days after today, in UTC seconds."""
        day = datetime.fromtimestamp(now, self.timezone).date()
        while days:
            day += timedelta(days=1)
            days -= self.kind(day) == "workday"
        return datetime.combine(day, time(23, 59, 59), self.timezone).timestamp()


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours of a week, with their own line for public holidays."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    name: Name
    name_en: str = ""
    workday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()
    holiday: Spans = ()

    @property
    def always(self) -> bool:
        return all(spans == ("00:00-24:00",) for spans in (self.workday, self.saturday, self.sunday, self.holiday))

    @property
    def never(self) -> bool:
        return not (self.workday or self.saturday or self.sunday or self.holiday)

    def intervals(self, calendar: Calendar, now: float, days: int = 30) -> tuple[tuple[float, float], ...]:
        """Return the open intervals (UTC seconds, half open) that end after `now`, for `days` days."""
        joined: list[tuple[float, float]] = []
        for start, end in self._spans(calendar, now, days):
            if joined and joined[-1][1] == start:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        return tuple(interval for interval in joined if interval[1] > now)

    def open_at(self, calendar: Calendar, now: float) -> bool:
        """Say whether it is open at `now`."""
        return any(start <= now < end for start, end in self._spans(calendar, now, 1))

    def next_opening(self, calendar: Calendar, now: float) -> float | None:
        """Return when it opens next (None: not within 60 days); `now` while it is open."""
        coming = self.intervals(calendar, now, 60)
        return max(now, coming[0][0]) if coming else None

    def _spans(self, calendar: Calendar, now: float, days: int) -> Iterator[tuple[float, float]]:
        today = datetime.fromtimestamp(now, calendar.timezone).date()
        for offset in range(days):
            day = today + timedelta(days=offset)
            midnight = datetime.combine(day, time(), calendar.timezone)
            for text in getattr(self, calendar.kind(day)):
                start, end = _span(text)
                yield (midnight + timedelta(minutes=start)).timestamp(), (midnight + timedelta(minutes=end)).timestamp()

"""What the hall's display shows: what happens now, from the engine, and the day so far, from the report's own sums.

Promise: no name and no face of anybody. The day's figures are read from `records.reports` with the formulas of
`signaling.figures`, so that the wall and a report of today cannot differ. However many displays ask, the hall is looked
at once a second and the day is added up once in five.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.figures import MEASURES, Periods
from signaling.floor.rows import danger_s
from signaling.records.figures import Wish
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.figures import Totals
    from signaling.records.figures import Reports
    from signaling.routing import Engine
    from signaling.routing.views import CallView
    from signaling.world import World

LIVE_S = 1.0
DAY_S = 5.0
CALLED_S = 60.0
"""A ticket is shown as called while it rings and for so long after it was answered."""
CALLED = 6
READ = {measure.key: measure.read for measure in MEASURES}


@dataclass(frozen=True, slots=True)
class Called:
    """A ticket being called. `answered`: somebody sees the citizen already."""

    ticket: str
    point_id: str
    answered: bool


@dataclass(frozen=True, slots=True)
class QueueNow:
    """`longest_since`: when the one who waits longest came; `level`: empty, calm, warn, danger or closed."""

    id: str
    name: str
    name_en: str
    waiting: int
    longest_since: str | None
    level: str


@dataclass(frozen=True, slots=True)
class PointNow:
    id: str
    name: str
    name_en: str
    street_id: str
    x: float
    y: float
    talking: int
    waiting: int


@dataclass(frozen=True, slots=True)
class StreetName:
    id: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class HalfHour:
    """Calls that came in a half-hour of today (0: from 00:00), and those of them that were answered."""

    half_hour: int
    offered: int
    answered: int


@dataclass(frozen=True, slots=True)
class Day:
    """Today so far, by the measures of the report; null where nothing was counted that a share could be of."""

    served: int
    offered: int
    answered: int
    rated: int
    satisfaction: float | None
    service_level: float | None
    asa_s: float | None
    curve: tuple[HalfHour, ...]


@dataclass(frozen=True, slots=True)
class WallNow:
    now: str
    called: tuple[Called, ...]
    queues: tuple[QueueNow, ...]
    streets: tuple[StreetName, ...]
    points: tuple[PointNow, ...]
    day: Day


class Wall:
    """Answers the displays."""

    def __init__(
        self, engine: Callable[[], Engine], world: World, reports: Reports, clock: Callable[[], float]
    ) -> None:
        self._engine = engine
        self._world = world
        self._reports = reports
        self._clock = clock
        self._periods = Periods(world.calendar.timezone)
        self._lock = asyncio.Lock()
        self._shown: tuple[float, WallNow] | None = None
        self._added: tuple[float, int, Day] | None = None

    async def show(self) -> WallNow:
        """Return what is to be seen now."""
        async with self._lock:
            if self._shown is None or time.monotonic() - self._shown[0] >= LIVE_S:
                self._shown = time.monotonic(), self._now(await self._day())
            return self._shown[1]

    async def _day(self) -> Day:
        now = self._clock()
        day, _ = self._periods.of(now)
        if self._added is None or self._added[1] != day or time.monotonic() - self._added[0] >= DAY_S:
            report = await self._reports.report(Wish(day, day, "half_hour"), self._periods, now)
            lines = {half_hour: totals for (half_hour, _), totals in report.lines.items()}
            self._added = time.monotonic(), day, _sums(report.total, lines)
        return self._added[2]

    def _now(self, day: Day) -> WallNow:
        now, world = self._clock(), self._world
        calls = list(self._engine().calls())
        return WallNow(
            now=rfc3339(now),
            called=self._called(calls, now),
            queues=tuple(self._queue(queue_id, calls, now) for queue_id in world.queues),
            streets=tuple(StreetName(one.id, one.name, one.name_en) for one in world.streets.values()),
            points=self._points(calls),
            day=day,
        )

    def _called(self, calls: list[CallView], now: float) -> tuple[Called, ...]:
        called = [call for call in calls if call.state == "offered"]
        answered = [call for call in calls if call.state == "talking" and now - (call.accepted_at or 0.0) < CALLED_S]
        answered.sort(key=lambda call: -(call.accepted_at or 0.0))
        return tuple(
            Called(call.ticket, self._world.place(call.booth_id).point.id, call.state == "talking")
            for call in [*called, *answered][:CALLED]
        )

    def _queue(self, queue_id: str, calls: list[CallView], now: float) -> QueueNow:
        known, queue = self._world.queues[queue_id], self._engine().queue(queue_id)
        waits = [call.entered_at for call in calls if call.queue_id == queue_id and call.state != "talking"]
        since = min(waits, default=None)
        level = "closed" if not queue.open else "empty"
        if since is not None:
            waited_s = now - since
            level = "danger" if waited_s >= danger_s(queue) else "warn" if waited_s >= queue.policy.target_s else "calm"
        return QueueNow(
            queue_id, known.name, known.name_en, len(waits), None if since is None else rfc3339(since), level
        )

    def _points(self, calls: list[CallView]) -> tuple[PointNow, ...]:
        counted: dict[tuple[str, bool], int] = {}
        for call in calls:
            key = self._world.place(call.booth_id).point.id, call.state == "talking"
            counted[key] = counted.get(key, 0) + 1
        return tuple(
            PointNow(
                point.id, point.name, point.name_en, point.street_id, point.x, point.y,
                counted.get((point.id, True), 0), counted.get((point.id, False), 0),
            )
            for point in self._world.points.values()
        )  # fmt: skip


def _sums(total: Totals, lines: dict[int, Totals]) -> Day:
    return Day(
        served=total.served,
        offered=total.offered,
        answered=total.answered,
        rated=total.rated,
        satisfaction=READ["satisfaction"](total),
        service_level=READ["service_level"](total),
        asa_s=READ["asa"](total),
        curve=tuple(HalfHour(at, line.offered, line.answered) for at, line in sorted(lines.items()) if line.offered),
    )

"""What a report is on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from signaling.api.shapes import Named
from signaling.figures import MEASURES, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from signaling.figures import Totals
    from signaling.records.figures import Key, Report
    from signaling.world import World


@dataclass(frozen=True, slots=True)
class MeasureShape:
    """A column: `unit` is count, share, seconds or level; the formula speaks of sums told in docs/measures.md."""

    key: str
    unit: str
    formula: str


@dataclass(frozen=True, slots=True)
class LineShape:
    """A line: `period` is a local date (a week's Monday, a month's first), a time of day, a moment, or empty.

    `group` is null in a report by nothing, and for calls nobody answered. `values` follow the order of `measures`.
    """

    period: str
    group: Named | None
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ReportShape:
    first: str
    last: str
    step: str
    by: str
    zone: str
    measures: tuple[MeasureShape, ...]
    lines: tuple[LineShape, ...]
    total: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a report can be narrowed to."""

    queues: tuple[Named, ...]
    items: tuple[Named, ...]
    points: tuple[Named, ...]
    agents: tuple[Named, ...]
    today: str
    zone: str


def choices(world: World, now: float, *, agents: bool) -> Choices:
    """Return the district's queues, items, points and, for supervisors, helpers."""
    return Choices(
        _all(world.queues), _all(world.items), _all(world.points), _all(world.agents) if agents else (),
        datetime.fromtimestamp(now, world.calendar.timezone).date().isoformat(), str(world.calendar.timezone),
    )  # fmt: skip


def _all(things: Mapping[str, Any]) -> tuple[Named, ...]:
    return tuple(Named(one.id, one.name, one.name_en) for one in things.values())


def report_shape(world: World, report: Report) -> ReportShape:
    """Return a report in the order of its periods and groups."""
    wish = report.wish
    names = _names(world, wish.by)

    def order(key: Key) -> tuple[int, str]:
        period, group = key
        return period, group or ""

    lines = []
    for key in sorted(report.lines, key=order):
        period, group = key
        if wish.by == "call":
            ticket, at = report.tickets[group or ""]
            moment = datetime.fromtimestamp(at, world.calendar.timezone).strftime("%Y-%m-%d %H:%M:%S")
            lines.append(LineShape(moment, Named(group or "", ticket), values(report.lines[key])))
        else:
            shape = Named(group, *names.get(group, (group, ""))) if group is not None else None
            lines.append(LineShape(_period(wish.step, period), shape, values(report.lines[key])))
    return ReportShape(
        date.fromordinal(wish.first_day).isoformat(), date.fromordinal(wish.last_day).isoformat(), wish.step, wish.by,
        str(world.calendar.timezone), tuple(MeasureShape(one.key, one.unit, one.formula) for one in MEASURES),
        tuple(lines), values(report.total),
    )  # fmt: skip


def values(totals: Totals) -> tuple[float | None, ...]:
    """Return every measure as it is shown."""
    return tuple(shown(measure, totals) for measure in MEASURES)


def _period(step: str, period: int) -> str:
    if step == "":
        return ""
    if step == "half_hour":
        return f"{period // 2:02d}:{period % 2 * 30:02d}"
    day = date.fromordinal(period).isoformat()
    return day[:7] if step == "month" else day


def _names(world: World, by: str) -> dict[str, tuple[str, str]]:
    things = {
        "queue": _all(world.queues), "item": _all(world.items), "point": _all(world.points),
        "agent": _all(world.agents),
    }.get(by, ())  # fmt: skip
    return {one.id: (one.name, one.name_en) for one in things}

"""Reports: the facts added up in the database, by period and by queue, item, point or helper.

Promise: the same sums as `signaling.figures` makes of the same facts in memory, to the last digit that adding in
another order leaves; agents who are at something now count up to `now`. A report is refused when it would have more
lines than anyone reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, Select, and_, case, distinct, exists, func, literal_column, not_, select, true
from sqlalchemy.orm import aliased

from signaling.errors import TooMany
from signaling.figures import Totals
from signaling.figures.measures import GOOD_FROM
from signaling.figures.periods import month_of, week_of
from signaling.records.contacts import AFTER, BEFORE
from signaling.records.facts import spell_of
from signaling.records.tables import CallFigureRow, CallRow, CorrectionRow, RatingRow, SpellRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from signaling.figures import Periods, Spell
    from signaling.records.database import Database

Step = Literal["", "half_hour", "day", "week", "month"]
By = Literal["", "queue", "item", "point", "agent", "call"]
Key = tuple[int, str | None]

MAX_LINES = 20_000
Call, Lead = CallFigureRow, SpellRow


@dataclass(frozen=True, slots=True)
class Wish:
    """What a report is about. Days are ordinals of the district's dates, both included; empty: not narrowed."""

    first_day: int
    last_day: int
    step: Step = ""
    by: By = ""
    queue_id: str = ""
    item_id: str = ""
    point_id: str = ""
    agent_id: str = ""

    @property
    def has_time(self) -> bool:
        """Time ready belongs to no queue, item or point: only helpers and periods have it."""
        return self.by in ("", "agent") and not (self.queue_id or self.item_id or self.point_id)


@dataclass(frozen=True, slots=True)
class Report:
    """Sums by (period, group), and of everything together. `period`: a day's ordinal or a half-hour; 0 without steps.

    A `group` of None: calls nobody answered, in a report by helper. `tickets`: number, item and time of
    each call, in a report by call.
    """

    wish: Wish
    lines: dict[Key, Totals] = field(default_factory=dict)
    total: Totals = field(default_factory=Totals)
    tickets: dict[str, tuple[str, float]] = field(default_factory=dict)


class Reports:
    """Adds up what the records hold."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, wish: Wish, periods: Periods, now: float) -> Report:
        """Return the sums; raise `TooMany` for more than `MAX_LINES` lines."""
        report = Report(wish)
        async with self._database.reading() as session:
            await _calls(session, wish, report)
            await _handling(session, wish, report)
            if wish.has_time:
                await _time(session, wish, report, periods, now)
            if wish.by == "call":
                await _tickets(session, wish, report)
            report.total.sum_up(report.lines.values())
            await _percentiles(session, wish, report)  # last: nothing can be added to a percentile
        return report


async def _calls(session: AsyncSession, wish: Wish, report: Report) -> None:
    answered = Call.answered_at.is_not(None)
    ended = Call.ended_at.is_not(None)
    gave_up = and_(not_(answered), Call.outcome == "abandoned")
    outcome = func.coalesce(CorrectionRow.outcome, Call.outcome)
    sums = {
        "offered": func.count(Call.call_id),
        "answered": func.count(Call.answered_at),
        "in_time": _count(Call.in_time),
        "abandoned": _count(gave_up),
        "lost_wait_s": func.coalesce(func.sum(case((gave_up, Call.ended_at - Call.entered_at), else_=0.0)), 0.0),
        "finished": _count(and_(ended, not_(Call.follow_up))),
        "follow_ups": _count(and_(ended, Call.follow_up)),
        "wait_s": func.coalesce(func.sum(Call.wait_s), 0.0),
        "served": _count(and_(answered, ended)),
        "first_contacts": _count(and_(answered, ended, not_(BEFORE))),
        "resolved": _count(and_(answered, ended, outcome == "completed", not_(BEFORE), not_(AFTER))),
        "rated": func.count(RatingRow.level),
        "rated_good": _count(RatingRow.level >= GOOD_FROM),
        "rating_sum": func.coalesce(func.sum(RatingRow.level), 0),
    }
    keys = _keys(wish, Call)
    rows = (
        select(*keys, *sums.values())
        .outerjoin(CorrectionRow, CorrectionRow.call_id == Call.call_id)
        .outerjoin(RatingRow, RatingRow.call_id == Call.call_id)
        .where(_calls_of(wish), _who(wish, Call.answered_by))
        .group_by(*_real(keys))
    )
    for period, group, *values in await _lines(session, rows):
        report.lines[_key(wish, period, group)] = Totals(**dict(zip(sums, values, strict=True)))


async def _tickets(session: AsyncSession, wish: Wish, report: Report) -> None:
    rows = (
        select(CallRow.call_id, CallRow.ticket, CallRow.item_name, CallRow.entered_at)
        .join(Call, Call.call_id == CallRow.call_id)
        .where(_calls_of(wish), _who(wish, Call.answered_by))
    )
    report.tickets.update({name: (f"{ticket} {item}", at) for name, ticket, item, at in await _lines(session, rows)})


async def _percentiles(session: AsyncSession, wish: Wish, report: Report) -> None:
    for period, group, wait_s in await _lines(session, _ninetieth(wish, _keys(wish, Call))):
        report.lines[_key(wish, period, group)].p90_s = wait_s
    for _, _, wait_s in await session.execute(_ninetieth(wish, _ALL)):
        report.total.p90_s = wait_s


def _ninetieth(wish: Wish, keys: list[ColumnElement[Any]]) -> Select[*tuple[Any, ...]]:
    """Select each group's 90th percentile by nearest rank: of n waits in order, the one numbered ⌈0.9 n⌉."""
    ranked = (
        select(
            keys[0].label("period"),
            keys[1].label("group"),
            Call.wait_s,
            func.row_number().over(partition_by=_real(keys) or None, order_by=Call.wait_s).label("rank"),
            func.count().over(partition_by=_real(keys) or None).label("size"),
        )
        .where(_calls_of(wish), _who(wish, Call.answered_by), Call.wait_s.is_not(None))
        .subquery()
    )
    column = ranked.c
    return select(column.period, column.group, column.wait_s).where(column.rank == (column.size * 9 + 9) // 10)


async def _handling(session: AsyncSession, wish: Wish, report: Report) -> None:
    """Leads' parts in the calls, whenever they were spent; a part that is still going counts once it is over."""
    going = aliased(SpellRow)
    still = exists().where(
        going.call_id == Lead.call_id, going.agent_id == Lead.agent_id, going.role == "lead", going.ended_at.is_(None)
    )
    keys = _keys(wish, Call, Lead.agent_id)
    took = Lead.ended_at - Lead.started_at
    rows = (
        select(
            *keys,
            func.count(distinct(Lead.call_id + " " + Lead.agent_id)),
            *(
                func.coalesce(func.sum(case((Lead.activity == name, took), else_=0.0)), 0.0)
                for name in ("talk", "hold", "wrap_up")
            ),
        )
        .join(Call, Call.call_id == Lead.call_id)
        .where(_calls_of(wish), _who(wish, Lead.agent_id), Lead.role == "lead", Lead.ended_at.is_not(None), not_(still))
        .group_by(*_real(keys))
    )
    for period, group, handled, talk_s, hold_s, wrap_up_s in await _lines(session, rows):
        line = report.lines.setdefault(_key(wish, period, group), Totals())
        line.handled = handled
        line.handle_talk_s, line.handle_hold_s, line.handle_wrap_up_s = talk_s, hold_s, wrap_up_s


async def _time(session: AsyncSession, wish: Wish, report: Report, periods: Periods, now: float) -> None:
    keys = _keys(wish, SpellRow, SpellRow.agent_id)
    took = func.sum(SpellRow.ended_at - SpellRow.started_at)
    within = and_(SpellRow.day.between(wish.first_day, wish.last_day), _who(wish, SpellRow.agent_id))
    rows = (
        select(*keys, SpellRow.activity, took)
        .where(within, SpellRow.ended_at.is_not(None))
        .group_by(*_real(keys), SpellRow.activity)
    )
    for period, group, activity, seconds in await _lines(session, rows):
        setattr(report.lines.setdefault(_key(wish, period, group), Totals()), f"{activity}_s", seconds)
    present = select(SpellRow).where(SpellRow.ended_at.is_(None), _who(wish, SpellRow.agent_id))
    for row in await session.scalars(present):
        for piece in spell_of(row).pieces(now):
            day, half_hour = periods.of(piece.started_at)
            if wish.first_day <= day <= wish.last_day:
                _add_piece(report, _period(wish.step, day, half_hour), piece)


def _add_piece(report: Report, period: int, piece: Spell) -> None:
    group = piece.agent_id if report.wish.by == "agent" else None
    report.lines.setdefault(_key(report.wish, period, group), Totals()).add_time(piece)


def _period(step: Step, day: int, half_hour: int) -> int:
    """Return what the database's `_keys` give for the same moment."""
    match step:
        case "":
            return 0
        case "half_hour":
            return half_hour
        case "day":
            return day
        case "week":
            return week_of(day)
        case "month":
            return month_of(day)


def _keys(wish: Wish, table: type[CallFigureRow | SpellRow], agent: Any = Call.answered_by) -> list[ColumnElement[Any]]:
    """Return what lines are made by: a period and a group."""
    period: dict[Step, Any] = {
        "": _ALL[0], "half_hour": table.half_hour, "day": table.day, "week": (table.day - 1) // 7 * 7 + 1,
        "month": table.month,
    }  # fmt: skip
    group: dict[By, Any] = {
        "": _ALL[1], "queue": Call.queue_id, "item": Call.item_id, "point": Call.point_id, "agent": agent,
        "call": Call.call_id,
    }  # fmt: skip
    return [period[wish.step], group[wish.by]]


def _real(keys: list[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Return what a database can group by: a constant would be taken for the number of a column."""
    return [key for key in keys if key not in set(_ALL)]


_ALL: list[ColumnElement[Any]] = [literal_column("0"), literal_column("''")]


def _key(wish: Wish, period: int, group: str | None) -> Key:
    return period, group if wish.by else None


def _calls_of(wish: Wish) -> ColumnElement[bool]:
    narrowed = [
        column == value
        for column, value in (
            (Call.queue_id, wish.queue_id), (Call.item_id, wish.item_id), (Call.point_id, wish.point_id),
        )
        if value
    ]  # fmt: skip
    return and_(Call.day.between(wish.first_day, wish.last_day), *narrowed)


def _who(wish: Wish, column: Any) -> ColumnElement[bool]:
    return column == wish.agent_id if wish.agent_id else true()


def _count(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


async def _lines(session: AsyncSession, rows: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    found = (await session.execute(rows.limit(MAX_LINES + 1))).all()
    if len(found) > MAX_LINES:
        raise TooMany(f"a report has at most {MAX_LINES} lines: take fewer days or longer steps", field="step")
    return found

"""The rows of matters: what failed, who answers for it, and how it went.

Promise: a call enters once for each origin, however often it is looked at; a step is written with what it changes or
not at all, and only from the state that whoever takes it has seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from signaling.errors import Unknown, WrongState
from signaling.records.tables import CallRow, RatingRow
from signaling.records.tables.matters import MatterRow, MatterStepRow
from signaling.records.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncSession

    from signaling.records.database import Database

MAX_PAGE = 200
DAY_S = 86_400.0
"""No visit lasts longer, from ticket to rating."""


@dataclass(frozen=True, slots=True)
class Matter:
    matter_id: str
    origin: str
    call_id: str
    item_name: str
    point_name: str
    cause: str
    """The call's outcome, or the rating's level."""
    words: str
    contact: str
    state: str
    owner_id: str
    owner_name: str
    opened_at: float
    due_at: float
    answer: str = ""
    told_by: str = ""
    answered_at: float | None = None
    archived_at: float | None = None


@dataclass(frozen=True, slots=True)
class MatterStep:
    at: float
    by: str
    by_name: str
    state: str
    owner_name: str
    words: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A call that should enter: why, and who led it."""

    origin: str
    call_id: str
    item_name: str
    point_name: str
    agent_id: str | None
    cause: str
    words: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How matters stand: by state, those past their deadline, the oldest open one, and how the latest went."""

    states: dict[str, int]
    overdue: int
    oldest_at: float | None
    opened: int
    archived: int
    """Of those opened in the same days."""


class MatterFiles:
    """Matters by id, and what should become one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def entering(self, since: float, low: int) -> list[Failed]:
        """Return the calls since then that ended unfinished, or were rated `low` or worse, and are no matter yet."""
        known = select(MatterRow.call_id)
        recent = CallRow.entered_at > since - DAY_S  # what narrows it down has an index
        unfinished = select(CallRow).where(
            recent,
            CallRow.follow_up,
            CallRow.ended_at > since,
            CallRow.call_id.not_in(known.where(MatterRow.origin == "call")),
        )
        rated = (
            select(CallRow, RatingRow.level, RatingRow.remark)
            .join(RatingRow, RatingRow.call_id == CallRow.call_id)
            .where(
                recent, RatingRow.level <= low, RatingRow.at > since,
                CallRow.call_id.not_in(known.where(MatterRow.origin == "rating")),
            )
        )  # fmt: skip
        async with self._database.reading() as session:
            calls = [
                Failed("call", c.call_id, c.item_name, c.point_name, c.agent_id, c.outcome or "", "")
                for c in await session.scalars(unfinished.limit(MAX_PAGE))
            ]
            ratings = [
                Failed("rating", c.call_id, c.item_name, c.point_name, c.agent_id, str(level), remark)
                for c, level, remark in await session.execute(rated.limit(MAX_PAGE))
            ]
        return calls + ratings

    async def call(self, call_id: str) -> Failed:
        """Return a call as somebody of the staff would make a matter of it; raise `Unknown` when there is none."""
        async with self._database.reading() as session:
            row = await session.get(CallRow, call_id)
        if row is None:
            raise Unknown("there is no such call", field="call_id")
        return Failed("staff", row.call_id, row.item_name, row.point_name, row.agent_id, row.outcome or "", "")

    async def open(self, matter: Matter, step: MatterStep) -> bool:
        """Write a new matter; False: the call is one already."""
        values = {name: getattr(matter, name) for name in _FIELDS}
        insert = self._database.insert(MatterRow).values(**values)
        async with self._database.writing() as session:
            new = await session.scalar(
                insert.on_conflict_do_nothing(index_elements=["origin", "call_id"]).returning(MatterRow.matter_id)
            )
            if new is not None:
                session.add(_step(matter.matter_id, step))
        return new is not None

    async def load(self) -> dict[str, int]:
        """Return how many open matters each owner has."""
        query = (
            select(MatterRow.owner_id, func.count()).where(MatterRow.state != "archived").group_by(MatterRow.owner_id)
        )
        async with self._database.reading() as session:
            return {owner: count for owner, count in await session.execute(query)}

    async def get(self, matter_id: str) -> Matter:
        """Return a matter; raise `Unknown` when there is none."""
        async with self._database.reading() as session:
            return _matter(await _found(session, matter_id))

    async def steps(self, matter_id: str) -> list[MatterStep]:
        """Return a matter's steps in order."""
        query = select(MatterStepRow).where(MatterStepRow.matter_id == matter_id).order_by(MatterStepRow.id)
        async with self._database.reading() as session:
            return [
                MatterStep(row.at, row.by, row.by_name, row.state, row.owner_name, row.words)
                for row in await session.scalars(query)
            ]

    async def step(self, matter_id: str, seen: str, step: MatterStep, change: Callable[[Matter], Matter]) -> Matter:
        """Take a step from the state that was `seen`; `change` may refuse by raising.

        Raises:
            WrongState: somebody was quicker.
        """
        async with self._database.writing() as session:
            row = await _found(session, matter_id, for_update=True)
            if row.state != seen:
                raise WrongState(f"the matter is {row.state} by now", field="seen", code="changed_meanwhile")
            matter = change(_matter(row))
            for name in _FIELDS:
                setattr(row, name, getattr(matter, name))
            session.add(_step(matter_id, step))
        return matter

    async def listed(
        self, *, owner_id: str | None, state: str | None, open_only: bool, query: str, limit: int
    ) -> list[Matter]:
        """Return matters: open ones by their deadline, then archived ones, latest first."""
        lines = (
            select(MatterRow)
            .order_by(MatterRow.archived_at.is_not(None), MatterRow.archived_at.desc(), MatterRow.due_at)
            .limit(min(limit, MAX_PAGE))
        )
        if owner_id is not None:
            lines = lines.where(MatterRow.owner_id == owner_id)
        if state is not None:
            lines = lines.where(MatterRow.state == state)
        if open_only:
            lines = lines.where(MatterRow.state != "archived")
        for word in words_of(query):
            columns = (MatterRow.item_name, MatterRow.point_name, MatterRow.owner_name, MatterRow.words)
            lines = lines.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
        async with self._database.reading() as session:
            return [_matter(row) for row in await session.scalars(lines)]

    async def tally(self, owner_id: str | None, now: float, since: float) -> Tally:
        """Return how matters stand: one owner's, or all."""
        mine = [MatterRow.owner_id == owner_id] if owner_id is not None else []
        waits = [*mine, MatterRow.state != "archived"]
        recent = [*mine, MatterRow.opened_at > since]
        count = select(func.count()).select_from(MatterRow)
        async with self._database.reading() as session:
            states = await session.execute(select(MatterRow.state, func.count()).where(*mine).group_by(MatterRow.state))
            return Tally(
                {state: number for state, number in states},
                await session.scalar(count.where(*waits, MatterRow.due_at < now)) or 0,
                await session.scalar(select(func.min(MatterRow.opened_at)).where(*waits)),
                await session.scalar(count.where(*recent)) or 0,
                await session.scalar(count.where(*recent, MatterRow.state == "archived")) or 0,
            )


_FIELDS = tuple(Matter.__dataclass_fields__)


async def _found(session: AsyncSession, matter_id: str, *, for_update: bool = False) -> MatterRow:
    row = await session.get(MatterRow, matter_id, with_for_update=for_update)
    if row is None:
        raise Unknown("there is no such matter")
    return row


def _matter(row: MatterRow) -> Matter:
    return Matter(**{name: getattr(row, name) for name in _FIELDS})


def _step(matter_id: str, step: MatterStep) -> MatterStepRow:
    return MatterStepRow(
        matter_id=matter_id, at=step.at, by=step.by, by_name=step.by_name, state=step.state,
        owner_name=step.owner_name, words=step.words,
    )  # fmt: skip

"""What is measured of each helper, and supervisors' reviews: read off calls, ratings, findings."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, not_, select
from sqlalchemy.exc import IntegrityError

from signaling.errors import Unknown, WrongState
from signaling.quality import Work
from signaling.records.contacts import AFTER, BEFORE
from signaling.records.tables import CallFigureRow, CallRow, CorrectionRow, FindingRow, RatingRow
from signaling.records.tables.quality import EarlierReviewRow, ReviewRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from signaling.records.database import Database

SHOWN = 50
AT_ONCE = 500
"""Calls named in one query."""
FIELDS = ("call_id", "agent_id", "by", "by_name", "at", "scores", "words")


@dataclass(frozen=True, slots=True)
class Review:
    call_id: str
    agent_id: str
    by: str
    by_name: str
    at: float
    scores: dict[str, int]
    words: str
    earlier: tuple[Review, ...] = ()
    """As it was before, the first first."""


@dataclass(frozen=True, slots=True)
class Rated:
    call_id: str
    item_name: str
    level: int
    reasons: tuple[str, ...]
    remark: str
    at: float


@dataclass(frozen=True, slots=True)
class Sample:
    """A call that waits to be reviewed."""

    call_id: str
    agent_id: str
    item_name: str
    point_name: str
    ended_at: float
    outcome: str


class Quality:
    """Answers how helpers work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def work(self, since: float, minutes: Mapping[str, int]) -> dict[str, Work]:
        """Return what was measured since then, by agent; `minutes`: what each item usually takes."""
        outcome = func.coalesce(CorrectionRow.outcome, CallRow.outcome)
        lines: Any = (
            select(
                CallRow.agent_id, CallRow.item_id, func.count(), func.sum(CallRow.ended_at - CallRow.accepted_at),
                func.sum(_one(not_(BEFORE))), func.sum(_one(and_(outcome == "completed", not_(BEFORE), not_(AFTER)))),
                func.count(RatingRow.level),
                func.coalesce(func.sum(RatingRow.level), 0), func.coalesce(func.sum(_one(RatingRow.level >= 4)), 0),
            )
            .outerjoin(CallFigureRow, CallFigureRow.call_id == CallRow.call_id)
            .outerjoin(CorrectionRow, CorrectionRow.call_id == CallRow.call_id)
            .outerjoin(RatingRow, RatingRow.call_id == CallRow.call_id)
            .where(CallRow.accepted_at.is_not(None), CallRow.agent_id.is_not(None), CallRow.ended_at > since)
            .group_by(CallRow.agent_id, CallRow.item_id)
        )  # fmt: skip
        decided: Any = (
            select(FindingRow.decided_by, func.count(), func.sum(_one(FindingRow.decision == "overruled")))
            .where(FindingRow.decision.is_not(None), FindingRow.decided_at > since)
            .group_by(FindingRow.decided_by)
        )
        found: defaultdict[str, Work] = defaultdict(Work)
        async with self._database.reading() as session:
            for agent, item, calls, talk_s, first, resolved, ratings, stars, satisfied in await session.execute(lines):
                one = found[agent or ""]
                found[agent or ""] = replace(
                    one, calls=one.calls + calls, talk_s=one.talk_s + (talk_s or 0.0),
                    expected_s=one.expected_s + calls * 60 * minutes.get(item, 0),
                    first_contacts=one.first_contacts + first, resolved=one.resolved + resolved,
                    ratings=one.ratings + ratings, stars=one.stars + stars,
                    satisfied=one.satisfied + satisfied,
                )  # fmt: skip
            for agent, count, overruled in await session.execute(decided):
                found[agent or ""] = replace(found[agent or ""], decided=count, overruled=overruled)
        return dict(found)

    async def reviews(self, since: float, agent_id: str | None = None) -> list[Review]:
        """Return reviews since then, latest first."""
        query = select(ReviewRow).where(ReviewRow.at > since).order_by(ReviewRow.at.desc())
        if agent_id is not None:
            query = query.where(ReviewRow.agent_id == agent_id)
        async with self._database.reading() as session:
            rows = list(await session.scalars(query))
            before = await _earlier(session, [row.call_id for row in rows])
            return [_review(row, row.agent_id, before[row.call_id]) for row in rows]

    async def ratings(self, agent_id: str, since: float) -> list[Rated]:
        """Return a helper's latest ratings."""
        query = (
            select(RatingRow, CallRow.item_name)
            .join(CallRow, CallRow.call_id == RatingRow.call_id)
            .where(CallRow.agent_id == agent_id, RatingRow.at > since)
            .order_by(RatingRow.at.desc())
            .limit(SHOWN)
        )
        async with self._database.reading() as session:
            return [
                Rated(row.call_id, name, row.level, tuple(row.reasons), row.remark, row.at)
                for row, name in await session.execute(query)
            ]

    async def samples(self, since: float, each: int) -> list[Sample]:
        """Return calls to review: of each helper as many as are missing of `each` since then.

        Which ones, the hash of their ids decides: nobody picks them, and asking again shows the same.
        """
        query = (
            select(CallRow, ReviewRow.call_id)
            .outerjoin(ReviewRow, ReviewRow.call_id == CallRow.call_id)
            .where(CallRow.accepted_at.is_not(None), CallRow.agent_id.is_not(None), CallRow.ended_at > since)
        )
        waiting: defaultdict[str, list[CallRow]] = defaultdict(list)
        done: defaultdict[str, int] = defaultdict(int)
        async with self._database.reading() as session:
            for row, reviewed in await session.execute(query):
                if reviewed is None:
                    waiting[row.agent_id or ""].append(row)
                else:
                    done[row.agent_id or ""] += 1
        drawn = [
            row
            for agent_id, rows in sorted(waiting.items())
            for row in sorted(rows, key=_lot)[: max(0, each - done[agent_id])]
        ]
        return [
            Sample(
                row.call_id, row.agent_id or "", row.item_name, row.point_name, row.ended_at or 0.0, row.outcome or ""
            )
            for row in drawn
        ]

    async def review(self, review: Review) -> Review:
        """Keep a supervisor's review of an answered call, under the helper who led it.

        Raises:
            Unknown: there is no such answered call.
            WrongState: it was reviewed before.
        """
        try:
            async with self._database.writing() as session:
                call = await session.get(CallRow, review.call_id)
                if call is None or call.agent_id is None or call.accepted_at is None or call.ended_at is None:
                    raise Unknown("there is no such call that was answered", field="call_id")
                review = replace(review, agent_id=call.agent_id)
                session.add(ReviewRow(**{name: getattr(review, name) for name in FIELDS}))
        except IntegrityError as error:
            raise WrongState("this call was reviewed already", field="call_id", code="already_reviewed") from error
        return review

    async def correct(self, review: Review) -> Review:
        """Put a review right; what it said before stays known. Raise `Unknown` for a call nobody reviewed."""
        async with self._database.writing() as session:
            row = await session.get(ReviewRow, review.call_id, with_for_update=True)
            if row is None:
                raise Unknown("nobody reviewed this call", field="call_id")
            before = {name: getattr(row, name) for name in FIELDS if name != "agent_id"}
            session.add(EarlierReviewRow(**before))
            row.by, row.by_name, row.at = review.by, review.by_name, review.at
            row.scores, row.words = review.scores, review.words
            await session.flush()
            return _review(row, row.agent_id, (await _earlier(session, [row.call_id]))[row.call_id])


def _review(row: ReviewRow | EarlierReviewRow, agent_id: str, earlier: Iterable[Review] = ()) -> Review:
    return Review(row.call_id, agent_id, row.by, row.by_name, row.at, dict(row.scores), row.words, tuple(earlier))


async def _earlier(session: AsyncSession, call_ids: Sequence[str]) -> defaultdict[str, list[Review]]:
    """Return what was corrected since, by call."""
    found: defaultdict[str, list[Review]] = defaultdict(list)
    query = select(EarlierReviewRow).order_by(EarlierReviewRow.id)
    for first in range(0, len(call_ids), AT_ONCE):
        some = query.where(EarlierReviewRow.call_id.in_(call_ids[first : first + AT_ONCE]))
        for row in await session.scalars(some):
            found[row.call_id].append(_review(row, ""))
    return found


def _one(condition: Any) -> Any:
    return case((condition, 1), else_=0)


def _lot(row: CallRow) -> bytes:
    return hashlib.sha256(row.call_id.encode()).digest()

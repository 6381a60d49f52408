"""Remarks on moments of a call: made by supervisors, read by them and by the helpers who were in the call.

Promise: a remark is about a moment of its call; making one and taking one back are in the audit log; nobody takes back
another's.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from signaling.errors import Malformed, NotAllowed, Refused, Unknown
from signaling.ids import new_id
from signaling.records.tables import AuditRow, CallRow, RemarkRow

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from signaling.records.database import Database

MOST: Final = 200
"""Remarks on one call: more than anybody talks over with a colleague."""


@dataclasses.dataclass(frozen=True, slots=True)
class Remark:
    remark_id: str
    call_id: str
    at: float
    text: str
    author_id: str
    made_at: float


class Remarks:
    """Keeps them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, call_id: str) -> list[Remark]:
        """Return a call's remarks in the order of their moments."""
        rows = select(RemarkRow).where(RemarkRow.call_id == call_id).order_by(RemarkRow.at, RemarkRow.remark_id)
        async with self._database.reading() as session:
            return [_remark(row) for row in await session.scalars(rows)]

    async def make(self, call_id: str, at: float, text: str, author_id: str, now: float) -> Remark:
        """Keep a remark; raise `Unknown` without such a call, `Malformed` for a moment outside it."""
        async with self._database.writing() as session:
            call = await session.get(CallRow, call_id)
            if call is None:
                raise Unknown("there is no such call")
            if not call.entered_at <= at <= (call.ended_at or now):
                raise Malformed("at: a moment of the call", field="at")
            count = select(func.count()).select_from(RemarkRow).where(RemarkRow.call_id == call_id)
            if (await session.scalar(count) or 0) >= MOST:
                raise Refused(f"at most {MOST} remarks on a call", code="too_many_remarks")
            made = RemarkRow(
                remark_id=new_id("remark"), call_id=call_id, at=at, text=text, author_id=author_id, made_at=now
            )
            session.add(made)
            _note(session, "remark_made", made, author_id, now)
            return _remark(made)

    async def take_back(self, remark_id: str, author_id: str, now: float) -> None:
        """Drop one's own remark; raise `Unknown`, or `NotAllowed` for another's."""
        async with self._database.writing() as session:
            row = await session.get(RemarkRow, remark_id)
            if row is None:
                raise Unknown("there is no such remark")
            if row.author_id != author_id:
                raise NotAllowed("only who made a remark takes it back")
            await session.delete(row)
            _note(session, "remark_taken_back", row, author_id, now)


def _note(session: AsyncSession, action: str, row: RemarkRow, actor: str, now: float) -> None:
    session.add(AuditRow(at=now, actor=actor, action=action, subject=row.call_id, detail={"remark_id": row.remark_id}))


def _remark(row: RemarkRow) -> Remark:
    return Remark(row.remark_id, row.call_id, row.at, row.text, row.author_id, row.made_at)

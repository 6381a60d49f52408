"""Reading the records: a list of calls and everything about one, for those who may.

Promise: an agent reads the calls they took part in, a supervisor all, a booth none; whoever may not
read a call is told the same as when there is none. Every reading of a whole record is audited.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Select, and_, func, or_, select

from signaling.errors import Unknown
from signaling.records.tables import (
    AuditRow,
    CallAgentRow,
    CallRow,
    CaptureRow,
    ChatRow,
    CorrectionRow,
    EventRow,
    NotesRow,
    RatingRow,
    WishRow,
)
from signaling.records.values import (
    CallLine,
    CallRecord,
    Capture,
    CaptureState,
    Happening,
    Message,
    Notes,
    Offer,
    Party,
    Rating,
    Wishes,
)
from signaling.records.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

    from signaling.auth import Identity
    from signaling.records.database import Database

MAX_PAGE = 200
"""Calls of one page; one more may be asked for, to know whether there is another page."""
ANSWERS = {"Accepted": "accepted", "Declined": "declined", "Expired": "expired", "Withdrawn": "withdrawn"}


class History:
    """Answers what happened, to those who may know."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def calls(
        self, reader: Identity, *, before: str | None = None, limit: int = 50, query: str = "", mine: bool = False
    ) -> list[CallLine]:
        """Return calls, latest first: those before the call `before`, that fit `query` (ticket, item, point, agent)."""
        if not reader.is_staff:
            return []
        lines = _lines().order_by(CallRow.entered_at.desc(), CallRow.call_id.desc()).limit(min(limit, MAX_PAGE + 1))
        if mine or reader.kind == "agent":
            lines = lines.where(CallRow.call_id.in_(_calls_of(reader.id)))
        for word in words_of(query):
            lines = lines.where(_fits(word))
        async with self._database.reading() as session:
            if before is not None:
                last = await session.get(CallRow, before)
                if last is None:
                    raise Unknown(f"there is no call {before!r}", field="before")
                earlier = and_(CallRow.entered_at == last.entered_at, CallRow.call_id < last.call_id)
                lines = lines.where(or_(CallRow.entered_at < last.entered_at, earlier))
            return [_line(*row) for row in (await session.execute(lines))]

    async def may_read(self, reader: Identity, call_id: str) -> bool:
        """Say whether the reader may see this call's record."""
        if reader.kind == "supervisor":
            return True
        if reader.kind == "booth":
            return False
        mine = select(CallAgentRow.id).where(CallAgentRow.call_id == call_id, CallAgentRow.agent_id == reader.id)
        async with self._database.reading() as session:
            return await session.scalar(mine.limit(1)) is not None

    async def record(self, reader: Identity, call_id: str, now: float) -> CallRecord:
        """Return everything about a call; raise `Unknown` when there is none the reader may see."""
        if not await self.may_read(reader, call_id):
            raise Unknown("there is no such call")
        async with self._database.reading() as session:
            row = (await session.execute(_lines().where(CallRow.call_id == call_id))).one_or_none()
            if row is None:
                raise Unknown("there is no such call")
            record = await _record(session, _line(*row), row[0].outcome)
        async with self._database.writing() as session:
            session.add(AuditRow(at=now, actor=reader.id, action="record_read", subject=call_id, detail={}))
        return record


def _calls_of(agent_id: str) -> Select[str]:
    return select(CallAgentRow.call_id).where(CallAgentRow.agent_id == agent_id)


def _fits(word: str) -> Any:
    """A word fits a call by any of its names, or by an agent's who took part."""
    columns = (CallRow.call_id, CallRow.ticket, CallRow.item_name, CallRow.booth_name, CallRow.point_name,
               CallRow.street_name, CallRow.queue_name, CallRow.outcome)  # fmt: skip
    agents = select(CallAgentRow.call_id).where(
        or_(CallAgentRow.name.icontains(word, autoescape=True), CallAgentRow.badge.icontains(word, autoescape=True))
    )
    return or_(*(column.icontains(word, autoescape=True) for column in columns), CallRow.call_id.in_(agents))


def _lines() -> Select[CallRow, str | None, int | None, int, str | None, int]:
    """Select calls with their corrected outcome, rating, number of captures, and the name of their last lead."""
    captures = select(func.count()).where(CaptureRow.call_id == CallRow.call_id, CaptureRow.stored_at.is_not(None))
    name = (
        select(CallAgentRow.name)
        .where(CallAgentRow.call_id == CallRow.call_id, CallAgentRow.agent_id == CallRow.agent_id)
        .order_by(CallAgentRow.started_at.desc())
        .limit(1)
    )
    present = select(func.count()).where(CallAgentRow.call_id == CallRow.call_id, CallAgentRow.ended_at.is_(None))
    return (
        select(
            CallRow, CorrectionRow.outcome, RatingRow.level, captures.scalar_subquery(), name.scalar_subquery(),
            present.scalar_subquery(),
        )
        .outerjoin(CorrectionRow, CorrectionRow.call_id == CallRow.call_id)
        .outerjoin(RatingRow, RatingRow.call_id == CallRow.call_id)
    )  # fmt: skip


def _line(
    row: CallRow, corrected: str | None, rating: int | None, captures: int, agent_name: str | None, present: int
) -> CallLine:
    answered = row.accepted_at if row.accepted_at is not None else row.ended_at
    talked = row.ended_at is not None and row.accepted_at is not None
    return CallLine(
        call_id=row.call_id, ticket=row.ticket,
        state="ended" if row.ended_at is not None else "talking" if present else "waiting",
        queue_id=row.queue_id, queue_name=row.queue_name, item_id=row.item_id,
        item_name=row.item_name, booth_id=row.booth_id, booth_name=row.booth_name, point_id=row.point_id,
        point_name=row.point_name, street_name=row.street_name, priority=tuple(row.priority),
        entered_at=row.entered_at, first_offered_at=row.first_offered_at, accepted_at=row.accepted_at,
        ended_at=row.ended_at, wait_s=answered - row.entered_at if answered is not None else None,
        talk_s=cast("float", row.ended_at) - cast("float", row.accepted_at) if talked else None,
        agent_id=row.agent_id, agent_name=agent_name or "", outcome=corrected or row.outcome, ended_by=row.ended_by,
        reason=row.reason, follow_up=row.follow_up, rating=rating, captures=captures,
    )  # fmt: skip


async def _record(session: AsyncSession, call: CallLine, routed_outcome: str | None) -> CallRecord:
    call_id = call.call_id
    agents = await session.scalars(
        select(CallAgentRow).where(CallAgentRow.call_id == call_id).order_by(CallAgentRow.started_at, CallAgentRow.id)
    )
    epoch = select(func.max(EventRow.epoch)).where(EventRow.call_id == call_id).scalar_subquery()
    events = await session.scalars(
        select(EventRow).where(EventRow.call_id == call_id, EventRow.epoch == epoch).order_by(EventRow.seq)
    )
    timeline = tuple(Happening(row.seq, row.at, row.type, row.data) for row in events)
    chat = await session.scalars(select(ChatRow).where(ChatRow.call_id == call_id).order_by(ChatRow.id))
    captures = await session.scalars(
        select(CaptureRow).where(CaptureRow.call_id == call_id).order_by(CaptureRow.requested_at)
    )
    notes = await session.get(NotesRow, call_id)
    rating = await session.get(RatingRow, call_id)
    wishes = await session.get(WishRow, call_id)
    return CallRecord(
        call=call,
        wishes=Wishes(tuple(wishes.needs), wishes.elder_mode, wishes.lang) if wishes else Wishes(),
        routed_outcome=routed_outcome,
        agents=tuple(Party(a.agent_id, a.name, a.badge, a.role, a.started_at, a.ended_at) for a in agents),
        offers=offers(timeline),
        chat=tuple(Message(m.call_id, m.message_id, m.sender, m.sender_id, m.text, m.at) for m in chat),
        notes=Notes(call_id, notes.text, notes.agent_id, notes.saved_at) if notes else None,
        captures=tuple(capture(row) for row in captures),
        rating=Rating(rating.level, tuple(rating.reasons), rating.remark, rating.at) if rating else None,
        timeline=timeline,
    )


def offers(timeline: Iterable[Happening]) -> tuple[Offer, ...]:
    """Return the offers a timeline tells of, each with its answer."""
    found: dict[str, Offer] = {}
    for event in timeline:
        offer_id = event.data.get("offer_id")
        if event.type == "Offered":
            found[str(offer_id)] = Offer(str(offer_id), event.data["agent_id"], event.data["role"], event.at)
        elif event.type in ANSWERS and offer_id in found:
            found[offer_id] = replace(
                found[offer_id],
                answer=ANSWERS[event.type],
                answered_at=event.at,
                reason=event.data.get("reason", ""),
            )
    return tuple(found.values())


def capture(row: CaptureRow) -> Capture:
    """Return a capture's row as a value."""
    return Capture(
        row.capture_id, row.call_id, row.booth_id, row.requester, row.requested_at, cast("CaptureState", row.state),
        row.size, row.sha256, row.media_type, row.width, row.height, row.stored_at, row.ended_at, row.problem,
        row.key_id, row.paper_id, row.page, row.kind,
    )  # fmt: skip

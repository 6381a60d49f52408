"""What is said during a call and kept: chat, notes, wishes, the outcome put right, the rating.

Promise: what a method accepted is durable when it returns; the same message sent twice is stored
once; a call is rated once. Who may speak in a call is decided before, by `calls`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from signaling.errors import Malformed, WrongState
from signaling.records.tables import AuditRow, ChatRow, CorrectionRow, NotesRow, PageRow, RatingRow, WishRow
from signaling.records.values import Message, Notes, Rating, Wishes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from signaling.records.database import Database

MAX_TEXT = 2_000
MAX_NOTES = 10_000
MAX_REMARK = 500
MAX_REASONS = 10
MAX_REASON = 40


class Conversation:
    """Chat, notes, wishes, corrections and ratings, by call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def say(self, message: Message) -> Message:
        """Store a message once; return it as stored, with the time of the first sending.

        Raises:
            WrongState: the message_id was used in this call for another text or by another sender.
        """
        _check_text(message.text, MAX_TEXT, "text", least=1)
        insert = self._database.insert(ChatRow).values(
            call_id=message.call_id, message_id=message.message_id, sender=message.sender,
            sender_id=message.sender_id, text=message.text, at=message.at,
        )  # fmt: skip
        async with self._database.writing() as session:
            await session.execute(insert.on_conflict_do_nothing(index_elements=["call_id", "message_id"]))
            row = await session.scalar(
                select(ChatRow).where(ChatRow.call_id == message.call_id, ChatRow.message_id == message.message_id)
            )
        assert row is not None  # just inserted, or there before
        if (row.text, row.sender_id) != (message.text, message.sender_id):
            raise WrongState("this message_id was used for another message", field="message_id", code="id_reused")
        return _message(row)

    async def chat(self, call_id: str) -> list[Message]:
        """Return a call's messages in the order they were stored."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(ChatRow).where(ChatRow.call_id == call_id).order_by(ChatRow.id))
            return [_message(row) for row in rows]

    async def save_notes(self, notes: Notes, base: str | None = None) -> None:
        """Replace a call's notes.

        Args:
            base: what stood there when the new text was begun; None: whatever stood there.

        Raises:
            WrongState: somebody else wrote since then; the problem's `text` is what they wrote.
        """
        _check_text(notes.text, MAX_NOTES, "text")
        async with self._database.writing() as session:
            row = await session.get(NotesRow, notes.call_id, with_for_update=True)
            if base is not None and row is not None and row.agent_id != notes.agent_id and row.text != base:
                raise WrongState("somebody else wrote meanwhile", code="notes_changed", more={"text": row.text})
            await session.merge(
                NotesRow(call_id=notes.call_id, text=notes.text, agent_id=notes.agent_id, saved_at=notes.saved_at)
            )

    async def notes(self, call_id: str) -> Notes | None:
        """Return a call's notes."""
        async with self._database.reading() as session:
            row = await session.get(NotesRow, call_id)
        return Notes(row.call_id, row.text, row.agent_id, row.saved_at) if row else None

    async def describe(self, call_id: str, wishes: Wishes) -> None:
        """Keep what the citizen chose with the ticket."""
        async with self._database.writing() as session:
            await session.merge(
                WishRow(call_id=call_id, needs=list(wishes.needs), elder_mode=wishes.elder_mode, lang=wishes.lang)
            )

    async def wishes(self, call_ids: Sequence[str]) -> dict[str, Wishes]:
        """Return what was chosen for these calls; those without any are left out."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(WishRow).where(WishRow.call_id.in_(call_ids)))
            return {row.call_id: Wishes(tuple(row.needs), row.elder_mode, row.lang) for row in rows}

    async def correct_outcome(self, call_id: str, outcome: str, agent_id: str, at: float) -> None:
        """Put a call's outcome right; what was there before stays in the timeline and the audit log."""
        async with self._database.writing() as session:
            await session.merge(CorrectionRow(call_id=call_id, outcome=outcome, agent_id=agent_id, at=at))
            session.add(
                AuditRow(
                    at=at, actor=agent_id, action="outcome_corrected", subject=call_id, detail={"outcome": outcome}
                )
            )

    async def rate(self, call_id: str, booth_id: str, rating: Rating) -> None:
        """Keep the citizen's rating.

        Raises:
            WrongState: the call was rated before.
            Malformed: the level is not 1–5, or a text is too long.
        """
        if type(rating.level) is not int or not 1 <= rating.level <= 5:
            raise Malformed("an integer from 1 to 5", field="level")
        if len(rating.reasons) > MAX_REASONS:
            raise Malformed(f"at most {MAX_REASONS} reasons", field="reasons")
        for reason in rating.reasons:
            _check_text(reason, MAX_REASON, "reasons", least=1)
        _check_text(rating.remark, MAX_REMARK, "remark")
        insert = self._database.insert(RatingRow).values(
            call_id=call_id, booth_id=booth_id, level=rating.level, reasons=list(rating.reasons),
            remark=rating.remark, at=rating.at,
        )  # fmt: skip
        async with self._database.writing() as session:
            stored = await session.scalar(
                insert.on_conflict_do_nothing(index_elements=["call_id"]).returning(RatingRow.call_id)
            )
        if stored is None:
            raise WrongState("this call was rated already", code="already_rated")

    async def rating(self, call_id: str) -> Rating | None:
        """Return the citizen's rating."""
        async with self._database.reading() as session:
            row = await session.get(RatingRow, call_id)
        return Rating(row.level, tuple(row.reasons), row.remark, row.at) if row else None

    async def pages(self) -> dict[str, str]:
        """Return everybody's last page."""
        async with self._database.reading() as session:
            return {row.person_id: row.page_id for row in await session.scalars(select(PageRow))}

    async def page_opened(self, person_id: str, page_id: str) -> None:
        """Remember the page somebody opened."""
        async with self._database.writing() as session:
            await session.merge(PageRow(person_id=person_id, page_id=page_id))


def _message(row: ChatRow) -> Message:
    return Message(row.call_id, row.message_id, row.sender, row.sender_id, row.text, row.at)


def _check_text(text: str, longest: int, field: str, least: int = 0) -> None:
    # PostgreSQL stores no NUL, and no database a lone surrogate.
    if not least <= len(text) <= longest or "\0" in text or (not text.isascii() and _has_surrogate(text)):
        raise Malformed(f"text of {least}–{longest} characters", field=field)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)

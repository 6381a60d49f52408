"""The boards of talking calls, whole, one row each: found again after a restart, gone when the talk is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from signaling.records.tables import BoardRow

if TYPE_CHECKING:
    from collections.abc import Collection

    from signaling.records.database import Database


class BoardBook:
    """Boards by call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[str, dict[str, Any]]:
        """Return every board that was not forgotten."""
        async with self._database.reading() as session:
            return {row.call_id: row.content for row in await session.scalars(select(BoardRow))}

    async def write(self, kept: dict[str, dict[str, Any]], gone: Collection[str]) -> None:
        """Keep some boards as they are now, and forget others, together."""
        async with self._database.writing() as session:
            for call_id, content in kept.items():
                await session.merge(BoardRow(call_id=call_id, content=content))
            await session.execute(delete(BoardRow).where(BoardRow.call_id.in_(gone)))

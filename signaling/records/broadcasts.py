"""Messages to booths in the database: they outlive a restart, and stay to be read after their end."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from signaling.records.tables import BroadcastRow

if TYPE_CHECKING:
    from signaling.records.database import Database


@dataclasses.dataclass(frozen=True, slots=True)
class Broadcast:
    """`street_id` or `point_id`: only the booths there; neither: all."""

    broadcast_id: str
    text: str
    street_id: str | None
    point_id: str | None
    said_by: str
    said_at: float
    until: float


class BroadcastBook:
    """Keeps broadcasts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, broadcast: Broadcast) -> None:
        async with self._database.writing() as session:
            session.add(BroadcastRow(**dataclasses.asdict(broadcast)))

    async def end(self, broadcast_id: str, at: float) -> None:
        async with self._database.writing() as session:
            await session.execute(
                update(BroadcastRow).where(BroadcastRow.broadcast_id == broadcast_id).values(until=at)
            )

    async def standing(self, now: float) -> list[Broadcast]:
        """Return those that are not over, oldest first."""
        asked = select(BroadcastRow).where(BroadcastRow.until > now).order_by(BroadcastRow.said_at)
        async with self._database.reading() as session:
            return [
                Broadcast(row.broadcast_id, row.text, row.street_id, row.point_id, row.said_by, row.said_at, row.until)
                for row in await session.scalars(asked)
            ]

"""Who looks after which alert, kept for as long as the alert stands: over restarts, and for all nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from signaling.records.tables.alerts import AcknowledgementRow

if TYPE_CHECKING:
    from collections.abc import Collection

    from signaling.records.database import Database


class AlertBook:
    """Keeps acknowledgements; how many there are is bounded by the alerts that can stand."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, alert_id: str, by: str, at: float) -> None:
        """Note who looks after an alert; the last to say so counts."""
        async with self._database.writing() as session:
            await session.merge(AcknowledgementRow(alert_id=alert_id, by=by, at=at))

    async def taken(self) -> dict[str, str]:
        """Return who looks after what, by alert."""
        async with self._database.reading() as session:
            return {row.alert_id: row.by for row in await session.scalars(select(AcknowledgementRow))}

    async def forget(self, alert_ids: Collection[str]) -> None:
        """These alerts are over."""
        async with self._database.writing() as session:
            await session.execute(delete(AcknowledgementRow).where(AcknowledgementRow.alert_id.in_(alert_ids)))

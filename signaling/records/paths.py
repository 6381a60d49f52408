"""Which way the media of each talking call goes, kept so that a restart closes nothing that plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from signaling.records.tables import PathRow
from signaling.ways import Path

if TYPE_CHECKING:
    from signaling.records.database import Database


class Paths:
    """One row for each call whose media go another way than the first one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[str, tuple[Path, int, bool]]:
        """Return each call's serving path, the last number used, and whether direct has failed."""
        async with self._database.reading() as session:
            return {
                row.call_id: (_path(row), row.last_number, row.direct_failed)
                for row in await session.scalars(select(PathRow))
            }

    async def keep(self, call_id: str, serving: Path, number: int, direct_failed: bool) -> None:
        async with self._database.writing() as session:
            await session.merge(
                PathRow(
                    call_id=call_id, topology=serving.topology, number=serving.number, node_id=serving.node_id,
                    last_number=number, direct_failed=direct_failed,
                )
            )  # fmt: skip

    async def forget(self, call_id: str) -> None:
        async with self._database.writing() as session:
            await session.execute(delete(PathRow).where(PathRow.call_id == call_id))


def _path(row: PathRow) -> Path:
    return Path("hosted" if row.topology == "hosted" else "direct", row.number, row.node_id)

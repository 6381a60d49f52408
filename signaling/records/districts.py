"""Versions of the district.

Promise: a version is never changed; two people who start from one version cannot both win.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from signaling.errors import WrongState
from signaling.records.tables import AuditRow, DistrictRow

if TYPE_CHECKING:
    from signaling.records.database import Database

MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class Version:
    """One version; `draft` is what the files would hold."""

    version: int
    at: float
    by: str
    changes: tuple[str, ...]
    draft: dict[str, Any]


class Districts:
    """Reads and adds versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, after: int = 0) -> Version | None:
        """Return the newest version; None when none is newer than `after`."""
        async with self._database.reading() as session:
            rows = select(DistrictRow).where(DistrictRow.version > after).order_by(DistrictRow.version.desc())
            row = await session.scalar(rows.limit(1))
        return _version(row) if row else None

    async def one(self, version: int) -> Version | None:
        """Return a version, if there is such."""
        async with self._database.reading() as session:
            row = await session.get(DistrictRow, version)
        return _version(row) if row else None

    async def history(self, before: int | None, limit: int) -> list[Version]:
        """Return versions, newest first."""
        rows = select(DistrictRow).order_by(DistrictRow.version.desc()).limit(min(limit, MAX_PAGE))
        if before is not None:
            rows = rows.where(DistrictRow.version < before)
        async with self._database.reading() as session:
            return [_version(row) for row in await session.scalars(rows)]

    async def add(self, *versions: Version) -> None:
        """Add versions, and note who changed what; raise `WrongState` when somebody was quicker."""
        try:
            async with self._database.writing() as session:
                for one in versions:
                    session.add(DistrictRow(
                        version=one.version, at=one.at, by=one.by, changes=list(one.changes), draft=one.draft,
                    ))  # fmt: skip
                    detail: dict[str, Any] = {"version": one.version, "changes": list(one.changes[:50])}
                    session.add(
                        AuditRow(at=one.at, actor=one.by, action="district_changed", subject="district", detail=detail)
                    )
        except IntegrityError:
            raise WrongState("the district was changed meanwhile", code="stale") from None


def _version(row: DistrictRow) -> Version:
    return Version(row.version, row.at, row.by, tuple(row.changes), row.draft)

"""The rows of packages: what waits to leave, what left, and what went wrong on the way.

Promise: a package is taken up by one worker at a time (its next try is moved on before it is tried), and one that was
acknowledged is never taken up again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import func, select, update

from signaling.errors import Unknown
from signaling.records.tables.cases import CaseRow
from signaling.records.tables.packages import PackageRow

if TYPE_CHECKING:
    from signaling.records.database import Database

PackageState = Literal["waiting", "made", "acknowledged"]
MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class Package:
    """`waiting`: not made yet; `made`: its bytes are fixed and on their way; `acknowledged`: the back office has it."""

    package_id: str
    case_id: str
    call_id: str
    state: PackageState
    created_at: float
    next_at: float
    attempts: int
    problem: str
    size: int | None
    sha256: str | None
    acknowledged_at: float | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A package with what it carries, for those who watch over it."""

    package: Package
    number: str
    item_name: str
    point_name: str


class Packages:
    """Packages by id, and those that are due."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_due(self, now: float, until: float) -> Package | None:
        """Return the package whose time came first, if any's has; nobody else gets it before `until`."""
        due = (
            select(PackageRow)
            .where(PackageRow.state != "acknowledged", PackageRow.next_at <= now)
            .order_by(PackageRow.next_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        async with self._database.writing() as session:
            row = await session.scalar(due)
            if row is None:
                return None
            taken = _package(row)
            row.next_at = until
        return taken

    async def next_at(self) -> float | None:
        """Return when the next package is due; None: nothing waits."""
        async with self._database.reading() as session:
            return await session.scalar(select(func.min(PackageRow.next_at)).where(PackageRow.state != "acknowledged"))

    async def made(self, package_id: str, size: int, sha256: str) -> None:
        """Its bytes are fixed."""
        await self._set(package_id, state="made", size=size, sha256=sha256)

    async def failed(self, package_id: str, attempts: int, next_at: float, problem: str) -> None:
        """A try failed."""
        await self._set(package_id, attempts=attempts, next_at=next_at, problem=problem)

    async def acknowledged(self, package_id: str, attempts: int, at: float) -> None:
        """The back office has it."""
        await self._set(package_id, state="acknowledged", attempts=attempts, problem="", acknowledged_at=at)

    async def retry(self, package_id: str, now: float) -> None:
        """Try it at once; raise `Unknown` when there is none that waits."""
        await self._set(package_id, next_at=now)

    async def get(self, package_id: str) -> Package:
        """Return a package; raise `Unknown` when there is none."""
        async with self._database.reading() as session:
            row = await session.get(PackageRow, package_id)
        if row is None:
            raise Unknown("there is no such package")
        return _package(row)

    async def listed(self, *, open_only: bool, limit: int) -> list[Listed]:
        """Return packages, those that wait and fail first, then the latest."""
        lines = (
            select(PackageRow, CaseRow.number, CaseRow.item_name, CaseRow.point_name)
            .join(CaseRow, CaseRow.case_id == PackageRow.case_id)
            .order_by(PackageRow.state == "acknowledged", PackageRow.attempts.desc(), PackageRow.created_at.desc())
            .limit(min(limit, MAX_PAGE))
        )
        if open_only:
            lines = lines.where(PackageRow.state != "acknowledged")
        async with self._database.reading() as session:
            return [Listed(_package(row), *names) for row, *names in await session.execute(lines)]

    async def counts(self) -> tuple[int, int, int]:
        """Return how many wait for their first try, how many have failed so far, and how many were acknowledged."""
        query = select(PackageRow.state == "acknowledged", PackageRow.attempts > 0, func.count()).group_by(
            PackageRow.state == "acknowledged", PackageRow.attempts > 0
        )
        waiting = failing = done = 0
        async with self._database.reading() as session:
            for acknowledged, tried, count in await session.execute(query):
                if acknowledged:
                    done += count
                elif tried:
                    failing += count
                else:
                    waiting += count
        return waiting, failing, done

    async def _set(self, package_id: str, **columns: Any) -> None:
        change = (
            update(PackageRow)
            .where(PackageRow.package_id == package_id, PackageRow.state != "acknowledged")
            .values(**columns)
            .returning(PackageRow.package_id)
        )
        async with self._database.writing() as session:
            if await session.scalar(change) is None:
                raise Unknown("there is no such package that waits")


def _package(row: PackageRow) -> Package:
    return Package(
        row.package_id, row.case_id, row.call_id, cast("PackageState", row.state), row.created_at, row.next_at,
        row.attempts, row.problem, row.size, row.sha256, row.acknowledged_at,
    )  # fmt: skip

"""The rows of captures: who asked for a still, when, and what became of it.

Promise: a capture goes requested → uploading → stored → withdrawn, or ends failed or withdrawn before
it is stored; every other step is refused with `WrongState` and changes nothing, also when two are
tried at once. Contents are files and lie with `captures`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from signaling.errors import Unknown, WrongState
from signaling.records.history import capture as value
from signaling.records.tables import CaptureRow, ReadingRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from signaling.records.database import Database
    from signaling.records.values import Capture, CaptureState

STEPS: dict[CaptureState, tuple[CaptureState, ...]] = {
    "uploading": ("requested", "uploading"),
    "stored": ("uploading",),
    "failed": ("requested", "uploading"),
    "withdrawn": ("requested", "uploading", "stored"),
    "requested": (),
}
"""From which states each state can be reached."""


class Stills:
    """Captures by id and by call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def request(self, capture: Capture) -> Capture:
        """Write down that a still was asked for."""
        async with self._database.writing() as session:
            session.add(CaptureRow(
                capture_id=capture.capture_id, call_id=capture.call_id, booth_id=capture.booth_id,
                requester=capture.requester, requested_at=capture.requested_at, state="requested",
                paper_id=capture.paper_id, page=capture.page, kind=capture.kind,
            ))  # fmt: skip
        return capture

    async def get(self, capture_id: str) -> Capture:
        """Return a capture; raise `Unknown` when there is none."""
        async with self._database.reading() as session:
            row = await session.get(CaptureRow, capture_id)
        if row is None:
            raise Unknown("there is no such capture")
        return value(row)

    async def of_call(self, call_id: str) -> list[Capture]:
        """Return a call's captures, earliest first."""
        query = select(CaptureRow).where(CaptureRow.call_id == call_id).order_by(CaptureRow.requested_at)
        async with self._database.reading() as session:
            return [value(row) for row in await session.scalars(query)]

    async def open(self, call_id: str | None = None) -> list[Capture]:
        """Return captures still being waited for: of one call, or of all."""
        query = select(CaptureRow).where(CaptureRow.state.in_(("requested", "uploading")))
        if call_id is not None:
            query = query.where(CaptureRow.call_id == call_id)
        async with self._database.reading() as session:
            return [value(row) for row in await session.scalars(query.order_by(CaptureRow.requested_at))]

    async def unread(self, since: float, most: int) -> list[Capture]:
        """Return stored captures that were never read: at most so many, stored since then, earliest first."""
        query = (
            select(CaptureRow)
            .outerjoin(ReadingRow, ReadingRow.capture_id == CaptureRow.capture_id)
            .where(CaptureRow.state == "stored", CaptureRow.stored_at >= since, ReadingRow.capture_id.is_(None))
            .order_by(CaptureRow.stored_at)
            .limit(most)
        )
        async with self._database.reading() as session:
            return [value(row) for row in await session.scalars(query)]

    async def change(self, capture_id: str, state: CaptureState, **columns: Any) -> Capture:
        """Take one step, writing `columns` with it; raise `WrongState` when there is no such step from here."""
        step = (
            update(CaptureRow)
            .where(CaptureRow.capture_id == capture_id, CaptureRow.state.in_(STEPS[state]))
            .values(state=state, **columns)
        )
        async with self._database.writing() as session:
            changed: Sequence[CaptureRow] = (await session.scalars(step.returning(CaptureRow))).all()
            if changed:
                return value(changed[0])
            row = await session.get(CaptureRow, capture_id)
        if row is None:
            raise Unknown("there is no such capture")
        raise WrongState(f"the capture is {row.state}", code=f"capture_{row.state}")

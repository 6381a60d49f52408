"""The account of recordings: answers, legs, segments, viewings and exports, by call.

Promise: what a node told once is kept once, however often it is told again; an answer of a citizen is durable before
anything is recorded by it, and none is ever changed.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from signaling.errors import Unknown
from signaling.records.tables import AuditRow, ConsentRow, ExportRow, RecordedLegRow, SegmentRow, ViewingRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from signaling.nodes import Segment
    from signaling.records.database import Database


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """A segment as it is kept: `id` grows with the order they were told in; `person_id` empty where nobody knows."""

    id: int
    call_id: str
    node_id: str
    leg_id: str
    person_id: str
    name: str
    role: str
    kind: str
    codec: str
    started_at: float
    duration_s: float
    size: int
    sha256: str
    content_sha256: str
    gaps: tuple[tuple[float, float], ...]
    recovered: bool
    erased_at: float | None


@dataclasses.dataclass(frozen=True, slots=True)
class Viewing:
    viewing_id: str
    call_id: str
    reader_id: str
    reason: str
    opened_at: float


@dataclasses.dataclass(frozen=True, slots=True)
class Export:
    """`state` is `running`, `done` or `failed`."""

    export_id: str
    call_id: str
    node_id: str
    form: str
    asked_by: str
    asked_at: float
    state: str = "running"
    name: str = ""
    size: int = 0
    sha256: str = ""
    duration_s: float = 0.0


class RecordingBooks:
    """All of it, over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ── consent ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def answered(self, call_id: str, answer: str, lang: str, at: float) -> None:
        """Keep a citizen's answer."""
        async with self._database.writing() as session:
            session.add(ConsentRow(call_id=call_id, answer=answer, lang=lang, at=at))

    async def consent(self, call_id: str) -> list[tuple[str, float]]:
        """Return every answer of a call with its time, in order."""
        query = select(ConsentRow).where(ConsentRow.call_id == call_id).order_by(ConsentRow.id)
        async with self._database.reading() as session:
            return [(row.answer, row.at) for row in await session.scalars(query)]

    # ── segments ────────────────────────────────────────────────────────────────────────────────────────────────

    async def seat(self, call_id: str, legs: Mapping[str, str]) -> None:
        """Keep who has which leg."""
        async with self._database.writing() as session:
            for leg_id, person_id in legs.items():
                await session.merge(RecordedLegRow(leg_id=leg_id, call_id=call_id, person_id=person_id))

    async def keep(self, node_id: str, segments: Sequence[Segment]) -> None:
        """Keep what a node told, unless it is there."""
        if not segments:
            return
        told = [
            {
                "call_id": one.recording_id, "node_id": node_id, "leg_id": one.leg_id, "name": one.name,
                "role": one.role, "kind": one.kind, "codec": one.codec, "started_at": one.started_at,
                "duration_s": one.duration_s, "frames": one.frames, "size": one.size, "sha256": one.sha256,
                "content_sha256": one.content_sha256, "gaps": [list(gap) for gap in one.gaps],
                "recovered": one.recovered, "width": one.width, "height": one.height,
            }
            for one in segments
        ]  # fmt: skip
        async with self._database.writing() as session:
            # A piece at a time: a database takes only so many values in one statement.
            for first in range(0, len(told), 100):
                insert = self._database.insert(SegmentRow).values(told[first : first + 100])
                await session.execute(insert.on_conflict_do_nothing(index_elements=["call_id", "node_id", "name"]))

    async def counts(self, node_id: str) -> dict[str, int]:
        """Return how many segments a node has of each call, as far as is known here."""
        query = (
            select(SegmentRow.call_id, func.count())
            .where(SegmentRow.node_id == node_id, SegmentRow.erased_at.is_(None))
            .group_by(SegmentRow.call_id)
        )
        async with self._database.reading() as session:
            return {call_id: count for call_id, count in await session.execute(query)}

    async def segments(self, call_id: str, after: int = 0) -> list[Kept]:
        """Return a call's segments, those told after the one numbered `after`, in the order they were told in."""
        query = (
            select(SegmentRow, RecordedLegRow.person_id)
            .outerjoin(RecordedLegRow, RecordedLegRow.leg_id == SegmentRow.leg_id)
            .where(SegmentRow.call_id == call_id, SegmentRow.id > after)
            .order_by(SegmentRow.id)
        )
        async with self._database.reading() as session:
            return [_kept(row, person) for row, person in await session.execute(query)]

    async def segment(self, call_id: str, number: int) -> Kept:
        """Return one segment that is still there; raise `Unknown`."""
        async with self._database.reading() as session:
            row = await session.get(SegmentRow, number)
        if row is None or row.call_id != call_id or row.erased_at is not None:
            raise Unknown("there is no such segment")
        return _kept(row, None)

    async def erased(self, node_id: str, call_id: str, at: float) -> None:
        """A node has a recording no longer; what is known of it stays."""
        gone = update(SegmentRow).where(
            SegmentRow.node_id == node_id, SegmentRow.call_id == call_id, SegmentRow.erased_at.is_(None)
        )
        async with self._database.writing() as session:
            await session.execute(gone.values(erased_at=at))

    async def due(self, before: float) -> list[tuple[str, str]]:
        """Return node and call of recordings whose last segment began before this time, the oldest first."""
        last = func.max(SegmentRow.started_at)
        query = (
            select(SegmentRow.node_id, SegmentRow.call_id)
            .where(SegmentRow.erased_at.is_(None))
            .group_by(SegmentRow.node_id, SegmentRow.call_id)
            .having(last < before)
            .order_by(last)
        )
        async with self._database.reading() as session:
            return [(node_id, call_id) for node_id, call_id in await session.execute(query)]

    # ── watching ────────────────────────────────────────────────────────────────────────────────────────────────

    async def opened(self, viewing: Viewing) -> None:
        """Keep who opened a recording and why, in the audit log too."""
        async with self._database.writing() as session:
            session.add(ViewingRow(**dataclasses.asdict(viewing)))
            session.add(AuditRow(
                at=viewing.opened_at, actor=viewing.reader_id, action="recording_opened", subject=viewing.call_id,
                detail={"reason": viewing.reason, "viewing_id": viewing.viewing_id},
            ))  # fmt: skip

    async def viewing(self, viewing_id: str) -> Viewing:
        """Return a viewing; raise `Unknown`."""
        async with self._database.reading() as session:
            row = await session.get(ViewingRow, viewing_id)
        if row is None:
            raise Unknown("there is no such viewing")
        return Viewing(row.viewing_id, row.call_id, row.reader_id, row.reason, row.opened_at)

    # ── exports ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def export_asked(self, export: Export, viewing: Viewing) -> None:
        """Keep that a file is being made, in the audit log too."""
        async with self._database.writing() as session:
            session.add(ExportRow(**dataclasses.asdict(export)))
            session.add(AuditRow(
                at=export.asked_at, actor=export.asked_by, action="recording_exported", subject=export.call_id,
                detail={"form": export.form, "reason": viewing.reason, "export_id": export.export_id},
            ))  # fmt: skip

    async def export_ended(self, export_id: str, state: str, **made: str | float) -> None:
        """Keep how the making of a file ended."""
        async with self._database.writing() as session:
            await session.execute(update(ExportRow).where(ExportRow.export_id == export_id).values(state=state, **made))

    async def exports(self, call_id: str) -> list[Export]:
        """Return the files made of a call, the latest first."""
        query = select(ExportRow).where(ExportRow.call_id == call_id).order_by(ExportRow.asked_at.desc())
        async with self._database.reading() as session:
            return [_export(row) for row in await session.scalars(query)]

    async def unfinished(self) -> list[Export]:
        """Return the files that were being made when the service ended."""
        async with self._database.reading() as session:
            return [
                _export(row) for row in await session.scalars(select(ExportRow).where(ExportRow.state == "running"))
            ]


def _export(row: ExportRow) -> Export:
    return Export(
        row.export_id, row.call_id, row.node_id, row.form, row.asked_by, row.asked_at, row.state, row.name, row.size,
        row.sha256, row.duration_s,
    )  # fmt: skip


def _kept(row: SegmentRow, person_id: str | None) -> Kept:
    return Kept(
        row.id, row.call_id, row.node_id, row.leg_id, person_id or "", row.name, row.role, row.kind, row.codec,
        row.started_at, row.duration_s, row.size, row.sha256, row.content_sha256,
        tuple((start, end) for start, end in row.gaps), row.recovered, row.erased_at,
    )  # fmt: skip

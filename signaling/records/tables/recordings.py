"""What is recorded of calls: the citizen's answers, who had which leg, the segments, who watched, what was exported.

The media themselves lie with the nodes; their hashes are kept here also after they were erased.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base, RowNumber


class ConsentRow(Base):
    """One answer of a citizen to the question whether the call may be recorded. The last one counts."""

    __tablename__ = "recording_consents"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    answer: Mapped[str]
    lang: Mapped[str]
    at: Mapped[float]


class RecordedLegRow(Base):
    """Whose leg it was: segments name legs only."""

    __tablename__ = "recorded_legs"
    leg_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[str]


class SegmentRow(Base):
    """A segment, whole on its node's disk. `erased_at`: gone from there, by the rules of retention."""

    __tablename__ = "recording_segments"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    node_id: Mapped[str] = mapped_column(index=True)
    leg_id: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    kind: Mapped[str]
    codec: Mapped[str]
    started_at: Mapped[float]
    duration_s: Mapped[float]
    frames: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    content_sha256: Mapped[str]
    gaps: Mapped[list[Any]] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))
    recovered: Mapped[bool]
    width: Mapped[int]
    height: Mapped[int]
    erased_at: Mapped[float | None]
    __table_args__ = (UniqueConstraint("call_id", "node_id", "name"),)


class ViewingRow(Base):
    """Somebody opened a recording, and said why."""

    __tablename__ = "recording_viewings"
    viewing_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    reader_id: Mapped[str]
    reason: Mapped[str]
    opened_at: Mapped[float]


class ExportRow(Base):
    """One file made of what a node has of a recording. `size` 0: not finished yet."""

    __tablename__ = "recording_exports"
    export_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    node_id: Mapped[str]
    form: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[float]
    state: Mapped[str]
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    duration_s: Mapped[float]

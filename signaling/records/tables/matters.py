"""Matters that failed somewhere, and their steps."""

from __future__ import annotations

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base, RowNumber


class MatterRow(Base):
    """A matter as it stands. A call enters once for each origin. `contact`: a phone, sealed; empty: none was left."""

    __tablename__ = "matters"
    matter_id: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str]
    call_id: Mapped[str]
    item_name: Mapped[str]
    point_name: Mapped[str]
    cause: Mapped[str]
    words: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(index=True)
    owner_id: Mapped[str] = mapped_column(index=True)
    owner_name: Mapped[str]
    opened_at: Mapped[float] = mapped_column(index=True)
    due_at: Mapped[float]
    answer: Mapped[str] = mapped_column(Text)
    told_by: Mapped[str]
    answered_at: Mapped[float | None]
    archived_at: Mapped[float | None]
    __table_args__ = (UniqueConstraint("origin", "call_id"),)


class MatterStepRow(Base):
    """One step: who took it, to which state, in which words. `by` empty: the service itself."""

    __tablename__ = "matter_steps"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    matter_id: Mapped[str] = mapped_column(index=True)
    at: Mapped[float]
    by: Mapped[str]
    by_name: Mapped[str]
    state: Mapped[str]
    owner_name: Mapped[str]
    words: Mapped[str] = mapped_column(Text)

"""Cases: what is handled during one or more calls, its receipts and its steps."""

from __future__ import annotations

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base, RowNumber


class CaseRow(Base):
    """A case as it stands. `phone_mark`: see `signaling.cases.mark`; empty when no phone was given."""

    __tablename__ = "cases"
    case_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    item_id: Mapped[str]
    item_name: Mapped[str]
    item_name_en: Mapped[str]
    point_name: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    phone_mark: Mapped[str]
    taken: Mapped[list[str]]
    missing: Mapped[list[str]]
    next_steps: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[float]
    changed_at: Mapped[float]
    due_at: Mapped[float | None]


class CaseCallRow(Base):
    """A call that belongs to a case; a call belongs to one at most."""

    __tablename__ = "case_calls"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(index=True)
    joined_at: Mapped[float]


class ReceiptRow(Base):
    """What a call took in, as it was told to the citizen. The hash is of the printed form."""

    __tablename__ = "receipts"
    receipt_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[str] = mapped_column(index=True)
    booth_id: Mapped[str]
    booth_name: Mapped[str]
    agent_id: Mapped[str]
    agent_name: Mapped[str]
    agent_badge: Mapped[str]
    lang: Mapped[str]
    taken: Mapped[list[str]]
    missing: Mapped[list[str]]
    next_steps: Mapped[str] = mapped_column(Text)
    given_at: Mapped[float]
    due_at: Mapped[float | None]
    document_id: Mapped[str | None]


class CaseStepRow(Base):
    """One step of a case. `step_id`: the back office's own id, so that the same news is told once."""

    __tablename__ = "case_steps"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    case_id: Mapped[str] = mapped_column(index=True)
    step_id: Mapped[str] = mapped_column(unique=True)
    at: Mapped[float]
    state: Mapped[str]
    by: Mapped[str]
    words: Mapped[str] = mapped_column(Text)

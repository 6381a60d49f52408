"""What was read of papers and found about them. The words read are personal: they lie sealed beside the still."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base


class ReadingRow(Base):
    """The last reading of one capture: where its sheet lies, how good the picture is, what paper it seems to be."""

    __tablename__ = "readings"
    capture_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    kind: Mapped[str]
    material_id: Mapped[str]
    matched_by: Mapped[str]
    """Who said which line of the checklist it is: empty for the service, else the agent's id."""
    corners: Mapped[dict[str, Any]]
    quality: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    """Of the corrected picture."""
    size: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int]
    height: Mapped[int]
    read_at: Mapped[float]
    key_id: Mapped[str]


class FindingRow(Base):
    """One rule applied to one capture, and what the helper said to it.

    A row is never rewritten by a later reading: what no longer holds is superseded, with whatever was decided on it.
    """

    __tablename__ = "findings"
    finding_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str]
    capture_id: Mapped[str]
    material_id: Mapped[str]
    rule: Mapped[str]
    field: Mapped[str]
    verdict: Mapped[str]
    reason: Mapped[str]
    detail: Mapped[dict[str, Any]]
    """What the reason's sentence names: dates and numbers of months, never a citizen's name or number."""
    found_at: Mapped[float]
    superseded_at: Mapped[float | None]
    decision: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[float | None]
    why: Mapped[str] = mapped_column(Text)
    __table_args__ = (Index(None, "call_id", "capture_id"),)

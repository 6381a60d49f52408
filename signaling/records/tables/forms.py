"""Forms filled in during calls, and what was signed. The values are personal: they lie sealed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base


class FillingRow(Base):
    """The present content of one form in one call, encrypted with the captures' key."""

    __tablename__ = "form_fillings"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    form_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[float]


class SigningRow(Base):
    """One signature asked for, on one exact document, and what became of it."""

    __tablename__ = "signings"
    signing_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[float]
    form_id: Mapped[str]
    form_version: Mapped[int]
    document_id: Mapped[str]
    sha256: Mapped[str]
    signed_id: Mapped[str]
    ended_at: Mapped[float | None]
    problem: Mapped[dict[str, Any] | None]

"""Packages on their way to the back office."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base


class PackageRow(Base):
    """One package: written with its receipt, made when due, sent until acknowledged, once by its id."""

    __tablename__ = "packages"
    package_id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(index=True)
    call_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    created_at: Mapped[float]
    next_at: Mapped[float]
    attempts: Mapped[int]
    problem: Mapped[str] = mapped_column(Text)
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    acknowledged_at: Mapped[float | None]
    __table_args__ = (Index(None, "state", "next_at"),)

"""What supervisors note at moments of a recorded call, for the helper to learn from."""

from __future__ import annotations

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base


class RemarkRow(Base):
    """`at`: the moment of the call it is about. An empty text marks the moment alone."""

    __tablename__ = "remarks"
    remark_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    at: Mapped[float]
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[str]
    made_at: Mapped[float]

"""What was told to booths."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base


class BroadcastRow(Base):
    """A message of a supervisor to booths. `until` is brought forward when it is taken back."""

    __tablename__ = "broadcasts"
    broadcast_id: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    street_id: Mapped[str | None]
    point_id: Mapped[str | None]
    said_by: Mapped[str]
    said_at: Mapped[float]
    until: Mapped[float] = mapped_column(index=True)

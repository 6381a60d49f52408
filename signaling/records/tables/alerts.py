"""Who looks after which standing alert."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base


class AcknowledgementRow(Base):
    """An alert somebody took; gone when the alert is."""

    __tablename__ = "acknowledgements"
    alert_id: Mapped[str] = mapped_column(primary_key=True)
    by: Mapped[str]
    at: Mapped[float]

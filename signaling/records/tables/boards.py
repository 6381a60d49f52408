"""What the people of a talking call look at together, kept so that a restart of the service takes nothing off."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base


class BoardRow(Base):
    """A call's board as it was last written; gone with the call's talk."""

    __tablename__ = "boards"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]

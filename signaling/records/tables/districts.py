"""The district as it was changed in the browser: a row a version, whole, so that any can be gone back to."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base


class DistrictRow(Base):
    """`draft`: what the files would hold; `changes`: what differs from the version before. `by` empty: the files."""

    __tablename__ = "districts"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[float]
    by: Mapped[str]
    changes: Mapped[list[str]]
    draft: Mapped[dict[str, Any]]

"""Documents of calls: their bytes are sealed files, their rows say what they are."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base


class DocumentRow(Base):
    """One stored document; never changed. Its file is removed when it is taken back, its row and hash stay."""

    __tablename__ = "documents"
    document_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    kind: Mapped[str]
    media_type: Mapped[str]
    pages: Mapped[int]
    page_sizes: Mapped[list[list[float]]]
    """Width and height of each page: points of a PDF, pixels of a picture."""
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    made_at: Mapped[float]
    made_by: Mapped[str]
    key_id: Mapped[str]
    removed_at: Mapped[float | None]

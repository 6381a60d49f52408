"""Supervisors' reviews of sampled calls."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base, RowNumber


class ReviewRow(Base):
    """A call as a supervisor judged it, the last time; one for each call."""

    __tablename__ = "reviews"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[str] = mapped_column(index=True)
    by: Mapped[str]
    by_name: Mapped[str]
    at: Mapped[float]
    scores: Mapped[dict[str, Any]]
    words: Mapped[str] = mapped_column(Text)


class EarlierReviewRow(Base):
    """A review as it was until somebody corrected it."""

    __tablename__ = "earlier_reviews"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    by: Mapped[str]
    by_name: Mapped[str]
    at: Mapped[float]
    scores: Mapped[dict[str, Any]]
    words: Mapped[str] = mapped_column(Text)

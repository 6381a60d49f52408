"""Projected from the hall's events: calls, who was in them, and what happened when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base, RowNumber


class ProjectionRow(Base):
    """How far the events have been written here. A new journal (seq running again from 1) opens a new epoch."""

    __tablename__ = "projection"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger)


class CallRow(Base):
    """One visit of one citizen, from ticket to outcome."""

    __tablename__ = "calls"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    ticket: Mapped[str] = mapped_column(index=True)
    queue_id: Mapped[str]
    queue_name: Mapped[str]
    item_id: Mapped[str] = mapped_column(index=True)
    item_name: Mapped[str]
    booth_id: Mapped[str] = mapped_column(index=True)
    booth_name: Mapped[str]
    point_id: Mapped[str]
    point_name: Mapped[str]
    street_name: Mapped[str]
    priority: Mapped[list[str]]
    entered_at: Mapped[float]
    first_offered_at: Mapped[float | None]
    accepted_at: Mapped[float | None]
    ended_at: Mapped[float | None]
    agent_id: Mapped[str | None] = mapped_column(index=True)
    outcome: Mapped[str | None]
    ended_by: Mapped[str | None]
    reason: Mapped[str]
    follow_up: Mapped[bool]
    __table_args__ = (Index(None, "entered_at", "call_id"),)


class CallAgentRow(Base):
    """An agent's time in a call. `ended_at` empty: still in it."""

    __tablename__ = "call_agents"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    agent_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    badge: Mapped[str]
    role: Mapped[str]
    started_at: Mapped[float]
    ended_at: Mapped[float | None]


class EventRow(Base):
    """One event: of a call's timeline, of an agent's shift, or the opening and closing of a queue."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    epoch: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[float]
    call_id: Mapped[str | None] = mapped_column(index=True)
    agent_id: Mapped[str | None]
    type: Mapped[str]
    data: Mapped[dict[str, Any]]
    __table_args__ = (UniqueConstraint("epoch", "seq"), Index(None, "agent_id", "at"))

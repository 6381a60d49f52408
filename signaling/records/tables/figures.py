"""Facts behind every figure: a row a call, a row a spell of an agent's time (`signaling.figures`).

`day` (a date's ordinal), `month` (its first day's) and `half_hour` (0–47) are by the district's clock, so that a
database of any kind adds up by them without knowing time zones.
"""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base


class CallFigureRow(Base):
    """What a call counts as, in the half-hour it entered in."""

    __tablename__ = "call_figures"
    call_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[int]
    month: Mapped[int]
    half_hour: Mapped[int]
    queue_id: Mapped[str]
    item_id: Mapped[str]
    point_id: Mapped[str]
    booth_id: Mapped[str]
    entered_at: Mapped[float]
    answered_at: Mapped[float | None]
    answered_by: Mapped[str | None]
    wait_s: Mapped[float | None]
    in_time: Mapped[bool]
    ended_at: Mapped[float | None]
    outcome: Mapped[str | None]
    follow_up: Mapped[bool]
    __table_args__ = (Index(None, "day", "answered_by"),)


class SpellRow(Base):
    """A spell of an agent's time, at most to the end of its half-hour. `ended_at` empty: what the agent does now."""

    __tablename__ = "agent_spells"
    agent_id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[float] = mapped_column(primary_key=True)
    day: Mapped[int]
    month: Mapped[int]
    half_hour: Mapped[int]
    activity: Mapped[str]
    ended_at: Mapped[float | None] = mapped_column(index=True)
    call_id: Mapped[str | None] = mapped_column(index=True)
    role: Mapped[str]
    then: Mapped[str]
    __table_args__ = (Index(None, "day", "agent_id"),)

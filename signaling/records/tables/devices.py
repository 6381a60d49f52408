"""The booth's devices in helpers' hands: the leave to work them, and all that was done."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from signaling.records.tables.base import Base


class LeaseRow(Base):
    """A citizen's leave for an agent to work devices of their booth."""

    __tablename__ = "leases"
    lease_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    booth_id: Mapped[str]
    agent_id: Mapped[str]
    devices: Mapped[list[str]]
    for_s: Mapped[float]
    asked_at: Mapped[float]
    state: Mapped[str] = mapped_column(index=True)
    expires_at: Mapped[float | None]
    ended_at: Mapped[float | None]
    reason: Mapped[str | None]


class DeviceActionRow(Base):
    """One thing done with a device, and how it ended (`code` empty: not yet). Never what was read from a card."""

    __tablename__ = "device_actions"
    action_id: Mapped[str] = mapped_column(primary_key=True)
    lease_id: Mapped[str]
    call_id: Mapped[str | None] = mapped_column(index=True)
    booth_id: Mapped[str]
    by: Mapped[str]
    device: Mapped[str]
    action: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    asked_at: Mapped[float]
    code: Mapped[str | None] = mapped_column(index=True)
    detail: Mapped[str]
    ended_at: Mapped[float | None]


class BindingRow(Base):
    """A document bound from the stills of one paper, by their ids in order."""

    __tablename__ = "bindings"
    paper_id: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[str]
    captures: Mapped[list[str]]

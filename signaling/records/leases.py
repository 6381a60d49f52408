"""Leases and what was done under them, on paper. What a method accepted is durable when it returns."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from sqlalchemy import select

from signaling.lease import Action, Lease
from signaling.records.tables import DeviceActionRow, LeaseRow

if TYPE_CHECKING:
    from signaling.records.database import Database

MOST = 2_000
"""Of one call; nobody presses a button more often."""


class LeaseBook:
    """Leases and actions by id and by call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, lease: Lease) -> None:
        """Write a lease as it is now."""
        async with self._database.writing() as session:
            await session.merge(LeaseRow(**{**asdict(lease), "devices": list(lease.devices)}))

    async def note(self, action: Action) -> None:
        """Write an action as it is now."""
        async with self._database.writing() as session:
            await session.merge(DeviceActionRow(**asdict(action)))

    async def standing(self) -> list[Lease]:
        """Return the leases that had not ended when last written."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(LeaseRow).where(LeaseRow.state.in_(("asked", "live"))))
            return [_lease(row) for row in rows]

    async def under_way(self) -> list[Action]:
        """Return the actions whose end was never written."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(DeviceActionRow).where(DeviceActionRow.code.is_(None)))
            return [_action(row) for row in rows]

    async def leases_of(self, call_id: str) -> list[Lease]:
        query = select(LeaseRow).where(LeaseRow.call_id == call_id).order_by(LeaseRow.asked_at).limit(MOST)
        async with self._database.reading() as session:
            return [_lease(row) for row in await session.scalars(query)]

    async def actions_of(self, call_id: str) -> list[Action]:
        query = select(DeviceActionRow).where(DeviceActionRow.call_id == call_id)
        async with self._database.reading() as session:
            rows = await session.scalars(query.order_by(DeviceActionRow.asked_at).limit(MOST))
            return [_action(row) for row in rows]


def _lease(row: LeaseRow) -> Lease:
    values = {field.name: getattr(row, field.name) for field in fields(Lease)}
    return Lease(**{**values, "devices": tuple(row.devices)})


def _action(row: DeviceActionRow) -> Action:
    return Action(**{field.name: getattr(row, field.name) for field in fields(Action)})

"""The rows of filled forms and of signatures."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select, update

from signaling.errors import Unknown, WrongState
from signaling.records.tables import FillingRow, SigningRow

if TYPE_CHECKING:
    from signaling.records.database import Database

SigningState = Literal["preparing", "asked", "sealing", "signed", "declined", "withdrawn", "failed"]
OPEN_SIGNING: frozenset[str] = frozenset({"preparing", "asked", "sealing"})
STEPS: dict[SigningState, tuple[SigningState, ...]] = {
    "preparing": (),
    "asked": ("preparing", "sealing"),
    "sealing": ("asked",),
    "signed": ("sealing",),
    "declined": ("asked",),
    "withdrawn": ("preparing", "asked"),
    "failed": ("preparing",),
}
"""From which states each state can be reached."""


@dataclasses.dataclass(frozen=True, slots=True)
class Signing:
    """One signature asked for. `form_id` is empty for a document that is no form of ours."""

    signing_id: str
    call_id: str
    state: SigningState
    asked_by: str
    asked_at: float
    form_id: str = ""
    form_version: int = 0
    document_id: str = ""
    sha256: str = ""
    signed_id: str = ""
    ended_at: float | None = None
    problem: dict[str, Any] | None = None


class FormRows:
    """Fillings by call and form, signings by id and by call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def filling(self, call_id: str, form_id: str) -> tuple[int, bytes] | None:
        """Return version and sealed content of a form; None when nobody wrote in it."""
        async with self._database.reading() as session:
            row = await session.get(FillingRow, (call_id, form_id))
        return None if row is None else (row.version, row.sealed)

    async def keep(self, call_id: str, form_id: str, version: int, sealed: bytes, at: float) -> None:
        async with self._database.writing() as session:
            await session.merge(
                FillingRow(call_id=call_id, form_id=form_id, version=version, sealed=sealed, saved_at=at)
            )

    async def ask(self, signing: Signing) -> None:
        async with self._database.writing() as session:
            session.add(SigningRow(**dataclasses.asdict(signing)))

    async def signing(self, signing_id: str) -> Signing:
        """Return a signing; raise `Unknown` when there is none."""
        async with self._database.reading() as session:
            row = await session.get(SigningRow, signing_id)
        if row is None:
            raise Unknown("there is no such signing")
        return _value(row)

    async def signings(self, call_id: str | None = None) -> list[Signing]:
        """Return a call's signings, or all that are open, earliest first."""
        query = select(SigningRow).order_by(SigningRow.asked_at, SigningRow.signing_id)
        if call_id is None:
            query = query.where(SigningRow.state.in_(OPEN_SIGNING))
        else:
            query = query.where(SigningRow.call_id == call_id)
        async with self._database.reading() as session:
            return [_value(row) for row in await session.scalars(query)]

    async def step(self, signing_id: str, state: SigningState, **columns: Any) -> Signing:
        """Take one step, writing `columns` with it; raise `WrongState` when there is no such step from here."""
        step = (
            update(SigningRow)
            .where(SigningRow.signing_id == signing_id, SigningRow.state.in_(STEPS[state]))
            .values(state=state, **columns)
        )
        async with self._database.writing() as session:
            row = (await session.scalars(step.returning(SigningRow))).first()
            if row is not None:
                return _value(row)
        known = await self.signing(signing_id)
        raise WrongState(f"the signing is {known.state}", code=f"signing_{known.state}")


def _value(row: SigningRow) -> Signing:
    return Signing(**{field.name: getattr(row, field.name) for field in dataclasses.fields(Signing)})

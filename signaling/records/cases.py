"""The rows of cases: what a call took in, where the case stands, and which calls belong to it.

Promise: a call gets one receipt and belongs to one case at most, also when two ask at once; a step that is not in
`signaling.cases.steps` is refused by who asks for it, and written here together with the case or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from signaling.errors import Unknown, WrongState
from signaling.records.tables.cases import CaseCallRow, CaseRow, CaseStepRow, ReceiptRow
from signaling.records.tables.packages import PackageRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from signaling.records.database import Database


@dataclass(frozen=True, slots=True)
class Case:
    case_id: str
    number: str
    item_id: str
    item_name: str
    item_name_en: str
    point_name: str
    state: str
    phone_mark: str
    taken: tuple[str, ...]
    missing: tuple[str, ...]
    next_steps: str
    opened_at: float
    changed_at: float
    due_at: float | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one call took in. `taken` and `missing` are names, as the citizen read them."""

    receipt_id: str
    call_id: str
    case_id: str
    booth_id: str
    booth_name: str
    agent_id: str
    agent_name: str
    agent_badge: str
    lang: str
    taken: tuple[str, ...]
    missing: tuple[str, ...]
    next_steps: str
    given_at: float
    due_at: float | None
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One step: when, to which state, by whom (an agent's id or `back_office`), in which words."""

    step_id: str
    at: float
    state: str
    by: str
    words: str


class NumberTaken(Exception):
    """Another case has the number that was drawn."""


class CaseFiles:
    """Cases by id, by number and by call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receive(self, case: Case, receipt: Receipt, step: CaseStep, leaves_at: float) -> tuple[Case, Receipt]:
        """Write a receipt, what it makes of its case, and the package that leaves with it at `leaves_at`.

        Return what is there when the call had a receipt already.

        Raises:
            NumberTaken: another case has this number.
        """
        try:
            async with self._database.writing() as session:
                if (known := await _receipt_of(session, receipt.call_id)) is not None:
                    row = await session.get_one(CaseRow, known.case_id)
                    return _case(row), _receipt(known)
                await session.merge(_row(case))
                session.add(ReceiptRow(**{name: getattr(receipt, name) for name in _RECEIPT} | {
                    "taken": list(receipt.taken), "missing": list(receipt.missing)}))  # fmt: skip
                await session.merge(CaseCallRow(call_id=receipt.call_id, case_id=case.case_id, joined_at=step.at))
                session.add(_step_row(case.case_id, step))
                session.add(PackageRow(
                    package_id=receipt.receipt_id.replace("rcpt_", "pack_"), case_id=case.case_id,
                    call_id=receipt.call_id, state="waiting", created_at=step.at, next_at=leaves_at, attempts=0,
                    problem="",
                ))  # fmt: skip
        except IntegrityError as error:
            if "number" in str(error.orig):
                raise NumberTaken from error
            raise
        return case, receipt

    async def join(self, call_id: str, case_id: str, at: float) -> None:
        """Let a call belong to a case; done again it changes nothing.

        Raises:
            WrongState: the call belongs to another case.
        """
        insert = self._database.insert(CaseCallRow).values(call_id=call_id, case_id=case_id, joined_at=at)
        async with self._database.writing() as session:
            await session.execute(insert.on_conflict_do_nothing(index_elements=["call_id"]))
            row = await session.get_one(CaseCallRow, call_id)
            if row.case_id != case_id:
                raise WrongState("this call belongs to another case", field="number", code="other_case")

    async def step(self, case_id: str, step: CaseStep, change: Callable[[Case], Case]) -> tuple[Case, bool]:
        """Write a step and what `change` makes of the case; return the case, and whether the step is new.

        `change` sees the case as it stands inside the transaction and may refuse by raising.
        """
        async with self._database.writing() as session:
            row = await session.get(CaseRow, case_id, with_for_update=True)
            if row is None:
                raise Unknown("there is no such case")
            known = await session.scalar(select(CaseStepRow).where(CaseStepRow.step_id == step.step_id))
            if known is not None:
                if known.case_id != case_id:
                    raise WrongState("this step_id was used for another case", field="step_id", code="id_reused")
                return _case(row), False
            case = change(_case(row))
            await session.merge(_row(case))
            session.add(_step_row(case_id, step))
        return case, True

    async def handed_over(self, case_id: str) -> bool:
        """Say whether a package of this case is on its way, or there: its bytes are fixed."""
        query = select(PackageRow.package_id).where(PackageRow.case_id == case_id, PackageRow.state != "waiting")
        async with self._database.reading() as session:
            return await session.scalar(query.limit(1)) is not None

    async def get(self, case_id: str) -> Case:
        """Return a case; raise `Unknown` when there is none."""
        async with self._database.reading() as session:
            row = await session.get(CaseRow, case_id)
        if row is None:
            raise Unknown("there is no such case")
        return _case(row)

    async def numbered(self, number: str) -> Case | None:
        """Return the case with this number."""
        async with self._database.reading() as session:
            row = await session.scalar(select(CaseRow).where(CaseRow.number == number))
        return _case(row) if row else None

    async def of_call(self, call_id: str) -> Case | None:
        """Return the case a call belongs to."""
        query = select(CaseRow).join(CaseCallRow, CaseCallRow.case_id == CaseRow.case_id)
        async with self._database.reading() as session:
            row = await session.scalar(query.where(CaseCallRow.call_id == call_id))
        return _case(row) if row else None

    async def calls(self, case_id: str) -> list[str]:
        """Return the calls of a case, earliest first."""
        query = select(CaseCallRow.call_id).where(CaseCallRow.case_id == case_id).order_by(CaseCallRow.joined_at)
        async with self._database.reading() as session:
            return list(await session.scalars(query))

    async def receipt_of(self, call_id: str) -> Receipt | None:
        """Return a call's receipt."""
        async with self._database.reading() as session:
            row = await _receipt_of(session, call_id)
        return _receipt(row) if row else None

    async def receipt(self, receipt_id: str) -> Receipt:
        """Return a receipt; raise `Unknown` when there is none."""
        async with self._database.reading() as session:
            row = await session.get(ReceiptRow, receipt_id)
        if row is None:
            raise Unknown("there is no such receipt")
        return _receipt(row)

    async def printed(self, receipt: Receipt, document_id: str) -> Receipt:
        """Write down under which id the printed form is kept."""
        async with self._database.writing() as session:
            row = await session.get_one(ReceiptRow, receipt.receipt_id)
            row.document_id = document_id
        return replace(receipt, document_id=document_id)

    async def steps(self, case_id: str) -> list[CaseStep]:
        """Return a case's steps in order."""
        query = select(CaseStepRow).where(CaseStepRow.case_id == case_id).order_by(CaseStepRow.id)
        async with self._database.reading() as session:
            return [CaseStep(row.step_id, row.at, row.state, row.by, row.words) for row in await session.scalars(query)]

    async def counts(self) -> dict[str, int]:
        """Return how many cases stand in each state."""
        query = select(CaseRow.state, func.count()).group_by(CaseRow.state)
        async with self._database.reading() as session:
            return {state: count for state, count in await session.execute(query)}


_CASE = tuple(Case.__dataclass_fields__)
_RECEIPT = tuple(Receipt.__dataclass_fields__)


async def _receipt_of(session: AsyncSession, call_id: str) -> ReceiptRow | None:
    return await session.scalar(select(ReceiptRow).where(ReceiptRow.call_id == call_id))


def _row(case: Case) -> CaseRow:
    values = {name: getattr(case, name) for name in _CASE}
    return CaseRow(**values | {"taken": list(case.taken), "missing": list(case.missing)})


def _step_row(case_id: str, step: CaseStep) -> CaseStepRow:
    return CaseStepRow(
        case_id=case_id, step_id=step.step_id, at=step.at, state=step.state, by=step.by, words=step.words
    )


def _case(row: CaseRow) -> Case:
    return Case(**{name: getattr(row, name) for name in _CASE} | _lists(row.taken, row.missing))


def _receipt(row: ReceiptRow) -> Receipt:
    return Receipt(**{name: getattr(row, name) for name in _RECEIPT} | _lists(row.taken, row.missing))


def _lists(taken: Sequence[str], missing: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return {"taken": tuple(taken), "missing": tuple(missing)}

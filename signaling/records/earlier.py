"""What is shown of earlier visits: when, where, with whom, how it ended, what the receipt said. No notes, no papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from signaling.records.tables import CallAgentRow, CallRow, CorrectionRow
from signaling.records.tables.cases import CaseCallRow, CaseRow, ReceiptRow

if TYPE_CHECKING:
    from signaling.records.database import Database

MOST = 30
"""More visits for one matter than anybody reads during a call."""


@dataclass(frozen=True, slots=True)
class EarlierVisit:
    """One call of a case. `taken`, `missing` and `next_steps` are its receipt's; empty where none was given."""

    entered_at: float
    point_name: str
    item_name: str
    agent_name: str
    outcome: str
    number: str
    case_state: str
    taken: tuple[str, ...]
    missing: tuple[str, ...]
    next_steps: str


class EarlierCalls:
    """Calls by their case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, case_ids: frozenset[str], but: str) -> tuple[EarlierVisit, ...]:
        """Return the calls of these cases without the call `but`, latest first."""
        name = (
            select(CallAgentRow.name)
            .where(CallAgentRow.call_id == CallRow.call_id, CallAgentRow.agent_id == CallRow.agent_id)
            .order_by(CallAgentRow.started_at.desc())
            .limit(1)
        )
        outcome = func.coalesce(CorrectionRow.outcome, CallRow.outcome, "")
        query = (
            select(CallRow, CaseRow, ReceiptRow, outcome, func.coalesce(name.scalar_subquery(), ""))
            .join(CaseCallRow, CaseCallRow.call_id == CallRow.call_id)
            .join(CaseRow, CaseRow.case_id == CaseCallRow.case_id)
            .outerjoin(ReceiptRow, ReceiptRow.call_id == CallRow.call_id)
            .outerjoin(CorrectionRow, CorrectionRow.call_id == CallRow.call_id)
            .where(CaseRow.case_id.in_(case_ids), CallRow.call_id != but)
            .order_by(CallRow.entered_at.desc())
            .limit(MOST)
        )
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return tuple(
            EarlierVisit(
                call.entered_at, call.point_name, call.item_name, agent, ended, case.number, case.state,
                tuple(receipt.taken) if receipt else (), tuple(receipt.missing) if receipt else (),
                receipt.next_steps if receipt else "",
            )
            for call, case, receipt, ended, agent in rows
        )  # fmt: skip

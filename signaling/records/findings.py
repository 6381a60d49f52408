"""What was read of papers and found about them, and what the helper decided.

Promise: a call's findings are the ones that hold now; what a later reading changed is superseded and stays in the
table with its decision. A finding is decided by one agent at a time, may be decided anew, and every decision is in the
audit log. No row holds a word that was read off a paper: those lie sealed with `captures`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import select, update

from signaling.errors import Unknown
from signaling.ids import new_id
from signaling.records.tables import AuditRow, CallRow, FindingRow, ReadingRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from signaling.records.database import Database

Verdict = Literal["passed", "failed", "ask"]
Decision = Literal["confirmed", "overruled"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One capture as it was last read. `state`: `read` or `failed`."""

    capture_id: str
    call_id: str
    state: Literal["read", "failed"]
    read_at: float
    kind: str = ""
    """`id_card_front`, …; `form` for anything else with words on it; empty: nothing was recognised."""
    material_id: str = ""
    matched_by: str = ""
    corners: dict[str, Any] = field(default_factory=dict)
    """`points`: four [x, y] in fractions of the original; `by`: `sheet`, `words`, `whole`, or an agent's id; `turn`."""
    quality: dict[str, Any] = field(default_factory=dict)
    """`problems`: what is wrong with the picture, worst first; and the measured figures."""
    sha256: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule applied to one capture. `standing` is what counts: the helper's word goes before the rule's."""

    call_id: str
    capture_id: str
    material_id: str
    rule: str
    field: str
    verdict: Verdict
    reason: str
    detail: dict[str, Any]
    found_at: float
    finding_id: str = ""
    decision: Decision | None = None
    decided_by: str | None = None
    decided_at: float | None = None
    why: str = ""

    @property
    def standing(self) -> Verdict:
        """What holds: a confirmed question counts as passed, and overruling turns the verdict round."""
        if self.decision is None:
            return self.verdict
        return "passed" if (self.verdict == "failed") == (self.decision == "overruled") else "failed"

    def same(self, other: Finding) -> bool:
        """Whether a later reading found just this again."""
        return _said(self) == _said(other)


class Findings:
    """Readings and findings by call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reading(self, capture_id: str) -> Reading:
        """Return a capture's reading; raise `Unknown` when it was not read."""
        async with self._database.reading() as session:
            row = await session.get(ReadingRow, capture_id)
        if row is None:
            raise Unknown("this capture was not read", code="not_read")
        return _reading(row)

    async def readings(self, call_id: str) -> list[Reading]:
        """Return a call's readings, earliest first."""
        query = select(ReadingRow).where(ReadingRow.call_id == call_id).order_by(ReadingRow.read_at)
        async with self._database.reading() as session:
            return [_reading(row) for row in await session.scalars(query)]

    async def item_of(self, call_id: str) -> str | None:
        """Return what a call was about; None when there was no such call."""
        async with self._database.reading() as session:
            row = await session.get(CallRow, call_id)
        return row.item_id if row is not None else None

    async def save(self, reading: Reading) -> None:
        """Write down a capture's reading in place of an earlier one."""
        values = {name: getattr(reading, name) for name in Reading.__slots__}
        async with self._database.writing() as session:
            await session.merge(ReadingRow(**values))

    async def of_call(self, call_id: str) -> list[Finding]:
        """Return the findings that hold for a call, by capture, rule and field."""
        async with self._database.reading() as session:
            return [_finding(row) for row in await session.scalars(_live(call_id))]

    async def settle(self, call_id: str, found: Iterable[Finding], now: float) -> list[Finding]:
        """Let exactly `found` hold for a call: what is found again keeps its decision, the rest is superseded."""
        async with self._database.writing() as session:
            rows = list(await session.scalars(_live(call_id)))
            known = {_said(_finding(row)): row for row in rows}
            kept: set[str] = set()
            for finding in found:
                row = known.get(_said(finding))
                if row is None:
                    session.add(_row(replace(finding, finding_id=new_id("find"))))
                else:
                    kept.add(row.finding_id)
            for row in rows:
                if row.finding_id not in kept:
                    row.superseded_at = now
        return await self.of_call(call_id)

    async def decide(
        self, finding_id: str, call_id: str, decision: Decision, *, by: str, why: str, now: float
    ) -> Finding:
        """Write down what an agent said to a finding that holds; raise `Unknown` when there is none such."""
        step = (
            update(FindingRow)
            .where(
                FindingRow.finding_id == finding_id, FindingRow.call_id == call_id, FindingRow.superseded_at.is_(None)
            )
            .values(decision=decision, decided_by=by, decided_at=now, why=why)
        )
        async with self._database.writing() as session:
            row = (await session.scalars(step.returning(FindingRow))).one_or_none()
            if row is None:
                raise Unknown("there is no such finding", field="finding_id", code="unknown_finding")
            detail = {"call_id": call_id, "rule": row.rule, "verdict": row.verdict, "why": why}
            session.add(AuditRow(at=now, actor=by, action=f"finding_{decision}", subject=finding_id, detail=detail))
            return _finding(row)


def _live(call_id: str) -> Any:
    return (
        select(FindingRow)
        .where(FindingRow.call_id == call_id, FindingRow.superseded_at.is_(None))
        .order_by(FindingRow.capture_id, FindingRow.rule, FindingRow.field)
    )


def _said(finding: Finding) -> tuple[object, ...]:
    detail = tuple(sorted((name, str(value)) for name, value in finding.detail.items()))
    return (finding.capture_id, finding.material_id, finding.rule, finding.field, finding.verdict, finding.reason,
            detail)  # fmt: skip


def _reading(row: ReadingRow) -> Reading:
    return Reading(**{name: getattr(row, name) for name in Reading.__slots__})


def _finding(row: FindingRow) -> Finding:
    return Finding(
        row.call_id, row.capture_id, row.material_id, row.rule, row.field, cast("Verdict", row.verdict), row.reason,
        row.detail, row.found_at, row.finding_id, cast("Decision | None", row.decision), row.decided_by,
        row.decided_at, row.why,
    )  # fmt: skip


def _row(finding: Finding) -> FindingRow:
    values = {name: getattr(finding, name) for name in Finding.__slots__}
    return FindingRow(**values, superseded_at=None)

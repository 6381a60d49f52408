"""Cases and receipts, as the API tells them. Who took a step is told as `hall` or `back_office`: no names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.api.shapes import AgentShape, Named
from signaling.receipt_number import spaced
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable

    from signaling.records.cases import Case, CaseStep, Receipt

BACK_OFFICE = "back_office"


@dataclass(frozen=True, slots=True)
class CaseStepShape:
    at: str
    state: str
    by: str
    words: str


@dataclass(frozen=True, slots=True)
class CaseShape:
    case_id: str
    number: str
    spaced: str
    item: Named
    point: str
    state: str
    has_phone: bool
    taken: tuple[str, ...]
    missing: tuple[str, ...]
    next_steps: str
    opened_at: str
    changed_at: str
    due_at: str | None
    steps: tuple[CaseStepShape, ...]


@dataclass(frozen=True, slots=True)
class ReceiptShape:
    receipt_id: str
    call_id: str
    booth: str
    agent: AgentShape
    lang: str
    taken: tuple[str, ...]
    missing: tuple[str, ...]
    next_steps: str
    given_at: str
    due_at: str | None


@dataclass(frozen=True, slots=True)
class CaseOfCall:
    """Both null: the call belongs to no case yet. Only `case`: it brings papers for that one."""

    case: CaseShape | None
    receipt: ReceiptShape | None


def case_shape(case: Case, steps: Iterable[CaseStep]) -> CaseShape:
    return CaseShape(
        case.case_id, case.number, spaced(case.number), Named(case.item_id, case.item_name, case.item_name_en),
        case.point_name, case.state, bool(case.phone_mark), case.taken, case.missing, case.next_steps,
        rfc3339(case.opened_at), rfc3339(case.changed_at), _at(case.due_at),
        tuple(
            CaseStepShape(
                rfc3339(one.at), one.state, BACK_OFFICE if one.by == BACK_OFFICE else "hall", one.words
            )
            for one in steps
        ),
    )  # fmt: skip


def receipt_shape(receipt: Receipt) -> ReceiptShape:
    agent = AgentShape(receipt.agent_id, receipt.agent_name, receipt.agent_badge)
    return ReceiptShape(
        receipt.receipt_id, receipt.call_id, receipt.booth_name, agent, receipt.lang, receipt.taken, receipt.missing,
        receipt.next_steps, rfc3339(receipt.given_at), _at(receipt.due_at),
    )  # fmt: skip


def _at(at: float | None) -> str | None:
    return None if at is None else rfc3339(at)

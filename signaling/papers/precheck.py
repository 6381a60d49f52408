"""Checks papers against the rules of a checklist (智能预审). Pure: fields and a date in, findings out.

Each rule passes, fails with its reason, or asks the helper. It fails only on what was read surely; what was not read,
or not surely, is the helper's to say. A reason never holds a name or a number of a citizen, so findings can be kept
and shown where the paper itself may not.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from signaling.papers import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Verdict = Literal["passed", "failed", "ask"]
LineState = Literal["missing", "partly", "passed", "failed", "ask"]

KINDS = (
    "id_card_front", "id_card_back", "residence_permit", "business_licence", "bank_card", "household_page", "form"
)  # fmt: skip
SURE = 0.85
"""A field read with less confidence is asked about, whatever it says."""
FOR_EVER = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a line of the checklist; `on`: only on this kind of paper."""

    rule: str
    field: str = ""
    months: int = 0
    material: str = ""
    other: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it was read: its values by field, with how sure each is."""

    capture_id: str
    material_id: str
    kind: str
    values: Mapping[str, tuple[str, float]]

    def sure(self, name: str) -> str | None:
        """Return a value that was read surely."""
        text, confidence = self.values.get(name, ("", 0.0))
        return text if text and confidence >= SURE else None


@dataclass(frozen=True, slots=True)
class Case:
    """All that rules may look at: the call's papers, whose matter it is, and today."""

    papers: Sequence[Paper]
    applicant_material: str
    today: datetime.date

    def value(self, material_id: str, name: str) -> str | None:
        """Return what the latest paper of a line surely says."""
        said = (paper.sure(name) for paper in reversed(self.papers) if paper.material_id == material_id)
        return next((text for text in said if text is not None), None)


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule says of one paper."""

    rule: str
    field: str
    verdict: Verdict
    reason: str
    detail: dict[str, Any] = dataclasses.field(default_factory=dict)


def check(paper: Paper, kinds: Sequence[str], rules: Sequence[Rule], case: Case) -> list[Found]:
    """Apply a line's rules to one of its papers, in the order of the file; first whether it is such a paper at all."""
    if kinds and paper.kind not in kinds:
        return [Found("paper", "", "ask", "another_paper", {"kind": paper.kind})]
    found = [Found("paper", "", "passed", "right_paper", {"kind": paper.kind})]
    return found + [RULES[rule.rule].check(rule, paper, case) for rule in rules if rule.on in ("", paper.kind)]


def line(standing: Sequence[Verdict], kinds: Sequence[str], sides: Sequence[str]) -> LineState:
    """Return how a line of the checklist stands: by the findings on its papers, and whether all sides are there."""
    if not kinds:
        return "missing"
    if "failed" in standing:
        return "failed"
    if "ask" in standing:
        return "ask"
    return "partly" if set(sides) - set(kinds) else "passed"


# ── the rules ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _present(rule: Rule, paper: Paper, case: Case) -> Found:
    return _asked(rule, paper) or _found(rule, "passed", "present")


def _number(rule: Rule, paper: Paper, case: Case) -> Found:
    text, confidence = paper.values.get(rule.field, ("", 0.0))
    if not text:
        return _found(rule, "ask", "not_read")
    if numbers.CHECKS.get(paper.kind, numbers.identity_number)(text):
        return _found(rule, "passed", "number_holds")  # eighteen characters do not hold by chance: no asking
    return _found(rule, "failed" if confidence >= SURE else "ask", "number_wrong")


def _valid_until(rule: Rule, paper: Paper, case: Case) -> Found:
    if asked := _asked(rule, paper):
        return asked
    text = paper.values[rule.field][0]
    if text == FOR_EVER:
        return _found(rule, "passed", "valid_for_ever")
    day = _day(text, last=True)
    if day is None:
        return _found(rule, "ask", "no_date")
    if day < case.today:
        return _found(rule, "failed", "expired", on=day.isoformat())
    return _found(rule, "passed", "valid", on=day.isoformat())


def _issued_within(rule: Rule, paper: Paper, case: Case) -> Found:
    if asked := _asked(rule, paper):
        return asked
    day = _day(paper.values[rule.field][0])
    if day is None:
        return _found(rule, "ask", "no_date")
    if day > case.today:
        return _found(rule, "ask", "in_future", on=day.isoformat())
    verdict: Verdict = "passed" if _months_later(day, rule.months) >= case.today else "failed"
    return _found(rule, verdict, "recent" if verdict == "passed" else "too_old", on=day.isoformat(), months=rule.months)


def _applicant(rule: Rule, paper: Paper, case: Case) -> Found:
    if paper.material_id == case.applicant_material:
        return _asked(rule, paper) or _found(rule, "passed", "is_applicant")
    return _compared(rule, paper, case.value(case.applicant_material, rule.field), case.applicant_material)


def _same_as(rule: Rule, paper: Paper, case: Case) -> Found:
    return _compared(rule, paper, case.value(rule.material, rule.other or rule.field), rule.material)


@dataclass(frozen=True, slots=True)
class Known:
    """A rule there is, and the keys its line in the file must have."""

    check: Callable[[Rule, Paper, Case], Found]
    needs: frozenset[str] = frozenset({"field"})


RULES: dict[str, Known] = {
    "present": Known(_present),
    "number": Known(_number),
    "valid_until": Known(_valid_until),
    "issued_within": Known(_issued_within, frozenset({"field", "months"})),
    "applicant": Known(_applicant),
    "same_as": Known(_same_as, frozenset({"field", "material"})),
}
"""Every rule a file may name."""


def _found(rule: Rule, verdict: Verdict, reason: str, **detail: Any) -> Found:
    return Found(rule.rule, rule.field, verdict, reason, detail)


def _asked(rule: Rule, paper: Paper) -> Found | None:
    """Ask the helper when the field was not read, or not surely."""
    text, confidence = paper.values.get(rule.field, ("", 0.0))
    if not text:
        return _found(rule, "ask", "not_read")
    return None if confidence >= SURE else _found(rule, "ask", "unsure")


def _compared(rule: Rule, paper: Paper, expected: str | None, material: str) -> Found:
    if asked := _asked(rule, paper):
        return asked
    if expected is None:
        return _found(rule, "ask", "nothing_to_compare", material=material)
    same = paper.values[rule.field][0] == expected
    return _found(rule, "passed" if same else "failed", "same" if same else "differs", material=material)


def _day(text: str, *, last: bool = False) -> datetime.date | None:
    """Return a date, or the first or last day of a month written alone."""
    try:
        if len(text) == 7:
            year, month = int(text[:4]), int(text[5:])
            return datetime.date(year, month, calendar.monthrange(year, month)[1] if last else 1)
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _months_later(day: datetime.date, months: int) -> datetime.date:
    """Return the same day so many months later, or the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))

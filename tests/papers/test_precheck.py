"""A rule passes, fails with its reason, or asks the helper; it never fails on what was not surely read."""

from __future__ import annotations

import datetime

import pytest

from signaling.papers.precheck import RULES, Case, Found, Paper, Rule, check, line

TODAY = datetime.date(2026, 3, 31)
CARD = Paper("cap_1", "id_card", "id_card_front", {"name": ("王芳", 0.99), "number": ("11010519491231002X", 0.98)})


def about(rule: Rule, *, kind: str = "form", **values: str | tuple[str, float]) -> Found:
    """Return what a rule says of a paper with these values, in a call that has the applicant's card."""
    read = {name: value if isinstance(value, tuple) else (value, 0.99) for name, value in values.items()}
    paper = Paper("cap_2", "dwelling", kind, read)
    case = Case([CARD, paper], "id_card", TODAY)
    return check(paper, [kind], [rule], case)[-1]


@pytest.mark.parametrize(
    ("text", "verdict", "reason"),
    [
        ("2026-03-31", "passed", "valid"),
        ("2026-03-30", "failed", "expired"),
        ("9999-12-31", "passed", "valid_for_ever"),
        ("2026-03", "passed", "valid"),  # a bank card's month: to its last day
        ("2026-02", "failed", "expired"),
        ("gestern", "ask", "no_date"),
    ],
)
def test_valid_until(text: str, verdict: str, reason: str) -> None:
    found = about(Rule("valid_until", "valid_until"), valid_until=text)
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("issued", "months", "verdict"),
    [
        ("2025-12-31", 3, "passed"), ("2025-12-30", 3, "failed"), ("2026-02-28", 1, "failed"),
        ("2026-03-01", 1, "passed"), ("2025-11-30", 4, "failed"),
    ],
)  # fmt: skip
def test_issued_within_some_months(issued: str, months: int, verdict: str) -> None:
    assert about(Rule("issued_within", "issued", months), issued=issued).verdict == verdict


@pytest.mark.parametrize(
    ("issued", "months", "today", "verdict"),
    [
        ("2024-02-29", 12, "2025-02-28", "passed"), ("2024-02-29", 12, "2025-03-01", "failed"),
        ("2023-11-30", 3, "2024-02-29", "passed"), ("2023-11-30", 3, "2024-03-01", "failed"),
        ("2025-11-30", 3, "2026-02-28", "passed"), ("2025-11-30", 3, "2026-03-01", "failed"),
    ],
)  # fmt: skip
def test_a_month_without_such_a_day_counts_to_its_last(issued: str, months: int, today: str, verdict: str) -> None:
    paper = Paper("cap_2", "dwelling", "form", {"issued": (issued, 0.99)})
    case = Case([paper], "id_card", datetime.date.fromisoformat(today))
    assert check(paper, ["form"], [Rule("issued_within", "issued", months)], case)[-1].verdict == verdict


def test_a_date_to_come_is_asked_about() -> None:
    assert about(Rule("issued_within", "issued", 3), issued="2026-04-01").verdict == "ask"


@pytest.mark.parametrize(
    ("number", "verdict"),
    [("11010519491231002X", "passed"), ("110105194912310021", "failed"), (("110105194912310021", 0.6), "ask"),
     (("11010519491231002X", 0.6), "passed")],
)  # fmt: skip
def test_a_number_by_its_check_digit(number: str | tuple[str, float], verdict: str) -> None:
    assert about(Rule("number", "number"), number=number).verdict == verdict


@pytest.mark.parametrize(
    ("name", "verdict", "reason"),
    [
        ("王芳", "passed", "same"),
        ("王方", "failed", "differs"),
        (("王方", 0.7), "ask", "unsure"),
        ("", "ask", "not_read"),
    ],
)
def test_the_applicants_name(name: str | tuple[str, float], verdict: str, reason: str) -> None:
    found = about(Rule("applicant", "name"), name=name)
    assert (found.verdict, found.reason) == (verdict, reason)
    assert "王" not in str(found.detail)


def test_without_the_applicants_card_the_helper_is_asked() -> None:
    paper = Paper("cap_2", "dwelling", "form", {"name": ("王芳", 0.99)})
    (_, found) = check(paper, ["form"], [Rule("applicant", "name")], Case([paper], "id_card", TODAY))
    assert (found.verdict, found.reason) == ("ask", "nothing_to_compare")


def test_the_same_as_on_another_paper() -> None:
    rule = Rule("same_as", "signed", material="id_card", other="name")
    assert about(rule, signed="王芳").verdict == "passed"
    assert about(rule, signed="李强").verdict == "failed"


def test_another_kind_of_paper_is_asked_about_and_no_rule_looks_at_it() -> None:
    paper = Paper("cap_2", "id_card", "bank_card", {})
    found = check(paper, ["id_card_front"], [Rule("present", "name")], Case([paper], "id_card", TODAY))
    assert [(one.rule, one.verdict, one.reason) for one in found] == [("paper", "ask", "another_paper")]


def test_a_rule_for_the_back_does_not_look_at_the_front() -> None:
    rules = [Rule("present", "name", on="id_card_front"), Rule("valid_until", "valid_until", on="id_card_back")]
    found = check(CARD, ["id_card_front", "id_card_back"], rules, Case([CARD], "id_card", TODAY))
    assert [one.rule for one in found] == ["paper", "present"]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_asks_where_nothing_was_read(rule: str) -> None:
    found = about(Rule(rule, "name", 3, "id_card"))
    assert found.verdict == "ask"


@pytest.mark.parametrize(
    ("standing", "kinds", "sides", "state"),
    [
        ([], [], [], "missing"),
        (["passed"], ["form"], [], "passed"),
        (["passed", "ask"], ["form"], [], "ask"),
        (["ask", "failed"], ["form"], [], "failed"),
        (["passed"], ["id_card_front"], ["id_card_front", "id_card_back"], "partly"),
    ],
)  # fmt: skip
def test_a_line_is_as_good_as_its_worst_finding(
    standing: list[str], kinds: list[str], sides: list[str], state: str
) -> None:
    assert line(standing, kinds, sides) == state  # type: ignore[arg-type]

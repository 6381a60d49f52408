"""The pure rules of cases: a receipt's number checks itself, and only the steps of the table are taken."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling import receipt_number
from signaling.cases import STATES
from signaling.cases.steps import STEPS, brought, over, step
from signaling.errors import Malformed, WrongState

# --- the number -----------------------------------------------------------------------------------------


@given(st.dates(date(2024, 1, 1), date(2099, 12, 31)), st.integers(0, receipt_number.DRAWS - 1), st.data())
def test_a_number_is_read_as_people_write_it_and_a_wrong_digit_is_noticed(
    day: date, draw: int, data: st.DataObject
) -> None:
    number = receipt_number.make(day, draw)
    assert receipt_number.read(receipt_number.spaced(number)) == number
    assert (
        receipt_number.read("-".join(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))) == number
    )
    place, other = data.draw(st.integers(0, 11)), data.draw(st.integers(1, 9))
    wrong = number[:place] + str((int(number[place]) + other) % 10) + number[place + 1 :]
    with pytest.raises(Malformed):
        receipt_number.read(wrong)


@pytest.mark.parametrize("typed", ["", "2511", "abcdefghijkl", "251125042711" * 9, "²511 2504 2718", "\x00" * 12])
def test_what_is_no_number_is_refused_by_name(typed: str) -> None:
    with pytest.raises(Malformed, match="number: the 12 digits"):
        receipt_number.read(typed)


def test_a_square_says_a_receipt_only_with_its_mark_and_a_right_number() -> None:
    number = receipt_number.make(date(2025, 11, 25), 4271)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert receipt_number.shown(receipt_number.QR_PREFIX + number) == number
    for text in (number, receipt_number.QR_PREFIX + wrong, f"https://example.org/{number}", receipt_number.QR_PREFIX):
        assert receipt_number.shown(text) is None


# --- steps ----------------------------------------------------------------------------------------------


def test_only_the_steps_of_the_table_are_taken() -> None:
    for now in STATES:
        for wanted in STATES:
            if wanted in STEPS[now]:
                assert step(now, wanted) == wanted
            else:
                with pytest.raises(WrongState):
                    step(now, wanted)
    assert {state for state in STATES if over(state)} == {"done", "refused", "withdrawn"}


def test_papers_brought_later_move_a_case_only_where_it_waits_for_them() -> None:
    assert {state: brought(state, ()) for state in STATES} == {
        "waiting_papers": "accepted",
        "accepted": "accepted",
        "in_progress": "in_progress",
        "done": "done",
        "refused": "refused",
        "withdrawn": "withdrawn",
    }
    assert [brought(state, ("x",)) for state in STATES] == ["waiting_papers"] * 3 + ["done", "refused", "withdrawn"]

"""Numbers hold by their standards' check digits, and by nothing else."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.papers import numbers
from tests.papers import people


@given(st.integers(0, 10**6))
def test_made_up_numbers_hold_and_one_digit_off_does_not(seed: int) -> None:
    chance = Random(seed)
    who, firm = people.person(chance), people.company(chance)
    for number, holds in (
        (who.number, numbers.identity_number), (firm.number, numbers.credit_code),
        (people.bank_number(chance), numbers.bank_card),
    ):  # fmt: skip
        assert holds(number)
        place = chance.randrange(6, 17 if holds is numbers.bank_card else 18)
        wrong = "0" if number[place] != "0" else "1"
        assert not holds(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",  # the example of GB 11643
        "810000199408230021",  # a resident of Hong Kong, by GB 11643's permit
        "830000199201300022",
    ],
)
def test_genuine_numbers_of_every_region_hold(number: str) -> None:
    assert numbers.identity_number(number)


@pytest.mark.parametrize(
    "number", ["", "11010519491331002X", "11010519491231002x", "1101051949123100", "01010519491231002X"]
)
def test_what_is_no_number_does_not(number: str) -> None:
    assert not numbers.identity_number(number)


def test_a_credit_code_has_no_letters_that_look_like_digits() -> None:
    assert numbers.credit_code("91350100M000100Y43")  # the example of GB 32100
    assert not numbers.credit_code("9135O1O0M000100Y43")


def test_a_bank_cards_number_is_fifteen_to_nineteen_digits() -> None:
    assert not numbers.bank_card("0" * 14)
    assert not numbers.bank_card("0" * 20)

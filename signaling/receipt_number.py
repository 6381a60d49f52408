"""The number on a receipt: eleven digits and a check digit, written in groups of four. Pure.

The first six say the day (yymmdd); the next five are drawn, so that a number tells nobody how many came before it.
The last is the check digit of ISO/IEC 7064, MOD 11,10: every single wrong digit and nearly every exchange of two
neighbours is noticed before anything is looked up.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from stdnum.iso7064 import mod_11_10

from signaling.errors import Malformed

if TYPE_CHECKING:
    from datetime import date

DRAWS = 100_000
"""How many numbers a day has."""
QR_PREFIX = "vw-receipt:"
"""What a receipt's square holds before the number: no address, so that nothing opens it; a booth's camera knows it."""
_NUMBER = re.compile(r"\d{12}")


def make(day: date, draw: int) -> str:
    """Return the number of the `draw`-th receipt of a day; 0 ≤ draw < DRAWS."""
    body = f"{day:%y%m%d}{draw:05d}"
    return body + str(mod_11_10.calc_check_digit(body))


def read(typed: str) -> str:
    """Return the twelve digits of what somebody typed, with whatever spaces, dashes or full-width digits.

    Raises:
        Malformed: it is no receipt number, or a digit of it is wrong.
    """
    digits = re.sub(r"[\s\-–—·]", "", unicodedata.normalize("NFKC", typed))
    if not (digits.isascii() and _NUMBER.fullmatch(digits) and mod_11_10.is_valid(digits)):
        raise Malformed("number: the 12 digits of a receipt, the last of which checks the others", field="number")
    return digits


def shown(text: str) -> str | None:
    """Return the number that a receipt's square says; of any other square's text nothing."""
    number = text.removeprefix(QR_PREFIX)
    if number == text or not (number.isascii() and _NUMBER.fullmatch(number) and mod_11_10.is_valid(number)):
        return None
    return number


def spaced(number: str) -> str:
    """Return it as people read it: `2511 2504 2718`."""
    return " ".join(number[at : at + 4] for at in range(0, 12, 4))

"""Numbers that carry check digits, and whether they hold.

Only the standards' arithmetic decides. The regions named in a number are a hint: numbers of Hong Kong, Macao and Taiwan
residents (81, 82, 83), of foreign permanent residents (9…) and of regions long renamed are as good as any.
"""

from __future__ import annotations

import datetime
import re

_IDENTITY = re.compile(r"[1-9]\d{16}[\dX]")
_CREDIT = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_CREDIT_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015, 4.2: no I, O, S, V, Z."""


def identity_number(text: str) -> bool:
    """Whether it is a citizen's number by GB 11643-1999: a real birthday, and ISO 7064 MOD 11-2 over 17 digits."""
    if not _IDENTITY.fullmatch(text) or born(text) is None:
        return False
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(text[:17]))
    return "10X98765432"[total % 11] == text[17]


def born(number: str) -> datetime.date | None:
    """Return the birthday in a citizen's number (digits 7 to 14); None when there is no such day."""
    try:
        return datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def credit_code(text: str) -> bool:
    """Whether it is a unified social credit code by GB 32100-2015: weights 3^n modulo 31 over 17 characters."""
    if not _CREDIT.fullmatch(text):
        return False
    total = sum(_CREDIT_DIGITS.index(letter) * (3**place % 31) for place, letter in enumerate(text[:17]))
    return _CREDIT_DIGITS[-total % 31] == text[17]


def bank_card(text: str) -> bool:
    """Whether it is a bank card's number: 15 to 19 digits (GB/T 14504, ISO/IEC 7812-1) with Luhn's check digit."""
    if not re.fullmatch(r"\d{15,19}", text):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(text)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


CHECKS = {
    "id_card_front": identity_number,
    "residence_permit": identity_number,
    "household_page": identity_number,
    "form": identity_number,
    "business_licence": credit_code,
    "bank_card": bank_card,
}
"""Which number the field `number` of each kind of paper is."""

"""Cases, between the console that takes papers in and the booth that gets the receipt."""

from __future__ import annotations

import dataclasses
import re
from typing import Annotated, ClassVar, get_args

from signaling.errors import Malformed
from signaling.messages.rules import CallId, Finished
from signaling.receipt_number import read
from signaling.wire import Name, OneOf, Several, Text

MOST_PAPERS = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Digits:
    """So many decimal digits, kept as text."""

    count: int

    @property
    def words(self) -> str:
        return f"{self.count} digits"

    def __call__(self, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(rf"[0-9]{{{self.count}}}", value):
            raise ValueError
        return value


@dataclasses.dataclass(frozen=True, slots=True)
class Number:
    """A receipt's number, with or without spaces."""

    words: str = "the 12 digits of a receipt, the last of which checks the others"

    def __call__(self, value: object) -> str:
        if not isinstance(value, str) or len(value) > 40:
            raise ValueError
        try:
            return read(value)
        except Malformed:
            raise ValueError from None


@dataclasses.dataclass(frozen=True, slots=True)
class DigitsAsk:
    NAME: ClassVar = "digits.ask"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class ReceiptGive:
    NAME: ClassVar = "receipt.give"
    call_id: CallId
    outcome: Annotated[Finished, OneOf(*get_args(Finished))]
    taken: Annotated[tuple[str, ...], Several(Name(), MOST_PAPERS)] = ()
    missing: Annotated[tuple[str, ...], Several(Name(), MOST_PAPERS)] = ()
    next_steps: Annotated[str, Text(1000)] = ""
    last_four: Annotated[str | None, Digits(4)] = None


@dataclasses.dataclass(frozen=True, slots=True)
class DigitsType:
    NAME: ClassVar = "digits.type"
    call_id: CallId
    last_four: Annotated[str, Digits(4)]


@dataclasses.dataclass(frozen=True, slots=True)
class CaseBring:
    NAME: ClassVar = "case.bring"
    call_id: CallId
    number: Annotated[str, Number()]
    last_four: Annotated[str, Digits(4)]


@dataclasses.dataclass(frozen=True, slots=True)
class DigitsAsked:
    NAME: ClassVar = "digits.asked"
    call_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class DigitsTyped:
    """The digits themselves are not told."""

    NAME: ClassVar = "digits.typed"
    call_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class CaseJoined:
    NAME: ClassVar = "case.joined"
    call_id: str
    number: str


@dataclasses.dataclass(frozen=True, slots=True)
class ReceiptGiven:
    NAME: ClassVar = "receipt.given"
    call_id: str
    receipt_id: str
    number: str


FROM_BOOTH = (DigitsType, CaseBring)
FROM_STAFF = (DigitsAsk, ReceiptGive)
TOLD = (DigitsAsked, DigitsTyped, CaseJoined, ReceiptGiven)

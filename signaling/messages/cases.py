"""Cases, between the console that takes papers in and the booth that gets the receipt."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar, get_args

from signaling.messages.rules import CallId, Digits, Finished, Number
from signaling.wire import Name, OneOf, Several, Text

MOST_PAPERS = 60


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
class CaseFind:
    NAME: ClassVar = "case.find"
    call_id: CallId
    number: Annotated[str, Number()]
    last_four: Annotated[str, Digits(4)]


@dataclasses.dataclass(frozen=True, slots=True)
class CaseWithdraw:
    NAME: ClassVar = "case.withdraw"
    call_id: CallId
    reason: Annotated[str, Text(300, shortest=2)]
    """What the citizen reads of it where they ask how it stands."""


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
class CaseChanged:
    NAME: ClassVar = "case.changed"
    call_id: str
    number: str
    state: str


@dataclasses.dataclass(frozen=True, slots=True)
class ReceiptGiven:
    NAME: ClassVar = "receipt.given"
    call_id: str
    receipt_id: str
    number: str


FROM_BOOTH = (DigitsType, CaseBring)
FROM_STAFF = (DigitsAsk, CaseFind, CaseWithdraw, ReceiptGive)
TOLD = (DigitsAsked, DigitsTyped, CaseJoined, CaseChanged, ReceiptGiven)

"""The citizen's earlier visits: the helper asks to see them, the citizen shows them or does not, or takes them back."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar, Literal

from signaling.messages.rules import CallId, Digits, Number


@dataclasses.dataclass(frozen=True, slots=True)
class EarlierAsk:
    NAME: ClassVar = "earlier.ask"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class EarlierShow:
    NAME: ClassVar = "earlier.show"
    call_id: CallId
    number: Annotated[str | None, Number()] = None
    last_four: Annotated[str | None, Digits(4)] = None


@dataclasses.dataclass(frozen=True, slots=True)
class EarlierHide:
    NAME: ClassVar = "earlier.hide"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class EarlierChanged:
    """`known`: the call belongs to a case already, so that nothing has to be typed to show it."""

    NAME: ClassVar = "earlier.changed"
    call_id: str
    state: Literal["asked", "shown", "refused", "taken_back"]
    known: bool = False


FROM_BOOTH = (EarlierShow, EarlierHide)
FROM_STAFF = (EarlierAsk,)
TOLD = (EarlierChanged,)

"""The rules that several messages share: ids by kind, texts by length, words out of a list."""

from __future__ import annotations

import dataclasses
import re
from typing import Annotated, Literal

from signaling.errors import Malformed
from signaling.receipt_number import read
from signaling.wire import Name, OneOf, Text

DEVICE_STATES = ("ok", "missing", "denied", "failed")
LINK_STATES = ("new", "waiting_camera", "connecting", "good", "poor", "lost", "reconnecting", "closed")
Finished = Literal["completed", "partly_completed", "referred"]
"""Outcomes an agent may state; the others (abandoned, dropped, …) the service finds itself."""

CallId = Annotated[str, Name("call")]
OfferId = Annotated[str, Name("offer")]
LinkId = Annotated[str, Name("link")]
CaptureId = Annotated[str, Name("cap")]
Reason = Annotated[str, Text(200)]
Said = Annotated[str, Text(2000, shortest=1)]
Note = Annotated[str, Text(2000)]
OptionalNote = Annotated[str | None, Text(2000)]
Device = Annotated[str, OneOf(*DEVICE_STATES)]


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

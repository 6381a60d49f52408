"""What somebody asks who comes, or is asked, to a call that goes on."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from signaling.messages.rules import CallId, OfferId


@dataclasses.dataclass(frozen=True, slots=True)
class CallRead:
    NAME: ClassVar = "call.read"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class ConsultRead:
    NAME: ClassVar = "consult.read"
    offer_id: OfferId


STAFF = (CallRead, ConsultRead)

"""What somebody asks who comes to a call that goes on."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from signaling.messages.rules import CallId


@dataclasses.dataclass(frozen=True, slots=True)
class CallRead:
    NAME: ClassVar = "call.read"
    call_id: CallId


STAFF = (CallRead,)

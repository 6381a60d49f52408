"""Whether a call may be recorded: the citizen's answer, and the helper's asking again."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar

from signaling.messages.rules import CallId
from signaling.wire import Flag


@dataclasses.dataclass(frozen=True, slots=True)
class RecordingAnswer:
    NAME: ClassVar = "recording.answer"
    call_id: CallId
    agreed: Annotated[bool, Flag()]


@dataclasses.dataclass(frozen=True, slots=True)
class RecordingAsk:
    NAME: ClassVar = "recording.ask"
    call_id: CallId


BOOTH = (RecordingAnswer,)
STAFF = (RecordingAsk,)

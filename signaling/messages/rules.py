"""The rules that several messages share: ids by kind, texts by length, words out of a list."""

from __future__ import annotations

from typing import Annotated, Literal

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

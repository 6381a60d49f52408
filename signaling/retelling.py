"""What the records keep, as the messages that pages hear: the same in a snapshot and at the moment it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.messages import CaptureChanged, ChatSaid
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from signaling.records import Capture, Message


def said(message: Message) -> ChatSaid:
    return ChatSaid(message.call_id, message.message_id, message.sender, message.text, rfc3339(message.at))


def changed(capture: Capture, received: int = 0) -> CaptureChanged:
    """Return a capture as told; `received` are the bytes that have arrived while it is being uploaded."""
    return CaptureChanged(
        capture_id=capture.capture_id,
        call_id=capture.call_id,
        state=capture.state,
        requested_at=rfc3339(capture.requested_at),
        requester=capture.requester,
        received=(capture.size or 0) if capture.state == "stored" else received,
        size=capture.size,
        sha256=capture.sha256,
        width=capture.width,
        height=capture.height,
        stored_at=rfc3339(capture.stored_at) if capture.stored_at is not None else None,
        paper_id=capture.paper_id,
        page=capture.page,
        kind=capture.kind,
        problem=capture.problem,
    )

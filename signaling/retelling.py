"""What the records keep, as the messages that pages hear: the same in a snapshot and at the moment it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.messages import CaptureChanged, ChatSaid
from signaling.messages.documents import DocumentChanged
from signaling.messages.filling import SignChanged
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from signaling.records import Capture, Message
    from signaling.records.documents import Document
    from signaling.records.forms import Signing


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


def document_told(document: Document) -> DocumentChanged:
    """Return a stored document as told."""
    return DocumentChanged(
        document_id=document.document_id,
        call_id=document.call_id,
        name=document.name,
        kind=document.kind,
        media_type=document.media_type,
        page_sizes=document.page_sizes,
        size=document.size,
        sha256=document.sha256,
        made_at=rfc3339(document.made_at),
        made_by=document.made_by,
        removed=document.removed_at is not None,
    )


def signing_told(signing: Signing) -> SignChanged:
    """Return how a signature stands, as told."""
    return SignChanged(
        signing.call_id, signing.signing_id, signing.state, signing.form_id, signing.document_id, signing.sha256,
        signing.signed_id, signing.problem,
    )  # fmt: skip

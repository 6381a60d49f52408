"""What the server tells beside views: `screens.py` holds those."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from signaling.sdp import Candidate, Description


@dataclasses.dataclass(frozen=True, slots=True)
class ChatSaid:
    NAME: ClassVar = "chat.said"
    call_id: str
    message_id: str
    from_: str
    """`citizen` or `agent`; `from` on the wire."""
    text: str
    at: str


@dataclasses.dataclass(frozen=True, slots=True)
class CaptureChanged:
    NAME: ClassVar = "capture.changed"
    capture_id: str
    call_id: str
    state: str
    """`requested`, `uploading`, `stored`, `failed` or `withdrawn`."""
    requested_at: str
    requester: str
    received: int = 0
    size: int | None = None
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    stored_at: str | None = None
    paper_id: str | None = None
    page: int = 1
    kind: str = "pages"
    problem: dict[str, Any] | None = None
    """Why it failed, as RFC 9457 says it."""


@dataclasses.dataclass(frozen=True, slots=True)
class LinkSignalled:
    NAME: ClassVar = "link.signal"
    link_id: str
    description: Description | None = None
    candidate: Candidate | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class PeerReport:
    NAME: ClassVar = "peer.report"
    call_id: str
    from_: str
    state: str
    rtt_ms: float | None = None
    loss: float | None = None
    jitter_ms: float | None = None
    kbps_in: float | None = None
    kbps_out: float | None = None
    relayed: bool | None = None
    limited: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Pointed:
    NAME: ClassVar = "pointer"
    call_id: str
    surface: str
    x: float
    y: float


@dataclasses.dataclass(frozen=True, slots=True)
class Superseded:
    NAME: ClassVar = "superseded"


@dataclasses.dataclass(frozen=True, slots=True)
class SignedOut:
    NAME: ClassVar = "signed_out"

"""How everybody in a call is connected."""

from __future__ import annotations

import dataclasses
from typing import ClassVar


@dataclasses.dataclass(frozen=True, slots=True)
class LegState:
    """One person's connection over the last second; members that are not known are None."""

    person_id: str
    role: str
    level: str
    """`good`, `poor` or `lost`."""
    rtt_ms: float | None = None
    loss_up: float | None = None
    loss_down: float | None = None
    jitter_ms: float | None = None
    kbps_up: int | None = None
    kbps_down: int | None = None
    fps: int | None = None
    freezes: int | None = None
    sees_fps: int | None = None
    limited: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class LegsMeasured:
    NAME: ClassVar = "legs.measured"
    call_id: str
    legs: tuple[LegState, ...]

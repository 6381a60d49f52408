"""How much each publisher may send, and which viewers do without a picture. Pure: numbers in, numbers out.

A viewer's estimate is what its browser says its link takes (REMB). A publisher is capped to what its slowest viewer
that matters can take; a viewer that does not matter (a supervisor who only watches) never slows anybody: while its link
cannot take the picture it gets none, and is tried again ever more seldom.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FLOOR_BPS: Final = 150_000
"""Below this a face is not one; the browser then drops frames by itself."""
CEILING_BPS: Final = 6_000_000
AUDIO_BPS: Final = 70_000
"""Opus twice, as RED carries it."""
_LAGS_AFTER_S: Final = 2.0
_FIRST_RETRY_S: Final = 5.0
_LAST_RETRY_S: Final = 60.0
_STEADY_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Viewer:
    """One leg's downlink: its estimate, and which publishers' pictures share it, with the weight of each."""

    estimate_bps: int | None
    publishers: Mapping[str, int]
    voices: int = 0


def share(viewer: Viewer, publisher: str) -> int | None:
    """What a publisher's pictures may take of this viewer's link; None when nothing is known yet."""
    if viewer.estimate_bps is None or not viewer.publishers:
        return None
    left = viewer.estimate_bps - AUDIO_BPS * viewer.voices
    return max(FLOOR_BPS, left * viewer.publishers[publisher] // sum(viewer.publishers.values()))


def caps(publishers: Iterable[str], viewers: Iterable[Viewer]) -> dict[str, int]:
    """Cap each publisher's pictures, all together, to what the slowest of these viewers takes."""
    viewers = list(viewers)
    found: dict[str, int] = {}
    for publisher in publishers:
        shares = [
            part for one in viewers if publisher in one.publishers and (part := share(one, publisher)) is not None
        ]
        found[publisher] = min([*shares, CEILING_BPS])
    return found


@dataclass(slots=True)
class Lag:
    """Whether a viewer that does not matter gets pictures. `step` is told once a second."""

    shown: bool = True
    _short_since: float | None = None
    _retry_at: float = 0.0
    _retry_s: float = _FIRST_RETRY_S
    _shown_since: float = field(default=0.0)

    def step(self, estimate_bps: int | None, demand_bps: int, now: float) -> bool:
        """Return whether pictures are to be sent from now on; `demand_bps` is what they would take."""
        if not self.shown:
            if now >= self._retry_at:
                self.shown, self._short_since, self._shown_since = True, None, now
            return self.shown
        if estimate_bps is None or estimate_bps >= 0.9 * demand_bps:
            self._short_since = None
            if now - self._shown_since > _STEADY_S:
                self._retry_s = _FIRST_RETRY_S
            return True
        if self._short_since is None:
            self._short_since = now
        elif now - self._short_since >= _LAGS_AFTER_S:
            self.shown = False
            self._retry_at = now + self._retry_s
            self._retry_s = min(2 * self._retry_s, _LAST_RETRY_S)
        return self.shown


def layer_for(estimate_bps: int | None, rates_bps: list[int], *, smallest: bool) -> int:
    """Choose among simulcast layers, smallest first: the largest that fits, or the smallest for a grid."""
    running = [index for index, rate in enumerate(rates_bps) if rate > 0]
    if not running:
        return 0
    if smallest or estimate_bps is None:
        return running[0] if smallest else running[-1]
    fitting = [index for index in running if rates_bps[index] <= 0.85 * estimate_bps]
    return fitting[-1] if fitting else running[0]

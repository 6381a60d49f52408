"""How much each publisher may send, and which viewers do without a picture. Pure: numbers in, numbers out.

A viewer's estimate is what its browser says its link takes (REMB), and of pictures only: Chrome leaves sound without
transport-wide numbers out of it. It knows of queues that grow and nothing of one that stays full, so that is looked for
here, in the round trip. A publisher is capped to what its slowest viewer that matters can take, if it is that viewer's
link that limits it; a viewer that does not matter (a supervisor who only watches) never slows anybody: while its link
cannot take the picture it gets none, and is tried again ever more seldom.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FLOOR_BPS: Final = 50_000
"""Below this a face is not one, and Chrome sends 30,000 at least."""
CEILING_BPS: Final = 6_000_000
VOICE_BPS: Final = 70_000
"""What Chrome takes for the voice of what it may send in all, before pictures get any."""
_SHORT: Final = 0.92
"""A browser that meets queues says 0.85 of what arrives (draft-ietf-rmcat-gcc-02 §5.5), else more than arrives."""
_ROOMY: Final = 1.3
"""Who is sent what their link takes says a little more than they are sent, never so much."""
_RISES: Final = 1.03
"""Without queues an estimate grows by 8 % a second."""
_QUEUE_S: Final = 0.15
"""So much longer a round trip is packets that wait; a cheap router keeps them for 0.3 s and more."""
_LESS: Final = 0.8
_MORE: Final = 1.08
_ROUTE_S: Final = 10.0
"""The shortest round trip of one to two such stretches is that of the empty link."""
_LAGS_AFTER_S: Final = 2.0
_FIRST_RETRY_S: Final = 5.0
_LAST_RETRY_S: Final = 60.0
_STEADY_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Viewer:
    """One leg's downlink: its estimate, and which publishers' pictures share it, with the weight of each."""

    estimate_bps: int | None
    publishers: Mapping[str, int]


@dataclass(slots=True)
class Downlink:
    """What a viewer's link takes of pictures, from what its browser says and how long it takes to say so.

    An estimate alone may tell only of how little is sent: the first is the rate that happened to arrive, later ones are
    half as much again at most. It counts from when less gets through than is sent and it does not rise, until it is
    much more than is sent. `step` is told once a second.
    """

    _narrow: bool = False
    _before: int = 0
    _limit: float | None = None
    _trip_s: float = 0.0
    _shortest: tuple[float, float] = (float("inf"), float("inf"))
    _turned_at: float | None = None

    def step(self, estimate_bps: int | None, sent_bps: int, trip_s: float | None, now: float) -> int | None:
        """Return what the link takes, None while that limits nobody. `trip_s` is the newest round trip."""
        self._drain(sent_bps, trip_s, now)
        if estimate_bps is not None:
            if estimate_bps >= _ROOMY * sent_bps:
                self._narrow = False
            elif estimate_bps < _SHORT * sent_bps and estimate_bps < _RISES * self._before:
                self._narrow = True
            self._before = estimate_bps
        known = [self._limit] if self._limit is not None else []
        if self._narrow and estimate_bps is not None:
            known.append(estimate_bps)
        return int(min(known)) if known else None

    def _drain(self, sent_bps: int, trip_s: float | None, now: float) -> None:
        """Lower the limit with each word that came through a full queue, raise it slowly when there is none."""
        if trip_s is None or trip_s == self._trip_s:
            return
        self._trip_s = trip_s
        before, lately = self._shortest
        if self._turned_at is None or now - self._turned_at > _ROUTE_S:
            before, lately, self._turned_at = lately, trip_s, now
        self._shortest = before, min(lately, trip_s)
        if trip_s > min(self._shortest) + _QUEUE_S:
            self._limit = max(FLOOR_BPS, _LESS * min(sent_bps, self._limit or sent_bps))
        elif self._limit is not None:
            self._limit *= _MORE
            if self._limit > _ROOMY * sent_bps:
                self._limit = None


def share(viewer: Viewer, publisher: str) -> int | None:
    """What a publisher's pictures may take of this viewer's link; None when that is no limit."""
    if viewer.estimate_bps is None or not viewer.publishers:
        return None
    part = viewer.estimate_bps * viewer.publishers[publisher] // sum(viewer.publishers.values())
    return max(FLOOR_BPS, part)


def caps(publishers: Iterable[str], viewers: Iterable[Viewer]) -> dict[str, int]:
    """Cap what each publisher sends, its voice with it, to what the slowest of these viewers takes."""
    viewers = list(viewers)
    found: dict[str, int] = {}
    for publisher in publishers:
        shares = [
            part for one in viewers if publisher in one.publishers and (part := share(one, publisher)) is not None
        ]
        # Browsers count the voice among what they are capped to.
        found[publisher] = min([*(VOICE_BPS + part for part in shares), CEILING_BPS])
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

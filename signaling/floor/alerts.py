"""What a supervisor should be told without looking for it. Pure: rows and a time go in, alerts come out.

An alert is about one subject, has one id for as long as it lasts, and goes by itself when its cause does. Acknowledging
one quiets it for everybody; when its cause comes again more than a minute after it went, so does the alert.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LEAST_CALLS = 5
"""Of fewer calls no share is told: one late answer would be an alarm."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """From when on something is an alert."""

    level_share: float = 0.8
    level_window_s: float = 1800.0
    booth_away_s: float = 60.0
    node_away_s: float = 3.0
    misses: int = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Alert:
    """`value`: the share, the seconds or the count it is about, where there is one."""

    kind: str
    subject: str
    since: float
    value: float | None = None

    @property
    def id(self) -> str:
        return f"{self.kind}.{self.subject}"


@dataclasses.dataclass(frozen=True, slots=True)
class Wait:
    """One waiting call, as far as alerts go."""

    queue_id: str
    entered_at: float
    danger_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class Away:
    """Something that was here and is not, and since when."""

    subject: str
    since: float


@dataclasses.dataclass(frozen=True, slots=True)
class Scene:
    """All that alerts are made of."""

    waits: tuple[Wait, ...] = ()
    levels: tuple[tuple[str, float], ...] = ()
    booths: tuple[Away, ...] = ()
    broken: tuple[Away, ...] = ()
    """Booths here with a device that does not work."""
    nodes: tuple[Away, ...] = ()
    missing: tuple[tuple[str, float, int], ...] = ()
    """Agents who missed offers: since when, and how many in a row."""
    stopped: tuple[Away, ...] = ()
    """Calls whose recording stopped by itself."""


def judge(scene: Scene, rules: Rules, now: float) -> list[Alert]:
    """Return what is an alert now, the worst kinds first."""
    return [
        *(Alert("node_down", one.subject, one.since) for one in _long(scene.nodes, rules.node_away_s, now)),
        *(Alert("recording_stopped", one.subject, one.since) for one in scene.stopped),
        *(Alert("booth_down", one.subject, one.since) for one in _long(scene.booths, rules.booth_away_s, now)),
        *_waits(scene.waits, now),
        *(
            Alert("service_level", queue_id, now, round(share, 2))
            for queue_id, share in scene.levels
            if share < rules.level_share
        ),
        *(
            Alert("offers_missed", agent_id, since, float(count))
            for agent_id, since, count in scene.missing
            if count >= rules.misses
        ),
        *(Alert("device_broken", one.subject, one.since) for one in scene.broken),
    ]


def _long(away: Iterable[Away], after_s: float, now: float) -> Iterator[Away]:
    return (one for one in away if now - one.since >= after_s)


def _waits(waits: Iterable[Wait], now: float) -> Iterator[Alert]:
    """One alert a queue: since when its first call has waited too long, and how many do."""
    late: dict[str, list[float]] = {}
    for wait in waits:
        since = wait.entered_at + wait.danger_s
        if since <= now:
            late.setdefault(wait.queue_id, []).append(since)
    return (Alert("long_wait", queue_id, min(times), float(len(times))) for queue_id, times in late.items())

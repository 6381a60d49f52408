"""Which way the media of a call goes: browser to browser, or through a media node. Pure.

`decide` is asked again whenever something changes and says what shall be; `signaling.hosting` brings it about, always
the new way before the old one goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Topology = Literal["direct", "hosted"]

NO_PICTURE_S = 6.0
"""A direct way that shows nothing for so long, from its opening or by its loss, has failed."""
LOST_S = 4.0
"""A hosted way is looked for anew sooner: another node, or a new connection to the same, costs little."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What counts."""

    node: bool
    """A media node could carry the call, or carries it."""
    extra_legs: bool = False
    """Somebody besides the citizen and the leading agent is in the call."""
    recorded: bool = False
    direct_failed: bool = False
    hosted: bool = False
    """It is so now."""
    lingers: bool = False
    """Something asked for a node a moment ago: an expert who comes back finds the call so."""


def decide(now: Situation) -> Topology:
    """Return the way the media shall go."""
    if not now.node:
        return "direct"
    if now.extra_legs or now.recorded or now.direct_failed:
        return "hosted"
    return "hosted" if now.hosted and now.lingers else "direct"


def direct_has_failed(*, open_s: float, seen: bool, lost_s: float) -> bool:
    """Say whether a direct way must be given up: opened for `open_s`, `seen` by both, lost since `lost_s`."""
    return lost_s >= NO_PICTURE_S or (not seen and open_s >= NO_PICTURE_S)

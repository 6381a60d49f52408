"""Where the media of a call shall go next, from what its pages say and which nodes live.

`Steering` changes a `Way` and returns the paths that are no longer wanted: closing them, and telling pages and nodes,
is the business of `signaling.hosting`. Nothing here waits for anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from signaling.topology import LOST_S, NO_PICTURE_S, Situation, decide, direct_has_failed
from signaling.ways import Path, consultants

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from signaling.nodes import Nodes
    from signaling.routing.views import CallView
    from signaling.ways import Way

BACK_S = 0.75
"""A connection that broke may be made again by a node that lives: its first try comes within 0.25 s."""
AWAITED_S = 10.0
"""After our own start: a node tries again at least every 8 s."""
COMING_S = 12.0
"""A new way that does not play by then is given up; the next try comes after `RETRY_S`."""
RETRY_S = 10.0
KEPT_READY_S = 30.0
"""So long after it rang last, a citizen's leg is kept for the next ring."""
WATCHED_S = 10.0
"""A call is hosted for so long after its picture was asked for, whether or not the page has come to open it."""


class People(Protocol):
    """What this needs to know of pages."""

    def page_of(self, person_id: str) -> str | None: ...
    def here(self, person_id: str) -> bool: ...


class Steering:
    """Decides for each call. `carried` counts the calls that were put on each node."""

    def __init__(
        self, nodes: Nodes, people: People, carried: Callable[[], Mapping[str, int]], linger_s: float,
        clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._nodes = nodes
        self._people = people
        self._carried = carried
        self._linger_s = linger_s
        """So long a call stays hosted when nothing asks for it any more."""
        self._clock = clock
        self._started = clock()
        self._gone: dict[str, float] = {}
        """Nodes that were here, and when they were last."""

    def node_came(self, node_id: str) -> None:
        self._gone.pop(node_id, None)

    def node_left(self, node_id: str) -> None:
        self._gone[node_id] = self._clock()

    def _dead(self, node_id: str) -> bool:
        """Say whether a node's calls must go elsewhere; one that has only just broken off may be back at once."""
        if self._nodes.alive(node_id):
            return False
        left = self._gone.get(node_id)
        now = self._clock()
        return now - left >= BACK_S if left is not None else now - self._started >= AWAITED_S

    def free_node(self, *, recorded: bool = False) -> str | None:
        """Return the node that would take a call now."""
        return self._nodes.choose(self._carried(), recorded=recorded)

    # ── before the answer ───────────────────────────────────────────────────────────────────────────────────────

    def keep_ready(self, way: Way, call: CallView, now: float) -> Path | None:
        """Let go of a prepared way that will not carry the call; return it. Nothing plays on it yet."""
        if call.state == "offered":
            way.rang_at = now
        lame = way.broken or self._lame(way) or self._nodes.draining(way.serving.node_id)
        if not way.serving.hosted or not lame:
            return None
        old, way.serving, way.broken = way.serving, Path(), False
        return old

    def is_stale(self, way: Way, call: CallView, now: float) -> bool:
        """Say whether the way of a call that waits is kept no longer: it has not rung for long."""
        return call.state == "waiting" and now - way.rang_at >= KEPT_READY_S

    def begin_hosted(self, way: Way, *, recorded: bool) -> bool:
        """Let a call in which nothing plays yet begin on a node; False when it is on one or none takes it."""
        if way.serving.hosted or (node_id := self.free_node(recorded=recorded)) is None:
            return False
        way.open("hosted", node_id, self._clock())
        way.change(self._clock())
        return True

    # ── while they talk ─────────────────────────────────────────────────────────────────────────────────────────

    def steer(self, way: Way, call: CallView, now: float, *, recorded: bool) -> list[Path]:
        """Judge what is open and open what shall be; return the paths to close."""
        return [path for path in (self._judge(way, call, now), self._aim(way, call, now, recorded)) if path is not None]

    def _judge(self, way: Way, call: CallView, now: float) -> Path | None:
        """Find out whether what is open plays, and whether what came plays now; return what is not needed then."""
        keys = tuple(key for path in way.paths for key in self._keys(call, path))
        here = all(self._people.here(end) for end in _ends(call))
        if keys != way.keys or not here:
            # Nobody tells us, or it is another page: what plays goes on playing, what is opened begins anew.
            way.keys, way.opened_at, way.coming_at = keys, now, now
            for key in keys:
                way.sign(*key).lost_at = None
        if not here:
            return None
        if not way.serving.hosted and direct_has_failed(
            open_s=now - way.opened_at, seen=self._seen(way, call), lost_s=self._lost_s(way, call, now)
        ):
            way.direct_failed = True
        if way.coming is None:
            return None
        # Behind a wall they do not see each other on the new way: it stands when both are connected.
        walled = bool(consultants(call))
        signs = [way.sign(*key) for key in self._keys(call, way.coming)]
        if all(sign.playing or (walled and sign.connected) for sign in signs):
            return way.change(now)
        if now - way.coming_at >= COMING_S:
            way.direct_failed = way.direct_failed or not way.coming.hosted
            way.retry_at = now + RETRY_S
            return way.abandon()
        return None

    def _aim(self, way: Way, call: CallView, now: float, recorded: bool) -> Path | None:
        """Open the way that shall be, if it is not there; return what was given up."""
        # Who watches from outside is one more leg too.
        extra = len(call.parties) > 0 or bool(way.previews) or now - way.watched_at < WATCHED_S
        if extra or recorded:
            way.busy_at = now
        needed = extra or recorded or way.direct_failed
        node = self._node_for(way, call, now, needed=needed, recorded=recorded)
        wanted = decide(
            Situation(
                node=node is not None,
                extra_legs=extra,
                recorded=recorded,
                direct_failed=way.direct_failed,
                hosted=way.serving.hosted,
                lingers=now - way.busy_at < self._linger_s or self._is_rescued(way, call, now),
            )
        )
        node_id = node if wanted == "hosted" and node is not None else ""
        if way.serving.is_to(wanted, node_id) and not self._worn(way, call, now):
            return way.abandon()
        if way.coming is not None and way.coming.is_to(wanted, node_id):
            return None
        given_up = way.abandon()
        if now >= way.retry_at or self._lame(way):
            way.open(wanted, node_id, now)
        return given_up

    def _lame(self, way: Way) -> bool:
        return way.serving.hosted and self._dead(way.serving.node_id)

    def _is_rescued(self, way: Way, call: CallView, now: float) -> bool:
        """Say whether another node is about to take over what no longer plays: a page may show that already."""
        coming = way.coming is not None and way.coming.hosted
        return coming and (self._lame(way) or self._worn(way, call, now))

    def _worn(self, way: Way, call: CallView, now: float) -> bool:
        """Say whether the serving hosted way no longer carries the call although its node lives."""
        if not way.serving.hosted:
            return False
        unseen = not self._seen(way, call) and now - way.opened_at >= NO_PICTURE_S
        return way.broken or unseen or self._lost_s(way, call, now) >= LOST_S

    def _node_for(self, way: Way, call: CallView, now: float, *, needed: bool, recorded: bool) -> str | None:
        """Return the node that has the call, or shall have it."""
        has = way.serving.node_id
        dead, worn = (self._lame(way), self._worn(way, call, now)) if has else (False, False)
        sound = bool(has) and not dead and not worn
        if sound and not self._nodes.draining(has):
            return has
        coming = way.coming.node_id if way.coming is not None else ""
        if coming and self._nodes.alive(coming) and not self._nodes.draining(coming):
            return coming
        other = self._nodes.choose(self._carried(), avoid=(has,), recorded=recorded)
        if other is None and worn and not dead and self._nodes.alive(has):
            return has
        return has if other is None and sound and needed else other

    def _keys(self, call: CallView, path: Path) -> list[tuple[str, str]]:
        """Return the two ends of the conversation on a path, as signs are kept."""
        return [(path.link_id(call, end, self._people.page_of) or "", end) for end in _ends(call)]

    def _seen(self, way: Way, call: CallView) -> bool:
        signs = [way.sign(*key) for key in self._keys(call, way.serving)]
        return all(sign.playing or sign.connected for sign in signs)

    def _lost_s(self, way: Way, call: CallView, now: float) -> float:
        return way.longest_loss(self._keys(call, way.serving), now)


def _ends(call: CallView) -> tuple[str, str]:
    return call.booth_id, call.agent_id or ""

"""Brings the media of every call onto the way that `steering` finds, the new way always before the old one goes.

A call that rings makes its way ready. One task looks at each call that has a way when something about it changed and
once a second. Pages learn their links from views, say `link.playing` when a new one plays, and only when both ends of
the conversation said so is the old one closed. A node that is gone, drains or has lost a leg is replaced the same way.
Which way serves a call is kept in the records, so that a restarted server closes nothing that still plays; legs are
reconciled when nodes come back.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING, Protocol

import structlog

from signaling.errors import ServiceError, Unavailable, Unknown
from signaling.nodes import LegChanged, SeatsChanged
from signaling.placing import Placing
from signaling.routing.events import Accepted, CallRequeued, Ended, Event, Offered, Transferred
from signaling.steering import BACK_S, Steering
from signaling.tasks import Tasks
from signaling.ways import Path, Way, consultants, ringing, roles

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from signaling.nodes import Event as NodeEvent
    from signaling.nodes import Nodes
    from signaling.routing import Engine
    from signaling.routing.views import CallView
    from signaling.steering import People

log = structlog.get_logger(__name__)

LOOK_S = 1.0
LIVE = frozenset({"waiting", "offered", "talking"})
"""States of a call that may have a way: made ready when it rings, kept for the next ring."""
KEEP_S = 0.5


class PathStore(Protocol):
    """Where it is kept which way serves a call."""

    async def all(self) -> Mapping[str, tuple[Path, int, bool]]: ...
    async def keep(self, call_id: str, serving: Path, number: int, direct_failed: bool) -> None: ...
    async def forget(self, call_id: str) -> None: ...


class Recorder(Protocol):
    """Who says which calls are recorded."""

    def wanted(self, call_id: str) -> bool: ...
    def moved(self, call_id: str) -> None: ...


class Hosting:
    """Owns the ways of all calls, and the one task that moves them."""

    def __init__(
        self, engine: Callable[[], Engine], nodes: Nodes, people: People, store: PathStore,
        concern: Callable[..., None], linger_s: float, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._nodes = nodes
        self._people = people
        self._store = store
        self._concern = concern
        self._clock = clock
        self._tasks = Tasks()
        self._ways: dict[str, Way] = {}
        self._wanted: set[str] = set()
        self._changed: set[str] = set()
        self._wake = asyncio.Event()
        self._next_look = 0.0
        self._placing = Placing(nodes, self._call, self.roles, concern)
        self._steering = Steering(nodes, people, self._carried, linger_s, clock)
        nodes.watcher = self
        self.recorder: Recorder | None = None
        """Set once, where anything is recorded."""

    async def recall(self) -> None:
        """Find again, after a restart, which way serves each call."""
        kept = await self._store.all()
        running = {call.call_id: call.state for call in self._engine().calls() if call.state in LIVE}
        for call_id, (serving, number, direct_failed) in kept.items():
            if call_id in running:
                self._ways[call_id] = way = Way(call_id, serving, None, number, direct_failed)
                way.opened_at = way.busy_at = way.rang_at = self._clock()
            else:
                await self._store.forget(call_id)
        for call_id, state in running.items():
            if state == "talking" and call_id not in self._ways:
                self._ways[call_id] = Way(call_id, opened_at=self._clock())

    async def close(self) -> None:
        """End, with every way kept; after `run` was cancelled."""
        await self._tell_changed()
        await self._placing.stop()
        await self._tasks.close()

    # ── questions ───────────────────────────────────────────────────────────────────────────────────────────────

    def links(self, call: CallView, person_id: str) -> list[tuple[Path, str]]:
        """Return the paths a person's page has to hold, the serving one first, with the link's id on each."""
        # Made ready while it rings, so that the picture is there when the answer is; kept a while for the next ring.
        has = call.state in ("talking", "offered") or call.call_id in self._ways
        if not has or person_id not in self.roles(call):
            return []
        named = [(path, path.link_id(call, person_id, self._people.page_of)) for path in self._way(call).paths]
        return [(path, link_id) for path, link_id in named if link_id is not None]

    def roles(self, call: CallView) -> dict[str, str]:
        """Return everybody who has a leg, or shall have one, with their role towards the media."""
        return roles(call) if call.state == "talking" else ringing(call, self._companion(call))

    def _companion(self, call: CallView) -> str | None:
        """Return the interpreter a call rings at together with an agent."""
        if call.state != "offered" or call.offer_id is None:
            return None
        try:
            return self._engine().offer(call.offer_id).companion_id
        except Unknown:
            return None  # it was answered since the call was looked at

    def seats(self, call: CallView, path: Path, link_id: str, person_id: str) -> tuple[str | None, ...] | None:
        """Return who is seen in each group of a link's media; None while that is not known."""
        if call.state != "talking":
            return None
        if not path.hosted:
            return (call.agent_id if person_id == call.booth_id else call.booth_id,)
        way = self._way(call)
        seats = way.seats.get(link_id)
        return None if seats is None else tuple(way.person(leg_id) if leg_id else None for leg_id in seats)

    def hosted(self, call: CallView) -> tuple[Path, dict[str, str]] | None:
        """Return the serving path to a node, and who has which leg there; None for a call that is not hosted now."""
        way = self._ways.get(call.call_id)
        if way is None or call.state != "talking" or not way.serving.hosted:
            return None
        legs = way.legs.get(way.serving.number, {})
        return way.serving, {leg_id: person for leg_id, person in legs.items() if leg_id not in way.opening}

    def owner(self, node_id: str, key: str, leg_id: str) -> tuple[str, str]:
        """Return the call, and whose leg this is on its serving way; nobody's: an empty name."""
        call_id, _, number = key.rpartition(".")
        way = self._ways.get(call_id)
        if way is None or way.serving.node_id != node_id or str(way.serving.number) != number:
            return call_id, ""
        return call_id, way.legs.get(way.serving.number, {}).get(leg_id, "")

    def can_host(self, call: CallView) -> bool:
        """Say whether a media node carries the call, or one would take it now."""
        return self.hosted(call) is not None or self._steering.free_node() is not None

    def private(self, call: CallView) -> bool:
        """Say whether the agent can talk with somebody without the citizen hearing it: the node was told so."""
        way = self._ways.get(call.call_id)
        if way is None or not way.serving.hosted or not consultants(call):
            return False
        pair = {call.booth_id, call.agent_id}
        return any({way.person(one), way.person(other)} == pair for one, other in way.apart.get(way.serving.number, ()))

    # ── what pages say ──────────────────────────────────────────────────────────────────────────────────────────

    def reported(self, call: CallView, link_id: str, person_id: str, state: str) -> None:
        """A page tells the state of its link."""
        self._way(call).sign(link_id, person_id).told(state, self._clock())

    def playing(self, call: CallView, link_id: str, person_id: str) -> None:
        """A page plays what comes over its link."""
        self._way(call).sign(link_id, person_id).playing = True
        self._look_at(call.call_id)

    async def negotiate(self, call: CallView, path: Path, link_id: str, person_id: str, offer: str) -> str:
        """Have the node answer a page's offer; return the answer."""
        way, role = self._way(call), self.roles(call)[person_id]
        answer = await self._placing.open(way, path, link_id, person_id, role, offer)
        if path not in way.paths or self._ways.get(call.call_id) is not way:
            self._placing.close(path, call.call_id, link_id)
            raise Unavailable("this link is no longer wanted", code="media_away")
        # Before the page has the answer and media can flow: nobody is heard by whom they must not be.
        await self._placing.tell(way, path)
        return answer

    # ── who watches from outside ────────────────────────────────────────────────────────────────────────────────

    async def preview(self, call: CallView, leg_id: str, offer: str) -> str:
        """Have the node that serves a call answer somebody who only watches it; return the answer.

        Raises `Unavailable`: `moving` while a direct call is on its way to a node, `media_away` when there is none.
        """
        way, path = self._way(call), self._way(call).serving
        way.watched_at = self._clock()
        self._look_at(call.call_id)
        if not path.hosted:
            if way.coming is None and self._steering.free_node() is None:
                raise Unavailable("no media node takes this call", code="media_away")
            raise Unavailable("the call is on its way to a media node", code="moving")
        answer = await self._placing.watch(way, path, leg_id, offer)
        if not self.previewed(call.call_id, leg_id):
            self._placing.close(path, call.call_id, leg_id)
            raise Unavailable("the call has gone elsewhere", code="moving")
        return answer

    def previewed(self, call_id: str, leg_id: str) -> bool:
        """Say whether a preview is still there."""
        way = self._ways.get(call_id)
        return way is not None and leg_id in way.previews

    def end_preview(self, call_id: str, leg_id: str) -> None:
        """Nobody watches this any more."""
        way = self._ways.get(call_id)
        number = way.previews.pop(leg_id, None) if way is not None else None
        if way is not None and not way.previews:
            way.watched_at = -math.inf
        path = way.path(number) if way is not None and number is not None else None
        if path is not None:
            self._placing.close(path, call_id, leg_id)

    # ── what happened ───────────────────────────────────────────────────────────────────────────────────────────

    def heard(self, events: Sequence[tuple[int, Event]], at: float) -> None:
        """Listen to the hall: quick, and never waits."""
        for _, event in events:
            match event:
                case Ended():
                    self._end(event.call_id)
                case CallRequeued() | Transferred():
                    self._part(event.call_id)
                case Accepted() | Offered():
                    self._look_at(event.call_id)
                case _:
                    if (call_id := getattr(event, "call_id", None)) in self._ways:
                        self._look_at(call_id)

    def _look_at(self, call_id: str) -> None:
        self._wanted.add(call_id)
        self._wake.set()

    def _part(self, call_id: str) -> None:
        """The agent has gone from a call that waits again: what comes next begins anew, with other links."""
        way = self._ways.get(call_id)
        if way is None:
            return
        for path in way.paths:
            self._placing.close_path(way, path)
        now = self._clock()
        self._ways[call_id] = Way(
            call_id, number=way.number, direct_failed=way.direct_failed, opened_at=now, rang_at=now
        )
        if way.number:
            self._changed.add(call_id)
        self._look_at(call_id)

    def _end(self, call_id: str) -> None:
        way = self._ways.pop(call_id, None)
        if way is None:
            return
        for path in way.paths:
            self._placing.close_path(way, path)
        if way.number:
            self._tasks.start(self._store.forget(call_id))

    # ── nodes ───────────────────────────────────────────────────────────────────────────────────────────────────

    def expected(self, node_id: str, here: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Say which legs a node that connects is to have: those it was given, and those of links still named."""
        wanted: dict[str, tuple[str, ...]] = {}
        for way in self._ways.values():
            for path in way.paths:
                if path.hosted and path.node_id == node_id:
                    key = path.call_on_node(way.call_id)
                    legs = way.legs.setdefault(path.number, {})
                    legs |= self._recognised(way.call_id, path, here.get(key, ()))
                    wanted[key] = (*legs, *way.watching(path))
        return wanted

    def _recognised(self, call_id: str, path: Path, here: tuple[str, ...]) -> dict[str, str]:
        call = self._call(call_id)
        if call is None:
            return {}
        named = {path.link_id(call, person_id, self._people.page_of): person_id for person_id in self.roles(call)}
        return {leg_id: named[leg_id] for leg_id in here if leg_id in named}

    def node_came(self, node_id: str, missing: Collection[str]) -> None:
        self._steering.node_came(node_id)
        for way in self._ways.values():
            for path in way.paths:
                if path.node_id == node_id:
                    way.matrix.pop(path.number, None)
                    for leg_id in [one for one in way.legs.get(path.number, {}) if one in missing]:
                        del way.legs[path.number][leg_id]
                        way.broken = way.broken or path is way.serving
        self._look_at_all(0)

    def node_left(self, node_id: str) -> None:
        self._steering.node_left(node_id)
        self._look_at_all(BACK_S)

    def _look_at_all(self, after_s: float) -> None:
        self._next_look = min(self._next_look, self._clock() + after_s)
        self._wake.set()

    def node_said(self, node_id: str, event: NodeEvent) -> None:
        call_id, _, number = event.call_id.rpartition(".")
        way = self._ways.get(call_id)
        path = way.path(int(number)) if way is not None and number.isdecimal() else None
        if way is None or path is None or path.node_id != node_id:
            return
        match event:
            case SeatsChanged(leg_id=leg_id, seats=seats):
                way.seats[leg_id] = seats
                if person_id := way.person(leg_id):
                    self._concern(person_id)
            case LegChanged(leg_id=leg_id, state="failed" | "closed" as state):
                way.legs.get(path.number, {}).pop(leg_id, None)
                # Pages tell nothing of links that wait: such a one is made anew before it is needed.
                way.broken = way.broken or (state == "failed" and not self._talks(call_id))
                way.seats.pop(leg_id, None)
                way.previews.pop(leg_id, None)
            case LegChanged():
                pass  # pages tell how their links are, and sooner

    # ── moving ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Look after the calls until cancelled."""
        while True:
            try:
                async with asyncio.timeout(max(0.0, self._next_look - self._clock())):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            self._round()
            await self._tell_changed()

    def _round(self) -> None:
        wanted, self._wanted = self._wanted, set()
        if self._clock() >= self._next_look:
            wanted = set(self._ways) | wanted
            self._next_look = self._clock() + LOOK_S
        for call_id in wanted:
            try:
                self._step(call_id)
            except Exception:
                # One call's trouble is no reason for the others to stand still.
                log.exception("hosting_failed", call=call_id)

    def _step(self, call_id: str) -> None:
        call = self._call(call_id)
        if call is None or (call.state == "waiting" and call_id not in self._ways):
            self._end(call_id)
            return
        way, now = self._way(call), self._clock()
        before = way.paths
        if call.state == "talking":
            for path in self._steering.steer(way, call, now, recorded=self._recorded(call_id)):
                self._placing.close_path(way, path)
        elif self._steering.is_stale(way, call, now):
            self._end(call_id)
            self._concern(call.booth_id)
            return
        else:
            self._make_ready(way, call, now)
        self._placing.settle(way)
        if way.paths != before:
            log.info(
                "way_changed", call=call_id, serving=way.serving.topology, coming=way.coming and way.coming.topology
            )
            self._changed.add(call_id)
            if self.recorder is not None:
                self.recorder.moved(call_id)

    def _make_ready(self, way: Way, call: CallView, now: float) -> None:
        unfit = self._steering.keep_ready(way, call, now)
        if unfit is not None:
            self._placing.close_path(way, unfit)
        self._begin(way, call)

    def _begin(self, way: Way, call: CallView) -> None:
        """Let a call in which nothing plays yet begin hosted, if it will need to be and can."""
        recorded = self._recorded(call.call_id)
        needed = bool(call.parties) or self._companion(call) is not None or recorded or way.direct_failed
        if needed and self._steering.begin_hosted(way, recorded=recorded):
            self._changed.add(call.call_id)
            self._wake.set()

    def _carried(self) -> dict[str, int]:
        counted: dict[str, int] = {}
        for way in self._ways.values():
            for path in way.paths:
                if path.hosted:
                    counted[path.node_id] = counted.get(path.node_id, 0) + 1
        return counted

    def _recorded(self, call_id: str) -> bool:
        return self.recorder is not None and self.recorder.wanted(call_id)

    def look_at(self, call_id: str) -> None:
        """Something outside the hall changed what a call needs: whether it is recorded."""
        self._look_at(call_id)

    # ── keeping ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _way(self, call: CallView) -> Way:
        way = self._ways.get(call.call_id)
        if way is None:
            way = self._ways[call.call_id] = Way(call.call_id, opened_at=self._clock())
            self._begin(way, call)
        elif call.state == "offered":
            self._begin(way, call)
        return way

    async def _tell_changed(self) -> None:
        """Keep what changed, and only then tell the pages: a restart must not take back what they do by then."""
        away = False
        for call_id in tuple(self._changed):
            way, call = self._ways.get(call_id), self._call(call_id)
            if way is not None and call is not None:
                away = away or not await self._kept(way)
                self._concern(*self.roles(call))
                if away:
                    continue  # the picture goes before the books; they are tried again in the next round
            # Last: whoever is cancelled meanwhile has not kept it, and `close` does.
            self._changed.discard(call_id)

    async def _kept(self, way: Way) -> bool:
        try:
            async with asyncio.timeout(KEEP_S):
                await self._store.keep(way.call_id, way.serving, way.number, way.direct_failed)
        except (ServiceError, TimeoutError):
            log.warning("way_not_kept", call=way.call_id)
            return False
        return True

    def _call(self, call_id: str) -> CallView | None:
        try:
            call = self._engine().call(call_id)
        except Unknown:
            return None
        return call if call.state in LIVE else None

    def _talks(self, call_id: str) -> bool:
        call = self._call(call_id)
        return call is not None and call.state == "talking"

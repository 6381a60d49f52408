"""Tells supervisors' pages what changed on the floor: the rows of things that events named, at most ten times a second.

An event only marks its call and its agents; their rows are made when they are told, and written as JSON once for all
who watch. A page that does not read as fast gets less often what is then newer. While nobody watches, nothing is
marked: the first to come gets a board made anew. What changes without an event (a booth's page that comes or goes,
opening hours, alerts) is looked at once a second.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol

import structlog

from signaling.errors import Unknown
from signaling.floor.alerts import LEAST_CALLS, Alert, Away, Rules, Scene, Wait, judge
from signaling.floor.board import KINDS, Board, Key, Watcher
from signaling.floor.level import Level
from signaling.floor.rows import (
    AgentRow,
    AlertRow,
    BoothRow,
    CallRow,
    MessageRow,
    agent_row,
    call_row,
    danger_s,
    queue_row,
)
from signaling.messages.floor import FloorChanged
from signaling.routing.events import Accepted, Ended, Event
from signaling.screens import to_wire
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from signaling.broadcasts import Broadcasts
    from signaling.floor.rows import Row
    from signaling.routing import Engine
    from signaling.routing.views import CallView
    from signaling.screens import Json, RecordingState
    from signaling.table import Caller
    from signaling.world import World

log = structlog.get_logger(__name__)

TICK_S = 0.1
"""Changes are gathered for so long: with the way to the screen, a fifth of a second at most."""
SHARE = 5
"""Making and telling rows takes at most 1/5 of the time."""
LOOK_S = 1.0
HEAR_S = 2.0
"""What was acknowledged at another node is known here after so long."""
RESTORED_S = 120.0
"""From taking the lead on until every booth, page and node that comes back has come back."""
QUIET_S = 60.0
"""An alert that is back within this time, for a loose plug or a share about its limit, needs nobody anew."""
BEHIND = 8
"""Packets a page may have unread before it is told nothing more for a while."""
FINE = frozenset({"", "on", "off"})
"""What there is no trouble with in a recording."""
AGENTS = ("agent_id", "companion_id", "from_agent", "to_agent")


class Pages(Protocol):
    """What this needs of `sockets`."""

    def online(self, person_id: str) -> Caller | None: ...
    def behind(self, person_id: str) -> int: ...
    async def tell_all(self, people: Sequence[str], name: str, payload: Mapping[str, Json]) -> None: ...


class People(Protocol):
    """What this needs of `presence`."""

    def page_of(self, person_id: str) -> str | None: ...
    def here(self, person_id: str) -> bool: ...


class Nodes(Protocol):
    """What this needs of the media nodes: for how many seconds each one that is missed has been away."""

    def away(self) -> Mapping[str, float]: ...


class Recording(Protocol):
    """What this needs to know of recordings."""

    def state(self, call: CallView) -> RecordingState | None: ...


class Book(Protocol):
    """What this needs of the records: who looks after which alert."""

    async def take(self, alert_id: str, by: str, at: float) -> None: ...
    async def taken(self) -> dict[str, str]: ...
    async def forget(self, alert_ids: Collection[str]) -> None: ...


class Floor:
    """Owns the board, its watchers, the alerts, and the one task that tells."""

    def __init__(
        self, engine: Callable[[], Engine], world: World, people: People, nodes: Nodes, recording: Recording,
        broadcasts: Broadcasts, pages: Callable[[], Pages], rules: Rules,
        seq: Callable[[], int], leads: Callable[[], bool], book: Book, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._world = world
        self._people = people
        self._nodes = nodes
        self._recording = recording
        self._broadcasts = broadcasts
        self._pages = pages
        self._rules = rules
        self._seq = seq
        self._leads = leads
        """Only the node that leads says that an alert is over: one that stands by has no booths to see it by."""
        self._book = book
        self._clock = clock
        self._board = Board()
        self._level = Level(rules.level_window_s)
        self._watchers: dict[str, Watcher] = {}
        self._marked: set[Key] = set()
        self._wake = asyncio.Event()
        self._next_look = self._next_hear = self._told_at = self._pause = 0.0
        self._seen: dict[str, tuple[bool, float]] = {}
        """Booths: whether they were here at the last look, and since when."""
        self._started = clock()
        self._led_at: float | None = None
        self._standing: dict[str, Alert] = {}
        self._acknowledged: dict[str, str] = {}
        self._forget_at: dict[str, float] = {}
        """When it is forgotten who looks after an alert that went."""
        self._over: set[str] = set()
        """Acknowledged alerts that went since the book was told."""

    # ── what happened ───────────────────────────────────────────────────────────────────────────────────────────

    def heard(self, events: Sequence[tuple[int, Event]], at: float) -> None:
        """Listen to the hall: quick, and never waits."""
        for _, event in events:
            if isinstance(event, Accepted | Ended):
                self._measure(event)
            if self._watchers:
                self._mark(event)

    def _mark(self, event: Event) -> None:
        if call_id := getattr(event, "call_id", None):
            self._marked.add(("calls", call_id))
        for name in AGENTS:
            if agent_id := getattr(event, name, None):
                self._marked.add(("agents", agent_id))
        if queue_id := getattr(event, "queue_id", None):
            self._marked.add(("queues", queue_id))
        if booth_id := getattr(event, "booth_id", None):
            self._marked.add(("booths", booth_id))
        self._wake.set()

    def _measure(self, event: Accepted | Ended) -> None:
        call = self._call(event.call_id)
        if call is None:
            return
        if isinstance(event, Accepted):
            if call.first_accepted_at == event.at:
                in_time = event.at - call.entered_at <= self._world.queues[call.queue_id].policy.target_s
                self._level.answered(call.queue_id, event.at, in_time)
        elif call.first_accepted_at is None and event.outcome == "abandoned":
            self._level.abandoned(call.queue_id, event.at)

    # ── watching ────────────────────────────────────────────────────────────────────────────────────────────────

    def watch(self, caller: Caller) -> dict[str, Json]:
        """Tell this page from now on what changes; return everything as it is now."""
        if not self._watchers:
            self._make_anew()
        self._watchers[caller.id] = Watcher(caller.id, caller.page_id)
        self._gather()
        rows = self._board.rows
        return {
            "seq": self._seq(),
            "now": rfc3339(self._clock()),
            **{kind: [_plain(row) for row in rows[kind].values()] for kind in KINDS},
        }

    def leave(self, caller: Caller) -> None:
        """Tell this person nothing more."""
        self._watchers.pop(caller.id, None)

    def _make_anew(self) -> None:
        """Nobody watched: what was marked before is not known any more."""
        engine = self._engine()
        self._board = Board()
        self._marked.update(("calls", call.call_id) for call in engine.calls())
        self._marked.update(("agents", agent.agent_id) for agent in engine.agents())
        self._marked.update(("queues", queue_id) for queue_id in self._world.queues)
        self._marked.update(("booths", booth_id) for booth_id in self._world.booths)
        self._look()

    async def follow_lead(self) -> None:
        """On taking the lead, also after a restart, find again who looks after what."""
        if not self._leads():
            self._led_at = None
        elif self._led_at is None:
            self._acknowledged = await self._book.taken()
            self._led_at = self._clock()
            self._forget_at = dict.fromkeys(self._acknowledged, self._led_at + RESTORED_S)

    async def acknowledge(self, alert_id: str, by: str) -> Alert:
        """Quiet an alert that stands; raise `Unknown` for one that does not."""
        alert = self._standing.get(alert_id)
        if alert is None:
            raise Unknown("this alert is over", field="alert_id", code="unknown_alert")
        await self._book.take(alert_id, by, self._clock())
        self._acknowledged[alert_id] = by
        self._show_alerts()
        self._wake.set()
        return alert

    # ── telling ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            try:
                async with asyncio.timeout(max(0.0, self._next_look - time.monotonic())):
                    await self._wake.wait()
            except TimeoutError:
                pass
            await asyncio.sleep(max(0.0, self._told_at + self._pause - time.monotonic()))
            self._wake.clear()
            try:
                await self._round()
            except Exception:
                log.exception("floor_not_told")

    async def _round(self) -> None:
        started, computed = time.monotonic(), time.thread_time()
        self._told_at = started
        if started >= self._next_look:
            self._next_look = started + LOOK_S
            await self.look()
        self._gather()
        for watcher in list(self._watchers.values()):
            caller = self._pages().online(watcher.person_id)
            if caller is None or caller.page_id != watcher.page_id:
                self._watchers.pop(watcher.person_id, None)
        await self._tell()
        await self._hear(started)
        # Counted is what was computed, not what a busy machine kept it waiting for.
        self._pause = max(TICK_S, (time.thread_time() - computed) * SHARE)

    async def _hear(self, now: float) -> None:
        """Take up what was acknowledged at another node; only an alert that stands here too can be quiet here."""
        if not self._watchers or now < self._next_hear or self._standing.keys() <= self._acknowledged.keys():
            return
        self._next_hear = now + HEAR_S
        taken = await self._book.taken()
        self._acknowledged.update((alert_id, by) for alert_id, by in taken.items() if alert_id in self._standing)
        self._show_alerts()

    async def _tell(self) -> None:
        alike: dict[frozenset[Key], list[str]] = {}
        for watcher in self._watchers.values():
            if watcher.unheard and self._pages().behind(watcher.person_id) <= BEHIND:
                alike.setdefault(frozenset(watcher.unheard), []).append(watcher.person_id)
                watcher.unheard.clear()
        for keys, people in alike.items():
            await self._pages().tell_all(people, FloorChanged.NAME, self._payload(keys))

    def _payload(self, keys: Iterable[Key]) -> Mapping[str, Json]:
        there, gone = self._board.told(keys)
        changed = to_wire(FloorChanged(seq=self._seq(), now=rfc3339(self._clock()), gone=gone))
        changed.update((kind, [_plain(row) for row in rows]) for kind, rows in there.items() if rows)
        return changed

    def _gather(self) -> None:
        """Make the rows of everything that was marked, and let every watcher know which are new."""
        marked, self._marked = self._marked, set()
        for kind, make in (
            ("agents", self._agent), ("calls", self._show_call), ("queues", self._queue), ("booths", self._show_booth),
        ):  # fmt: skip
            # An agent's row marks its call and its queues, a call's its queue and its booth: each is made once.
            for row_id in [row_id for at, row_id in marked | self._marked if at == kind]:
                make(row_id)
        self._marked.clear()
        changed = self._board.changed()
        for watcher in self._watchers.values():
            watcher.unheard |= changed

    def _agent(self, agent_id: str) -> None:
        before = self._board.rows["agents"].get(agent_id)
        try:
            row = agent_row(self._engine().agent(agent_id))
        except Unknown:
            return
        if not self._board.put("agents", agent_id, row):
            return
        for one in (before, row):
            if isinstance(one, AgentRow):
                self._marked.update(("queues", queue_id) for queue_id in one.queues)
                if one.call is not None:
                    self._marked.add(("calls", one.call))

    def _show_call(self, call_id: str) -> None:
        before = self._board.rows["calls"].get(call_id)
        call = self._call(call_id)
        row = call_row(call, self._recorded(call)) if call is not None and call.state != "ended" else None
        if not self._board.put("calls", call_id, row):
            return
        for one in (before, row):
            if isinstance(one, CallRow):
                self._marked.update((("queues", one.queue), ("booths", one.booth)))

    def _recorded(self, call: CallView) -> str:
        """Return how it stands with a call's recording, in one word."""
        state = self._recording.state(call)
        return "" if state is None else state.trouble or ("on" if state.on else "off")

    def _queue(self, queue_id: str) -> None:
        try:
            row = queue_row(self._engine().queue(queue_id))
        except Unknown:
            row = None
        self._board.put("queues", queue_id, row)

    def _call(self, call_id: str) -> CallView | None:
        try:
            return self._engine().call(call_id)
        except Unknown:
            return None

    # ── each second ─────────────────────────────────────────────────────────────────────────────────────────────

    async def look(self) -> None:
        """Look once at what changes without an event, and let the book know which alerts are over."""
        await self.follow_lead()
        self._look()
        if over := frozenset(self._over):
            await self._book.forget(over)
            self._over -= over

    def _look(self) -> None:
        now = self._clock()
        for booth_id in self._world.booths:
            here = self._people.here(booth_id)
            if self._seen.get(booth_id, (not here, 0.0))[0] != here:
                self._seen[booth_id] = here, now if booth_id in self._seen else self._started
                self._marked.add(("booths", booth_id))
        for booth_id in self._seen.keys() - self._world.booths.keys():
            del self._seen[booth_id]
            self._board.put("booths", booth_id, None)
        calls = list(self._engine().calls())
        if self._watchers:
            self._marked.update(("queues", queue_id) for queue_id in self._world.queues)
            self.show_messages()
            rows = self._board.rows["calls"]
            for call in calls:
                row = rows.get(call.call_id)
                if isinstance(row, CallRow) and call.state == "talking" and row.recording != self._recorded(call):
                    self._marked.add(("calls", call.call_id))
        self._judge(calls, now)

    def show_messages(self) -> None:
        """Show what booths are told, as it stands now."""
        standing = {one.broadcast_id: one for one in self._broadcasts.standing()}
        for message_id in self._board.rows["messages"].keys() - standing.keys():
            self._board.put("messages", message_id, None)
        for one in standing.values():
            row = MessageRow(one.broadcast_id, one.text, one.street_id, one.point_id, one.said_by, rfc3339(one.until))
            self._board.put("messages", row.id, row)
        self._wake.set()

    def _show_booth(self, booth_id: str) -> None:
        if booth_id not in self._world.booths:
            return
        call = self._engine().call_at(booth_id)
        here, since = self._seen.get(booth_id, (False, 0.0))
        known = self._people.page_of(booth_id) is not None
        row = BoothRow(
            id=booth_id,
            here=here,
            since=rfc3339(since) if known else None,
            broken=self._broken(booth_id) if here else (),
            call=call.call_id if call is not None else None,
        )
        self._board.put("booths", booth_id, row)

    def _broken(self, booth_id: str) -> tuple[str, ...]:
        working = self._engine().working(booth_id)
        fitted = self._world.booths[booth_id].devices
        return () if working is None else tuple(device for device in fitted if device not in working)

    def _judge(self, calls: Sequence[CallView], now: float) -> None:
        before = self._standing
        self._standing = {alert.id: alert for alert in judge(self._scene(calls, now), self._rules, now)}
        for alert_id, alert in self._standing.items():
            older = before.get(alert_id)
            if older is not None and older.since < alert.since:
                self._standing[alert_id] = Alert(alert.kind, alert.subject, older.since, alert.value)
        if self._led_at is not None:
            over = {one for one, at in self._forget_at.items() if at <= now}
            self._acknowledged = {one: by for one, by in self._acknowledged.items() if one not in over}
            self._over |= over
            gone = self._acknowledged.keys() - self._standing.keys()
            self._forget_at = {one: self._forget_at.get(one, now + QUIET_S) for one in gone}
        self._show_alerts()

    def _show_alerts(self) -> None:
        for alert_id in self._board.rows["alerts"].keys() - self._standing.keys():
            self._board.put("alerts", alert_id, None)
        for alert_id, alert in self._standing.items():
            by = self._acknowledged.get(alert_id)
            row = AlertRow(alert_id, alert.kind, alert.subject, rfc3339(alert.since), alert.value, by)
            self._board.put("alerts", alert_id, row)

    def _scene(self, calls: Sequence[CallView], now: float) -> Scene:
        engine = self._engine()
        queues = {queue.queue_id: queue for queue in engine.queues()}
        talking = [call for call in calls if call.state == "talking"]
        waits = (call for call in calls if call.state != "talking" and call.first_accepted_at is None)
        missing = (agent for agent in engine.agents() if agent.state != "offline")
        return Scene(
            waits=tuple(Wait(call.queue_id, call.entered_at, danger_s(queues[call.queue_id])) for call in waits),
            levels=tuple(self._level.shares(now, LEAST_CALLS)),
            booths=tuple(self._away(any(queue.open for queue in queues.values()))),
            broken=tuple(
                Away(booth_id, since)
                for booth_id, (here, since) in self._seen.items()
                if here and self._broken(booth_id)
            ),
            nodes=tuple(Away(node_id, now - away_s) for node_id, away_s in self._nodes.away().items()),
            missing=tuple(
                (agent.agent_id, agent.since, max(agent.misses, self._rules.misses * (agent.reason == "missed_offers")))
                for agent in missing
            ),
            stopped=tuple(Away(call.call_id, now) for call in talking if self._recorded(call) not in FINE),
        )

    def _away(self, hall_open: bool) -> Iterator[Away]:
        """Booths that were here once and are not now; nobody misses one while every queue is closed."""
        for booth_id, (here, since) in self._seen.items():
            if hall_open and not here and self._people.page_of(booth_id) is not None:
                yield Away(booth_id, since)


def _plain(row: Row) -> Json:
    """A row as JSON: flat, so that a thousand of them are quick to write."""
    return {name: getattr(row, name) for name in row.__slots__}

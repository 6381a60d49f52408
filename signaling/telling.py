"""Tells pages their views after events that are durable: those concerned at once, everybody else soon, nobody twice.

A view goes out only when it differs from the last one the page got (time aside). Those an event names hear of it at
once; what merely moved along with it (people ahead, queue lengths) is looked at a few times a second, and more rarely
the longer a look over everybody takes, so that telling never uses more than a small part of the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from typing import TYPE_CHECKING, Protocol

import structlog

from signaling.errors import Unknown
from signaling.routing.events import AgentSignedOut, AgentWentAway, CallRequeued, Ended, Event, Transferred
from signaling.screens import BoothView, QueueState, StaffView, view_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from signaling.calls import Calls
    from signaling.routing import Engine
    from signaling.screens import Json
    from signaling.stories import Stories
    from signaling.table import Caller
    from signaling.views import Views

log = structlog.get_logger(__name__)

SOON_S = 0.25
SHARE = 20
"""Looking at everybody takes at most 1/20 of the time."""
SLICE = 16
"""After so many looks, about 3 ms, the loop turns, and whoever an event named meanwhile goes first."""
PULSE_S = 1.0
"""What changes by time alone (a rating that ran out, a notice, an estimate) is noticed this often."""


class Pages(Protocol):
    """What this needs of `sockets`."""

    def online(self, person_id: str) -> Caller | None: ...
    def people(self) -> list[Caller]: ...
    async def tell(self, person_id: str, name: str, payload: Mapping[str, Json]) -> bool: ...


class Telling:
    """Owns the one task that sends views."""

    def __init__(
        self, engine: Callable[[], Engine], calls: Calls, stories: Stories, views: Views, pages: Callable[[], Pages],
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._calls = calls
        self._stories = stories
        self._views = views
        self._pages = pages
        self._clock = clock
        self._concerned: dict[str, None] = {}
        self._everybody = False
        self._wake = asyncio.Event()
        self._told: dict[str, tuple[str, object]] = {}
        self._next_look = 0.0

    # ── what happened ───────────────────────────────────────────────────────────────────────────────────────────

    def heard(self, events: Sequence[tuple[int, Event]], at: float) -> None:
        """Listen to the hall: quick, and never waits."""
        for _, event in events:
            self._stories.heard(event)
            self._concern_by(event)
        self._everybody = True
        self._wake.set()

    def concern(self, *people: str) -> None:
        """Something about these people changed that is not an event: sharing, muting, a new page."""
        self._concerned.update(dict.fromkeys(people))
        self._wake.set()

    def _concern_by(self, event: Event) -> None:
        for name in ("booth_id", "agent_id", "companion_id", "from_agent", "to_agent", "from_booth"):
            person = getattr(event, name, None)
            if person:
                self._concerned[person] = None
        call_id = getattr(event, "call_id", None)
        if call_id:
            with contextlib.suppress(Unknown):
                self._concerned.update(dict.fromkeys(self._calls.people(self._engine().call(call_id))))
        if isinstance(event, CallRequeued | Ended | Transferred):
            self._calls.reset(event.call_id)
        if isinstance(event, AgentWentAway | AgentSignedOut):
            self._everybody = True

    # ── telling ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Send views until cancelled."""
        while True:
            try:
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()
            except TimeoutError:
                self._everybody = True
            self._wake.clear()
            await self._round()

    def _pause(self) -> float:
        wait = max(0.0, self._next_look - time.monotonic())
        return wait if self._everybody else max(wait, PULSE_S)

    async def _round(self) -> None:
        await self._tell_concerned()
        started = time.monotonic()
        if not self._everybody or started < self._next_look:
            return
        self._everybody = False
        for number, caller in enumerate(self._pages().people(), 1):
            await self._tell_whoever(caller.id)
            if number % SLICE == 0:
                await asyncio.sleep(0)
                await self._tell_concerned()
        took = time.monotonic() - started
        self._next_look = started + max(SOON_S, took * SHARE)

    async def _tell_concerned(self) -> None:
        concerned, self._concerned = self._concerned, {}
        for person in concerned:
            await self._tell_whoever(person)

    async def _tell_whoever(self, person: str) -> None:
        """Tell one person; what goes wrong with their view is no reason for others not to hear."""
        try:
            await self._tell(person)
        except Exception:
            log.exception("view_failed", person=person)

    async def _tell(self, person: str) -> None:
        caller = self._pages().online(person)
        if caller is None:
            self._told.pop(person, None)
            return
        view = self.view(caller)
        told = (caller.page_id, _lasting(view))
        if self._told.get(person) != told:
            self._told[person] = told
            await self._pages().tell(person, view.NAME, view_to_wire(view))

    def view(self, caller: Caller) -> BoothView | StaffView:
        """Return what this caller is shown now."""
        build = self._views.booth if caller.side == "citizen" else self._views.staff
        return build(caller.id, self._clock())

    def greeted(self, caller: Caller, view: BoothView | StaffView) -> None:
        """The caller's page got this view in its snapshot."""
        self._told[caller.id] = (caller.page_id, _lasting(view))


def _lasting(view: BoothView | StaffView) -> object:
    """Return what makes two views different: not the time, nor the waits that grow with it."""
    if isinstance(view, BoothView):
        return dataclasses.replace(view, seq=0, now="")
    queues = tuple(QueueState(queue.id, queue.name, queue.waiting, 0, queue.ready_agents) for queue in view.queues)
    return dataclasses.replace(view, seq=0, now="", queues=queues)

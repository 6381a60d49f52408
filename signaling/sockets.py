"""The socket side of the house, and the only importer of socketio: admit, parse, hand over, acknowledge.

Promises: a page is somebody (`Caller`) before it may say anything; every message gets exactly one answer, `{ok: true}`
or `{ok: false, problem}`, in the order it came; nobody can say more than their allowance; one person has one page, the
newest; a page hears its snapshot first and nothing that happened before it. No handler catches: the one adapter here
turns errors into answers and withholds the text of those nobody foresaw.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import socketio
import structlog
from aiohttp import web

from signaling.allowance import Allowance
from signaling.errors import NotSignedIn, ServiceError, TooMany, Unavailable
from signaling.messages import Hello, SignedOut, Superseded
from signaling.screens import Json, to_wire
from signaling.table import Caller, Table
from signaling.tasks import Tasks
from signaling.wire import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from signaling.auth import Identity
    from signaling.metrics import Metrics

log = structlog.get_logger(__name__)

D = TypeVar("D")

ANSWER_S = 4.0
"""A message waits no longer for its answer: less than the ping timeout, so that a slow journal closes no socket."""
UNKNOWN_S = 10.0
"""A connection that has not said who it is by then is cut."""
FAREWELL_S = 1.0
"""Time a closed page has to read why."""
BEHIND = 1000
"""Packets a page may leave unread before it is cut; it resyncs by its next snapshot."""


TEXT = type("Text", (socketio.packet.Packet,), {"uses_binary_events": False})
"""Whatever is said is JSON: nothing looks through each message for bytes."""


class Reception(Protocol):
    """Who decides what an arrival means."""

    async def identify(self, namespace: str, request: web.Request) -> Identity: ...
    async def arrived(self, caller: Caller) -> None: ...
    async def snapshot(self, caller: Caller) -> Mapping[str, Json]: ...
    async def left(self, caller: Caller) -> None: ...


@dataclasses.dataclass(slots=True, eq=False)
class Page:
    """One connected page. Until it is greeted, what it is told waits behind its snapshot."""

    sid: str
    eio_sid: str
    namespace: str
    caller: Caller
    pending: list[tuple[str, Mapping[str, Json]]] | None = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of the settings' `sockets` section."""

    ping_interval_s: float = 3
    ping_timeout_s: float = 5
    max_frame_bytes: int = 1_048_576
    messages_per_s: float = 50
    messages_burst: float = 200


class Sockets(Generic[D]):
    """All connected pages."""

    def __init__(
        self, reception: Reception, parts: D, tables: Mapping[str, Table[D]], limits: Limits, metrics: Metrics
    ) -> None:
        self._reception = reception
        self._parts = parts
        self._tables = tables
        self._limits = limits
        self._tasks = Tasks()
        self._pages: dict[str, Page] = {}
        self._by_person: dict[str, Page] = {}
        self._allowances: dict[str, Allowance] = {}
        self._first_seen: dict[str, float] = {}
        self._metrics = metrics
        self._server = socketio.AsyncServer(
            async_mode="aiohttp",
            serializer=TEXT,
            # One message of a page at a time, in its order; a page that floods waits for itself alone.
            async_handlers=False,
            # The library's own watch looks at each socket once in 5 s, too late for "within 10 s"; ours each second.
            monitor_clients=False,
            ping_interval=limits.ping_interval_s,
            ping_timeout=limits.ping_timeout_s,
            max_http_buffer_size=limits.max_frame_bytes,
            # Its own origin check takes every HTTPS server for plain HTTP; `Reception.identify` checks the origin.
            cors_allowed_origins=[],
        )
        # engine.io starts its ping timers through this hook: so they are ours to cancel and await.
        self._server.eio.start_background_task = lambda work, *args: self._tasks.start(work(*args))
        for namespace in tables:
            self._register(namespace)

    def attach(self, app: web.Application) -> None:
        """Mount /socket.io/ on the application."""
        self._server.attach(app)

    async def start(self) -> None:
        self._tasks.start(self._watch())

    async def close(self) -> None:
        """Close every socket at once; the pages try again by themselves."""
        for page in list(self._pages.values()):
            with suppress(Exception):
                await self._server.disconnect(page.sid, namespace=page.namespace)
        for eio_sid in list(self._server.eio.sockets):
            self._cut(eio_sid)
        await self._tasks.close()

    # ── telling ─────────────────────────────────────────────────────────────────────────────────────────────────

    def online(self, person_id: str) -> Caller | None:
        """Return the page of a person that is connected and greeted, or on its way to be."""
        page = self._by_person.get(person_id)
        return page.caller if page else None

    def people(self) -> list[Caller]:
        return [page.caller for page in self._by_person.values()]

    def behind(self, person_id: str) -> int:
        """Return how many packets a person's page has not read yet."""
        page = self._by_person.get(person_id)
        socket = self._server.eio.sockets.get(page.eio_sid) if page else None
        return 0 if socket is None else int(socket.queue.qsize())

    async def tell(self, person_id: str, name: str, payload: Mapping[str, Json]) -> bool:
        """Send an event to a person's page; False when they have none."""
        page = self._by_person.get(person_id)
        if page is None:
            return False
        if page.pending is not None:
            page.pending.append((name, payload))
        else:
            await self._emit(page, name, payload)
        return True

    async def tell_all(self, people: Sequence[str], name: str, payload: Mapping[str, Json]) -> None:
        """Send one event to the pages of several, written as JSON once; who has no page is left out."""
        ready: dict[str, list[str]] = {}
        for person_id in people:
            page = self._by_person.get(person_id)
            if page is None or page.pending is not None or self.behind(person_id) > BEHIND:
                await self.tell(person_id, name, payload)
            else:
                ready.setdefault(page.namespace, []).append(page.sid)
        for namespace, sids in ready.items():
            await self._server.emit(name, dict(payload), to=sids, namespace=namespace)

    async def sign_out(self, session_id: str) -> None:
        """Close the page of a session that was revoked."""
        for page in list(self._by_person.values()):
            if page.caller.identity.session_id == session_id:
                await self._emit(page, SignedOut.NAME, to_wire(SignedOut()))
                await self._dismiss(page)

    async def _emit(self, page: Page, name: str, payload: Mapping[str, Json]) -> None:
        socket = self._server.eio.sockets.get(page.eio_sid)
        if socket is None:
            return
        if socket.queue.qsize() > BEHIND:
            log.warning("page_behind", person=page.caller.id)
            self._gone(page)
            self._cut(page.eio_sid)
            return
        if name == "view":
            self._metrics.views.labels(page.caller.side).inc()
        await self._server.emit(name, dict(payload), to=page.sid, namespace=page.namespace)

    # ── coming and going ────────────────────────────────────────────────────────────────────────────────────────

    def _register(self, namespace: str) -> None:
        # A client's event may be *named* connect or disconnect, and the library then calls these with whatever the
        # client sent: hence the checks of what a forged call cannot have.
        async def connect(sid: str, environ: object, auth: object = None) -> bool | None:
            request = environ.get("aiohttp.request") if isinstance(environ, dict) else None
            if isinstance(request, web.Request) and sid not in self._pages:
                await self._connect(namespace, sid, request, auth)
            return None

        async def disconnect(sid: str, *reason: object) -> None:
            page = self._pages.get(sid)
            if page is not None and not self._server.manager.is_connected(sid, namespace):
                self._gone(page)

        async def heard(event: object, sid: str, *args: object) -> dict[str, Json]:
            return await self._heard(sid, event, args[0] if args else {})

        self._server.on("connect", connect, namespace=namespace)
        self._server.on("disconnect", disconnect, namespace=namespace)
        self._server.on("*", heard, namespace=namespace)

    async def _connect(self, namespace: str, sid: str, request: web.Request, auth: object) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                identity = await self._reception.identify(namespace, request)
                caller = Caller(identity, parse(Hello, auth).page_id)
                page = Page(sid, self._server.manager.eio_sid_from_sid(sid, namespace), namespace, caller)
                await self._seat(page)
        except ServiceError as refusal:
            self._count(refusal)
            raise socketio.exceptions.ConnectionRefusedError(refusal.detail, refusal.problem()) from None
        except Exception:
            log.exception("connect_failed")
            problem = Unavailable("try again").problem()
            raise socketio.exceptions.ConnectionRefusedError("try again", problem) from None
        # The library confirms the connection when this returns, without a pause in between; the greeting, in a task
        # of its own, comes after that.
        self._tasks.start(self._greet(page))

    async def _seat(self, page: Page) -> None:
        older = self._by_person.get(page.caller.id)
        self._pages[page.sid] = self._by_person[page.caller.id] = page
        if older is not None:
            await self._emit(older, Superseded.NAME, to_wire(Superseded()))
            await self._dismiss(older)
        try:
            await self._reception.arrived(page.caller)
        except BaseException:
            self._gone(page)
            raise

    async def _greet(self, page: Page) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                snapshot = await self._reception.snapshot(page.caller)
        except Exception:
            log.exception("snapshot_failed")
            self._cut(page.eio_sid)
            return
        # A view that waited is older than the one in the snapshot, and a view replaces whatever was before it.
        page.pending = [event for event in page.pending or [] if event[0] != "view"]
        await self._emit(page, "snapshot", snapshot)
        while page.pending:
            await self._emit(page, *page.pending.pop(0))
        page.pending = None

    async def _dismiss(self, page: Page) -> None:
        """Disconnect a page, and cut its connection when it does not go."""
        await self._server.disconnect(page.sid, namespace=page.namespace)
        self._gone(page)
        self._tasks.start(self._cut_later(page.eio_sid))

    async def _cut_later(self, eio_sid: str) -> None:
        await asyncio.sleep(FAREWELL_S)
        self._cut(eio_sid)

    def _gone(self, page: Page) -> None:
        self._pages.pop(page.sid, None)
        if self._by_person.get(page.caller.id) is page:
            del self._by_person[page.caller.id]
            self._tasks.start(self._reception.left(page.caller))

    def _cut(self, eio_sid: str) -> None:
        """Close the transport under a connection: works on a peer that no longer listens to packets."""
        environ = self._server.environ.get(eio_sid)
        request = environ.get("aiohttp.request") if environ else None
        if request is not None and request.transport is not None:
            request.transport.abort()
        socket = self._server.eio.sockets.get(eio_sid)
        if socket is not None:
            socket.queue.put_nowait(None)
            self._tasks.start(socket.close(wait=False, abort=True))

    # ── one message ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _heard(self, sid: str, event: object, data: object) -> dict[str, Json]:
        started = time.monotonic()
        page, name = self._pages.get(sid), str(event)
        try:
            if page is None or self._by_person.get(page.caller.id) is not page:
                raise NotSignedIn("this page is no longer connected")
            self._spend(page)
            async with asyncio.timeout(ANSWER_S):
                answer = await self._tables[page.namespace].answer(self._parts, page.caller, name, data)
        except ServiceError as refusal:
            return self._refusal(refusal)
        except TimeoutError:
            return self._refusal(Unavailable("no answer in time; try again"))
        except Exception:
            log.exception("message_failed", message=name[:64])
            return self._refusal(ServiceError("our mistake; it was logged", code="internal"))
        self._metrics.answers.labels(name).observe(time.monotonic() - started)
        return {"ok": True, **(answer or {})}

    def _spend(self, page: Page) -> None:
        allowance = self._allowances.get(page.caller.id)
        if allowance is None:
            allowance = Allowance(self._limits.messages_per_s, self._limits.messages_burst)
            self._allowances[page.caller.id] = allowance
        if allowance.take(time.monotonic()):
            return
        if allowance.exhausted():
            log.warning("flood_cut", person=page.caller.id)
            self._tasks.start(self._dismiss(page))
        raise TooMany(f"at most {self._limits.messages_per_s:g} messages a second")

    def _refusal(self, refusal: ServiceError) -> dict[str, Json]:
        self._count(refusal)
        return {"ok": False, "problem": dict(refusal.problem())}

    def _count(self, refusal: ServiceError) -> None:
        self._metrics.refusals.labels(refusal.code).inc()

    # ── the watch ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _watch(self) -> None:
        """Each second: notice the dead, cut the nameless."""
        while True:
            await asyncio.sleep(1)
            try:
                await self._look(time.monotonic())
            except Exception:
                log.exception("watch_failed")

    async def _look(self, now: float) -> None:
        sockets = self._server.eio.sockets
        for eio_sid, socket in list(sockets.items()):
            if socket.closed:
                sockets.pop(eio_sid, None)
                socket.queue.put_nowait(None)  # wakes a long poll that still waits for something to say
            elif not socket.closing:
                await socket.check_ping_timeout()
        named = {page.eio_sid for page in self._pages.values()}
        self._first_seen = {eio_sid: self._first_seen.get(eio_sid, now) for eio_sid in sockets if eio_sid not in named}
        for eio_sid, since in self._first_seen.items():
            if now - since > UNKNOWN_S:
                self._cut(eio_sid)
        for page in [page for page in self._pages.values() if page.eio_sid not in sockets]:
            self._gone(page)

"""Assembles the service: the only module that knows everyone.

Its parts start and stop in pairs, in the order of the arrows: records, identity, journal, hall, then the sockets that
let anyone in. Nothing runs that no part owns; when the service has stopped no task is left. The same code runs on one
machine or many; only this module knows which.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from signaling import api
from signaling.administration import Administration
from signaling.auth import Auth, Identity
from signaling.binding import Binder
from signaling.boards import Boards
from signaling.broadcasts import Broadcasts
from signaling.calls import Calls
from signaling.captures import Captures
from signaling.cases import Cases
from signaling.documents import Documents
from signaling.earlier import Earlier
from signaling.errors import Unknown
from signaling.floor import Floor, Rules
from signaling.forms import Forms
from signaling.forms import load as load_forms
from signaling.hall import Hall
from signaling.handover import Outbox
from signaling.handover.contents import Contents
from signaling.hosting import Hosting
from signaling.ice import IceServers
from signaling.inspection import Inspection
from signaling.journal.redis import RedisJournal
from signaling.journal.server import RedisSettings
from signaling.journal.sqlite import SqliteJournal
from signaling.leases import Leases
from signaling.legs import Legs
from signaling.matters import Matters
from signaling.metrics import Metrics, NodeLoads
from signaling.mirrors import Mirrors
from signaling.nodes import Nodes
from signaling.parts import Parts
from signaling.presence import Presence
from signaling.press import Press
from signaling.previews import Previews
from signaling.reception import Reception
from signaling.recording import Recording, Viewings
from signaling.recording.accounts import Accounts
from signaling.records import Records
from signaling.routing.events import Ended, Event
from signaling.scanning import Scanner
from signaling.signing.signings import Signings
from signaling.sockets import Limits, Sockets
from signaling.stories import Stories, Story
from signaling.tasks import Tasks
from signaling.telling import Telling
from signaling.tickets import Tickets
from signaling.upkeep import Upkeep
from signaling.views import Views
from signaling.wall import Wall
from signaling.witnesses import Witnesses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from signaling.config import Settings
    from signaling.journal import Journal
    from signaling.records import Projection
    from signaling.routing import Engine
    from signaling.screens import Json
    from signaling.table import Table
    from signaling.world import World

log = structlog.get_logger(__name__)

ANSWER_S = 3.5
"""The hall answers within this time; a socket message waits 4 s for its acknowledgement."""


class Service:
    """Everything that runs, by name. Made by `Service.open`."""

    settings: Settings
    world: World
    auth: Auth
    cases: Cases
    outbox: Outbox
    matters: Matters
    records: Records
    captures: Captures
    documents: Documents
    boards: Boards
    binder: Binder
    inspection: Inspection
    forms: Forms
    signings: Signings
    hall: Hall
    projection: Projection
    presence: Presence
    nodes: Nodes
    hosting: Hosting
    accounts: Accounts
    recording: Recording
    viewings: Viewings
    calls: Calls
    stories: Stories
    leases: Leases
    legs: Legs
    broadcasts: Broadcasts
    floor: Floor
    previews: Previews
    mirrors: Mirrors
    wall: Wall
    witnesses: Witnesses
    tickets: Tickets
    upkeep: Upkeep
    scanner: Scanner
    telling: Telling
    metrics: Metrics
    sockets: Sockets[Parts]

    def __init__(self, settings: Settings, world: World, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.world = world.copy()  # its own, as it may be changed while it runs
        self.clock = clock
        self._tasks = Tasks()

    def _engine(self) -> Engine:
        return self.hall.engine

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        world: World,
        tables: Mapping[str, Table[Parts]],
        clock: Callable[[], float] = time.time,
    ) -> AsyncIterator[Service]:
        """Start everything; stop it in the reverse order when the block is left."""
        service = cls(settings, world, clock)
        async with AsyncExitStack() as stack:
            await service._open_records(stack)
            await service._open_hall(stack)
            await service._open_captures(stack)
            await service._open_cases(stack)
            await service._open_inspection(stack)
            service._make_calls()
            service._make_floor()
            await service._let_in(tables)
            for part in (service.boards, service.accounts, service.recording, service.viewings, service.hosting):
                stack.push_async_callback(part.close)
            stack.push_async_callback(service._tasks.close)
            stack.push_async_callback(service.sockets.close)
            yield service

    # ── starting ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _open_records(self, stack: AsyncExitStack) -> None:
        settings = self.settings
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.records = await stack.enter_async_context(
            Records.open(settings.database_url, pool_size=settings.records.pool_size)
        )
        self.administration = Administration(
            self.world, self.records, lambda: self.auth, lambda: self.hall, lambda: self.sockets, self.clock,
            self._revoked,
        )  # fmt: skip
        await self.administration.district.recall()
        self.auth = Auth(self.records.credentials, self.world, settings.sign_in, demo=settings.demo, clock=self.clock)
        stack.callback(self.auth.close)

    async def _open_hall(self, stack: AsyncExitStack) -> None:
        # The hall asks presence who is here, presence tells the hall: the hall, made second, is looked up late.
        self.presence = Presence(
            self._engine, lambda command: self.hall.submit(command), self.world, self.records.conversation
        )
        journal = await stack.enter_async_context(_journal(self.settings))
        self.hall = await stack.enter_async_context(
            Hall.open(
                journal,
                clock=self.clock,
                reachable=self.presence.reachable,
                snapshot_every=self.settings.journal.snapshot_every_events,
                answer_s=ANSWER_S,
            )
        )
        self.projection = await stack.enter_async_context(self.records.follow(self.hall, self.world))
        self.upkeep = Upkeep(
            self.hall, self.world, self.presence, self.auth, self.administration.district,
            lambda: self.sockets.people(), self.clock,
        )  # fmt: skip
        await self.upkeep.tell_world()

    async def _open_captures(self, stack: AsyncExitStack) -> None:
        self.captures = await stack.enter_async_context(Captures.open(self.records.stills, self.settings, self.clock))
        # Witnesses know the calls, and so are made after all these.
        self.captures.on_changed(lambda *told: self.witnesses.capture(*told))
        self.documents = await stack.enter_async_context(
            Documents.open(self.records.documents, self.settings, self.clock)
        )
        self.documents.on_changed(lambda document: self.witnesses.document(document))
        declared = await asyncio.to_thread(load_forms, self.settings.world_dir / "forms", self.world.items)
        self.forms = Forms(self.records.forms, declared, self.settings.captures_key(), self.clock)
        self.signings = await stack.enter_async_context(
            Signings.open(self.records, self.documents, self.forms, self.settings, self.clock)
        )
        self.signings.on_changed(lambda signing: self.witnesses.signing(signing))

    async def _open_cases(self, stack: AsyncExitStack) -> None:
        press = await stack.enter_async_context(Press.open())
        self.cases = Cases.over(self.records.cases, self.world, self.settings, press, self.documents, self.clock)
        self.cases.on_received(lambda _case, receipt: self.stories.receipt(receipt.call_id))
        self.earlier = Earlier(self.records, self.cases, self._engine, self.clock)
        contents = Contents(
            self.records, self.cases, self.captures, self.documents, press, self.world.calendar.timezone
        )
        self.outbox = await stack.enter_async_context(
            Outbox.open(self.records.packages, contents, self.settings, self.clock)
        )
        self.cases.on_received(lambda _case, _receipt: self.outbox.wake())
        self.matters = await stack.enter_async_context(
            Matters.open(self.records.matters, self.world, self.settings, self.clock)
        )

    async def _open_inspection(self, stack: AsyncExitStack) -> None:
        settings = self.settings
        self.inspection = await stack.enter_async_context(
            Inspection.open(
                settings.papers,
                settings.captures.max_pixels,
                self.captures,
                self.records,
                self.world,
                item_of=self._item_of,
                witnesses=lambda call_id, booth_id: self.calls.witnesses(call_id, booth_id),
                tell=self._tell,
                clock=self.clock,
            )
        )
        self.captures.on_changed(self.inspection.heard)
        self.scanner = await stack.enter_async_context(Scanner.open(self.clock))
        self.inspection.on_corrected(lambda *told: self.witnesses.corrected(*told))
        self.binder = await stack.enter_async_context(
            Binder.open(self.records, self.captures, self.documents, self.inspection.corrected, settings)
        )

    def _make_calls(self) -> None:
        """Make what knows the calls, their media and their words."""
        settings, engine = self.settings, self._engine
        self.nodes = Nodes(settings.nodes.token.get_secret_value() if settings.nodes.token else "", self._leads)
        self.hosting = Hosting(
            engine, self.nodes, self.presence, self.records.paths, lambda *people: self.telling.concern(*people),
            settings.nodes.linger_s,
        )  # fmt: skip
        announced = frozenset(settings.floor.announced_roles)
        self.calls = Calls(engine, self.world, _ice(settings), self.hosting, announced)
        self.boards = Boards(self.records.boards)
        self.witnesses = Witnesses(engine, self.calls, self.boards, self._tell, self._tasks.start)
        self.stories = Stories(engine, settings.calls.rating_s)
        self._open_recording()
        self.broadcasts = Broadcasts(self.records.broadcasts, self.world, self.clock)
        self.tickets = Tickets(engine, settings.captures_key(), self.clock)
        self.leases = Leases(self.records.leases, engine, self._tell, self.clock)

    def _make_floor(self) -> None:
        """Make what shows the hall to its pages."""
        settings, engine = self.settings, self._engine
        views = Views(
            engine, self.world, self.calls, self.stories, self.recording, self.tickets, lambda: self.hall.seq,
            self.broadcasts.at,
        )  # fmt: skip
        self.previews = Previews(engine, self.hosting, lambda: self.sockets)
        audit = self.records.credentials.audit
        self.mirrors = Mirrors(engine, self.world, lambda: self.sockets, audit, self.clock)
        self.wall = Wall(engine, self.world, self.records.reports, self.clock)
        rules = Rules(**settings.floor.model_dump(exclude={"announced_roles"}))
        self.floor = Floor(
            engine, self.world, self.presence, self.nodes, self.recording, self.broadcasts, lambda: self.sockets, rules,
            lambda: self.hall.seq, self._leads, self.records.alerts, self.clock,
        )  # fmt: skip
        self.telling = Telling(engine, self.calls, self.stories, views, lambda: self.sockets, self.clock)
        self.metrics = Metrics(engine, lambda: [caller.identity.kind for caller in self.sockets.people()])
        self.metrics.registry.register(NodeLoads(self.nodes))
        self.legs = Legs(engine, self.nodes, self.hosting, self.calls, self.metrics.legs, lambda: self.sockets)

    def _parts(self) -> Parts:
        """Return what answers the pages' messages."""
        return Parts(
            hall=self.hall,
            world=self.world,
            cases=self.cases,
            earlier=self.earlier,
            matters=self.matters,
            calls=self.calls,
            hosting=self.hosting,
            recording=self.recording,
            stories=self.stories,
            presence=self.presence,
            records=self.records,
            captures=self.captures,
            inspection=self.inspection,
            leases=self.leases,
            legs=self.legs,
            documents=self.documents,
            broadcasts=self.broadcasts,
            floor=self.floor,
            boards=self.boards,
            tickets=self.tickets,
            previews=self.previews,
            mirrors=self.mirrors,
            forms=self.forms,
            signings=self.signings,
            telling=self.telling,
            metrics=self.metrics,
            clock=self.clock,
        )

    async def _let_in(self, tables: Mapping[str, Table[Parts]]) -> None:
        """Let every part hear what happens and run, then let the pages in."""
        parts = self._parts()
        limits = Limits(**self.settings.sockets.model_dump())
        reception = Reception(parts, self.auth, self.settings.http.origins)
        self.sockets = Sockets(reception, parts, tables, limits, self.metrics)
        parts.pages = self.sockets
        await self._recall()
        # Hosting first, so that the views told of an event show the links as they are after it.
        for heard in (
            self.hosting.heard, self.boards.heard, self._forms_heard, self.recording.heard, self.tickets.heard,
            self.telling.heard, self.floor.heard, self.metrics.heard, self.leases.heard, self.legs.heard,
        ):  # fmt: skip
            self.hall.subscribe(heard)
        self.auth.on_revoked(self._on_revoked)
        for part in (
            self.telling, self.hosting, self.recording, self.accounts, self.leases, self.boards, self.floor,
            self.previews, self.legs, self.mirrors,
        ):  # fmt: skip
            self._tasks.start(part.run())
        for work in self.upkeep.works():
            self._tasks.start(work)
        await self.sockets.start()

    def _open_recording(self) -> None:
        wanted, books = self.settings.recordings, self.records.recordings
        self.accounts = Accounts(
            self.nodes,
            books,
            wanted.least_days,
            wanted.keep_days,
            lambda *told: self.recording.stopped(*told),
            self.clock,
        )
        self.recording = Recording(
            self._engine, self.world, self.nodes, self.hosting, books, self.accounts,
            lambda *people: self.telling.concern(*people),
        )  # fmt: skip
        self.viewings = Viewings(self.records, self.nodes, self.accounts, wanted.agents_may_watch, self.clock)

    async def _recall(self) -> None:
        """Find again, after a restart, what the views need beside the engine's state."""
        await self.presence.recall()
        await self.recording.recall()
        await self.floor.follow_lead()
        await self.viewings.recall()
        await self.hosting.recall()
        await self.leases.recall()
        await self.boards.recall({call.call_id for call in self.hall.engine.calls() if call.state == "talking"})
        await self.broadcasts.recall()
        await self.inspection.recall()
        self.stories.recall()
        self.tickets.recall()
        shown = [*self.hall.engine.calls(), *self.stories.unrated(self.clock())]
        for call_id, wishes in (await self.records.conversation.wishes([call.call_id for call in shown])).items():
            self.stories.remember(call_id, Story(wishes.lang, wishes.elder_mode))
        for call in self.stories.unrated(self.clock()):
            if await self.records.conversation.rating(call.call_id) is not None:
                self.stories.rated(call.call_id)

    # ── what others ask of it ───────────────────────────────────────────────────────────────────────────────────

    def back(self) -> api.Back:
        """Return what answers behind the HTTP API."""
        return api.Back(
            settings=self.settings,
            world=self.world,
            auth=self.auth,
            cases=self.cases,
            earlier=self.earlier,
            records=self.records,
            captures=self.captures,
            inspection=self.inspection,
            viewings=self.viewings,
            documents=self.documents,
            binder=self.binder,
            forms=self.forms,
            signings=self.signings,
            wall=self.wall,
            scanner=self.scanner,
            is_member=self._is_member,
            outbox=self.outbox,
            matters=self.matters,
            visits=self._visits,
            clock=self.clock,
            administration=self.administration,
            mirrors=self.mirrors,
        )

    def _leads(self) -> bool:
        return self.hall.epoch is not None

    async def _item_of(self, call_id: str) -> str | None:
        """Return what a call is about, also when it ended long ago."""
        try:
            return self.hall.engine.call(call_id).item_id
        except Unknown:
            return await self.records.findings.item_of(call_id)

    def _is_member(self, identity: Identity, call_id: str) -> bool:
        call = self.calls.at_booth(identity.id) if identity.kind == "booth" else self.calls.of_agent(identity.id)
        if call is None and identity.is_staff:
            call = self.calls.wrapped_up_by(identity.id)
        return call is not None and call.call_id == call_id

    def _visits(self, booth_id: str, call_id: str) -> bool:
        call = self.calls.at_booth(booth_id) or self.stories.to_rate(booth_id, self.clock())
        return call is not None and call.call_id == call_id

    async def _tell(self, person_id: str, name: str, payload: Mapping[str, Json]) -> bool:
        return await self.sockets.tell(person_id, name, payload)

    def _forms_heard(self, events: Sequence[tuple[int, Event]], at: float) -> None:
        """Nobody writes in the form of a call that is over."""
        for _, event in events:
            if isinstance(event, Ended):
                self.forms.forget(event.call_id)

    def _on_revoked(self, identity: Identity) -> None:
        self._tasks.start(self._revoked(identity))

    async def _revoked(self, identity: Identity) -> None:
        """Close the page behind a session that ended; an agent without any page has gone home."""
        await self.sockets.sign_out(identity.session_id)
        if identity.is_staff and self.sockets.online(identity.id) is None:
            await self.presence.signed_out(identity.id)


@asynccontextmanager
async def _journal(settings: Settings) -> AsyncIterator[Journal]:
    if settings.journal.kind == "sqlite":
        settings.journal_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with SqliteJournal.open(settings.journal_file) as file:
            yield file
    else:
        assert settings.journal.redis_url is not None  # the settings see to it
        async with RedisJournal.open(RedisSettings((settings.journal.redis_url.get_secret_value(),))) as stream:
            yield stream


def _ice(settings: Settings) -> IceServers:
    ice = settings.ice
    secret = ice.turn_shared_secret.get_secret_value() if ice.turn_shared_secret else ""
    return IceServers(ice.stun_urls, ice.turn_urls, secret, ice.turn_lifetime_s)

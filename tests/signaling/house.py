"""A whole service on a free port with real socket clients, for the tests of the socket side.

Nothing is replaced: aiohttp listens, SQLite writes, python-socketio's own client speaks. A `Page` remembers what it was
told and can be waited on; it never sleeps.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import secrets
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import socketio
from aiohttp import web

from signaling import config
from signaling.app import SERVICE, create_app
from signaling.auth import Session
from signaling.routing.commands import Tick
from signaling.world import World
from tests.signaling.records import migrated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from signaling.service import Service

WORLD = Path(__file__).parents[2] / "deploy" / "demo"
DISTRICT = World.load(WORLD)
PATIENCE_S = 20.0
DEVICES = {"camera": "ok", "document_camera": "ok", "microphone": "ok", "speaker": "ok"}


class Page:
    """A connected booth or console."""

    def __init__(self, namespace: str, page_id: str, cookie: str) -> None:
        self.namespace = namespace
        self.page_id = page_id
        self.cookie = cookie
        self.view: dict[str, Any] = {}
        self.snapshot: dict[str, Any] = {}
        self.events: list[tuple[str, Any]] = []
        self.closed = False
        self._changed = asyncio.Condition()
        self._client = socketio.AsyncClient(reconnection=False)
        self._client.on("*", self._heard, namespace=namespace)
        self._client.on("disconnect", self._left, namespace=namespace)

    async def open(self, url: str, *, transport: str = "websocket", **headers: str) -> Page:
        """Connect and wait for the snapshot."""
        await self._client.connect(
            url,
            headers={"Cookie": self.cookie, **headers},
            auth={"page_id": self.page_id},
            namespaces=[self.namespace],
            transports=[transport],
            wait_timeout=PATIENCE_S,
        )
        await self.until(lambda page: bool(page.snapshot))
        return self

    async def close(self) -> None:
        with suppress(Exception):
            await self._client.disconnect()

    async def kill(self) -> None:
        """Close the connection under the page's feet, as a killed browser does."""
        ws = self._client.eio.ws
        await ws.close()

    async def say(self, name: str, **members: Any) -> dict[str, Any]:
        """Send a message; return its acknowledgement."""
        answer = await self._client.call(name, members, namespace=self.namespace, timeout=PATIENCE_S)
        assert isinstance(answer, dict)
        return answer

    async def do(self, name: str, **members: Any) -> dict[str, Any]:
        """Send a message that must be accepted."""
        answer = await self.say(name, **members)
        assert answer["ok"], answer
        return answer

    async def refused(self, name: str, **members: Any) -> str:
        """Send a message that must be refused; return the problem's code."""
        answer = await self.say(name, **members)
        assert not answer["ok"], answer
        problem = answer["problem"]
        assert {"type", "title", "status", "code", "detail"} <= problem.keys()
        return str(problem["code"])

    async def shout(self, name: str, **members: Any) -> None:
        """Send a message without waiting for its answer."""
        await self._client.emit(name, members, namespace=self.namespace)

    async def until(self, true: Callable[[Page], bool], patience_s: float = PATIENCE_S) -> Page:
        """Wait until something is true of what this page was told."""
        try:
            async with asyncio.timeout(patience_s), self._changed:
                await self._changed.wait_for(lambda: true(self))
        except TimeoutError:
            raise AssertionError(f"never became true; last view: {self.view}, events: {self.events[-5:]}") from None
        return self

    async def told(self, name: str) -> Any:
        """Wait for an event; return its last payload."""
        await self.until(lambda page: any(event == name for event, _ in page.events))
        return [payload for event, payload in self.events if event == name][-1]

    @property
    def call(self) -> dict[str, Any]:
        call = self.view["call"]
        assert isinstance(call, dict)
        return call

    @property
    def link_id(self) -> str:
        (link,) = self.call["links"]
        return str(link["link_id"])

    async def _heard(self, event: str, payload: Any) -> None:
        async with self._changed:
            if event == "snapshot":
                self.snapshot, self.view = payload, payload["view"]
            elif event == "view":
                assert payload["seq"] >= self.view["seq"]
                self.view = payload
            else:
                self.events.append((event, payload))
            self._changed.notify_all()

    async def _left(self, *_: object) -> None:
        async with self._changed:
            self.closed = True
            self._changed.notify_all()


class Clock:
    """The real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


@dataclasses.dataclass
class House:
    """A running service."""

    url: str
    service: Service
    runner: web.AppRunner
    clock: Clock
    pages: list[Page] = dataclasses.field(default_factory=list)
    cookies: dict[str, str] = dataclasses.field(default_factory=dict)

    async def cookie(self, person_id: str) -> str:
        """Sign a booth or an agent in; return the cookie."""
        if person_id not in self.cookies:
            auth, world = self.service.auth, self.service.world
            if person_id in world.booths:
                credential = await auth.enrol_booth(person_id, "test")
                token = await auth.open_booth_session(credential, "127.0.0.1")
                self.cookies[person_id] = f"vw_booth={token}"
            else:
                self.cookies[person_id] = f"vw_staff={await self._staff_session(person_id)}"
        return self.cookies[person_id]

    async def _staff_session(self, agent_id: str) -> str:
        """Open a session as a sign-in would; the password's hashing alone takes a second of a core."""
        token, now = secrets.token_urlsafe(32), self.clock()
        role = self.service.world.agents[agent_id].role
        session = Session(f"sess_{secrets.token_hex(8)}", role, agent_id, "::1", now, now, now + 14 * 3600)
        await self.service.records.credentials.add_session(session, hashlib.sha256(token.encode()).digest())
        return token

    async def pass_time(self, seconds: float) -> None:
        """Let time pass for the whole service at once."""
        self.clock.ahead_s += seconds
        await self.service.hall.submit(Tick())

    async def page(self, person_id: str, page_id: str = "", *, transport: str = "websocket") -> Page:
        """Open a page of a booth or an agent."""
        namespace = "/booth" if person_id in self.service.world.booths else "/staff"
        page = Page(namespace, page_id or f"page_{person_id}_{len(self.pages)}", await self.cookie(person_id))
        self.pages.append(page)
        return await page.open(self.url, transport=transport)


@asynccontextmanager
async def open_house(
    directory: Path,
    *,
    cookies: dict[str, str] | None = None,
    clock: Clock | None = None,
    world: World = DISTRICT,
    port: int = 0,
    **settings: Any,
) -> AsyncIterator[House]:
    """Run the service in a directory; what it kept there before is there again."""
    clock = clock or Clock()
    loaded = config.load(None, {"demo": True, "world_dir": WORLD, "data_dir": directory, **settings})
    await migrated.lay(directory / "records.sqlite")
    app = create_app(loaded, world, clock=clock)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
        house = House(f"http://127.0.0.1:{runner.addresses[0][1]}", app[SERVICE], runner, clock)
        house.cookies = {} if cookies is None else cookies
        try:
            yield house
        finally:
            await asyncio.gather(*(page.close() for page in house.pages))


async def talk(house: House, booth_id: str, agent_id: str, item_id: str) -> tuple[Page, Page]:
    """Bring a booth and an agent into a call."""
    agent = await house.page(agent_id)
    await agent.do("agent.ready")
    booth = await house.page(booth_id)
    await booth.do("call.enter", item_id=item_id)
    await agent.until(lambda page: page.view["offer"] is not None)
    await agent.do("offer.accept", offer_id=agent.view["offer"]["offer_id"])
    await booth.until(lambda page: page.view["phase"] == "talking" and page.call["links"] != [])
    await agent.until(lambda page: page.view["call"] is not None and page.call["links"] != [])
    return booth, agent

"""The other end of the control channel, as small as it can be: a WebSocket that nodes connect to."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import WSMsgType, web

from media import control
from tests.browser.waiting import until
from tests.media.synthetic import Caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = "a token for tests"
T = TypeVar("T", bound=control.Message)


class Signaling:
    """Accepts one node at a time; keeps everything it said."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[control.Message] = []
        self.socket: web.WebSocketResponse | None = None
        self.wanted: dict[str, list[str]] | None = {}
        self.refused = 0
        self.away = False
        self.callers: list[Caller] = []
        self._numbers = itertools.count(1)
        self._answers: dict[str, asyncio.Future[control.Message]] = {}

    async def accept(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.refused += 1
            raise web.HTTPUnauthorized
        if self.away:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(protocols=(control.SUBPROTOCOL,), max_msg_size=control.MAX_MESSAGE)
        await socket.prepare(request)
        self.socket = socket
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._take(control.parse(message.data))
        return socket

    def _take(self, message: control.Message) -> None:
        self.heard.append(message)
        if isinstance(message, control.Done | control.Failed) and message.request_id in self._answers:
            self._answers.pop(message.request_id).set_result(message)

    def of(self, kind: type[T]) -> list[T]:
        """The messages of one type, in order."""
        return [one for one in self.heard if isinstance(one, kind)]

    async def hello(self, count: int = 1) -> control.Hello:
        """Wait for the node to connect for the count-th time."""
        return (await until(lambda: self.of(control.Hello)[count - 1 : count], f"hello number {count}"))[0]

    async def opened(self, call_id: str, leg_id: str, role: str) -> Caller:
        """Open a leg and connect a caller to it."""
        caller = Caller()
        self.callers.append(caller)
        result = await self.ask(control.OpenLeg, call_id=call_id, leg_id=leg_id, role=role, offer=caller.offer())
        await caller.connect(result["answer"])
        return caller

    async def ask_raw(self, text: str, request_id: str) -> control.Message:
        assert self.socket is not None
        answer: asyncio.Future[control.Message] = asyncio.get_running_loop().create_future()
        self._answers[request_id] = answer
        await self.socket.send_str(text)
        async with asyncio.timeout(15):
            return await answer

    async def try_to(self, kind: type[control.Request], /, **fields: Any) -> control.Message:
        """Send a request and return its answer."""
        request_id = f"r{next(self._numbers)}"
        return await self.ask_raw(control.dump(kind(request_id=request_id, **fields)), request_id)

    async def ask(self, kind: type[control.Request], /, **fields: Any) -> dict[str, Any]:
        """Send a request that must be done; return its result."""
        answer = await self.try_to(kind, **fields)
        assert isinstance(answer, control.Done), answer
        return answer.result


@contextlib.asynccontextmanager
async def signaling() -> AsyncIterator[Signaling]:
    """A running one, on a free port."""
    side = Signaling()
    app = web.Application()
    app.router.add_get("/media", side.accept)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    side.url = f"ws://127.0.0.1:{port}/media"
    try:
        yield side
    finally:
        for caller in side.callers:
            await caller.close()
        if side.socket is not None:
            await side.socket.close()
        await runner.cleanup()

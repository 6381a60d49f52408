"""The nodes that are connected now: admits them, asks them, notices within two seconds when one falls silent.

A node connects by itself, shows its token and says `hello`; it is answered with the legs it is to have. Promises: a
request gets its answer or an error within `ASK_S`, or the time it was given; watcher and archive hear of a node's
coming and going exactly once each; nothing here remembers a node that is not connected.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hmac
import itertools
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

import structlog
from aiohttp import WSMsgType, web

from signaling.errors import Malformed, ServiceError, Unavailable
from signaling.nodes import words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

log = structlog.get_logger(__name__)

HELLO_S = 5.0
PING_S = 0.5
SILENT_S = 1.75
"""Three pings and a half without any answer: another 1.2 s are left to have the picture back elsewhere within 3 s."""
ASK_S = 3.0
ROOM_BYTES = 1 << 30
"""An hour of a call: both send some 1.2 Mbit/s."""


class Watcher(Protocol):
    """Who decides what nodes are for."""

    def expected(self, node_id: str, here: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]: ...
    def node_came(self, node_id: str, missing: Collection[str]) -> None: ...
    def node_left(self, node_id: str) -> None: ...
    def node_said(self, node_id: str, event: words.Event) -> None: ...


class Archive(Protocol):
    """Who keeps account of recordings."""

    def node_came(self, node_id: str) -> None: ...
    def node_left(self, node_id: str) -> None: ...
    def node_recorded(self, node_id: str, event: words.Recorded) -> None: ...


class Meter(Protocol):
    """Who follows how people's connections are."""

    def node_measured(self, node_id: str, legs: Sequence[words.Measured]) -> None: ...


@dataclasses.dataclass(slots=True, eq=False)
class Node:
    """One connected node."""

    node_id: str
    socket: web.WebSocketResponse
    request: web.Request
    load: words.Load
    heard: float
    welcomed: bool = False
    waiting: dict[str, asyncio.Future[Mapping[str, object]]] = dataclasses.field(default_factory=dict)

    def cut(self) -> None:
        """Close the transport: works on a peer that no longer listens."""
        if self.request.transport is not None:
            self.request.transport.abort()


class Refusal(ServiceError):
    """A node's `failed`; `code` is its word: malformed, unknown, refused or failed."""

    status = 503
    code = "unavailable"


class Nodes:
    """All connected nodes. Without a token none is ever admitted."""

    def __init__(self, token: str, in_charge: Callable[[], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._token = token.encode()
        self._in_charge = in_charge
        self._clock = clock
        self._nodes: dict[str, Node] = {}
        self._numbers = itertools.count(1)
        self._missed: dict[str, float] = {}
        """Nodes that went without having drained, and when."""
        self.watcher: Watcher | None = None
        """Set once, before the first node may come."""
        self.archive: Archive | None = None
        """Set as early, where anything is recorded."""
        self.meter: Meter | None = None

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def admits(self) -> bool:
        """Whether a node could come at all."""
        return bool(self._token)

    def here(self) -> list[str]:
        """Return the nodes that can be asked now."""
        return [node.node_id for node in self._nodes.values() if node.welcomed]

    def loads(self) -> dict[str, words.Load]:
        """Return what each node that can be asked carries, as it said a second ago."""
        return {node.node_id: node.load for node in self._nodes.values() if node.welcomed}

    def alive(self, node_id: str) -> bool:
        node = self._nodes.get(node_id)
        return node is not None and node.welcomed

    def draining(self, node_id: str) -> bool:
        node = self._nodes.get(node_id)
        return node is not None and node.load.draining

    def away(self) -> dict[str, float]:
        """Return the nodes that went without having drained, and for how many seconds they have been away."""
        return {node_id: self._clock() - at for node_id, at in self._missed.items()}

    def choose(self, carried: Mapping[str, int], avoid: Collection[str] = (), *, recorded: bool = False) -> str | None:
        """Return the least loaded node that takes calls; `carried` are the calls put on each, told by it or not yet.

        A call that is to be recorded goes where its recording has room, if there is such a node.
        """
        fit = [node for node in self._nodes.values() if node.welcomed and not node.load.draining]
        loads = {
            node.node_id: (
                recorded and node.load.room_bytes < ROOM_BYTES,
                max(count / node.load.max_calls, node.load.cpu_share),
                count,
                node.node_id,
            )
            for node in fit
            if node.node_id not in avoid
            and (count := max(node.load.calls, carried.get(node.node_id, 0))) < node.load.max_calls
        }
        return min(loads, key=lambda node_id: loads[node_id], default=None)

    async def ask(self, node_id: str, asking: words.Asking, within_s: float = ASK_S) -> Mapping[str, object]:
        """Have a request carried out; return its result."""
        node = self._nodes.get(node_id)
        if node is None or not (node.welcomed or isinstance(asking, words.Welcome)):
            raise Unavailable(f"the media node {node_id} is away")
        request_id = f"r{next(self._numbers)}"
        answer: asyncio.Future[Mapping[str, object]] = asyncio.get_running_loop().create_future()
        node.waiting[request_id] = answer
        try:
            async with asyncio.timeout(within_s):
                await node.socket.send_str(words.dump(request_id, asking))
                return await answer
        except (TimeoutError, ConnectionError):
            raise Unavailable(f"the media node {node_id} does not answer") from None
        finally:
            node.waiting.pop(request_id, None)
            if answer.done() and not answer.cancelled():
                answer.exception()  # seen, also when the send failed first

    # ── the endpoint ────────────────────────────────────────────────────────────────────────────────────────────

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Answer a node's upgrade, and stay with it until it goes."""
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if not self._token or not hmac.compare_digest(shown, self._token):
            raise web.HTTPUnauthorized
        if not self._in_charge():
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(
            protocols=(words.SUBPROTOCOL,), max_msg_size=words.MAX_MESSAGE, autoping=False, timeout=0.5
        )
        await socket.prepare(request)
        try:
            async with asyncio.timeout(HELLO_S):
                hello = words.read(await socket.receive_str())
            if not isinstance(hello, words.Hello):
                raise Malformed("type: hello comes first", field="type")
        except (ServiceError, TimeoutError, TypeError) as error:
            log.warning("node_refused", reason=str(error))
            await socket.close(code=1008, message=str(error).encode()[:120])
            return socket
        load = words.Load(len(hello.calls), hello.max_calls, 0.0, hello.draining)
        await self._stay(Node(hello.node_id, socket, request, load, self._clock()), hello)
        return socket

    async def _stay(self, node: Node, hello: words.Hello) -> None:
        assert self.watcher is not None
        older = self._nodes.get(node.node_id)
        if older is not None:
            # It came back before its old connection was missed.
            self._part(older)
        self._nodes[node.node_id] = node
        log.info("node_came", node=node.node_id, calls=len(hello.calls))
        try:
            async with asyncio.TaskGroup() as tasks:
                helpers = [tasks.create_task(self._watch(node)), tasks.create_task(self._welcome(node, hello))]
                await self._listen(node)
                for helper in helpers:
                    helper.cancel()
        finally:
            self._part(node)

    async def _listen(self, node: Node) -> None:
        async for message in node.socket:
            node.heard = self._clock()
            if message.type is WSMsgType.PING:
                with suppress(ConnectionError):
                    await node.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                try:
                    said = words.read(message.data)
                except Malformed as error:
                    log.warning("node_malformed", node=node.node_id, detail=error.detail)
                else:
                    self._heard(node, said)

    def _heard(self, node: Node, said: words.Said | None) -> None:
        assert self.watcher is not None
        match said:
            case words.Answered():
                answer = node.waiting.get(said.request_id)
                if answer is not None and not answer.done():
                    answer.set_result(said.result)
            case words.Refused():
                answer = node.waiting.get(said.request_id)
                if answer is not None and not answer.done():
                    answer.set_exception(Refusal(said.detail, code=said.code))
            case words.Stats():
                node.load = said.node
                if self.meter is not None:
                    self.meter.node_measured(node.node_id, said.legs)
            case words.Alert():
                log.error("node_alert", node=node.node_id, code=said.code, detail=said.detail)
            case words.LegChanged() | words.SeatsChanged():
                self.watcher.node_said(node.node_id, said)
            case words.SegmentClosed() | words.RecordingStopped() | words.RecordingErased() | words.ExportProgress():
                if self.archive is not None:
                    self.archive.node_recorded(node.node_id, said)
            case words.Hello() | None:
                pass

    async def _welcome(self, node: Node, hello: words.Hello) -> None:
        """Tell the node what it is to have; only then it gets more."""
        assert self.watcher is not None
        expected = self.watcher.expected(node.node_id, hello.calls)
        try:
            await self.ask(node.node_id, words.Welcome(expected))
        except ServiceError:
            node.cut()
            return
        if self._nodes.get(node.node_id) is node:
            node.welcomed = True
            self._missed.pop(node.node_id, None)
            here = {leg_id for legs in hello.calls.values() for leg_id in legs}
            self.watcher.node_came(
                node.node_id, [leg_id for legs in expected.values() for leg_id in legs if leg_id not in here]
            )
            if self.archive is not None:
                self.archive.node_came(node.node_id)

    async def _watch(self, node: Node) -> None:
        """Cut a node that says nothing; not one that we did not listen to because we were late ourselves."""
        while True:
            slept = self._clock()
            await asyncio.sleep(PING_S)
            late = self._clock() - slept - PING_S
            if late > PING_S:
                node.heard = max(node.heard, self._clock() - PING_S)
            if self._clock() - node.heard > SILENT_S:
                log.warning("node_silent", node=node.node_id)
                self._part(node)
                return
            with suppress(ConnectionError):
                await asyncio.wait_for(node.socket.ping(), PING_S)

    def _part(self, node: Node) -> None:
        """The node is gone, or as good as gone."""
        node.cut()
        if self._nodes.get(node.node_id) is not node:
            return
        del self._nodes[node.node_id]
        if node.welcomed and not node.load.draining:
            self._missed[node.node_id] = self._clock()
        for answer in node.waiting.values():
            if not answer.done():
                answer.set_exception(Unavailable(f"the media node {node.node_id} went away"))
        log.info("node_left", node=node.node_id)
        assert self.watcher is not None
        self.watcher.node_left(node.node_id)
        if self.archive is not None:
            self.archive.node_left(node.node_id)

    def close(self) -> None:
        """Let all nodes go; they look for another signaling process, and the calls go on."""
        for node in list(self._nodes.values()):
            node.cut()

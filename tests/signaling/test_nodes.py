"""The endpoint of the media nodes: who is let in, what they are told, when they count as gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from media import control
from signaling.errors import Unavailable
from signaling.nodes import CloseLeg, Nodes, OpenLeg, SeatsChanged, SetMatrix, words
from tests.browser.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping

TOKEN = "a token of more than 24 characters"


class Watcher:
    """Remembers what it was told; expects the legs it is given."""

    def __init__(self) -> None:
        self.wanted: dict[str, tuple[str, ...]] = {}
        self.heard: list[Any] = []

    def expected(self, node_id: str, here: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        return self.wanted

    def node_came(self, node_id: str, missing: Collection[str]) -> None:
        self.heard.append(("came", node_id, list(missing)))

    def node_left(self, node_id: str) -> None:
        self.heard.append(("left", node_id))

    def node_said(self, node_id: str, event: Any) -> None:
        self.heard.append(event)


class Hub:
    """The endpoint on a free port, and node ends to connect to it."""

    def __init__(self, nodes: Nodes, watcher: Watcher, url: str, session: aiohttp.ClientSession) -> None:
        self.nodes, self.watcher, self.url, self.session = nodes, watcher, url, session
        self.leads = True
        self.kept: list[Any] = []

    async def connect(self, token: str = TOKEN, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        socket = await self.session.ws_connect(self.url, headers=headers, protocols=(words.SUBPROTOCOL,), **options)
        self.kept.append(socket)  # one that nobody holds closes by itself
        return socket

    async def node(self, node_id: str, calls: dict[str, tuple[str, ...]] | None = None, **options: Any) -> Any:
        """Connect a node and let it be welcomed."""
        socket = await self.connect(**options)
        await socket.send_str(control.dump(control.Hello(node_id, control.VERSION, 10, False, calls or {})))
        welcome = control.parse(await socket.receive_str())
        assert isinstance(welcome, control.Welcome)
        await socket.send_str(control.dump(control.Done(welcome.request_id)))
        await until(lambda: self.nodes.alive(node_id), "the node is welcome")
        return socket


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    async with opened(TOKEN) as hub:
        yield hub


@contextlib.asynccontextmanager
async def opened(token: str) -> AsyncIterator[Hub]:
    watcher = Watcher()
    nodes = Nodes(token, lambda: made.leads)
    nodes.watcher = watcher
    app = web.Application()
    app.router.add_get("/nodes", nodes.accept)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        made = Hub(nodes, watcher, f"http://127.0.0.1:{runner.addresses[0][1]}/nodes", session)
        yield made
        nodes.close()
        for socket in made.kept:
            await socket.close()


def stats(calls: int, *, cpu_share: float = 0.0, draining: bool = False, room_bytes: int = 0) -> str:
    node = {
        "calls": calls, "max_calls": 10, "cpu_share": cpu_share, "draining": draining, "legs": 0, "dropped": {},
        "room_bytes": room_bytes,
    }  # fmt: skip
    return control.dump(control.Statistics(node, ()))


@pytest.mark.parametrize("token", ["", "another token of more than 24 characters"])
async def test_a_stranger_is_not_let_in(hub: Hub, token: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await hub.connect(token)
    assert refused.value.status == 401


async def test_without_a_token_nobody_is_let_in() -> None:
    async with opened("") as hub:
        for shown in ("", TOKEN):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await hub.connect(shown)
            assert refused.value.status == 401


async def test_a_process_that_does_not_lead_sends_nodes_on(hub: Hub) -> None:
    hub.leads = False
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await hub.connect()
    assert refused.value.status == 503


@pytest.mark.parametrize(
    "first",
    [
        "not JSON",
        "[]",
        '{"type": "stats"}',
        '{"type": "hello", "node_id": "../etc", "version": 1, "max_calls": 1, "draining": false, "calls": {}}',
        '{"type": "hello", "node_id": "n", "version": 2, "max_calls": 1, "draining": false, "calls": {}}',
        '{"type": "hello", "node_id": "n", "version": 1, "max_calls": 1, "draining": false, "calls": {"a": 1}}',
    ],
)
async def test_a_node_that_does_not_say_hello_properly_is_sent_away(hub: Hub, first: str) -> None:
    socket = await hub.connect()
    await socket.send_str(first)
    assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert socket.close_code == 1008
    assert hub.watcher.heard == []


async def test_a_node_is_told_what_it_is_to_have_and_what_it_lacks_is_known(hub: Hub) -> None:
    hub.watcher.wanted = {"call_1.1": ("link_a", "link_b")}
    await hub.node("node_1", {"call_1.1": ("link_a",), "call_9.1": ("link_z",)})
    assert hub.watcher.heard == [("came", "node_1", ["link_b"])]


async def test_every_request_is_one_the_node_understands(hub: Hub) -> None:
    socket = await hub.node("node_1")
    asked: list[words.Asking] = [
        OpenLeg("call_1.1", "link_a", "citizen", "v=0"),
        CloseLeg("call_1.1", "link_a"),
        SetMatrix("call_1.1", {"link_a": "coach"}, (("link_a", "link_b"),)),
    ]
    for asking in asked:
        answer = asyncio.create_task(hub.nodes.ask("node_1", asking))
        request = control.parse(await socket.receive_str())
        assert isinstance(request, control.Request)
        assert request.type == asking.NAME
        await socket.send_str(control.dump(control.Done(request.request_id, {"answer": "v=0"})))
        assert await answer == {"answer": "v=0"}


async def test_a_refusal_and_a_break_are_errors_with_their_reason(hub: Hub) -> None:
    socket = await hub.node("node_1")
    answer = asyncio.create_task(hub.nodes.ask("node_1", CloseLeg("call_1.1", "link_a")))
    request = json.loads(await socket.receive_str())
    await socket.send_str(control.dump(control.Failed(request["request_id"], "unknown", "no such call")))
    with pytest.raises(Exception, match="no such call"):
        await answer
    answer = asyncio.create_task(hub.nodes.ask("node_1", CloseLeg("call_1.1", "link_a")))
    await socket.receive_str()
    await socket.close()
    with pytest.raises(Unavailable):
        await answer
    with pytest.raises(Unavailable):
        await hub.nodes.ask("node_1", CloseLeg("call_1.1", "link_a"))


async def test_events_are_passed_on_and_what_is_wrong_or_unknown_is_not(hub: Hub) -> None:
    socket = await hub.node("node_1")
    for said in (
        '{"type": "leg.seats", "call_id": "call_1.1", "leg_id": "link_a", "seats": [7]}',
        '{"type": "something.new"}',
        "not JSON",
        control.dump(control.SeatsChanged("call_1.1", "link_a", ("link_b", None))),
    ):
        await socket.send_str(said)
    await until(lambda: len(hub.watcher.heard) > 1, "an event")
    assert hub.watcher.heard[1:] == [SeatsChanged("call_1.1", "link_a", ("link_b", None))]


async def test_the_least_loaded_node_that_takes_calls_is_chosen(hub: Hub) -> None:
    first, second = await hub.node("node_1"), await hub.node("node_2")
    assert hub.nodes.choose({}) == "node_1"
    assert hub.nodes.choose({"node_1": 1}) == "node_2"
    assert hub.nodes.choose({}, avoid=("node_1",)) == "node_2"
    await first.send_str(stats(2))
    await until(lambda: hub.nodes.choose({}) == "node_2", "it has fewer calls")
    await second.send_str(stats(0, cpu_share=0.9))
    await until(lambda: hub.nodes.choose({}) == "node_1", "it has less to do")
    await first.send_str(stats(2, draining=True))
    await until(lambda: hub.nodes.choose({}) == "node_2", "the other one drains")
    assert hub.nodes.draining("node_1")
    await second.send_str(stats(10))
    await until(lambda: hub.nodes.choose({}) is None, "the last one is full")


async def test_a_call_that_is_to_be_recorded_goes_where_there_is_room_for_it(hub: Hub) -> None:
    first, second = await hub.node("node_1"), await hub.node("node_2")
    await first.send_str(stats(0, room_bytes=1 << 20))
    await second.send_str(stats(5, room_bytes=1 << 40))
    await until(lambda: hub.nodes.choose({}, recorded=True) == "node_2", "the other one has no room")
    assert hub.nodes.choose({}) == "node_1"
    assert hub.nodes.choose({}, avoid=("node_2",), recorded=True) == "node_1", "unrecorded is better than not at all"


async def test_a_node_that_closes_is_gone_once(hub: Hub) -> None:
    socket = await hub.node("node_1")
    await socket.close()
    await until(lambda: ("left", "node_1") in hub.watcher.heard, "it is gone")
    assert hub.nodes.choose({}) is None
    assert [one for one in hub.watcher.heard if one[0] == "left"] == [("left", "node_1")]


async def test_a_node_that_falls_silent_is_gone_though_its_connection_stands(hub: Hub) -> None:
    await hub.node("node_1", autoping=False)  # and reads nothing any more
    await until(lambda: ("left", "node_1") in hub.watcher.heard, "it is given up")
    assert not hub.nodes.alive("node_1")


async def test_a_node_that_comes_again_takes_the_place_of_its_old_connection(hub: Hub) -> None:
    await hub.node("node_1")
    await hub.node("node_1")
    assert hub.watcher.heard == [("came", "node_1", []), ("left", "node_1"), ("came", "node_1", [])]
    assert hub.nodes.alive("node_1")

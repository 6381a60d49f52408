"""The two servers that the media benchmarks compare: our node, through its control channel, and Debian's Janus, through
its WebSocket and video-room plugin. Both run as processes of their own, on loopback, and get the same packets.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from media import control, sdp
from tests.bench import media_load as load
from tests.bench.media_load import End, Flow
from tests.browser.waiting import until
from tests.media.signaling import TOKEN, Signaling, signaling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PLUGINS = Path("/usr/lib/x86_64-linux-gnu/janus/plugins")
NAMES = {
    "opus": "opus/48000/2",
    "red": "red/48000/2",
    "vp8": "VP8/90000",
    "h264": "H264/90000",
    "rtx": "rtx/90000",
}
TRANSPORTS = Path("/usr/lib/x86_64-linux-gnu/janus/transports")


def free_port() -> int:
    """A TCP port nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@contextlib.asynccontextmanager
async def _process(*command: str, env: dict[str, str] | None = None) -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        *command, env=env, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    load.go_first(process.pid)
    try:
        yield process.pid
    finally:
        process.kill()
        await process.wait()


class Node:
    """Our node, driven as signaling would."""

    def __init__(self, side: Signaling, pid: int) -> None:
        self.side, self.pid = side, pid
        self._legs = itertools.count()

    async def call(self, name: str) -> list[Flow]:
        """A two-way call: two legs, each of which sends and receives."""
        citizen, agent = End(), End()
        await self.join(name, citizen, "citizen")
        await self.join(name, agent, "agent")
        return [(citizen, agent), (agent, citizen)]

    async def closed(self, segments: int) -> None:
        """Wait until this many segments are whole."""
        await until(lambda: len(self.side.of(control.SegmentClosed)) >= segments, "segments close", 60)

    async def join(self, call: str, caller: End, role: str) -> str:
        leg = f"leg_{next(self._legs)}"
        result = await self.side.ask(control.OpenLeg, call_id=call, leg_id=leg, role=role, offer=caller.offer())
        await caller.connect(result["answer"])
        return leg


@contextlib.asynccontextmanager
async def node(**extra: str) -> AsyncIterator[Node]:
    """A running node; `extra` are further settings."""
    async with signaling() as side:
        said = {
            "NODE_ID": "bench",
            "BIND_HOST": "127.0.0.1",
            "BIND_PORT": "0",
            "PUBLIC_ADDRESSES": "127.0.0.1",
            "CONTROL_URLS": side.url,
            "CONTROL_TOKEN": TOKEN,
            "METRICS_PORT": "0",
            "MAX_CALLS": "500",
            **extra,
        }
        env = os.environ | {f"VIRTUAL_WINDOW_MEDIA_{name}": value for name, value in said.items()}
        async with _process(sys.executable, "-m", "media", env=env) as pid:
            await side.hello()
            yield Node(side, pid)


def recording(folder: Path) -> dict[str, str]:
    """Settings of a node that may record."""
    return {"RECORDINGS_DIR": str(folder), "MASTER_KEY": base64.b64encode(bytes(32)).decode(), "DISK_LOW_BYTES": "0",
            "DISK_FULL_BYTES": "0"}  # fmt: skip


class Janus:
    """Janus, driven over its WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, pid: int) -> None:
        self._socket, self.pid = socket, pid
        self._numbers = itertools.count(1)
        self._session = 0
        self._up: dict[int, asyncio.Event] = {}
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def read(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if said["janus"] == "webrtcup":
                self._up[said["sender"]].set()
            elif said["janus"] != "ack" and said.get("transaction") in self._waiting:
                # Events without a transaction tell who else is in the room.
                self._waiting.pop(said["transaction"]).set_result(said)

    async def _ask(self, **said: Any) -> dict[str, Any]:
        transaction = str(next(self._numbers))
        self._waiting[transaction] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({**said, "transaction": transaction})
        async with asyncio.timeout(10):
            return await self._waiting[transaction]

    async def begin(self) -> None:
        self._session = (await self._ask(janus="create"))["data"]["id"]

    async def _attach(self) -> int:
        answer = await self._ask(janus="attach", session_id=self._session, plugin="janus.plugin.videoroom")
        handle: int = answer["data"]["id"]
        self._up[handle] = asyncio.Event()
        return handle

    async def _tell(self, handle: int, body: dict[str, Any], kind: str = "", text: str = "") -> dict[str, Any]:
        """Send a message, with a description if one is given, and return the event that answers it."""
        said: dict[str, Any] = {"session_id": self._session, "handle_id": handle, "body": body}
        if kind:
            said["jsep"] = {"type": kind, "sdp": text}
        return await self._ask(janus="message", **said)

    async def call(self, name: str) -> list[Flow]:
        """A two-way call as the video-room has it: who sends on one connection receives on another."""
        return [await self._flow(f"{name}/{side}") for side in ("citizen", "agent")]

    async def _flow(self, name: str) -> Flow:
        """A publisher in the room, and a subscriber of what it publishes."""
        publisher, viewer = End(), End()
        handle = await self._attach()
        joined = await self._tell(handle, {"request": "join", "ptype": "publisher", "room": 1, "display": name})
        feed = joined["plugindata"]["data"]["id"]
        told = await self._tell(handle, {"request": "publish"}, "offer", two_sections(publisher.offer()))
        await publisher.connect(told["jsep"]["sdp"])
        # Until Janus has shaken hands with the publisher there is nothing to subscribe to.
        async with asyncio.timeout(10):
            await self._up[handle].wait()
        handle = await self._attach()
        body = {"request": "join", "ptype": "subscriber", "room": 1, "streams": [{"feed": feed}]}
        told = await self._tell(handle, body)
        offer = told["jsep"]["sdp"]
        answer = answer_to(offer, viewer)
        await self._tell(handle, {"request": "start"}, "answer", answer)
        await viewer.connect(offer)
        return publisher, viewer


def two_sections(offer: str) -> str:
    """Microphone and camera only."""
    head, *sections = offer.split("m=")
    head = head.rstrip() + "\r\na=group:BUNDLE 0 1\r\n"
    return head + "".join("m=" + one for one in sections[:2])


def answer_to(offer: str, viewer: End) -> str:
    """Answer what Janus offers a subscriber, section by section, with its own payload types."""
    theirs = sdp.read(offer)
    ours = sdp.read(viewer.offer())
    mids = " ".join(section.mid for section in theirs.sections)
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {mids}"]
    for section in theirs.sections:
        lines += [
            f"m={section.media} 9 UDP/TLS/RTP/SAVPF {' '.join(str(one.payload_type) for one in section.formats)}",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{section.mid}",
            f"a=ice-ufrag:{ours.ufrag}",
            f"a=ice-pwd:{ours.pwd}",
            f"a=fingerprint:{ours.fingerprints[0][0]} {ours.fingerprints[0][1]}",
            "a=setup:active",
            "a=rtcp-mux",
            "a=recvonly",
        ]
        lines += [f"a=rtpmap:{one.payload_type} {NAMES[one.codec]}" for one in section.formats]
        lines += [f"a=fmtp:{one.payload_type} {one.parameters}" for one in section.formats if one.parameters]
        lines += [f"a=extmap:{number} {uri}" for uri, number in section.extensions.items()]
    return "\r\n".join(lines) + "\r\n"


@contextlib.asynccontextmanager
async def janus() -> AsyncIterator[Janus]:
    """A running Janus: ICE-lite like ours, no plugin but the video-room, no event handlers, no log."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "janus.jcfg").write_text(
            f'general: {{ configs_folder = "{name}"; plugins_folder = "{PLUGINS}"; transports_folder = "{TRANSPORTS}"; '
            "debug_level = 1; session_timeout = 0; daemonize = false }\n"
            'media: { rtp_port_range = "42000-44000" }\n'
            'nat: { ice_lite = true; ice_enforce_list = "127.0.0.1"; ice_tcp = false; full_trickle = false }\n'
            f'plugins: {{ disable = "{_all_but(PLUGINS, "videoroom")}" }}\n'
            f'transports: {{ disable = "{_all_but(TRANSPORTS, "websockets")}" }}\n'
        )
        (folder / "janus.transport.websockets.jcfg").write_text(
            f'general: {{ json = "compact"; ws = true; ws_port = {port}; ws_ip = "127.0.0.1"; wss = false }}\n'
        )
        (folder / "janus.plugin.videoroom.jcfg").write_text(
            'room-1: { description = "bench"; publishers = 200; bitrate = 0; fir_freq = 0; audiocodec = "opus"; '
            'videocodec = "vp8"; record = false; notify_joining = false }\n'
        )
        async with _process(shutil.which("janus") or "janus", "-F", name) as pid, aiohttp.ClientSession() as session:
            ws = await _connected(session, f"ws://127.0.0.1:{port}")
            server = Janus(ws, pid)
            reading = asyncio.create_task(server.read())
            await server.begin()
            yield server
            reading.cancel()
            await ws.close()


def _all_but(folder: Path, kept: str) -> str:
    return ",".join(sorted(path.name for path in folder.glob("*.so") if kept not in path.name))


async def _connected(session: aiohttp.ClientSession, url: str) -> aiohttp.ClientWebSocketResponse:
    for _ in range(100):
        with contextlib.suppress(aiohttp.ClientError):
            return await session.ws_connect(url, protocols=("janus-protocol",))
        await asyncio.sleep(0.1)
    raise RuntimeError("Janus does not answer")

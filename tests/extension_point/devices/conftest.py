"""A bridge as a booth runs it: a process of its own, and a page that speaks to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ORIGIN = "https://window.example.cn"
PATIENCE_S = 20.0
START_S = 60.0
"""As long as a service's: half a second of work, which a machine that runs everything else makes ten and more."""


class Page:
    """A connected page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.number = 0
        self.hello: dict[str, Any] = {}

    async def send(self, action: str, data: bytes = b"", **members: Any) -> int:
        """Send a message, and the bytes it announces; return its number."""
        self.number += 1
        more = {"bytes": len(data)} if data else {}
        await self.socket.send_str(json.dumps({"id": self.number, "action": action, **more, **members}))
        if data:
            await self.socket.send_bytes(data)
        return self.number

    async def answer(self, number: int) -> dict[str, Any]:
        """Return the answer to a message; those to others that come before are lost."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                answer: dict[str, Any] = await self.socket.receive_json()
                if answer["id"] == number:
                    return answer

    async def ask(self, action: str, data: bytes = b"", **members: Any) -> dict[str, Any]:
        return await self.answer(await self.send(action, data, **members))

    async def do(self, device: str, command: str, data: bytes = b"", **members: Any) -> dict[str, Any]:
        """Work a device under the lease `lease_1`, or another."""
        return await self.ask("do", data, **{"lease_id": "lease_1", "device": device, "command": command} | members)

    async def lend(self, *devices: str, for_s: float = 60, lease_id: str = "lease_1") -> None:
        answer = await self.ask("lease", lease_id=lease_id, devices=list(devices), for_s=for_s)
        assert answer["code"] == "ok", answer


@dataclass(frozen=True)
class Bridge:
    """The running process."""

    url: str
    token: str
    printed: Path
    session: aiohttp.ClientSession

    @property
    def pairing(self) -> str:
        """What follows `#bridge=` in the address that pairs a page."""
        return f"{self.url.split(':')[2].partition('/')[0]}.{self.token}"

    @contextlib.asynccontextmanager
    async def page(self, token: str | None = None, origin: str = ORIGIN, **headers: str) -> AsyncIterator[Page]:
        """Connect as the booth's page does."""
        socket = await self.session.ws_connect(self.url, headers={"Origin": origin, **headers})
        page = Page(socket)
        try:
            page.hello = await page.ask("hello", token=self.token if token is None else token)
            yield page
        finally:
            await socket.close()


@contextlib.asynccontextmanager
async def bridge(folder: Path, path: str = "", **settings: str) -> AsyncIterator[Bridge]:
    """Run a bridge that prints into a folder, unless it is told otherwise."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("VIRTUAL_WINDOW_")}
    more = {
        "ORIGINS": ORIGIN,
        "PORT": "0",
        "STATE_DIR": str(folder / "state"),
        "PRINT_TO": str(folder / "printed"),
        "SIMULATE": "card_reader,signature_pad,document_camera",
        **settings,
    }
    environment = own | {f"VIRTUAL_WINDOW_BRIDGE_{name}": value for name, value in more.items() if value}
    environment["PATH"] = f"{path}:{environment['PATH']}" if path else environment["PATH"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "extension_point.devices", env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_S):
            line = (await process.stdout.readline()).decode()
        port, _, token = line.strip().partition("#bridge=")[2].partition(".")
        async with aiohttp.ClientSession() as session:
            yield Bridge(f"ws://127.0.0.1:{port}/devices", token, folder / "printed", session)
    finally:
        process.terminate()
        assert await process.wait() == 0

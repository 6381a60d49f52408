"""The service as a process of its own, as a district runs it: `virtual-window serve`, with passwords and credentials.

A process, because the tests kill it; not the demo, because nothing of the demo may be needed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from signaling import config
from signaling.auth import Auth
from signaling.records.credentials import Credentials
from signaling.records.database import Database
from signaling.signing.seal import demo_seal
from signaling.world import World
from tests.browser.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

WORLD = Path(__file__).parents[2] / "deploy" / "demo"
COMMAND = Path(sys.executable).with_name("virtual-window")
PASSWORD = "a long enough password"
KEY = base64.b64encode(bytes(range(32))).decode()


def free_port() -> int:
    """Return a port nobody listens on; a service that is started again needs the same one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def settings(data: Path, port: int) -> dict[str, str]:
    """Return the environment of a service of its own: nothing of the developer's own settings comes in."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("VIRTUAL_WINDOW_")}
    return own | {
        "VIRTUAL_WINDOW_WORLD_DIR": str(WORLD),
        "VIRTUAL_WINDOW_DATA_DIR": str(data),
        "VIRTUAL_WINDOW_HTTP__PORT": str(port),
        "VIRTUAL_WINDOW_CAPTURES__KEY": KEY,
        "VIRTUAL_WINDOW_SEAL__CERTIFICATE": str(data / "seal-certificate.pem"),
        "VIRTUAL_WINDOW_SEAL__KEY": str(data / "seal-key.pem"),
        "VIRTUAL_WINDOW_LOG__FORMAT": "text",
    }


class Service:
    """The running process, and how to end it kindly or not."""

    def __init__(self, data: Path, more: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = settings(data, self.port) | dict(more or {})
        self.log = data.with_suffix(".log")
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                COMMAND, "serve", env=self.environment, stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL
            )
        async with aiohttp.ClientSession() as session:
            await until(lambda: self._answers(session), f"the service answers ({self.log})", 60)

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, f"the service ended:\n{self.log.read_text()}"
        try:
            async with session.get(f"{self.url}/healthz", timeout=aiohttp.ClientTimeout(2)) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it; by default as a power cut would."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            await self.process.wait()
            self.process = None


async def prepare(data: Path, booths: Sequence[str], logins: Sequence[str]) -> dict[str, str]:
    """Do in an empty data folder what `virtual-window admin` does; return the booths' credentials."""
    world = World.load(WORLD)
    loaded = config.load(None, {"world_dir": WORLD, "data_dir": data, "captures": {"key": KEY}, "demo": True})
    demo_seal(data)
    async with Database.open(loaded.database_url) as database:
        auth = Auth(Credentials(database), world, loaded.sign_in)
        try:
            for login in logins:
                agent = world.agent_by_login(login)
                assert agent is not None
                await auth.set_password(agent.id, PASSWORD, "test")
            return {booth_id: await auth.enrol_booth(booth_id, "test") for booth_id in booths}
        finally:
            auth.close()


@contextlib.asynccontextmanager
async def service(prepared: Path, data: Path, more: Mapping[str, str] | None = None) -> AsyncIterator[Service]:
    """Run a service on a copy of a prepared data folder."""
    shutil.copytree(prepared, data)
    running = Service(data, more)
    try:
        await running.start()
        yield running
    finally:
        await running.end(signal.SIGTERM)

"""A media node as a process of its own, beside the service under test."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

TOKEN = "a-token-that-only-tests-know"
SETTINGS = {"VIRTUAL_WINDOW_NODES__TOKEN": TOKEN}
"""What the service needs to let it in."""


class MediaNode:
    """The running process."""

    def __init__(self, node_id: str, process: asyncio.subprocess.Process) -> None:
        self.node_id = node_id
        self.process = process

    async def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it; by default as a power cut would, by SIGTERM with its calls handed over first."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        await self.process.wait()


@contextlib.asynccontextmanager
async def media_node(
    node_id: str, port: int, log: Path, more: Mapping[str, str] | None = None
) -> AsyncIterator[MediaNode]:
    """Run a node for the service at this port, with more settings of its own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("VIRTUAL_WINDOW_")}
    settings = {
        "NODE_ID": node_id,
        "BIND_HOST": "127.0.0.1",
        "BIND_PORT": "0",
        "PUBLIC_ADDRESSES": "127.0.0.1",
        "CONTROL_URLS": f"ws://127.0.0.1:{port}/nodes",
        "CONTROL_TOKEN": TOKEN,
        "METRICS_PORT": "0",
    }
    named = settings | dict(more or {})
    environment = own | {f"VIRTUAL_WINDOW_MEDIA_{name}": value for name, value in named.items()}
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "media", env=environment, stdout=out, stderr=out, stdin=asyncio.subprocess.DEVNULL
        )
    node = MediaNode(node_id, process)
    try:
        yield node
    finally:
        await node.end()

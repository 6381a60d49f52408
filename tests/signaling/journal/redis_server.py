"""A real redis-server for tests: started on a free port, killed, paused and promoted as a failure would."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING

from redis import Redis

if TYPE_CHECKING:
    import signal
    from pathlib import Path
    from types import TracebackType


def free_port() -> int:
    """Return a port that is free now; replication needs one that stays the same over a restart."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RedisServer:
    """One server with its data directory; a block ends it. Keeps every write on disk before answering."""

    def __init__(self, directory: Path, *settings: str) -> None:
        self.directory = directory
        self.port = free_port()
        self.settings = settings
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def client(self) -> Redis:
        """A blocking client, for looking from outside."""
        return Redis(port=self.port, decode_responses=True)

    def start(self) -> None:
        """Start, or start again on the same data; returns when it accepts connections."""
        self.directory.mkdir(exist_ok=True)
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory)]
        command += ["--save", "", "--appendonly", "yes", "--appendfsync", "always", "--repl-diskless-sync-delay", "0"]
        self._process = subprocess.Popen([*command, *self.settings], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "eady to accept connections" in line:
                return
        raise RuntimeError("redis-server did not start")

    def send(self, what: signal.Signals) -> None:
        """Send the process a signal: SIGSTOP, SIGCONT."""
        assert self._process is not None
        self._process.send_signal(what)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None and self._process.stdout is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

"""Prints the bytes of a document: through CUPS, or into a folder where no CUPS runs.

Both go the same way, up to the last step: the bytes are known for what they are by their beginning, lie in a file only
this process can read for as long as it takes, and are gone afterwards. Nothing of a document is ever put on a command
line, and nothing is drawn or converted here: CUPS prints PDF, PNG and JPEG by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from extension_point.devices.driver import Driver, Failed, Look, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from extension_point.devices.driver import Plain, State

MOST_BYTES = 50_000_000
"""As much as the service keeps of one document."""
KINDS: Mapping[bytes, str] = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
LP_S = 30.0
"""`lp` hands a file to the scheduler in well under a second; one that hangs is ended."""
STATE_S = 5.0
MOST_COPIES = 5


class Sink(Protocol):
    """Where a file goes at the end."""

    name: str

    async def state(self) -> State: ...
    async def take(self, file: Path, title: str, copies: int) -> str:
        """Return what the printer calls the job; raise `Failed`."""
        ...


class Printer(Driver):
    """The driver. Make it with a sink."""

    device = "printer"
    simulated = False
    commands = frozenset({"print"})

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    @property
    def name(self) -> str:
        return self._sink.name

    async def look(self) -> Look:
        return Look(await self._sink.state())

    async def do(self, command: str, parameters: Mapping[str, Plain], data: bytes) -> Outcome:
        """Print `data`; `title` and `copies` are the parameters."""
        copies, title = parameters.get("copies", 1), str(parameters.get("title", "document"))
        if isinstance(copies, bool) or not isinstance(copies, int) or not 1 <= copies <= MOST_COPIES:
            raise Failed("malformed", f"copies: a whole number 1–{MOST_COPIES}")
        if len(data) > MOST_BYTES:
            raise Failed("too_large", f"at most {MOST_BYTES} bytes")
        ending = next((ending for start, ending in KINDS.items() if data.startswith(start)), None)
        if ending is None:
            raise Failed("malformed", "neither PDF, PNG nor JPEG")
        with tempfile.TemporaryDirectory(prefix="virtual-window-print-") as folder:
            file = Path(folder) / f"document.{ending}"
            await asyncio.to_thread(_write, file, data)
            job = await self._sink.take(file, re.sub(r"[^\w.-]+", "-", title)[:64] or "document", copies)
        return Outcome("ok", job)


class Cups:
    """The system's printing, by its own commands."""

    def __init__(self, queue: str) -> None:
        self._queue = queue
        self.name = queue or "CUPS"

    async def state(self) -> State:
        if shutil.which("lpstat") is None or shutil.which("lp") is None:
            return "missing"
        status, said = await _run(["lpstat", "-a", *([self._queue] if self._queue else [])], STATE_S)
        if status != 0:
            return "missing"
        return "ok" if "accepting requests" in said and "not accepting" not in said else "failed"

    async def take(self, file: Path, title: str, copies: int) -> str:
        queue = ["-d", self._queue] if self._queue else []
        status, said = await _run(["lp", *queue, "-n", str(copies), "-t", title, "--", str(file)], LP_S)
        if status != 0:
            raise Failed("failed", said[:200])
        # "request id is counter-17 (1 file(s))"
        found = re.search(r"request id is (\S+)", said)
        return found[1] if found else said[:200]


class Folder:
    """Prints into a folder: one file for each copy, named by time and title."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = str(folder)

    async def state(self) -> State:
        return "ok" if await asyncio.to_thread(_can_write, self._folder) else "failed"

    async def take(self, file: Path, title: str, copies: int) -> str:
        stamp = f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1_000_000_000:09d}"
        names = [f"{stamp}-{title}-{copy + 1}{file.suffix}" for copy in range(copies)]
        try:
            for name in names:
                await asyncio.to_thread(shutil.copyfile, file, self._folder / name)
        except OSError as error:
            raise Failed("failed", error.strerror or "the folder cannot be written") from error
        return names[0]


def _write(file: Path, data: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


async def _run(command: Sequence[str], within_s: float) -> tuple[int, str]:
    """Run a command to its end; return its status and what it said. It ends with whoever waits for it."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
    except OSError:
        raise Failed("not_connected", f"there is no {command[0]}") from None
    try:
        async with asyncio.timeout(within_s):
            said, _ = await process.communicate()
    except TimeoutError:
        raise Failed("no_answer", f"{command[0]} did not end within {within_s:g} s") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, said.decode(errors="replace").strip()

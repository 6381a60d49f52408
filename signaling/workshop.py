"""Processes for work that nobody wants on the event loop: strangers' bytes are decoded there, pages drawn, PDFs sealed.

Promise: `do` answers within the time limit, whatever the bytes are; a process that died or hung is ended and replaced
for the next job, and no more than the stated memory is ever taken by one. A job is a line of JSON and then as many
bytes as its `size` says; so is an answer. `serve` is the other end, called by the module that the process runs.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from signaling.errors import ServiceError, Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    Do = Callable[[Mapping[str, Any], bytes], tuple[dict[str, Any], bytes]]

NICE = 5
"""Calls go first: a page that is drawn a little later is no harm, a face that stutters is."""


class Late(Exception):
    """The job took longer than its limit."""


class Died(Exception):
    """The process ended over the job: it wanted more memory than it may have, or crashed."""


class Refusal(Exception):
    """The job was answered with a refusal; the members are a `ServiceError`'s."""

    def __init__(self, kind: str, detail: str, code: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.code = code


class _Process:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, module: str, arguments: tuple[str, ...]) -> _Process:
        return cls(await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, limit=1 << 20,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        ))  # fmt: skip

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, job: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({**job, "size": len(data)}).encode() + b"\n")
        self._process.stdin.write(data)
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line:
            raise ConnectionError
        answer: dict[str, Any] = json.loads(line)
        return answer, await self._process.stdout.readexactly(answer.pop("size"))

    async def stop(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()


class Workshop:
    """A few processes of one module and who waits for them. Make it with `Workshop.open`."""

    def __init__(self, module: str, arguments: tuple[str, ...], workers: int, timeout_s: float) -> None:
        self._module = module
        self._arguments = arguments
        self._workers = workers
        self._timeout_s = timeout_s
        self._free: asyncio.LifoQueue[_Process | None] = asyncio.LifoQueue()
        """The one that worked last first: it has the document at hand."""
        for _ in range(workers):
            self._free.put_nowait(None)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, module: str, *, workers: int, memory_bytes: int, timeout_s: float, arguments: tuple[str, ...] = (),
        ahead: bool = False,
    ) -> AsyncIterator[Workshop]:  # fmt: skip
        """Give the workshop of `module`; its processes start with their first job or `ahead`, end with the block."""
        shop = cls(module, (str(memory_bytes), *arguments), workers, timeout_s)
        try:
            for _ in range(workers if ahead else 0):
                shop._free.get_nowait()
                shop._free.put_nowait(await shop._start())
            yield shop
        finally:
            for _ in range(workers):
                process = await shop._free.get()
                if process is not None:
                    await process.stop()

    async def do(self, job: Mapping[str, Any], data: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Have one job done; return the answer's members and its bytes.

        Raises:
            Refusal: the work itself said no.
            Late, Died: it took too long, or the process ended over it.
            Unavailable: no process could be started.
        """
        process = await self._free.get()
        try:
            if process is None or not process.alive:
                process = await self._start()
            async with asyncio.timeout(self._timeout_s):
                answer, result = await process.ask(job, data)
        except (ConnectionError, ValueError, asyncio.IncompleteReadError) as error:
            await _end(process)
            process = None
            raise Died from error
        except TimeoutError as error:
            await _end(process)
            process = None
            raise Late from error
        except OSError as error:
            await _end(process)
            process = None
            raise Unavailable("no process could be started for this") from error
        except asyncio.CancelledError:
            await _end(process)
            process = None  # its answer would be taken for the next job's
            raise
        finally:
            self._free.put_nowait(process)
        if "refusal" in answer:
            raise Refusal(answer["refusal"], answer["detail"], answer["code"])
        return answer, result

    async def _start(self) -> _Process:
        starting = asyncio.ensure_future(_Process.start(self._module, self._arguments))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            await _end(await starting)  # what was begun has pipes and a child to be ended
            raise


async def _end(process: _Process | None) -> None:
    if process is not None:
        await process.stop()


def serve(do: Do) -> None:
    """Answer jobs from standard input until there are no more; `sys.argv[1]` is how many bytes of memory may be had."""
    memory_bytes = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has no business writing files
    _go_last()
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    while line := jobs.readline():
        job = json.loads(line)
        data = jobs.read(job["size"])
        if len(data) < job["size"]:
            return
        _answer(answers, *_done(do, job, data))


def _go_last() -> None:
    """Yield to all others on the machine.

    Where the kernel shares a processor out by session, niceness counts inside one only (sched(7), autogroup): so the
    process has a session of its own, and that yields too.
    """
    os.nice(NICE)
    for _ in range(30):
        try:
            Path("/proc/self/autogroup").write_text(str(NICE), encoding="ascii")
            return
        except BlockingIOError:  # one process in a tenth of a second may say so
            time.sleep(0.1)
        except OSError:  # a kernel that does not share by session
            return


def _done(do: Do, job: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        return do(job, data)
    except ServiceError as error:
        return {"refusal": type(error).__name__, "detail": error.detail, "code": error.code}, b""
    except MemoryError:
        return {"refusal": "TooLarge", "detail": "it unpacks into more than can be held", "code": "bomb"}, b""


def _answer(answers: BinaryIO, answer: dict[str, Any], data: bytes) -> None:
    answers.write(json.dumps({**answer, "size": len(data)}).encode() + b"\n")
    answers.write(data)
    answers.flush()

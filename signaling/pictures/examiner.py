"""Owns the worker process: hands it pictures one by one, and ends it when it takes too long.

Promise: `examine` answers within the time limit, whatever the bytes are, and the service's own process never
decodes any of them. A worker that died or hung is replaced for the next picture.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from signaling.errors import Unavailable
from signaling.pictures.refusals import NotAPicture, TooLarge
from signaling.pictures.structure import Structure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REFUSALS = {"TooLarge": TooLarge, "NotAPicture": NotAPicture}


class _Worker:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, memory_bytes: int) -> _Worker:
        return cls(await asyncio.create_subprocess_exec(
            sys.executable, "-m", "signaling.pictures.worker", str(memory_bytes),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        ))  # fmt: skip

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, data: bytes, max_pixels: int) -> dict[str, Any]:
        """Return its answer; raise ConnectionError when it died over it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"size": len(data), "max_pixels": max_pixels}).encode() + b"\n" + data)
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line:
            raise ConnectionError
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def stop(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()


class Examiner:
    """A few workers and who waits for them. Make it with `Examiner.open`."""

    def __init__(self, *, workers: int, memory_bytes: int, timeout_s: float, max_pixels: int) -> None:
        self._memory_bytes = memory_bytes
        self._timeout_s = timeout_s
        self._max_pixels = max_pixels
        self._free: asyncio.Queue[_Worker | None] = asyncio.Queue()
        for _ in range(workers):
            self._free.put_nowait(None)
        self._workers = workers

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *, workers: int, memory_bytes: int, timeout_s: float, max_pixels: int
    ) -> AsyncIterator[Examiner]:
        """Start the workers ahead, so that the first picture does not wait for them; end them with the block."""
        examiner = cls(workers=workers, memory_bytes=memory_bytes, timeout_s=timeout_s, max_pixels=max_pixels)
        for _ in range(workers):
            examiner._free.get_nowait()
            examiner._free.put_nowait(await _Worker.start(memory_bytes))
        try:
            yield examiner
        finally:
            for _ in range(workers):
                worker = await examiner._free.get()
                if worker is not None:
                    await worker.stop()

    async def examine(self, data: bytes) -> Structure:
        """Return what the picture is.

        Raises:
            NotAPicture, TooLarge: by name of what is wrong with it.
            Unavailable: no worker could be started.
        """
        worker = await self._free.get()
        try:
            if worker is None or not worker.alive:
                worker = await _Worker.start(self._memory_bytes)
            async with asyncio.timeout(self._timeout_s):
                answer = await worker.ask(data, self._max_pixels)
        except TimeoutError:
            await _end(worker)
            worker = None
            raise TooLarge("the picture takes too long to decode", code="bomb") from None
        except (ConnectionError, ValueError):
            await _end(worker)
            worker = None
            raise NotAPicture("decoding the picture failed", code="bomb") from None
        except OSError as error:
            raise Unavailable("pictures cannot be examined now") from error
        except asyncio.CancelledError:
            await _end(worker)  # its answer would be taken for the next picture's
            worker = None
            raise
        finally:
            self._free.put_nowait(worker)
        if "refusal" in answer:
            raise REFUSALS[answer["refusal"]](answer["detail"], code=answer["code"])
        return Structure(answer["media_type"], answer["width"], answer["height"])


async def _end(worker: _Worker | None) -> None:
    if worker is not None:
        await worker.stop()

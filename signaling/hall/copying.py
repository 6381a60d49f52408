"""The state written down by a copy of the process, while the process itself goes on deciding.

Promise: what `dump` gives is what the state held at the moment of the call, to the byte: the copy (fork) shares its
memory until either side writes. Nothing waits but for the copying of the page tables, a few milliseconds. The copy
touches nothing else: it closes every file it was born with, runs no handler and no exit, and is ended with its caller
or its time.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from signaling.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LIMIT_S = 120.0
"""A million waiting calls take about ten seconds."""
NICE = 5
READ = 1 << 20


async def dump(slices: Callable[[], Iterable[bytes]]) -> bytes:
    """Return what a copy of this process gets from `slices`.

    The copy is made before anything is awaited. Raises `Unavailable` when it cannot be made or does not end well.
    """
    reader, writer = os.pipe()
    try:
        pid = os.fork()
    except OSError as error:
        os.close(reader)
        os.close(writer)
        raise Unavailable(f"the process cannot be copied: {error}", code="no_copy") from error
    if pid == 0:
        _give(slices, writer)
    os.close(writer)
    gathering = asyncio.ensure_future(asyncio.to_thread(_gather, reader, pid))
    try:
        async with asyncio.timeout(LIMIT_S):
            return await asyncio.shield(gathering)
    except TimeoutError:
        raise Unavailable(f"the copy did not end within {LIMIT_S:g} s", code="no_copy") from None
    finally:
        if not gathering.done():
            os.kill(pid, signal.SIGKILL)  # not waited for yet: the id is still its own
            with suppress(Unavailable):
                await asyncio.shield(gathering)


def _gather(reader: int, pid: int) -> bytes:
    """Read until the copy ends; in a thread."""
    told = bytearray()
    with open(reader, "rb", buffering=0) as pipe:
        while some := pipe.read(READ):
            told += some
    _, status = os.waitpid(pid, 0)
    if status != 0:
        raise Unavailable(f"the copy ended with status {status}", code="no_copy")
    return bytes(told)


def _give(slices: Callable[[], Iterable[bytes]], writer: int) -> NoReturn:
    """Be the copy."""
    status = 1
    try:
        gc.disable()  # looking for garbage would write to every page, and end what belongs to the other process
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        os.closerange(3, writer)
        os.closerange(writer + 1, 1 << 20)
        os.nice(NICE)
        for some in slices():
            left = memoryview(some)
            while left:
                left = left[os.write(writer, left) :]
        status = 0
    finally:
        os._exit(status)

"""One process beside the node's own, for what must not keep packets waiting: muxing, stills, exports.

What it works on comes from strangers. Promise: it takes no more memory than stated, ends with the node however that
ends, and when it dies over something, only that is lost: what comes next finds another process.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import signal
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

PR_SET_PDEATHSIG: Final = 1
"""prctl(2)."""
MEMORY_BYTES: Final = 4 << 30
"""Of addresses. Side by side takes half a gigabyte on two cores, and each further thread of its encoder 72 MB, of
which it uses little; nothing honest needs more, and a picture of 16,383 × 16,383 does not bring the machine down."""


class Worker(Executor):
    """Jobs are done one after another. `niceness` says how far they stand back behind the calls."""

    def __init__(self, niceness: int) -> None:
        self._niceness = niceness
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _be_modest, (self._niceness,))

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have it done; `BrokenProcessPool` comes to those whose job was under way or waiting when the process died."""
        try:
            return self._pool.submit(fn, *args, **kwargs)
        except BrokenProcessPool:
            self._pool = self._start()
            return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


def _be_modest(niceness: int) -> None:
    os.nice(niceness)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

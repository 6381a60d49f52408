"""The process that muxes and decodes: what it dies over is lost, what comes next is not; its memory has an end."""

from __future__ import annotations

import os
from concurrent.futures import BrokenExecutor
from typing import TYPE_CHECKING

import pytest

from media.errors import Failed
from media.still import decode
from media.worker import MEMORY_BYTES, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker(niceness=1)
    yield worker
    worker.shutdown(cancel_futures=True)


def test_a_picture_that_unpacks_into_gigabytes_is_an_error(worker: Worker) -> None:
    with pytest.raises(MemoryError):
        worker.submit(bytearray, MEMORY_BYTES).result(30)
    assert worker.submit(len, "abc").result(30) == 3


@pytest.mark.parametrize("codec", ["vp8", "h264"])
def test_a_picture_that_cannot_be_decoded_is_refused_by_name(worker: Worker, codec: str) -> None:
    with pytest.raises(Failed, match="still"):
        worker.submit(decode, codec, b"no picture").result(30)


def test_who_comes_after_a_death_finds_another_process(worker: Worker) -> None:
    died, waited = worker.submit(os.abort), worker.submit(len, "ab")
    for one in (died, waited):
        with pytest.raises(BrokenExecutor):
            one.result(30)
    assert worker.submit(len, "abc").result(30) == 3

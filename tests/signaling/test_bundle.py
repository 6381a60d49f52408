"""Packages as files: the same contents make the same bytes; waits between tries double up to a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.handover.bundle import Part, bundle
from signaling.handover.outbox import wait_s

if TYPE_CHECKING:
    from collections.abc import Callable


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    assert [wait_s(tries) for tries in (1, 2, 3, 8, 9, 10_000)] == [5, 10, 20, 640, 900, 900]


def test_the_same_contents_make_the_same_bytes() -> None:
    def written() -> bytes:
        whole = bytearray()
        write: Callable[[bytes], None] = whole.extend
        bundle({"number": "1"}, [Part("a.pdf", b"1", "application/pdf", "receipt")], write)
        return bytes(whole)

    assert written() == written()

"""kill -9 of a node on the SQLite journal, at random moments under load."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from signaling.journal.file import File
from tests.soak.crashes import Load, Node, hold_against

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from signaling.journal import Record


def records_of(path: Path) -> Iterator[Record]:
    """Read the whole journal, as the next process would."""
    file = File(path)
    try:
        after = 0
        while records := file.records(after, 1000):
            yield from records
            after = records[-1].seq
        assert after == file.last()
    finally:
        file.close()


def crash(path: Path, times: int, seed: int) -> Load:
    chance = random.Random(seed)
    load = Load()
    for _ in range(times):
        node = Node({"kind": "sqlite", "path": str(path)}, load, "w")
        try:
            if chance.random() < 0.9:  # otherwise while it starts
                for _ in range(chance.randrange(1, 400)):
                    node.hears("ack")
        finally:
            node.kill(chance.uniform(0.0, 0.02))
    return load


def test_five_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    load = crash(tmp_path / "journal.sqlite", 5, seed=1)
    hold_against(load, records_of(tmp_path / "journal.sqlite"))
    assert len(load.acknowledged) > 50


@pytest.mark.soak
def test_two_hundred_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    load = crash(tmp_path / "journal.sqlite", 200, seed=2)
    hold_against(load, records_of(tmp_path / "journal.sqlite"))
    assert len(load.acknowledged) > 10_000

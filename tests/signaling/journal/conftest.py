"""Fixtures: one real Redis for all tests of the journal, and a fresh store of either kind for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.signaling.journal.redis_server import RedisServer
from tests.signaling.journal.stores import RedisStore, SqliteStore, Store, short_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with short_directory() as directory, RedisServer(directory / "redis") as server:
        yield server


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return SqliteStore(tmp_path / "journal.sqlite")
    server: RedisServer = request.getfixturevalue("redis_server")
    return RedisStore((server.url,), prefix=tmp_path.name)

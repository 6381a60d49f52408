"""The records' tests run on SQLite and, where a server's binaries are installed, on PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from signaling.records import Records
from signaling.world import World
from tests.signaling.records import migrated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.signaling.records import postgres

DEMO = Path(__file__).parents[3] / "deploy" / "demo"


@pytest.fixture(scope="session")
def world() -> World:
    return World.load(DEMO)


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where nothing is yet."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'records.sqlite'}"
    server: postgres.Server = request.getfixturevalue("server")
    return await server.make_database()


@pytest.fixture(params=["sqlite", "postgresql"])
async def records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Records]:
    if request.param == "sqlite":
        url = await migrated.lay(tmp_path / "records.sqlite")
    else:
        url = await migrated.make_database(request.getfixturevalue("server"))
    async with Records.open(url) as records:
        yield records

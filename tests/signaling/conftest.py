"""For what keeps rows: a PostgreSQL server, where its binaries are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.signaling.records import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    bin = postgres.binaries()
    if bin is None:
        pytest.skip("no PostgreSQL server is installed")
    with postgres.run(bin) as server:
        yield server

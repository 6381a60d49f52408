"""Empty records, migrated already: to migrate takes longer than most tests, and has tests of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from signaling.records import Records

if TYPE_CHECKING:
    from tests.signaling.records.postgres import Server

_file: list[bytes] = []
_databases: dict[Server, str] = {}


async def lay(file: Path) -> str:
    """Let records lie in a file, unless some do, and return SQLAlchemy's address of them."""
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "records.sqlite"
        if not _file:
            async with Records.open(f"sqlite+aiosqlite:///{first}"):
                pass
        _put(first, file)
    return f"sqlite+aiosqlite:///{file}"


def _put(first: Path, file: Path) -> None:
    if not _file:
        _file.append(first.read_bytes())
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(_file[0])


async def make_database(server: Server) -> str:
    """Make a database with records in it and return SQLAlchemy's address of it."""
    if server not in _databases:
        url = await server.make_database()
        async with Records.open(url):
            pass
        _databases[server] = url
    return await server.make_database(like=_databases[server])

"""One database for the records: SQLite in a file or PostgreSQL, opened, migrated and closed here.

Promise: after `Database.open` the schema is the newest one; `reading` gives a consistent snapshot;
`writing` is one transaction that is durable when its block has ended and leaves nothing, no lock either, when the
block raises or is cancelled at any of its awaits. The rest of `records` does not know which database it is.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from sqlalchemy import event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from signaling.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection

    from signaling.records.tables import Base

MIGRATION_LOCK = 7_305_821_044
"""PostgreSQL advisory lock: of several nodes starting at once, one migrates and the others wait."""
PATIENCE_S = 10
"""How long one writer of an SQLite file waits for another."""


class Database:
    """The engine and its transactions. Make it with `Database.open`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(writes=True)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, pool_size: int = 10) -> AsyncIterator[Database]:
        """Connect, bring the schema up to date, and close everything at the end."""
        engine = _engine(url, pool_size)
        database = cls(engine)
        try:
            await database._migrate()
            yield database
        finally:
            await engine.dispose()

    @property
    def dialect(self) -> str:
        return self._engine.dialect.name

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Give a session for reading."""
        async with _told_as_ours(), AsyncSession(self._engine, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """Give a session whose changes are committed together at the end of the block."""
        async with _told_as_ours(), AsyncSession(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    async def ping(self) -> None:
        """Raise `Unavailable` unless the database answers."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    def insert(self, table: type[Base]) -> Any:
        """Return an INSERT that knows ON CONFLICT; both dialects spell it alike but type it apart."""
        return postgresql.insert(table) if self.dialect == "postgresql" else sqlite.insert(table)

    async def _migrate(self) -> None:
        async with _told_as_ours(), self._writing.begin() as connection:
            if self.dialect == "postgresql":
                await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            await connection.run_sync(_upgrade)


@asynccontextmanager
async def _told_as_ours() -> AsyncIterator[None]:
    """A database that is away is our fault, not the client's: say so without its inner words."""
    try:
        yield
    except (DBAPIError, OSError, TimeoutError) as error:
        if isinstance(error, DBAPIError) and not _is_outage(error):
            raise
        raise Unavailable("the records cannot be reached; nothing was written") from error


def _is_outage(error: DBAPIError) -> bool:
    return error.connection_invalidated or type(error).__name__ in {"OperationalError", "InterfaceError"}


def _engine(url: str, pool_size: int) -> AsyncEngine:
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return create_async_engine(
            address, pool_size=pool_size, max_overflow=0, pool_pre_ping=True, hide_parameters=True
        )
    if address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    # Every SQLite connection is a thread; more than a few only wait for one another.
    # What a failed statement was to store is a citizen's word or a token's hash, and no business of the log.
    engine = create_async_engine(
        address, pool_size=min(pool_size, 4), max_overflow=0, hide_parameters=True,
        connect_args={"factory": _Connection},
    )  # fmt: skip
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


class _Connection(sqlite3.Connection):
    """A connection in its own thread, ready for use, that ends its transaction before it closes.

    A statement that is cancelled has its connection closed, and SQLite closes one for good, and lets go of its write
    lock, only when its last statement is gone: that one lives as long as anybody holds the error's traceback.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.isolation_level = None  # the driver begins no transactions by itself
        self.execute(f"PRAGMA busy_timeout={PATIENCE_S * 1000}")
        self._write_ahead()
        self.execute("PRAGMA synchronous=FULL")
        self.execute("PRAGMA foreign_keys=ON")

    def _write_ahead(self) -> None:
        # Of several that open a new file at once, one sets its mode; the others are told "locked" without waiting, as
        # they might wait for each other.
        ends = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.01)
            else:
                return

    def close(self) -> None:
        if self.in_transaction:
            self.rollback()
        super().close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails when another wrote in between;
    # taking the write lock at its beginning makes it wait instead.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "signaling.records:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")

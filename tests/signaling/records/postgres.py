"""A real PostgreSQL of Debian's binaries in a temporary folder, reached by its unix socket."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server here, if there is one."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


class Server:
    """One running server."""

    def __init__(self, folder: Path, owner: str) -> None:
        self._folder = folder
        self._owner = owner
        self._made = 0

    async def make_database(self, like: str = "") -> str:
        """Create an empty database, or one like that at `like`, and return SQLAlchemy's address of it."""
        self._made += 1
        name = f"records_{self._made}"
        connection = await asyncpg.connect(host=str(self._folder), user=self._owner, database="postgres")
        try:
            template = like.partition("@/")[2].partition("?")[0] or "template1"
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        finally:
            await connection.close()
        return f"postgresql+asyncpg://{self._owner}@/{name}?host={self._folder}"


@contextmanager
def run(bin: Path) -> Iterator[Server]:
    """Start a server; stop it at the end. PostgreSQL refuses to run as root, so root hands it to nobody."""
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    folder = Path(tempfile.mkdtemp(prefix="vw-pg-"))
    if os.geteuid() == 0:
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    common: dict[str, Any] = {"cwd": folder, "env": {"LC_ALL": "C.UTF-8"}, **quiet}
    if os.geteuid() == 0:
        common |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    owner = "records"
    subprocess.run(
        [bin / "initdb", "-D", data, "-U", owner, "--auth=trust", "--no-sync", "-E", "UTF8"], check=True, **common
    )
    options = ["-c", "fsync=off", "-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
    process = subprocess.Popen([bin / "postgres", "-D", data, *options], **common)
    try:
        _wait_until_ready(bin, folder)
        yield Server(folder, owner)
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder)


def _wait_until_ready(bin: Path, folder: Path) -> None:
    deadline = time.monotonic() + 30
    while subprocess.run([bin / "pg_isready", "-q", "-h", folder]).returncode != 0:
        if time.monotonic() > deadline:
            raise TimeoutError("PostgreSQL did not start")
        time.sleep(0.05)

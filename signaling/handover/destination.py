"""Where packages go: a folder that the back office empties, or its HTTP endpoint. docs/hand-over.md is the contract.

Promise: `deliver` returns when the back office has the package, whole and unchanged, and raises `NotTaken` with one
sentence otherwise. Delivering the same package twice leaves one there: by its id, which is its name in the folder and
its `Idempotency-Key` at the endpoint.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
from typing import TYPE_CHECKING, Protocol

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from signaling.records.packages import Package

MAX_ANSWER = 64 * 1024


class NotTaken(Exception):
    """The package has not arrived, or nobody said so; it is tried again."""


class Destination(Protocol):
    """What the outbox needs of either."""

    async def deliver(self, package: Package, pieces: Callable[[], Iterator[bytes]]) -> None: ...


class Folder:
    """Writes `<package_id>.zip`, first under another name: whoever empties the folder never finds half a one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, package: Package, pieces: Callable[[], Iterator[bytes]]) -> None:
        try:
            await asyncio.to_thread(self._write, package, pieces)
        except OSError as error:
            raise NotTaken(f"the folder cannot be written: {error.strerror or type(error).__name__}") from error

    def _write(self, package: Package, pieces: Callable[[], Iterator[bytes]]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        whole, part = (self._folder / f"{package.package_id}{ending}" for ending in (".zip", ".zip.part"))
        if whole.exists():  # written, and the word of it lost
            with whole.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == package.sha256:
                    return
            raise NotTaken("another file of this name lies in the folder")
        try:
            with part.open("wb") as file:
                for piece in pieces():
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            part.unlink(missing_ok=True)  # a full folder is not kept full by halves
            raise
        part.rename(whole)
        directory = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


class Endpoint:
    """POSTs packages to one address; an answer counts that names the package and its hash."""

    def __init__(self, url: str, token: str, timeout_s: float) -> None:
        self._url = url
        self._token = token
        self._timeout_s = timeout_s

    async def deliver(self, package: Package, pieces: Callable[[], Iterator[bytes]]) -> None:
        assert package.sha256 is not None
        headers = {
            "Content-Type": "application/zip",
            "Content-Length": str(package.size),
            "Idempotency-Key": package.package_id,
            "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(package.sha256)).decode()}:",
            **({"Authorization": f"Bearer {self._token}"} if self._token else {}),
        }
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                aiohttp.ClientSession(headers=headers) as session,
                session.post(self._url, data=_sent(pieces), allow_redirects=False) as answer,
            ):
                text = await answer.content.read(MAX_ANSWER)
                status = answer.status
        except TimeoutError:
            raise NotTaken(f"no answer within {self._timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NotTaken(f"the endpoint cannot be reached: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise NotTaken(f"the endpoint answered {status}")
        if _acknowledged(text) != (package.package_id, package.sha256):
            raise NotTaken("the endpoint's answer does not name this package and its hash")


async def _sent(pieces: Callable[[], Iterator[bytes]]) -> AsyncIterator[bytes]:
    """Read a package in a thread, piece by piece."""
    reading = pieces()
    while (piece := await asyncio.to_thread(next, reading, None)) is not None:
        yield piece


def _acknowledged(text: bytes) -> tuple[object, object] | None:
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    return (answer.get("package_id"), answer.get("sha256")) if isinstance(answer, dict) else None

"""Owns the sending of packages: one task that makes what is due and sends it until it is acknowledged.

Promise: a package is written down together with its receipt, so a receipt without one does not exist. Its bytes are
made once and kept encrypted; every try sends the same ones under the same id, also after a restart. What fails is tried
again after 5 s, 10 s, 20 s … up to a quarter of an hour, for ever, and supervisors see it.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import structlog

from signaling.captures.vault import Vault
from signaling.errors import ServiceError, Unknown
from signaling.handover.bundle import bundle
from signaling.handover.destination import Destination, Endpoint, Folder, NotTaken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from signaling.config import Settings
    from signaling.handover.contents import Contents
    from signaling.records.packages import Package, Packages

log = structlog.get_logger()

FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 900.0
HELD_S = 600.0
"""A package taken up and not finished (the process died) is taken up again after this."""
LOOK_S = 30.0
"""So often it is looked for what is due; news wakes it earlier."""
BUFFER = 8 * 1024 * 1024


def wait_s(attempts: int) -> float:
    """Return how long to wait after so many failed tries."""
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempts - 1, 30))


def destination(settings: Settings) -> Destination | None:
    """Return where packages go by the settings; None: nowhere, they wait."""
    wanted = settings.hand_over
    if wanted.url is not None:
        token = wanted.token.get_secret_value() if wanted.token else ""
        return Endpoint(wanted.url, token, wanted.timeout_s)
    return Folder(wanted.folder) if wanted.folder is not None else None


class Outbox:
    """Make it with `Outbox.open`, which runs it until the block ends."""

    def __init__(
        self, packages: Packages, contents: Contents, vault: Vault, to: Destination | None,
        clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._packages = packages
        self._contents = contents
        self._vault = vault
        self._to = to
        self._clock = clock
        self._woken = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, packages: Packages, contents: Contents, settings: Settings, clock: Callable[[], float]
    ) -> AsyncIterator[Outbox]:
        vault = await asyncio.to_thread(Vault, settings.data_dir / "packages", settings.captures_key())
        outbox = cls(packages, contents, vault, destination(settings), clock)
        running = asyncio.create_task(outbox._run(), name="outbox")
        try:
            yield outbox
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    @property
    def connected(self) -> bool:
        """Say whether packages go anywhere."""
        return self._to is not None

    def wake(self) -> None:
        """Something new may be due."""
        self._woken.set()

    async def retry(self, package_id: str) -> None:
        """Try a package now; raise `Unknown` when there is none that waits."""
        await self._packages.retry(package_id, self._clock())
        self.wake()

    async def deliver_due(self) -> None:
        """Make and send what is due, one after another; each is taken up when its turn has come."""
        if self._to is None:
            return
        while package := await self._packages.take_due(now := self._clock(), now + HELD_S):
            with suppress(Unknown):  # it took longer than it was held, and another server noted it as sent
                await self._deliver(package, self._to)

    async def _deliver(self, package: Package, to: Destination) -> None:
        attempts = package.attempts + 1
        try:
            if package.state == "waiting":
                package = await self._make(package)
            await to.deliver(package, lambda: self._vault.read(package.package_id))
        except (NotTaken, ServiceError, OSError) as error:
            problem = error.detail if isinstance(error, ServiceError) else str(error)
            log.warning("package_not_taken", package_id=package.package_id, attempts=attempts, problem=problem)
            await self._packages.failed(package.package_id, attempts, self._clock() + wait_s(attempts), problem[:500])
            return
        await self._packages.acknowledged(package.package_id, attempts, self._clock())
        # Only now: until then these bytes are the package.
        await asyncio.to_thread(self._vault.remove, package.package_id)
        log.info("package_acknowledged", package_id=package.package_id, attempts=attempts)

    async def _make(self, package: Package) -> Package:
        """Fix a package's bytes."""
        head, parts = await self._contents.of(package)
        size, sha256 = await asyncio.to_thread(
            self._write, package.package_id, lambda write: bundle(head, parts, write)
        )
        await self._packages.made(package.package_id, size, sha256)
        return await self._packages.get(package.package_id)

    def _write(self, name: str, fill: Callable[[Callable[[bytes], None]], None]) -> tuple[int, str]:
        self._vault.remove(name)  # half a file of a crash
        digest, buffer, size = hashlib.sha256(), bytearray(), 0

        def write(data: bytes) -> None:
            nonlocal size
            digest.update(data)
            size += len(data)
            buffer.extend(data)
            if len(buffer) >= BUFFER:
                self._vault.append(name, bytes(buffer))
                buffer.clear()

        fill(write)
        self._vault.append(name, bytes(buffer))
        self._vault.close(name)
        return size, digest.hexdigest()

    async def _run(self) -> None:
        while True:
            try:
                await self.deliver_due()
            except ServiceError:
                log.warning("packages_cannot_be_looked_at")
            with suppress(TimeoutError):
                async with asyncio.timeout(await self._pause()):
                    await self._woken.wait()
            self._woken.clear()

    async def _pause(self) -> float:
        """Return how long nothing is due, as far as is known."""
        try:
            next_at = await self._packages.next_at()
        except ServiceError:
            return FIRST_WAIT_S
        if next_at is None or self._to is None:
            return LOOK_S
        return min(LOOK_S, max(0.05, next_at - self._clock()))

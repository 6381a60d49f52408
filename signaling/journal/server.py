"""The connection to Redis: finds the master, speaks plainly about failure. The only importer of `redis` here.

Promises:
- with several addresses it talks to the master, of two masters to the one with the higher epoch, and never to one
  whose epoch is lower than any seen before: that one was left behind by a failover;
- nothing is sent twice: a failed command raises `Unavailable`, and only the caller knows whether it may be repeated;
- `settled` calls return when so many replicas hold everything written or read before.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from signaling.errors import Unavailable
from signaling.journal.protocol import REMEMBERED_MOST, Deposed
from signaling.journal.scripts import Keys

if TYPE_CHECKING:
    from collections.abc import Sequence

Command: TypeAlias = "Sequence[str | bytes | int | float]"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """How the journal uses Redis."""

    urls: tuple[str, ...]
    """Addresses of the master and its replicas, in any order; one address (or a proxy's) is enough.
    One text may hold several, separated by commas."""
    prefix: str = "vw"
    """Begins the name of every key."""
    lease_s: float = 1.0
    """How long a silent leader keeps the lead: most of the takeover time. Renewed three times in it."""
    replicas: int = 0
    """So many replicas must hold a record before it is acknowledged (WAIT). For failover: at least 1."""
    replica_wait_s: float = 1.0
    timeout_s: float = 2.0
    keep_numbers: int = REMEMBERED_MOST
    """So many numbers stay in Redis for nodes and records that catch up."""
    check_durability: bool = True
    """Refuse a Redis that may lose or evict what it acknowledged. False only where CONFIG tells nothing useful."""


def _plainly(error: Exception) -> Unavailable:
    words = str(error)
    if isinstance(error, ResponseError) and "DEPOSED" in words:
        return Deposed(words.partition("DEPOSED ")[2].partition(" script:")[0])
    return Unavailable(f"Redis cannot be used: {words or type(error).__name__}", code="journal_unavailable")


class Server:
    """The Redis that is master now."""

    def __init__(self, settings: RedisSettings) -> None:
        self.settings = settings
        self.keys = Keys(settings.prefix)
        self._client: Redis | None = None
        self._choosing = asyncio.Lock()
        self._epoch = 0

    def saw(self, epoch: int) -> None:
        """Never again talk to a master that knows only lower epochs."""
        self._epoch = max(self._epoch, epoch)

    async def run(self, *commands: Command, settle: bool = False, on: Redis | None = None) -> list[Any]:
        """Send commands in one go and return their answers; with `settle`, after enough replicas have followed.

        `on`: the master that earlier commands went to. Another one's replicas say nothing about what was read there.
        """
        client = on or await self.master()
        replicas = self.settings.replicas if settle else 0
        try:
            async with asyncio.timeout(self.settings.timeout_s), client.pipeline(transaction=False) as pipe:
                for command in commands:
                    pipe.execute_command(*command)
                if replicas:
                    # WAIT covers what its own connection wrote: this write comes after all that was just read.
                    pipe.execute_command("SET", self.keys.settled, "1")
                    pipe.execute_command("WAIT", replicas, int(self.settings.replica_wait_s * 1000))
                answers: list[Any] = await pipe.execute(raise_on_error=False)
            for answer in answers:
                if isinstance(answer, RedisError):
                    raise answer
        except (RedisError, OSError) as error:
            plain = _plainly(error)
            if not isinstance(plain, Deposed):
                await self._forget(client)
            raise plain from error
        if replicas:
            followed = answers.pop()
            answers.pop()
            if followed < replicas:
                raise Unavailable(f"{followed} of {replicas} replicas followed in time", code="journal_unavailable")
        return answers

    async def master(self) -> Redis:
        """Return the master, looking for it when none is known."""
        if self._client is not None:
            return self._client
        async with self._choosing:
            if self._client is None:
                self._client = await self._choose()
            return self._client

    async def _choose(self) -> Redis:
        found: list[tuple[int, Redis]] = []
        problem: Exception = Unavailable("no Redis was given", code="journal_unavailable")
        addresses = [address.strip() for text in self.settings.urls for address in text.split(",")]
        clients = [self._connect(address) for address in addresses]
        best: Redis | None = None
        try:
            for client in clients:
                try:
                    async with asyncio.timeout(self.settings.timeout_s):
                        role = await client.role()
                        epoch = int(await client.get(self.keys.epoch) or 0)
                except (RedisError, OSError) as error:
                    problem = _plainly(error)
                    continue
                if role[0] not in (b"master", "master"):
                    problem = Unavailable("Redis has no master now", code="journal_unavailable")
                elif epoch < self._epoch:
                    problem = Unavailable(f"Redis is left behind at epoch {epoch}", code="journal_unavailable")
                else:
                    found.append((epoch, client))
            best = max(found, key=lambda choice: choice[0])[1] if found else None
        finally:  # also when whoever waits for it is cancelled
            for client in clients:
                if client is not best:
                    await client.aclose()
        if best is None:
            raise problem
        return best

    def _connect(self, url: str) -> Redis:
        return Redis.from_url(
            url,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            # None: the client would wrap its writes in `wait_for`, which on Python 3.11 can swallow a cancellation.
            socket_timeout=None,
            socket_connect_timeout=self.settings.timeout_s,
        )

    async def _forget(self, client: Redis) -> None:
        if self._client is client:
            self._client = None
        with suppress(RedisError, OSError):
            await client.aclose()

    async def check(self) -> None:
        """Raise `Unavailable` when this Redis may lose or evict what it acknowledged."""
        if not self.settings.check_durability:
            return
        client = await self.master()
        try:
            found: dict[str | None, str | None] = {}
            async with asyncio.timeout(self.settings.timeout_s):
                for name in ("appendonly", "appendfsync", "maxmemory", "maxmemory-policy"):
                    found |= await client.config_get(name)
        except ResponseError as error:
            _log.warning("redis_durability_unknown", reason=str(error))
            return
        except (RedisError, OSError) as error:
            raise _plainly(error) from error
        wanted = {"appendonly": "yes"} | ({} if self.settings.replicas else {"appendfsync": "always"})
        if found["maxmemory"] != "0":
            wanted["maxmemory-policy"] = "noeviction"
        wrong = [f"{name} {value}" for name, value in wanted.items() if found[name] != value]
        if wrong:
            raise Unavailable(
                f"this Redis could lose what it acknowledged; it needs: {', '.join(wrong)}", code="journal_not_durable"
            )

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._forget(self._client)

"""Hashing and checking of passwords with argon2id, off the event loop.

Promise: the loop is never held up (a hash takes about 0.3 s of a core); at most two run at once, so a
flood of sign-ins cannot take the whole machine; checking an unknown name takes as long as a known one.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MAX_LENGTH = 256
"""Longer ones are refused before hashing; nobody types them."""


class Passwords:
    """Makes and checks hashes. Close it when the service stops."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Return the encoded hash of a password."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def check(self, password: str, encoded: str | None) -> bool:
        """Say whether the password fits. `encoded` None: there is no such account; take the same time to say no."""
        if len(password) > MAX_LENGTH:
            return False
        if self._nobody is None:
            self._nobody = await self.hash("nobody's password")
        right = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._verify, encoded or self._nobody, password
        )
        return right and encoded is not None

    def outdated(self, encoded: str) -> bool:
        """Say whether it was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

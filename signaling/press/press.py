"""Owns the printing process: hands it one page after another, and ends it when it takes too long.

Promise: what comes back is PDF/A-3b (ISO 19005-3) with all its fonts inside. Nothing is fetched: a page shows what came
with it. Pictures are strangers' bytes; they are decoded in that process alone, under limits on memory and pixels.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from signaling.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

MEMORY_BYTES = 2_000_000_000
"""Address space, of which the fonts of Chinese take most; it is mapped, not filled."""
TIMEOUT_S = 60.0
"""A package's sheet with two hundred pictures takes half of it; the first start of a busy machine the rest."""


class Press:
    """One process at most, started with the first page. Make it with `Press.open`."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Press]:
        press = cls()
        try:
            yield press
        finally:
            async with press._turn:
                await press._end()

    async def print(self, html: str, pictures: Mapping[str, bytes] | None = None) -> bytes:
        """Return a page as PDF/A-3b; `<img src="picture:NAME">` shows one of `pictures` (PNG or JPEG).

        Raises:
            Unavailable: it could not be printed now; another try may succeed.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    return await self._ask(html.encode(), pictures or {})
            except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError) as error:
                await self._end()
                raise Unavailable("the page could not be printed now", code="press") from error
            except asyncio.CancelledError:
                await self._end()  # its answer would be taken for the next page's
                raise

    async def _ask(self, html: bytes, pictures: Mapping[str, bytes]) -> bytes:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "signaling.press.worker", str(MEMORY_BYTES),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        sizes = [[name, len(data)] for name, data in pictures.items()]
        process.stdin.write(json.dumps({"html": len(html), "pictures": sizes}).encode() + b"\n" + html)
        for data in pictures.values():
            process.stdin.write(data)
            await process.stdin.drain()
        await process.stdin.drain()
        answer = json.loads(await process.stdout.readline())
        if "size" not in answer:
            raise ValueError(answer.get("problem", ""))
        return await process.stdout.readexactly(answer["size"])

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            if process.stdin is not None:
                process.stdin.close()
            await process.wait()

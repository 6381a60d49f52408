"""Has pages printed in a process of its own: setting Chinese type takes a third of a second of a core.

Promise: what comes back is PDF/A-3b (ISO 19005-3) with all its fonts inside. Nothing is fetched: a page shows what came
with it. Pictures are strangers' bytes; they are decoded in that process alone, under limits on memory and pixels.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from signaling.errors import Unavailable
from signaling.workshop import Died, Late, Refusal, Workshop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

MEMORY_BYTES = 2_000_000_000
"""Address space, of which the fonts of Chinese take most; it is mapped, not filled."""
TIMEOUT_S = 90.0
"""A sheet with sixty megabytes of pictures takes a third of it; the first start on a busy machine the rest."""


class Press:
    """Make it with `Press.open`; its process starts with the first page."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Press]:
        async with Workshop.open(
            "signaling.press.worker", workers=1, memory_bytes=MEMORY_BYTES, timeout_s=TIMEOUT_S
        ) as shop:
            yield cls(shop)

    async def print(self, html: str, pictures: Mapping[str, bytes] | None = None) -> bytes:
        """Return a page as PDF/A-3b; `<img src="picture:NAME">` shows one of `pictures` (PNG or JPEG).

        Raises:
            Unavailable: it could not be printed now; another try may succeed.
        """
        page = html.encode()
        sizes = [[name, len(data)] for name, data in (pictures or {}).items()]
        try:
            _, made = await self._shop.do(
                {"html": len(page), "pictures": sizes}, b"".join([page, *(pictures or {}).values()])
            )
        except (Died, Late, Refusal) as error:
            raise Unavailable("the page could not be printed now", code="press") from error
        return made

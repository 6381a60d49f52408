"""Has strangers' pictures judged by a process of their own (`worker`), and brings its answers into values.

Promise: `examine` answers within the time limit, whatever the bytes are, and the service's own process never
decodes any of them.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.pictures.refusals import NotAPicture, TooLarge
from signaling.pictures.structure import Structure
from signaling.workshop import Died, Late, Refusal, Workshop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REFUSALS = {"TooLarge": TooLarge, "NotAPicture": NotAPicture}


@dataclass(frozen=True, slots=True)
class Examined:
    """What a picture is, and a small JPEG of it for lists."""

    structure: Structure
    small: bytes


class Examiner:
    """Make it with `Examiner.open`."""

    def __init__(self, shop: Workshop, max_pixels: int) -> None:
        self._shop = shop
        self._max_pixels = max_pixels

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *, workers: int, memory_bytes: int, timeout_s: float, max_pixels: int
    ) -> AsyncIterator[Examiner]:
        """Start the processes ahead, so that the first picture does not wait for them; end them with the block."""
        async with Workshop.open(
            "signaling.pictures.worker", workers=workers, memory_bytes=memory_bytes, timeout_s=timeout_s, ahead=True
        ) as shop:
            yield cls(shop, max_pixels)

    async def examine(self, data: bytes) -> Examined:
        """Return what the picture is.

        Raises:
            NotAPicture, TooLarge: by name of what is wrong with it.
            Unavailable: no process could be started.
        """
        try:
            answer, small = await self._shop.do({"max_pixels": self._max_pixels}, data)
        except Late:
            raise TooLarge("the picture takes too long to decode", code="bomb") from None
        except Died:
            raise NotAPicture("decoding the picture failed", code="bomb") from None
        except Refusal as refusal:
            raise REFUSALS[refusal.kind](refusal.detail, code=refusal.code) from None
        return Examined(Structure(answer["media_type"], answer["width"], answer["height"]), small)

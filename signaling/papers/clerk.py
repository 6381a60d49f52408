"""Has papers looked at by a process of their own (`worker`), and brings its answers into values.

Promise: `look` answers within the time limit, whatever the picture does to the process, and the service's own process
decodes no pixel and loads no model. The first part of the answer, how the paper lies and how good the picture is,
comes at once; its words follow.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from signaling.errors import Unavailable
from signaling.pictures.examiner import REFUSALS
from signaling.pictures.refusals import NotAPicture, TooLarge
from signaling.workshop import Died, Late, Refusal, Workshop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence


@dataclass(frozen=True, slots=True)
class Lying:
    """Where the sheet lies in the picture, how good the picture is, and the corrected one."""

    points: tuple[tuple[float, float], ...]
    """Upper left, upper right, lower right, lower left in the picture as it was taken, in fractions of it."""
    by: str
    quarters: int
    """Quarter turns clockwise after which the sheet is upright."""
    quality: dict[str, Any]
    width: int
    height: int
    jpeg: bytes

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(self.quality["problems"])


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on a paper: its kind, its fields by name, every line, and the codes in the picture."""

    kind: str
    fields: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    codes: list[dict[str, Any]]


class Clerk:
    """Make it with `Clerk.open`."""

    def __init__(self, shop: Workshop, max_pixels: int) -> None:
        self._shop = shop
        self._max_pixels = max_pixels

    @classmethod
    @asynccontextmanager
    async def open(cls, *, workers: int, memory_bytes: int, timeout_s: float, max_pixels: int) -> AsyncIterator[Clerk]:
        """The processes start with `warm` or the first paper; they end with the block."""
        async with Workshop.open(
            "signaling.papers.worker", workers=workers, memory_bytes=memory_bytes, timeout_s=timeout_s
        ) as shop:
            yield cls(shop, max_pixels)

    async def warm(self) -> None:
        """Load the models of one process, so that the paper that is coming does not wait for it."""
        with suppress(Died, Late, Unavailable):  # the paper itself will tell
            await self._shop.do({"task": "warm"})

    async def look(
        self, data: bytes, judged: Callable[[Lying], None], corners: Sequence[float] | None = None,
        quarters: int | None = None,
    ) -> tuple[Lying, Words]:  # fmt: skip
        """Return how the paper lies, which is also told at once to `judged`, and what stands on it.

        Args:
            data: the picture as it was stored.
            judged: told before the words are read.
            corners: set by a person, eight fractions; otherwise the sheet is looked for.
            quarters: how far a person turned it; otherwise the words tell.

        Raises:
            NotAPicture, TooLarge: it is no picture, or looking at it takes more than it may.
            Unavailable: no process could be started.
        """
        job = {"task": "lay", "corners": corners, "quarters": quarters}
        answer, jpeg = await self._do(job, data)
        lying = _lying(answer, jpeg)
        judged(lying)
        words, _ = await self._do({"task": "read", "boxes": answer["boxes"], "format": answer["format"]}, jpeg)
        return lying, Words(words["kind"], words["fields"], words["lines"], answer["codes"])

    async def _do(self, job: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        try:
            return await self._shop.do({**job, "max_pixels": self._max_pixels}, data)
        except Late:
            raise TooLarge("the paper takes too long to read", code="too_slow") from None
        except Died:
            raise NotAPicture("reading the paper failed", code="failed") from None
        except Refusal as refusal:
            raise REFUSALS[refusal.kind](refusal.detail, code=refusal.code) from None


def _lying(answer: dict[str, Any], jpeg: bytes) -> Lying:
    points = tuple((float(x), float(y)) for x, y in answer["points"])
    return Lying(
        points, answer["by"], answer["quarters"], answer["quality"], answer["width"], answer["height"], jpeg
    )  # fmt: skip

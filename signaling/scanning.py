"""A ticket's code or a receipt, held before a booth's camera instead of being typed.

Promise: a frame is decoded in a process of its own, forgotten at once, and yields a ticket's eight digits, a
receipt's twelve, or nothing: whatever else a code says, an address above all, is not passed on. What the digits open is
decided where they would be typed, and a receipt's number opens nothing without the end of the phone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling import receipt_number
from signaling.allowance import Allowance
from signaling.errors import TooMany, Unavailable
from signaling.pictures.examiner import REFUSALS
from signaling.tickets import DIGITS
from signaling.workshop import Died, Late, Refusal, Workshop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

MAX_BYTES = 512 * 1024
MAX_PIXELS = 2_100_000
"""1920×1080 and a little."""
RATE, BURST = 2.0, 6
"""Frames a second a booth may send: a code is held for some seconds."""
MEMORY_BYTES = 1_500_000_000
TIMEOUT_S = 10.0
"""The first frame waits for the process to start."""

_CODE = re.compile(rf"[0-9]{{{DIGITS}}}")


@dataclass(frozen=True, slots=True)
class CodeSeen:
    """What a frame shows: a ticket's eight digits, a receipt's twelve; None where it shows none."""

    code: str | None
    receipt: str | None


class Scanner:
    """Make it with `Scanner.open`."""

    def __init__(self, shop: Workshop, clock: Callable[[], float]) -> None:
        self._shop = shop
        self._clock = clock
        self._frames: defaultdict[str, Allowance] = defaultdict(lambda: Allowance(RATE, BURST))

    @classmethod
    @asynccontextmanager
    async def open(cls, clock: Callable[[], float]) -> AsyncIterator[Scanner]:
        """The process starts with the first frame and ends with the block."""
        async with Workshop.open(
            "signaling.papers.scan", workers=1, memory_bytes=MEMORY_BYTES, timeout_s=TIMEOUT_S
        ) as shop:
            yield cls(shop, clock)

    async def read(self, booth_id: str, frame: bytes) -> CodeSeen:
        """Return the ticket's code and the receipt's number that stand in a JPEG or PNG.

        Raises:
            TooMany: the booth sends more frames than it may.
            NotAPicture, TooLarge: by name of what is wrong with the frame.
            Unavailable: nothing can be looked at now.
        """
        if not self._frames[booth_id].take(self._clock()):
            raise TooMany(f"at most {RATE:g} frames a second", code="too_many_frames")
        try:
            answer, _ = await self._shop.do({"max_pixels": MAX_PIXELS}, frame)
        except Refusal as refusal:
            raise REFUSALS[refusal.kind](refusal.detail, code=refusal.code) from None
        except (Late, Died):
            raise Unavailable("the frame could not be looked at") from None
        texts = [text.strip() for text in answer["texts"]]
        return CodeSeen(
            code=next((text for text in texts if _CODE.fullmatch(text)), None),
            receipt=next(filter(None, map(receipt_number.shown, texts)), None),
        )

"""The order of one queue: entries sorted by place, with rank and neighbours in logarithmic time.

Promise: `add`, `remove` and `rank` cost O(log n) plus a move inside one small block, and adding at the end,
which nearly every newcomer does, costs an append. An entry is `(place, seq, seeker)`; `seq` is unique, so the
seeker itself is never compared.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from signaling.routing.state import Seeker

Entry: TypeAlias = "tuple[float, int, Seeker]"

# 512 entries a block: a block's memory move (4 KB) costs less than a bisect step in Python.
BLOCK = 512
INFINITE = float("inf")


class Order:
    """Sorted entries in blocks."""

    __slots__ = ("_blocks", "_lasts", "size")

    def __init__(self) -> None:
        self._blocks: list[list[Entry]] = []
        self._lasts: list[Entry] = []
        self.size = 0

    def __len__(self) -> int:
        return self.size

    def add(self, entry: Entry) -> None:
        self.size += 1
        blocks = self._blocks
        if not blocks:
            blocks.append([entry])
            self._lasts.append(entry)
        elif entry > self._lasts[-1]:
            self._append(entry)
        else:
            at = bisect_left(self._lasts, entry)
            insort(blocks[at], entry)
            if len(blocks[at]) > BLOCK:
                self._split(at)

    def _append(self, entry: Entry) -> None:
        last = self._blocks[-1]
        if len(last) < BLOCK:
            last.append(entry)
            self._lasts[-1] = entry
        else:
            self._blocks.append([entry])
            self._lasts.append(entry)

    def _split(self, at: int) -> None:
        block = self._blocks[at]
        half = len(block) // 2
        self._blocks[at : at + 1] = [block[:half], block[half:]]
        self._lasts[at : at + 1] = [block[half - 1], block[-1]]

    def remove(self, entry: Entry) -> None:
        at = bisect_left(self._lasts, entry)
        block = self._blocks[at]
        del block[bisect_left(block, entry)]
        self.size -= 1
        if not block:
            del self._blocks[at], self._lasts[at]
        elif self._lasts[at] is entry:
            self._lasts[at] = block[-1]

    def rank(self, entry: Entry) -> int:
        """How many entries stand before this one, which need not be in this order."""
        at = bisect_left(self._lasts, entry)
        before = sum(map(len, self._blocks[:at]))
        return before + (bisect_left(self._blocks[at], entry) if at < len(self._blocks) else 0)

    def first(self) -> Entry | None:
        return self._blocks[0][0] if self._blocks else None

    def __iter__(self) -> Iterator[Entry]:
        for block in self._blocks:
            yield from block

    def before(self, entry: Entry) -> Iterator[Entry]:
        """Entries in front of this one, first to last."""
        for other in self:
            if other >= entry:
                return
            yield other

    def behind(self, place: float) -> Iterator[Entry]:
        """Entries whose place is later than `place`, last to first."""
        for block in reversed(self._blocks):
            for entry in reversed(block):
                if entry[0] <= place:
                    return
                yield entry

    def passed_by(self, place: float, seq: int) -> None:
        """Count a later call at `place` for every earlier call (smaller `seq`) behind it."""
        for block in reversed(self._blocks):
            at = bisect_left(block, (place, INFINITE))
            for _, number, seeker in block[at:]:
                if number < seq:
                    seeker.call.passed += 1
            if at:
                return

    def blocker(self, place: float, seq: float, passes: int) -> float | None:
        """Place of the last entry behind `place` that is earlier and was passed as often as allowed."""
        for block in reversed(self._blocks):
            at = bisect_left(block, (place, INFINITE))
            for there, number, seeker in reversed(block[at:]):
                if seeker.call.passed >= passes and number < seq:
                    return there
            if at:
                return None
        return None

"""The order of one queue: entries sorted by place, with rank and neighbours in logarithmic time.

Promise: `add`, `remove` and `rank` cost O(log n) plus a move inside one small block, and adding at the end,
which nearly every newcomer does, costs an append. An entry is `(place, seq, seeker)`; `seq` is unique, so the
seeker itself is never compared. How often each was passed by later ones stands beside the entries as plain numbers,
so that counting a newcomer with a head start touches no calls.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from signaling.routing.state import Seeker

Entry: TypeAlias = "tuple[float, int, Seeker]"

# 512 entries a block: a block's memory move (4 KB) costs less than a bisect step in Python.
BLOCK = 512
INFINITE = float("inf")


class Order:
    """Sorted entries in blocks, each with how often it was passed."""

    __slots__ = ("_blocks", "_lasts", "_passed", "size")

    def __init__(self) -> None:
        self._blocks: list[list[Entry]] = []
        self._passed: list[list[int]] = []
        self._lasts: list[Entry] = []
        self.size = 0

    def __len__(self) -> int:
        return self.size

    def add(self, entry: Entry, passed: int = 0) -> None:
        self.size += 1
        lasts = self._lasts
        if lasts and entry < lasts[-1]:
            at = bisect_left(lasts, entry)
            block = self._blocks[at]
            within = bisect_left(block, entry)
            block.insert(within, entry)
            self._passed[at].insert(within, passed)
            if len(block) > BLOCK:
                self._split(at)
        elif lasts and len(self._blocks[-1]) < BLOCK:
            self._blocks[-1].append(entry)
            self._passed[-1].append(passed)
            lasts[-1] = entry
        else:
            self._blocks.append([entry])
            self._passed.append([passed])
            lasts.append(entry)

    def _split(self, at: int) -> None:
        block, passed = self._blocks[at], self._passed[at]
        half = len(block) // 2
        self._blocks[at : at + 1] = [block[:half], block[half:]]
        self._passed[at : at + 1] = [passed[:half], passed[half:]]
        self._lasts[at : at + 1] = [block[half - 1], block[-1]]

    def remove(self, entry: Entry) -> int:
        """Take an entry out; returns how often it was passed."""
        at = bisect_left(self._lasts, entry)
        block = self._blocks[at]
        within = bisect_left(block, entry)
        del block[within]
        passed = self._passed[at].pop(within)
        self.size -= 1
        if not block:
            del self._blocks[at], self._lasts[at], self._passed[at]
        elif within == len(block):
            self._lasts[at] = block[-1]
        return passed

    def passed(self, entry: Entry) -> int:
        """How often an entry was passed by later ones."""
        at = bisect_left(self._lasts, entry)
        return self._passed[at][bisect_left(self._blocks[at], entry)]

    def counts(self) -> Iterator[tuple[Entry, int]]:
        """Every entry with how often it was passed."""
        for block, passed in zip(self._blocks, self._passed, strict=True):
            yield from zip(block, passed, strict=True)

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

    def pass_by(self, place: float, seq: float = INFINITE, until: float = INFINITE) -> None:
        """Count a later call at `place` for every earlier call (smaller `seq`) behind it and before `until`."""
        for block, passed in zip(reversed(self._blocks), reversed(self._passed), strict=True):
            at = bisect_left(block, (place, INFINITE))
            if seq == INFINITE:
                passed[at:] = [count + 1 for count in passed[at:]]
            else:
                for index in range(at, bisect_left(block, (until, seq))):
                    passed[index] += block[index][1] < seq
            if at:
                return

    def blocker(self, place: float, seq: float, passes: int, until: float = INFINITE) -> float | None:
        """Place of the last entry behind `place` that is earlier than (`until`, `seq`) and was passed often enough."""
        for block, passed in zip(reversed(self._blocks), reversed(self._passed), strict=True):
            at = bisect_left(block, (place, INFINITE))
            index = len(block)
            # The one looked for is near the end, as few as `passes` head starts away: no count before it is read.
            for count in reversed(passed[at:]):
                index -= 1
                if count >= passes and block[index][1] < seq and block[index][:2] < (until, seq):
                    return block[index][0]
            if at:
                return None
        return None

"""The order of one queue: entries sorted by place, with rank and neighbours in logarithmic time.

Promise: `add`, `remove` and `rank` cost O(log n) plus a move inside one small block, and adding at the end,
which nearly every newcomer does, costs an append. An entry is `(place, seq, seeker)`; `seq` is unique, so the
seeker itself is never compared. Places and how often each was passed by later ones stand beside the entries as plain
numbers: looking for a place, and counting a newcomer with a head start, touch no calls.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from signaling.routing.state import Seeker

Entry: TypeAlias = "tuple[float, int, Seeker]"

# 512 entries a block: a block's memory move (4 KB) costs less than a bisect step in Python.
BLOCK = 512
INFINITE = float("inf")

MOST_PASSES = 255
"""How often one was passed is counted in a byte, up to here: a whole block is then counted on, or searched, at once."""
_MORE = bytes((*range(1, MOST_PASSES + 1), MOST_PASSES))


@cache
def _reached(passes: int) -> bytes:
    """Translate counts: 1 for those that reached `passes`."""
    return bytes(count >= passes for count in range(MOST_PASSES + 1))


class Block:
    """Some neighbours of the order, and beside each its place and how often it was passed."""

    __slots__ = ("entries", "passed", "places")

    def __init__(self, entries: list[Entry], places: array[float], passed: bytearray) -> None:
        self.entries, self.places, self.passed = entries, places, passed

    def find(self, entry: Entry) -> int:
        """Return where an entry stands, or would."""
        places = self.places
        at = bisect_left(places, entry[0])
        if at == len(places) or self.entries[at] is entry or places[at] != entry[0]:
            return at
        return bisect_left(self.entries, entry, at, bisect_right(places, entry[0], at))

    def insert(self, at: int, entry: Entry, passed: int) -> None:
        self.entries.insert(at, entry)
        self.places.insert(at, entry[0])
        self.passed.insert(at, passed)

    def halve(self) -> Block:
        """Keep the first half and return the second."""
        half = len(self.entries) // 2
        rest = Block(self.entries[half:], self.places[half:], self.passed[half:])
        del self.entries[half:], self.places[half:], self.passed[half:]
        return rest


class Order:
    """Sorted entries in blocks."""

    __slots__ = ("_blocks", "_lasts", "size")

    def __init__(self) -> None:
        self._blocks: list[Block] = []
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
            block.insert(block.find(entry), entry, passed)
            if len(block.entries) > BLOCK:
                self._blocks.insert(at + 1, block.halve())
                lasts.insert(at, block.entries[-1])
        elif lasts and len(self._blocks[-1].entries) < BLOCK:
            block = self._blocks[-1]
            block.entries.append(entry)
            block.places.append(entry[0])
            block.passed.append(passed)
            lasts[-1] = entry
        else:
            self._blocks.append(Block([entry], array("d", entry[:1]), bytearray((passed,))))
            lasts.append(entry)

    def fill(self, counted: list[tuple[Entry, int]]) -> None:
        """Let many, each with how often it was passed, stand in an order that is empty: quicker than one by one."""
        counted.sort()
        for start in range(0, len(counted), BLOCK):
            entries, passed = zip(*counted[start : start + BLOCK], strict=True)
            places = array("d", [entry[0] for entry in entries])
            self._blocks.append(Block(list(entries), places, bytearray(passed)))
            self._lasts.append(entries[-1])
        self.size = len(counted)

    def remove(self, entry: Entry) -> int:
        """Take an entry out; returns how often it was passed."""
        at = bisect_left(self._lasts, entry)
        block = self._blocks[at]
        within = block.find(entry)
        entries = block.entries
        del entries[within], block.places[within]
        passed = block.passed.pop(within)
        self.size -= 1
        if not entries:
            del self._blocks[at], self._lasts[at]
        elif within == len(entries):
            self._lasts[at] = entries[-1]
        return passed

    def passed(self, entry: Entry) -> int:
        """How often an entry was passed by later ones."""
        block = self._blocks[bisect_left(self._lasts, entry)]
        return block.passed[block.find(entry)]

    def counts(self) -> Iterator[tuple[Entry, int]]:
        """Every entry with how often it was passed."""
        for block in self._blocks:
            yield from zip(block.entries, block.passed, strict=True)

    def rank(self, entry: Entry) -> int:
        """How many entries stand before this one, which need not be in this order."""
        at = bisect_left(self._lasts, entry)
        before = sum(len(block.entries) for block in self._blocks[:at])
        return before + (self._blocks[at].find(entry) if at < len(self._blocks) else 0)

    def first(self) -> Entry | None:
        return self._blocks[0].entries[0] if self._blocks else None

    def __iter__(self) -> Iterator[Entry]:
        for block in self._blocks:
            yield from block.entries

    def before(self, entry: Entry) -> Iterator[Entry]:
        """Entries in front of this one, first to last."""
        for other in self:
            if other >= entry:
                return
            yield other

    def pass_by(self, place: float, seq: float = INFINITE, until: float = INFINITE) -> None:
        """Count a later call at `place` for every earlier call (smaller `seq`) behind it and before `until`."""
        for block in reversed(self._blocks):
            passed = block.passed
            at = bisect_right(block.places, place)
            if seq == INFINITE:
                passed[at:] = passed[at:].translate(_MORE)
            else:
                entries = block.entries
                for index in range(at, bisect_left(entries, (until, seq))):
                    if entries[index][1] < seq:
                        passed[index] = _MORE[passed[index]]
            if at:
                return

    def blocker(self, place: float, seq: float, passes: int, until: float = INFINITE) -> float | None:
        """Place of the last entry behind `place` that is earlier than (`until`, `seq`) and was passed often enough."""
        for block in reversed(self._blocks):
            entries = block.entries
            at = bisect_right(block.places, place)
            often = block.passed[at:].translate(_reached(passes))
            index = len(often)
            while (index := often.rfind(1, 0, index)) >= 0:
                entry = entries[at + index]
                if entry[1] < seq and entry[:2] < (until, seq):
                    return entry[0]
            if at:
                return None
        return None

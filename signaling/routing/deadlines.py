"""Times to come, in buckets of a second: only the bucket whose turn it is is kept in order.

Promise: `first` is the earliest deadline that still holds, by time, kind and name, whatever the order they were noted
in. A deadline holds while its thing's own `due` is that time; the others are dropped when their bucket's turn comes,
or earlier when they are the most.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from signaling.routing.state import Agent, Appointment, Call, Offer

Deadline: TypeAlias = "tuple[float, int, str, Offer | Call | Agent | Appointment]"
"""A time, the kind and the name of what is due then (they decide between equal times), and the thing itself."""

SPARE = 4096


class Deadlines:
    __slots__ = ("_buckets", "_limit", "_numbers", "_size", "_soon", "_until")

    def __init__(self) -> None:
        self._soon: list[Deadline] = []
        """Heap of all that is due in bucket `_until` or before."""
        self._until = -1
        self._buckets: dict[int, list[Deadline]] = {}
        self._numbers: list[int] = []
        self._size = 0
        self._limit = SPARE

    def add(self, deadline: Deadline) -> None:
        number = int(deadline[0])
        if number <= self._until:
            heappush(self._soon, deadline)
        else:
            bucket = self._buckets.get(number)
            if bucket is None:
                self._buckets[number] = [deadline]
                heappush(self._numbers, number)
            else:
                bucket.append(deadline)
        self._size += 1
        if self._size > self._limit:
            self._compact()

    def first(self) -> Deadline | None:
        while True:
            soon = self._soon
            while soon:
                first = soon[0]
                if first[3].due == first[0]:
                    return first
                heappop(soon)
                self._size -= 1
            if not self._numbers:
                return None
            self._until = heappop(self._numbers)
            self._soon = self._buckets.pop(self._until)
            self._size -= len(self._soon)
            self._soon = [deadline for deadline in self._soon if deadline[3].due == deadline[0]]
            self._size += len(self._soon)
            heapify(self._soon)

    def _compact(self) -> None:
        known = [self._soon, *self._buckets.values()]
        held = {entry[1:3]: entry for entries in known for entry in entries if entry[3].due == entry[0]}
        self.__init__()  # type: ignore[misc]
        self._limit = SPARE + 4 * len(held)
        for deadline in held.values():
            self.add(deadline)

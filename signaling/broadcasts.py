"""What supervisors have to say to booths now: to all, to those of one street, or to those of one point.

The few that stand are held in memory and kept in the records first, so that a restart takes nothing back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.errors import TooMany, Unknown
from signaling.ids import new_id
from signaling.records.broadcasts import Broadcast

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.records.broadcasts import BroadcastBook
    from signaling.world import World

MOST = 20
"""So many may stand at once; a booth that shows more is read by nobody."""


class Broadcasts:
    """Those that stand."""

    def __init__(self, book: BroadcastBook, world: World, clock: Callable[[], float]) -> None:
        self._book = book
        self._world = world
        self._clock = clock
        self._standing: list[Broadcast] = []

    async def recall(self) -> None:
        """Read, after a restart, what is not over."""
        self._standing = await self._book.standing(self._clock())

    def standing(self) -> list[Broadcast]:
        """Return what is to be seen somewhere now, oldest first."""
        now = self._clock()
        self._standing = [one for one in self._standing if one.until > now]
        return list(self._standing)

    def at(self, booth_id: str) -> tuple[Broadcast, ...]:
        """Return what a booth shows now."""
        if not self._standing:
            return ()
        point = self._world.place(booth_id).point
        return tuple(
            one
            for one in self.standing()
            if one.street_id in (None, point.street_id) and one.point_id in (None, point.id)
        )

    async def say(self, text: str, for_s: float, street_id: str | None, point_id: str | None, by: str) -> Broadcast:
        """Show a text from now on; raise `Unknown` for a place that is not there, `TooMany` when enough stand."""
        if street_id is not None and street_id not in self._world.streets:
            raise Unknown(f"there is no street {street_id!r}", field="street_id", code="unknown_street")
        if point_id is not None and point_id not in self._world.points:
            raise Unknown(f"there is no point {point_id!r}", field="point_id", code="unknown_point")
        if len(self.standing()) >= MOST:
            raise TooMany(f"at most {MOST} messages at once", code="too_many_broadcasts")
        now = self._clock()
        broadcast = Broadcast(new_id("msg"), text, street_id, point_id, by, now, now + for_s)
        await self._book.add(broadcast)
        self._standing.append(broadcast)
        return broadcast

    async def end(self, broadcast_id: str) -> Broadcast:
        """Take one back before its time; raise `Unknown` for one that does not stand."""
        broadcast = next((one for one in self.standing() if one.broadcast_id == broadcast_id), None)
        if broadcast is None:
            raise Unknown("this message is over", field="broadcast_id", code="unknown_broadcast")
        await self._book.end(broadcast_id, self._clock())
        self._standing.remove(broadcast)
        return broadcast

"""What a running service looks after by the clock: presence not told yet, sign-ins that ended, hours, the district.

Each part has its own pace; what fails is logged and tried again at its next turn.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from signaling.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from signaling.auth import Auth
    from signaling.district import District
    from signaling.hall import Hall
    from signaling.presence import Presence
    from signaling.table import Caller
    from signaling.world import World

log = structlog.get_logger(__name__)

MEND_S = 5.0
SWEEP_S = 10.0
"""Sessions revoked from the command line lose their sockets within this time."""
DAY_S = 86_400.0


class Upkeep:
    """Owns nothing: it calls those who do, in time."""

    def __init__(
        self, hall: Hall, world: World, presence: Presence, auth: Auth, district: District,
        people: Callable[[], list[Caller]], clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._hall = hall
        self._world = world
        self._presence = presence
        self._auth = auth
        self._district = district
        self._people = people
        self._clock = clock

    def works(self) -> tuple[Coroutine[object, object, None], ...]:
        """Return what runs until cancelled, each by itself: a defect in one stops none of the others."""
        return self._mend(), self._sweep(), self._each_day()

    async def tell_world(self) -> None:
        """Tell the hall its queues, hours and staff."""
        for command in self._world.commands(self._clock()):
            await self._hall.submit(command)

    async def _each_day(self) -> None:
        """Opening hours are told for a month ahead; once a day they are told anew."""
        while True:
            await asyncio.sleep(DAY_S)
            try:
                await self.tell_world()
            except ServiceError:
                log.exception("world_not_told")

    async def _mend(self) -> None:
        """Presence that could not be told (the journal was away) is told when it can be."""
        while True:
            await asyncio.sleep(MEND_S)
            await self._presence.mend()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self._auth.sweep([caller.identity for caller in self._people()], self._busy())
                await self._district.follow()
            except ServiceError:
                log.warning("sessions_not_swept")

    def _busy(self) -> frozenset[str]:
        """Return who serves a citizen or writes the record: the end of a shift does not cut a call short."""
        agents = self._hall.engine.agents()
        return frozenset(agent.agent_id for agent in agents if agent.state in ("talking", "wrap_up"))

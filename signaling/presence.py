"""Who is reachable, and through which page.

Promise: what the engine believes about a person's presence follows what their sockets do, whatever the order in which
pages come, go and take over: `settle` compares the two under a lock of that person and submits the difference. The last
page of a person is remembered across restarts of the server, because the ids of links are made of it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog

from signaling.errors import ServiceError, Unknown, WrongState
from signaling.routing.commands import (
    AgentLost,
    AgentReturned,
    BoothDevices,
    BoothLost,
    BoothReturned,
    Command,
    SignIn,
    SignOut,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from signaling.routing import Engine
    from signaling.routing.views import AgentView
    from signaling.world import World

log = structlog.get_logger(__name__)


class PageStore(Protocol):
    """Where the last page of each person is kept."""

    async def pages(self) -> Mapping[str, str]: ...
    async def page_opened(self, person_id: str, page_id: str) -> None: ...


class Presence:
    """Turns sockets that come and go into commands."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        submit: Callable[[Command], Awaitable[object]],
        world: World,
        store: PageStore,
    ) -> None:
        self._engine = engine
        self._submit = submit
        self._world = world
        self._store = store
        self._pages: dict[str, str] = {}
        self._here: set[str] = set()
        self._unsettled: set[str] = set()
        self._locks: dict[str, asyncio.Lock] = {}

    async def recall(self) -> None:
        """Read the pages known before a restart."""
        self._pages.update(await self._store.pages())

    def page_of(self, person_id: str) -> str | None:
        """Return the last page of a person, here or away."""
        return self._pages.get(person_id)

    def here(self, person_id: str) -> bool:
        return person_id in self._here

    async def arrived(self, person_id: str, page_id: str) -> bool:
        """A page of this person is connected; True when it is another page than the last."""
        new = self._pages.get(person_id) != page_id
        self._here.add(person_id)
        if new:
            self._pages[person_id] = page_id
            await self._store.page_opened(person_id, page_id)
        await self.settle(person_id)
        return new

    async def left(self, person_id: str) -> None:
        """No page of this person is connected any more."""
        self._here.discard(person_id)
        await self.settle(person_id)

    async def signed_out(self, agent_id: str) -> None:
        """The agent said good-bye: no grace time, unless a call is still theirs to end."""
        agent = self._agent(agent_id)
        if agent is not None and agent.state not in ("offline", "talking"):
            await self._submit(SignOut(agent_id))

    async def devices(self, booth_id: str, working: tuple[str, ...]) -> None:
        """The booth told which of its devices work."""
        await self._submit(BoothDevices(booth_id, working))

    async def settle(self, person_id: str) -> None:
        """Bring the engine's belief in line with who is here."""
        async with self._locks.setdefault(person_id, asyncio.Lock()):
            self._unsettled.discard(person_id)
            command = self._difference(person_id)
            if command is None:
                return
            try:
                await self._submit(command)
            except (WrongState, Unknown):
                # The call or the sign-in ended meanwhile: nothing is left to be lost from or to return to.
                log.info("presence_overtaken", person=person_id, command=type(command).__name__)
            except ServiceError:
                self._unsettled.add(person_id)
                log.warning("presence_not_told", person=person_id, command=type(command).__name__)
                raise

    async def mend(self) -> None:
        """Settle everybody whose coming or going could not be told when it happened."""
        for person_id in list(self._unsettled):
            try:
                await self.settle(person_id)
            except ServiceError:
                return  # still away; the next round tries again

    async def reachable(self) -> frozenset[str]:
        """Return everybody with a page here; the hall asks when it takes the lead."""
        return frozenset(self._here)

    def _difference(self, person_id: str) -> Command | None:
        here = person_id in self._here
        if person_id in self._world.booths:
            call = self._engine().call_at(person_id)
            if call is None or here == (call.booth_lost_at is None):
                return None
            return BoothReturned(person_id) if here else BoothLost(person_id)
        agent = self._agent(person_id)
        if agent is None or agent.state == "offline":
            return self._sign_in(person_id) if here else None
        if here == (agent.lost_at is None):
            return None
        return AgentReturned(person_id) if here else AgentLost(person_id)

    def _sign_in(self, agent_id: str) -> SignIn:
        agent = self._world.agents[agent_id]
        return SignIn(agent_id, agent.levels(), agent.queues, agent.second)

    def _agent(self, agent_id: str) -> AgentView | None:
        try:
            return self._engine().agent(agent_id)
        except Unknown:
            return None

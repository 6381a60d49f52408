"""What supervisors administrate in the browser: the district, the booths' credentials, the staff's sign-ins.

Promise: everything done here is in the audit log; nothing is taken from a call that is going on; nobody takes their own
rights away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.district import District
from signaling.errors import NotAllowed, Refused, Unknown
from signaling.messages.administration import DistrictChanged, PageRestart
from signaling.resettling import Resettling
from signaling.routing.commands import SignIn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from signaling.auth import Auth, Identity
    from signaling.hall import Hall
    from signaling.records import Records
    from signaling.telling import Pages
    from signaling.world import Agent, World


@dataclass(frozen=True, slots=True)
class BoothState:
    """A booth as its operators see it."""

    booth_id: str
    enrolled: bool
    online: bool
    in_call: bool


@dataclass(frozen=True, slots=True)
class AgentState:
    """A staff member's account: `none`, `demo` or `set`; how many sign-ins are open."""

    agent_id: str
    password: str
    sessions: int
    online: bool


class Administration:
    """Owns the district; does the rest through those who own it, made after it and so looked up late."""

    def __init__(
        self,
        world: World,
        records: Records,
        auth: Callable[[], Auth],
        hall: Callable[[], Hall],
        pages: Callable[[], Pages],
        clock: Callable[[], float],
        shut_out: Callable[[Identity], Awaitable[None]],
    ) -> None:
        self._world = world
        self._records = records
        self._auth = auth
        self._hall = hall
        self._pages = pages
        self._clock = clock
        self._shut_out = shut_out
        self._resettling = Resettling(hall, clock)
        self.district = District(world, records.districts, clock, self._used, self._retire, self._leaving, self._tell)

    # ── booths ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def booths(self) -> list[BoothState]:
        """Return all booths of the district with what is known of each."""
        enrolled = {one.subject_id for one in await self._records.credentials.sessions() if one.kind == "booth"}
        busy = self._used("booths")
        return [BoothState(id, id in enrolled, self._pages().online(id) is not None, id in busy)
                for id in self._world.booths]  # fmt: skip

    async def enrol(self, booth_id: str, by: str) -> str:
        """Return a new credential; the booth's older ones and their sessions end."""
        self._known(booth_id)
        self._free(booth_id)
        return await self._auth().enrol_booth(booth_id, by)

    async def revoke(self, booth_id: str, by: str) -> int:
        """Take a booth's credentials and sessions back; return how many sessions ended."""
        self._known(booth_id)
        self._free(booth_id)
        ended = await self._auth().revoke_booth(booth_id, by)
        await self._note(by, "booth_revoked", booth_id)
        return ended

    async def restart(self, booth_id: str, by: str) -> None:
        """Have a booth's page load itself anew; raise `Refused` while a citizen is there, or when no page is open."""
        self._known(booth_id)
        self._free(booth_id)
        if not await self._pages().tell(booth_id, PageRestart.NAME, {}):
            raise Refused("no page of this booth is open", field="booth_id", code="booth_offline")
        await self._note(by, "booth_restarted", booth_id)

    def _known(self, booth_id: str) -> None:
        if booth_id not in self._world.booths:
            raise Unknown(f"there is no booth {booth_id!r}", field="booth_id")

    def _free(self, booth_id: str) -> None:
        if self._hall().engine.call_at(booth_id) is not None:
            raise Refused("a citizen is at this booth", field="booth_id", code="booth_busy")

    # ── staff ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def agents(self) -> list[AgentState]:
        """Return all staff with the state of their accounts."""
        sessions = [one.subject_id for one in await self._records.credentials.sessions() if one.kind != "booth"]
        found = []
        for id in self._world.agents:
            account = await self._records.credentials.account(id)
            kind = "none" if account is None else "demo" if account.initial else "set"
            found.append(AgentState(id, kind, sessions.count(id), self._pages().online(id) is not None))
        return found

    async def set_password(self, agent_id: str, password: str, by: str) -> None:
        """Set somebody's first or new password; their sign-ins end, unless a citizen is with them."""
        self._idle(agent_id)
        await self._auth().set_password(agent_id, password, by)
        await self._note(by, "password_set", agent_id)

    async def sign_out(self, agent_id: str, by: str) -> int:
        """End all sign-ins of a staff member; return how many."""
        if agent_id not in self._world.agents:
            raise Unknown(f"there is no agent {agent_id!r}", field="agent_id")
        if agent_id == by:
            raise NotAllowed("sign out by yourself", code="own_account")
        self._idle(agent_id)
        return await self._auth().revoke_agent(agent_id, by)

    def _idle(self, agent_id: str) -> None:
        if agent_id in self._used("agents"):
            raise Refused("a citizen is with them", field="agent_id", code="in_use")

    # ── a new district ──────────────────────────────────────────────────────────────────────────────────────────

    def _used(self, table: str) -> frozenset[str]:
        """Return what of a table cannot go now."""
        engine = self._hall().engine
        calls = list(engine.calls())
        match table:
            case "booths":
                return frozenset(call.booth_id for call in calls)
            case "items":
                return frozenset(call.item_id for call in calls)
            case _:
                busy = (agent.agent_id for agent in engine.agents() if agent.state in ("talking", "offered", "wrap_up"))
                return frozenset(busy)

    async def _retire(self, before: World, after: World, to: str, by: str) -> None:
        """Take queues away that the new district has no more, their waiting to the queue `to`; or raise `Refused`."""
        gone = sorted(before.queues.keys() - after.queues.keys())
        for queue_id in gone:
            self._resettling.check(queue_id, to, after)
        for queue_id in gone:
            if moved := await self._resettling.remove(queue_id, to, by):
                detail: dict[str, object] = {"to": to, "calls": moved}
                await self._records.credentials.audit(by, "queue_resettled", queue_id, self._clock(), detail)

    async def _leaving(self, before: World, after: World) -> None:
        """Shut out who is not there any more, or comes back with another role, before the district changes."""
        gone = {*before.booths} - {*after.booths}
        gone |= {id for id, one in before.agents.items() if id not in after.agents or after.agents[id].role != one.role}
        for caller in self._pages().people():
            if caller.id in gone:
                await self._shut_out(caller.identity)
        for id in gone:
            await (self._auth().revoke_booth(id, "") if id in before.booths else self._auth().revoke_agent(id, ""))

    async def _tell(self, before: World, after: World) -> None:
        """Tell the hall what changed of queues, hours and staff."""
        hall, now = self._hall(), self._clock()
        for command in after.commands(now):
            await hall.submit(command)
        for agent in hall.engine.agents():
            new, old = after.agents.get(agent.agent_id), before.agents.get(agent.agent_id)
            if agent.state != "offline" and new is not None and (old is None or _work(new) != _work(old)):
                await hall.submit(SignIn(new.id, *_work(new)))
        for caller in self._pages().people():
            await self._pages().tell(caller.id, DistrictChanged.NAME, {})

    async def _note(self, by: str, action: str, subject: str) -> None:
        await self._records.credentials.audit(by, action, subject, self._clock(), {})


def _work(agent: Agent) -> tuple[tuple[tuple[str, int], ...], tuple[str, ...], tuple[str, ...]]:
    return agent.levels(), agent.queues, agent.second

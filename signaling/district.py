"""The one owner of the running district: every change of it goes through here, and none by half.

The files of `world_dir` are the first version. The first change made in the browser keeps them as version 1 and itself
as version 2; from then on the versions in the records are the district, at every start and on every node, and the
files are only read again when they are imported. Export writes the newest version as such files.

Promise: a change is checked by what checks the files; it is durable before anyone sees it; it starts from the version
the person saw (`stale` otherwise), so that nobody's work is lost; and everyone who holds the `World` sees all of it at
once, as it is exchanged between two steps of the event loop.
"""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from signaling.errors import Malformed, NotAllowed, Refused, ServiceError, Unknown, WrongState
from signaling.records.districts import Version
from signaling.world import World, WorldError
from signaling.world.files import TABLES, file_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from signaling.records.districts import Districts
    from signaling.world.files import Draft

log = structlog.get_logger(__name__)

FILES = "files"
PASSWORD = "initial_password"
SAID = 200
"""Changes one version names; an import may make more."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of one table as it shall be; None: gone."""

    table: str
    id: str
    entry: dict[str, Any] | None


class DistrictWrong(Malformed):
    """What the files' own check finds wrong: every fault with file, table, entry and key."""

    code = "district_wrong"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems[:3]))

    def problem(self) -> dict[str, Any]:
        return {**super().problem(), "problems": list(self.problems)}


class District:
    """Owns the world.

    `used` names what of a table live calls need. `retire` takes from the hall the queues a new district lacks, given
    where their waiting go on and who says so, and may refuse it all; `leaving` and `apply` are told before and after
    the exchange.
    """

    def __init__(
        self,
        world: World,
        versions: Districts,
        clock: Callable[[], float],
        used: Callable[[str], frozenset[str]],
        retire: Callable[[World, World, str, str], Awaitable[None]],
        leaving: Callable[[World, World], Awaitable[None]],
        apply: Callable[[World, World], Awaitable[None]],
    ) -> None:
        self.world = world
        self.version = 0
        self._versions = versions
        self._clock = clock
        self._used = used
        self._retire = retire
        self._leaving = leaving
        self._apply = apply
        self._turn = asyncio.Lock()
        self._untold: World | None = None

    async def recall(self) -> None:
        """Take the newest version up, where the district was ever changed; before anything else uses the world."""
        newest = await self._versions.latest()
        if newest is not None:
            self.world.become(_checked(newest.draft))
            self.version = newest.version

    async def follow(self) -> None:
        """Take up what another node changed, and tell the hall what it could not be told."""
        async with self._turn:
            newest = await self._versions.latest(self.version)
            if newest is not None:
                await self._become(_checked(newest.draft), newest.version)
            elif self._untold is not None:
                await self._tell(self._untold)

    async def change(self, base: int, changes: Iterable[Change], by: str, waiting_to: str = "") -> int:
        """Change entries; return the new version. Those who wait in a queue that goes go on in `waiting_to`."""
        draft = copy.deepcopy(self.world.draft)
        for one in changes:
            _put(draft, one)
        return await self.replace(base, draft, by, waiting_to)

    async def restore(self, base: int, version: int, by: str) -> int:
        """Make an earlier version the newest again: nothing that lies between is lost."""
        earlier = await self._versions.one(version)
        if earlier is None:
            raise Unknown(f"there is no version {version}", field="version")
        return await self.replace(base, earlier.draft, by)

    async def replace(self, base: int, draft: Draft, by: str, waiting_to: str = "") -> int:
        """Make a whole draft the district; return the new version, or the present one when nothing differs."""
        async with self._turn:
            if base != self.version:
                raise WrongState("the district was changed meanwhile", code="stale")
            keep_passwords(self.world.draft, draft)
            after = await asyncio.to_thread(_checked, draft)
            own = after.agents.get(by)
            if own is None or own.role != "supervisor":
                raise NotAllowed("another supervisor takes your rights away", code="own_account")
            said = differences(self.world.draft, draft)
            if not said:
                return self.version
            self._check_used(after)
            now = self._clock()
            first = [Version(1, now, "", (FILES,), self.world.draft)] if self.version == 0 else []
            version = max(self.version, 1) + 1
            try:
                await self._retire(self.world, after, waiting_to, by)
                await self._versions.add(*first, Version(version, now, by, said[:SAID], draft))
            except BaseException:
                self._untold = self.world.copy()  # `follow` gives the hall back what was taken from it
                raise
            await self._become(after, version)
            return version

    def _check_used(self, after: World) -> None:
        for table in ("booths", "items", "agents"):
            if gone := sorted(self._used(table) - getattr(after, table).keys()):
                raise Refused(
                    f"{gone[0]} is in use by a call", field=table, code="in_use", more={"table": table, "id": gone[0]}
                )

    async def _become(self, after: World, version: int) -> None:
        before = self.world.copy()
        try:
            await self._leaving(before, after)
        except ServiceError:
            log.warning("who leaves the district could not be told")
        self.world.become(after)
        self.version = version
        await self._tell(before)

    async def _tell(self, before: World) -> None:
        try:
            await self._apply(before, self.world)
            self._untold = None
        except ServiceError:
            self._untold = before  # `follow` tries again
            log.warning("the hall does not know the new district yet")


def without_passwords(draft: Draft) -> Draft:
    """Return the draft as it may be shown: the demo's passwords stay where they are."""
    shown = copy.deepcopy(draft)
    for agent in shown.get("agents.toml", {}).get("agents", []):
        agent.pop(PASSWORD, None)
    return shown


def keep_passwords(before: Draft, after: Draft) -> None:
    """Give the demo's passwords, which nobody is shown, back to those who had them."""
    known = {agent.get("id"): agent.get(PASSWORD) for agent in before.get("agents.toml", {}).get("agents", [])}
    for agent in after.get("agents.toml", {}).get("agents", []):
        if isinstance(agent, dict) and PASSWORD not in agent and known.get(agent.get("id")):
            agent[PASSWORD] = known[agent["id"]]


def differences(before: Draft, after: Draft) -> tuple[str, ...]:
    """Return what differs: `+items x`, `-items x`, `items x: name, minutes`, `hours.toml timezone`."""
    said: list[str] = []
    for file in TABLES:
        for table in sorted({*before.get(file, {}), *after.get(file, {})}):
            old, new = before.get(file, {}).get(table), after.get(file, {}).get(table)
            if isinstance(old, list) or isinstance(new, list):
                said += _entries(table, old or [], new or [])
            elif old != new:
                said.append(f"{file} {table}")
    return tuple(said)


def _entries(table: str, before: list[Any], after: list[Any]) -> list[str]:
    key = "date" if table == "days" else "id"
    old, new = ({one[key]: one for one in entries} for entries in (before, after))
    said = [f"-{table} {id}" for id in old if id not in new]
    for id, entry in new.items():
        if id not in old:
            said.append(f"+{table} {id}")
        elif changed := [name for name in {**old[id], **entry} if old[id].get(name) != entry.get(name)]:
            said.append(f"{table} {id}: {', '.join(changed)}")
    if not said and list(old) != list(new):
        said.append(f"{table} order")
    return said


def _checked(draft: Draft) -> World:
    try:
        return World.of(draft)
    except WorldError as error:
        raise DistrictWrong(error.problems) from None


def _put(draft: Draft, change: Change) -> None:
    file = file_of(change.table)
    if file is None:
        raise Malformed("table: there is no such table", field="table")
    entries = draft.setdefault(file, {}).setdefault(change.table, [])
    key = "date" if change.table == "days" else "id"
    place = next((number for number, one in enumerate(entries) if one.get(key) == change.id), None)
    if change.entry is None:
        if place is None:
            raise Unknown(f"there is no {change.id} in {change.table}", field="id")
        del entries[place]
    elif place is None:
        entries.append(change.entry)
    else:
        entries[place] = change.entry

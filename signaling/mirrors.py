"""Supervisors look at what a booth's page shows, to help from afar: with a notice on it, and a citizen's leave.

The page describes itself (elements and words, no pixels; pictures, video and what was typed are left out). Promises:
the booth says who looks for as long as it lasts; while a citizen is there nothing is shown until they allowed it, and
the last description is forgotten when they come; it ends by itself when either page is gone, when nobody asks for it
any more, when the citizen refuses or leaves, and after `MIRROR_S`; beginning, leave and end are in the audit log.
"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Literal, Protocol

from signaling.errors import NotAllowed, Refused, TooMany, Unknown, WrongState
from signaling.ids import new_id
from signaling.messages.mirror import MirrorChanged, MirrorShow
from signaling.screens import to_wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from signaling.auth import Identity
    from signaling.routing import Engine
    from signaling.screens import Json
    from signaling.table import Caller
    from signaling.world import World

State = Literal["open", "asked", "allowed", "ended"]
MIRROR_S = 300.0
UNASKED_S = 8.0
"""Whoever looks asks once a second; after so long without, they are gone."""
ASKED_S = 60.0
"""A citizen who gives no answer gives no leave."""
LOOK_S = 1.0
APART_S = 0.5
"""A page describes itself no more often."""


class Pages(Protocol):
    """What this needs of `sockets`."""

    def online(self, person_id: str) -> Caller | None: ...
    async def tell(self, person_id: str, name: str, payload: Mapping[str, Json]) -> bool: ...


@dataclasses.dataclass(slots=True)
class Mirror:
    """One look at one booth's page."""

    mirror_id: str
    booth_id: str
    by: str
    page_id: str
    state: State
    until: float
    since: float
    """Of the state."""
    asked_at: float
    shown: MirrorShow | None = None
    shown_at: float = 0.0
    ended: str = ""
    """Why it is over: `closed`, `gone`, `refused`, `left`, `time`."""


class Mirrors:
    """Owns all looks; those that ended stay known until their asker heard of it."""

    def __init__(
        self, engine: Callable[[], Engine], world: World, pages: Callable[[], Pages],
        audit: Callable[[str, str, str, float, dict[str, object]], Awaitable[None]], clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._engine = engine
        self._world = world
        self._pages = pages
        self._audit = audit
        self._clock = clock
        self._mirrors: dict[str, Mirror] = {}

    # ── who looks ───────────────────────────────────────────────────────────────────────────────────────────────

    async def open(self, booth_id: str, by: Identity, reason: str) -> Mirror:
        """Begin to look; raise `Unknown`, or `Refused` when no page is open or somebody else looks already."""
        if booth_id not in self._world.booths:
            raise Unknown(f"there is no booth {booth_id!r}", field="booth_id")
        page = self._pages().online(booth_id)
        if page is None:
            raise Refused("no page of this booth is open", field="booth_id", code="booth_offline")
        if any(one.booth_id == booth_id and not one.ended for one in self._mirrors.values()):
            raise Refused("somebody looks at this booth already", field="booth_id", code="mirror_taken")
        now = self._clock()
        state: State = "open" if self._engine().call_at(booth_id) is None else "asked"
        mirror = Mirror(new_id("mirror"), booth_id, by.id, page.page_id, state, now + MIRROR_S, now, now)
        self._mirrors[mirror.mirror_id] = mirror
        await self._audit(by.id, "booth_mirrored", booth_id, now, {"mirror_id": mirror.mirror_id, "reason": reason})
        await self._tell(mirror)
        return mirror

    def look(self, mirror_id: str, by: Identity) -> Mirror:
        """Return one's own look as it is now; raise `Unknown`."""
        mirror = self._mirrors.get(mirror_id)
        if mirror is None or mirror.by != by.id:
            raise Unknown("this look is over", field="mirror_id")
        mirror.asked_at = self._clock()
        return mirror

    async def close(self, mirror_id: str, by: Identity) -> None:
        """End one's own look."""
        await self._end(self.look(mirror_id, by), "closed")

    # ── the booth ───────────────────────────────────────────────────────────────────────────────────────────────

    async def told(self, booth: Caller, mirror_id: str, what: str) -> None:
        """Hear from the page that a citizen came, allowed it, refused it (also later), or left."""
        mirror = self._of(booth, mirror_id)
        if what == "came" and mirror.state == "open":
            await self._turn(mirror, "asked")
        elif what == "allowed" and mirror.state == "asked":
            await self._turn(mirror, "allowed")
            await self._audit(booth.id, "mirror_allowed", mirror.booth_id, self._clock(), {"mirror_id": mirror_id})
        elif what in ("refused", "left"):
            await self._end(mirror, what)

    def show(self, booth: Caller, message: MirrorShow) -> None:
        """Keep what the page looks like now; raise `NotAllowed` while a citizen is there who did not allow it."""
        mirror, now = self._of(booth, message.mirror_id), self._clock()
        visited = self._engine().call_at(booth.id) is not None
        if mirror.state == "asked" or (visited and mirror.state != "allowed"):
            raise NotAllowed("the citizen has not allowed it", code="no_consent")
        if now - mirror.shown_at < APART_S:
            raise TooMany(f"at most one in {APART_S:g} s", code="too_often")
        mirror.shown, mirror.shown_at = message, now

    def _of(self, booth: Caller, mirror_id: str) -> Mirror:
        mirror = self._mirrors.get(mirror_id)
        if mirror is None or mirror.booth_id != booth.id or mirror.ended:
            raise WrongState("nobody looks at this page", field="mirror_id", code="mirror_over")
        return mirror

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """End what is over, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.sweep()

    async def sweep(self) -> None:
        """Look at every mirror once."""
        now = self._clock()
        for mirror in list(self._mirrors.values()):
            page = self._pages().online(mirror.booth_id)
            if now - mirror.asked_at > UNASKED_S:
                await self._end(mirror, "closed")
                self._mirrors.pop(mirror.mirror_id, None)
            elif page is None or page.page_id != mirror.page_id:
                await self._end(mirror, "gone")
            elif now > mirror.until:
                await self._end(mirror, "time")
            elif mirror.state == "asked" and now - mirror.since > ASKED_S:
                await self._end(mirror, "refused")
            elif mirror.state == "open" and self._engine().call_at(mirror.booth_id) is not None:
                await self._turn(mirror, "asked")

    async def _turn(self, mirror: Mirror, state: State) -> None:
        mirror.state, mirror.since, mirror.shown = state, self._clock(), None
        await self._tell(mirror)

    async def _end(self, mirror: Mirror, why: str) -> None:
        if mirror.ended:
            return
        mirror.ended = why
        await self._turn(mirror, "ended")
        detail: dict[str, object] = {"mirror_id": mirror.mirror_id, "why": why}
        await self._audit(mirror.by, "mirror_ended", mirror.booth_id, self._clock(), detail)

    async def _tell(self, mirror: Mirror) -> None:
        name = self._world.agents[mirror.by].name if mirror.by in self._world.agents else ""
        told = MirrorChanged(mirror.mirror_id, mirror.state, name)
        await self._pages().tell(mirror.booth_id, MirrorChanged.NAME, to_wire(told))

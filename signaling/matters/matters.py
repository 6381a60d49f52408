"""Owns matters: lets unfinished calls and low ratings enter by themselves, and takes their steps.

Promise: what ended unfinished in the last thirty days is a matter soon after its call is in the records, once, also
when the service was away meanwhile. A phone that a citizen left lies sealed; the owner and supervisors are shown it.
"""

from __future__ import annotations

import asyncio
import base64
import os
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signaling.errors import Malformed, NotAllowed, ServiceError, Unknown
from signaling.ids import new_id
from signaling.matters.steps import check, owner
from signaling.records.matters import Matter, MatterStep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from signaling.auth import Identity
    from signaling.config import Settings
    from signaling.matters.steps import MatterState
    from signaling.records.matters import Failed, MatterFiles
    from signaling.world import World

log = structlog.get_logger()

LOW = 2
"""不满意 and 非常不满意 (GB/T 39735): each is followed up."""
BACK_S = 30 * 86_400.0
RECENT_S = 6 * 3600.0
LOOK_S = 20.0
"""So often the records are looked through for what should enter."""


class Matters:
    """Make it with `Matters.open`, which lets what failed enter until the block ends."""

    def __init__(self, files: MatterFiles, world: World, key: bytes, due_days: int, clock: Callable[[], float]) -> None:
        self._files = files
        self._world = world
        self._seal = AESGCM(HKDF(SHA256(), 32, None, b"virtual-window contact").derive(key))
        self._due_days = due_days
        self._clock = clock
        self._back_s = BACK_S

    @classmethod
    @asynccontextmanager
    async def open(
        cls, files: MatterFiles, world: World, settings: Settings, clock: Callable[[], float]
    ) -> AsyncIterator[Matters]:
        matters = cls(files, world, settings.captures_key(), settings.matters.due_days, clock)
        looking = asyncio.create_task(matters._run(), name="matters")
        try:
            yield matters
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    # ── entering ────────────────────────────────────────────────────────────────────────────────────────────────

    async def gather(self) -> int:
        """Let in what failed and is no matter yet; return how many that were."""
        entered = 0
        for failed in await self._files.entering(self._clock() - self._back_s, LOW):
            entered += await self._enter(failed, "", "") is not None
        # What the service missed while it was away is in; from now on the last hours are enough to look at.
        self._back_s = RECENT_S
        return entered

    async def rated_low(self, rated: Failed, phone: str) -> None:
        """A citizen gives a low rating, and leaves a phone or not.

        Told before the rating is kept: else it could enter with the others meanwhile, without the phone.
        """
        await self._enter(rated, phone, "")

    async def open_by(self, identity: Identity, call_id: str, words: str) -> Matter:
        """Somebody of the staff makes a matter of a call; who may read the call was decided before."""
        entered = await self._enter(replace(await self._files.call(call_id), words=words), "", identity.id)
        if entered is None:
            raise Malformed("call_id: this call is a matter already", field="call_id", code="already_a_matter")
        return entered

    async def _enter(self, failed: Failed, phone: str, by: str) -> Matter | None:
        """Make it a matter and return that; None: it is one already."""
        now = self._clock()
        matter_id = new_id("matter")
        # Nobody answers for a rating of their own work.
        lead = failed.agent_id if failed.origin != "rating" and failed.agent_id in self._world.agents else None
        supervisors = [one.id for one in self._world.agents.values() if one.role == "supervisor"]
        owner_id = owner(lead, supervisors, await self._files.load())
        matter = Matter(
            matter_id=matter_id, origin=failed.origin, call_id=failed.call_id, item_name=failed.item_name,
            point_name=failed.point_name, cause=failed.cause, words=failed.words,
            contact=self._sealed(matter_id, phone), state="received", owner_id=owner_id,
            owner_name=self._name(owner_id), opened_at=now,
            due_at=self._world.calendar.working_days_after(now, self._due_days),
        )  # fmt: skip
        step = MatterStep(now, by, self._name(by), "received", matter.owner_name, failed.words)
        return matter if await self._files.open(matter, step) else None

    # ── steps ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def seen_by(self, identity: Identity, matter_id: str) -> Matter:
        """Return a matter to its owner or to a supervisor; to anybody else there is none."""
        matter = await self._files.get(matter_id)
        if identity.kind != "supervisor" and identity.id != matter.owner_id:
            raise Unknown("there is no such matter")
        return matter

    async def step(
        self, identity: Identity, matter_id: str, *, seen: str, state: MatterState, words: str, answer: str = "",
        told_by: str = "", owner_id: str = "", due_days: int | None = None,
    ) -> Matter:  # fmt: skip
        """Take a step. A new owner or deadline is given by supervisors only.

        Raises:
            Unknown: it is not this person's.
            WrongState: no such step from here, or somebody was quicker.
            Malformed: the step asks for more.
        """
        before = await self.seen_by(identity, matter_id)
        if (owner_id or due_days is not None) and identity.kind != "supervisor":
            raise NotAllowed("owner and deadline are given by supervisors")
        if owner_id and owner_id not in self._world.agents:
            raise Malformed("owner_id: somebody of the staff", field="owner_id")
        now = self._clock()

        def change(matter: Matter) -> Matter:
            check(matter.state, state, answer=answer, told_by=told_by, named=bool(matter.contact))
            matter = replace(matter, state=state)
            if owner_id:
                matter = replace(matter, owner_id=owner_id, owner_name=self._name(owner_id))
            if due_days is not None:
                matter = replace(matter, due_at=self._world.calendar.working_days_after(now, due_days))
            if state == "answered" and answer:
                matter = replace(matter, answer=answer, told_by=told_by or matter.told_by, answered_at=now)
            return replace(matter, archived_at=now) if state == "archived" else matter

        owner_name = self._name(owner_id) if owner_id else before.owner_name
        step = MatterStep(now, identity.id, self._name(identity.id), state, owner_name, words or answer)
        return await self._files.step(matter_id, seen, step, change)

    def phone(self, matter: Matter) -> str:
        """Return the phone the citizen left; empty: none, or it was sealed with another key."""
        if not matter.contact:
            return ""
        sealed = base64.b64decode(matter.contact)
        try:
            return self._seal.decrypt(sealed[:12], sealed[12:], matter.matter_id.encode()).decode()
        except InvalidTag:
            return ""

    def _sealed(self, matter_id: str, phone: str) -> str:
        if not phone:
            return ""
        nonce = os.urandom(12)
        return base64.b64encode(nonce + self._seal.encrypt(nonce, phone.encode(), matter_id.encode())).decode()

    def _name(self, agent_id: str) -> str:
        agent = self._world.agents.get(agent_id)
        return agent.name if agent else ""

    async def _run(self) -> None:
        while True:
            try:
                await self.gather()
            except ServiceError:
                log.warning("matters_cannot_be_gathered")
            await asyncio.sleep(LOOK_S)

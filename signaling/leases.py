"""The one owner of leases and of what is done under them.

Promise: nothing is asked of a booth's device without a live lease of the agent who leads the booth's call, and each
thing asked is written down before the booth hears of it, with how it ended. What the citizen takes back has ended when
they are answered, also while the database is away. A lease outlives a restart of the service, and nothing else that
would end it. An action reaches the booth at most once: one that was lost on the way ends as `no_answer`.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from signaling.errors import Malformed, NotAllowed, ServiceError, TooMany, Unavailable, Unknown
from signaling.ids import new_id
from signaling.lease import ACTION_S, Action, Lease
from signaling.messages.devices import ACTIONS, DeviceAsked, DeviceDone, LeaseChanged
from signaling.screens import to_wire
from signaling.wire import parse, rfc3339

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from signaling.lease import Reason
    from signaling.messages.devices import BoothDevice, DeviceDid, DeviceDo, DeviceOwn, Plain
    from signaling.records.leases import LeaseBook
    from signaling.routing import Engine
    from signaling.routing.views import CallView
    from signaling.screens import Json

log = structlog.get_logger(__name__)

LOOK_S = 1.0
"""Leases that ran out by time alone are noticed this often; none is good for a moment longer than it says."""


class Leases:
    """Make it, `recall`, and keep `run` running."""

    def __init__(
        self, book: LeaseBook, engine: Callable[[], Engine],
        tell: Callable[[str, str, Mapping[str, Json]], Awaitable[bool]], clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._book = book
        self._engine = engine
        self._tell = tell
        self._clock = clock
        self._standing: dict[str, Lease] = {}
        """Asked or live, by id."""
        self._under_way: dict[str, Action] = {}
        self._unwritten: dict[str, Lease] = {}
        """Ended while the database was away."""
        self._devices: dict[str, tuple[BoothDevice, ...]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._wake = asyncio.Event()

    async def recall(self) -> None:
        """Find again, after a restart, what stands; what has ended meanwhile ends with the first look."""
        self._standing = {lease.lease_id: lease for lease in await self._book.standing()}
        self._under_way = {action.action_id: action for action in await self._book.under_way()}

    # ── asked, allowed, ended ───────────────────────────────────────────────────────────────────────────────────

    async def ask(self, call: CallView, agent_id: str, devices: tuple[str, ...], for_s: float) -> Lease:
        """Put the question to the citizen. A question that stands already is replaced; a live lease goes on."""
        if not devices:
            raise Malformed("devices: at least one", field="devices")
        lease = Lease(new_id("lease"), call.call_id, call.booth_id, agent_id, devices, for_s, self._clock())
        async with self._one_at_a_time:
            await self._book.save(lease)
            for older in self._of(call.call_id, "asked"):
                await self._end(older, "replaced")
            self._standing[lease.lease_id] = lease
        await self._told(lease)
        return lease

    async def allow(self, lease_id: str, booth_id: str) -> Lease:
        """The citizen agrees. A live lease of the same call ends for it."""
        async with self._one_at_a_time:
            asked = await self._at_booth(lease_id, booth_id)
            lease = asked.allowed(self._clock())
            await self._book.save(lease)
            if lease_id not in self._standing:  # taken back while it was written
                raise Unknown("the lease is over", field="lease_id", code="no_lease")
            self._standing[lease_id] = lease
            for older in self._of(lease.call_id, "live"):
                if older.lease_id != lease_id:
                    await self._end(older, "replaced")
        await self._told(lease)
        return lease

    async def refuse(self, lease_id: str, booth_id: str) -> None:
        async with self._one_at_a_time:
            await self._end(await self._at_booth(lease_id, booth_id), "refused")

    async def take_back(self, lease_id: str, booth_id: str) -> None:
        """The citizen wants it back: it has ended from here on, whatever the database says."""
        lease = self._standing.get(lease_id)
        if lease is None or lease.booth_id != booth_id:
            raise Unknown("there is no such lease", field="lease_id", code="no_lease")
        await self._end_at_once(lease, "taken_back")

    async def give_back(self, lease_id: str, agent_id: str) -> None:
        lease = self._standing.get(lease_id)
        if lease is None or lease.agent_id != agent_id:
            raise Unknown("there is no such lease", field="lease_id", code="no_lease")
        await self._end_at_once(lease, "given_back")

    def standing(self, call_id: str) -> list[Lease]:
        """Return what is asked or live in a call now."""
        return [lease for lease in self._standing.values() if lease.call_id == call_id and not self._over(lease)]

    # ── done ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def do(self, agent_id: str, wanted: DeviceDo) -> Action:
        """Have the booth do something under a live lease; how it ends is told later.

        Raises:
            NotAllowed: there is no live lease of this agent for this device.
            Malformed: the device has no such action, or a parameter is wrong.
            TooMany: the device is still busy with the last one.
            Unavailable: the booth's page is away; nothing was asked of it.
        """
        kind = ACTIONS[wanted.device].get(wanted.action)
        if kind is None:
            raise Malformed(f"action: one of {', '.join(ACTIONS[wanted.device])}", field="action")
        parse(kind, wanted.parameters)
        async with self._one_at_a_time:
            lease = await self._live(wanted.lease_id, agent_id, wanted.device)
            if any((one.booth_id, one.device) == (lease.booth_id, wanted.device) for one in self._under_way.values()):
                raise TooMany("the device is still busy", field="device", code="device_busy")
            action = Action(
                new_id("act"), lease.lease_id, lease.call_id, lease.booth_id, agent_id, wanted.device, wanted.action,
                dict(wanted.parameters), self._clock(),
            )  # fmt: skip
            await self._book.note(action)
            self._under_way[action.action_id] = action
            # Written down it may be asked; but what the citizen took back while it was, is not asked any more.
            lease = await self._live_still(lease.lease_id, action)
            asked = DeviceAsked(
                action.action_id, lease.lease_id, lease.call_id, action.device, action.action, action.parameters
            )
            if not await self._tell(lease.booth_id, asked.NAME, to_wire(asked)):
                await self._finish(action, "no_answer", "")
                raise Unavailable("the booth is away", code="peer_away")
        return action

    async def did(self, booth_id: str, told: DeviceDid) -> None:
        """The booth says how an action ended. Said twice it counts once."""
        action = self._under_way.get(told.action_id)
        if action is None or action.booth_id != booth_id:
            return
        await self._finish(action, told.code, told.detail, told.result)

    async def own(self, booth_id: str, call_id: str | None, told: DeviceOwn) -> None:
        """The citizen worked a device by their own touch: it is written down like everything else."""
        now = self._clock()
        done = Action(
            new_id("act"), "", call_id, booth_id, booth_id, told.device, told.action, dict(told.parameters), now,
        )  # fmt: skip
        await self._book.note(done.done(told.code, "", now))

    # ── what a booth has ────────────────────────────────────────────────────────────────────────────────────────

    def has(self, booth_id: str, devices: tuple[BoothDevice, ...]) -> None:
        """Keep what a booth said of its devices while the service runs; its page says it after each snapshot."""
        self._devices[booth_id] = devices

    def devices(self, booth_id: str) -> tuple[BoothDevice, ...]:
        return self._devices.get(booth_id, ())

    # ── the watch ───────────────────────────────────────────────────────────────────────────────────────────────

    def heard(self, events: object, at: float) -> None:
        """Listen to the hall: a call that ended or changed hands takes its lease along."""
        if self._standing:
            self._wake.set()

    async def run(self) -> None:
        """End leases and actions whose time has come, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self._look()
            except ServiceError:
                log.warning("leases_not_looked_at")

    async def _look(self) -> None:
        for lease in list(self._standing.values()):
            if reason := self._over(lease):
                await self._end_at_once(lease, reason)
        for action in list(self._under_way.values()):
            if self._clock() - action.asked_at > ACTION_S:
                await self._finish(action, "no_answer", "")
        for lease in list(self._unwritten.values()):
            await self._book.save(lease)
            self._unwritten.pop(lease.lease_id, None)

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _of(self, call_id: str, state: str) -> list[Lease]:
        return [lease for lease in self._standing.values() if (lease.call_id, lease.state) == (call_id, state)]

    def _call(self, call_id: str) -> CallView | None:
        try:
            return self._engine().call(call_id)
        except Unknown:
            return None

    def _over(self, lease: Lease) -> Reason | None:
        return lease.over(self._call(lease.call_id), self._clock())

    async def _at_booth(self, lease_id: str, booth_id: str) -> Lease:
        """Return a standing lease of this booth, or refuse."""
        lease = self._standing.get(lease_id)
        if lease is None or lease.booth_id != booth_id:
            raise Unknown("there is no such lease", field="lease_id", code="no_lease")
        if reason := self._over(lease):
            await self._end(lease, reason)
            raise Unknown(f"the lease is over: {reason}", field="lease_id", code="no_lease")
        return lease

    async def _live(self, lease_id: str, agent_id: str, device: str) -> Lease:
        lease = self._standing.get(lease_id)
        if lease is None or lease.agent_id != agent_id or lease.state != "live" or device not in lease.devices:
            raise NotAllowed("there is no live lease for this device", field="lease_id", code="no_lease")
        if reason := self._over(lease):
            await self._end(lease, reason)
            raise NotAllowed(f"the lease is over: {reason}", field="lease_id", code="no_lease")
        return lease

    async def _live_still(self, lease_id: str, action: Action) -> Lease:
        try:
            return await self._live(lease_id, action.by, action.device)
        except NotAllowed:
            await self._finish(action, "no_lease", "")
            raise

    def _drop(self, lease: Lease, reason: Reason) -> Lease | None:
        """End a lease here, before anything is awaited; None when it had ended."""
        if self._standing.pop(lease.lease_id, None) is None:
            return None
        return lease.ended(reason, self._clock())

    async def _end(self, lease: Lease, reason: Reason) -> None:
        """End a lease: first here, then on paper, then told. Whoever calls has the turn."""
        if ended := self._drop(lease, reason):
            await self._write_end(ended)

    async def _end_at_once(self, lease: Lease, reason: Reason) -> None:
        """The same out of turn: what is being done about it now finds it ended."""
        if ended := self._drop(lease, reason):
            async with self._one_at_a_time:
                await self._write_end(ended)

    async def _write_end(self, ended: Lease) -> None:
        try:
            await self._book.save(ended)
        except Unavailable:
            self._unwritten[ended.lease_id] = ended
        await self._told(ended)

    async def _finish(self, action: Action, code: str, detail: str, result: Mapping[str, Plain] | None = None) -> None:
        """Write down how an action ended and tell the helper; what was read from a card is told and not kept."""
        done = action.done(code, detail, self._clock())
        await self._book.note(done)
        if self._under_way.pop(action.action_id, None) is None:
            return
        told = DeviceDone(
            done.action_id, done.lease_id, done.call_id or "", done.device, done.action, code, detail, result or {}
        )
        await self._tell(done.by, told.NAME, to_wire(told))
        if result:
            told = replace(told, result={})
        await self._tell(done.booth_id, told.NAME, to_wire(told))

    async def _told(self, lease: Lease) -> None:
        told = to_wire(lease_changed(lease))
        for person in (lease.booth_id, lease.agent_id):
            await self._tell(person, LeaseChanged.NAME, told)


def lease_changed(lease: Lease) -> LeaseChanged:
    """Return a lease as both sides hear of it."""
    return LeaseChanged(
        lease_id=lease.lease_id,
        call_id=lease.call_id,
        state=lease.state,
        devices=lease.devices,
        for_s=lease.for_s,
        agent_id=lease.agent_id,
        asked_at=rfc3339(lease.asked_at),
        expires_at=None if lease.expires_at is None else rfc3339(lease.expires_at),
        ended_at=None if lease.ended_at is None else rfc3339(lease.ended_at),
        reason=lease.reason,
    )

"""What a booth says of its devices and of the leave to work them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.messages import BOOTH
from signaling.messages.devices import (
    BoothDevices,
    DeviceDid,
    DeviceOwn,
    DevicesAre,
    LeaseAllow,
    LeaseRefuse,
    LeaseTakeBack,
)
from signaling.screens import to_wire
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts

table: Table[Parts] = Table(BOOTH)


@table.on(LeaseAllow)
async def allow(parts: Parts, caller: Caller, message: LeaseAllow) -> Answer:
    await parts.leases.allow(message.lease_id, caller.id)
    return None


@table.on(LeaseRefuse)
async def refuse(parts: Parts, caller: Caller, message: LeaseRefuse) -> Answer:
    await parts.leases.refuse(message.lease_id, caller.id)
    return None


@table.on(LeaseTakeBack)
async def take_back(parts: Parts, caller: Caller, message: LeaseTakeBack) -> Answer:
    await parts.leases.take_back(message.lease_id, caller.id)
    return None


@table.on(DeviceDid)
async def did(parts: Parts, caller: Caller, message: DeviceDid) -> Answer:
    await parts.leases.did(caller.id, message)
    return None


@table.on(DeviceOwn)
async def own(parts: Parts, caller: Caller, message: DeviceOwn) -> Answer:
    call = parts.calls.at_booth(caller.id) or parts.stories.to_rate(caller.id, parts.clock())
    await parts.leases.own(caller.id, call.call_id if call else None, message)
    return None


@table.on(DevicesAre)
async def devices(parts: Parts, caller: Caller, message: DevicesAre) -> Answer:
    parts.leases.has(caller.id, message.devices)
    call = parts.calls.at_booth(caller.id)
    if call is not None and call.state == "talking":
        told = BoothDevices(call.call_id, message.devices)
        agents = tuple(person for person in parts.calls.people(call) if person != caller.id)
        await parts.tell(agents, told.NAME, to_wire(told))
    return None

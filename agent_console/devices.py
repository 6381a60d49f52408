"""What a console says to work the devices of the booth it talks with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.errors import NotAllowed
from signaling.messages import STAFF
from signaling.messages.devices import DeviceDo, LeaseAsk, LeaseGiveBack
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts

table: Table[Parts] = Table(STAFF)


@table.on(LeaseAsk)
async def ask(parts: Parts, caller: Caller, message: LeaseAsk) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    lease = await parts.leases.ask(call, caller.id, message.devices, float(message.for_s))
    return {"lease_id": lease.lease_id}


@table.on(LeaseGiveBack)
async def give_back(parts: Parts, caller: Caller, message: LeaseGiveBack) -> Answer:
    await parts.leases.give_back(message.lease_id, caller.id)
    return None


@table.on(DeviceDo)
async def do(parts: Parts, caller: Caller, message: DeviceDo) -> Answer:
    call = parts.calls.of_agent(caller.id)
    for name in ("capture_id", "id"):
        subject = str(message.parameters.get(name, ""))
        if subject.startswith("cap_") and (call is None or (await parts.captures.get(subject)).call_id != call.call_id):
            raise NotAllowed("this is not a capture of your call", field="parameters", code="not_a_member")
    action = await parts.leases.do(caller.id, message)
    return {"action_id": action.action_id}

"""What a supervisor may ask and order for the whole floor: messages of the namespace `/staff` for supervisors alone.

Every order is written to the audit log with who gave it and why; what it changes, everybody who watches the floor is
shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.errors import NotAllowed, WrongState
from signaling.messages import STAFF
from signaling.messages.floor import (
    AgentAssign,
    AlertAcknowledge,
    BroadcastEnd,
    BroadcastSay,
    CallStop,
    FloorLeave,
    FloorWatch,
    FloorWhy,
    PreviewClose,
    PreviewOpen,
    QueueClose,
    QueueOpen,
)
from signaling.routing.commands import CloseQueue, End, OpenQueue, SignIn
from signaling.screens import Json, view_to_wire
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from signaling.parts import Parts

table: Table[Parts] = Table(STAFF)


def supervise(caller: Caller) -> None:
    """Refuse whoever is no supervisor."""
    if caller.identity.kind != "supervisor":
        raise NotAllowed("this is for supervisors")


async def note(parts: Parts, caller: Caller, action: str, subject: str, detail: Mapping[str, object]) -> None:
    """Write to the audit log what was done."""
    await parts.records.credentials.audit(caller.id, action, subject, parts.clock(), dict(detail))


@table.on(FloorWatch)
async def watch(parts: Parts, caller: Caller, message: FloorWatch) -> Answer:
    supervise(caller)
    return parts.floor.watch(caller)


@table.on(FloorLeave)
async def leave(parts: Parts, caller: Caller, message: FloorLeave) -> Answer:
    supervise(caller)
    parts.floor.leave(caller)
    return None


@table.on(FloorWhy)
async def why(parts: Parts, caller: Caller, message: FloorWhy) -> Answer:
    supervise(caller)
    engine = parts.hall.engine
    told = engine.why(message.call_id)
    requires: list[Json] = [{"skill_id": one.skill, "level": one.level} for one in told.waiting_for]
    return {
        "ahead": told.ahead,
        "groups": [view_to_wire(group) for group in told.groups],
        "present_agents": told.present_agents,
        "ready_agents": told.ready_agents,
        "requires": requires,
        "hindered": told.hindered,
    }


@table.on(AgentAssign)
async def assign(parts: Parts, caller: Caller, message: AgentAssign) -> Answer:
    supervise(caller)
    agent = parts.hall.engine.agent(message.agent_id)
    if agent.state == "offline":
        raise WrongState("who is not signed in has no queues", field="agent_id", code="agent_offline")
    # Signing in once more changes what a signed-in agent serves; a call they are in goes on.
    await parts.hall.submit(SignIn(agent.agent_id, agent.skills, message.queues, message.second))
    before = {"queues": list(agent.queues), "second": list(agent.second)}
    after = {"queues": list(message.queues), "second": list(message.second)}
    await note(parts, caller, "agent_assigned", agent.agent_id, {"reason": message.reason, "from": before, "to": after})
    return None


@table.on(QueueOpen)
async def open_queue(parts: Parts, caller: Caller, message: QueueOpen) -> Answer:
    supervise(caller)
    await parts.hall.submit(OpenQueue(message.queue_id, caller.id, message.reason))
    await note(parts, caller, "queue_opened", message.queue_id, {"reason": message.reason})
    return None


@table.on(QueueClose)
async def close_queue(parts: Parts, caller: Caller, message: QueueClose) -> Answer:
    supervise(caller)
    await parts.hall.submit(CloseQueue(message.queue_id, caller.id, message.reason))
    await note(parts, caller, "queue_closed", message.queue_id, {"reason": message.reason})
    return None


@table.on(CallStop)
async def stop(parts: Parts, caller: Caller, message: CallStop) -> Answer:
    supervise(caller)
    # By the service, as the engine lets nobody end a call from within but who leads it: the right was shown here.
    await parts.hall.submit(End(message.call_id, by="", outcome=message.outcome, reason=message.reason))
    detail = {"reason": message.reason, "outcome": message.outcome}
    await note(parts, caller, "call_stopped", message.call_id, detail)
    return None


@table.on(BroadcastSay)
async def say(parts: Parts, caller: Caller, message: BroadcastSay) -> Answer:
    supervise(caller)
    said = await parts.broadcasts.say(
        message.text, float(message.for_s), message.street_id, message.point_id, caller.id
    )
    where = said.point_id or said.street_id or "all"
    await note(parts, caller, "broadcast_said", said.broadcast_id, {"text": said.text, "where": where})
    _show(parts)
    return {"broadcast_id": said.broadcast_id}


@table.on(BroadcastEnd)
async def end_broadcast(parts: Parts, caller: Caller, message: BroadcastEnd) -> Answer:
    supervise(caller)
    await parts.broadcasts.end(message.broadcast_id)
    await note(parts, caller, "broadcast_ended", message.broadcast_id, {})
    _show(parts)
    return None


def _show(parts: Parts) -> None:
    parts.floor.show_messages()
    parts.telling.concern(*parts.world.booths)


@table.on(AlertAcknowledge)
async def acknowledge(parts: Parts, caller: Caller, message: AlertAcknowledge) -> Answer:
    supervise(caller)
    alert = await parts.floor.acknowledge(message.alert_id, caller.id)
    await note(parts, caller, "alert_acknowledged", alert.id, {"value": alert.value})
    return None


@table.on(PreviewOpen)
async def preview(parts: Parts, caller: Caller, message: PreviewOpen) -> Answer:
    supervise(caller)
    preview_id, answer = await parts.previews.open(caller, message.call_id, message.description.sdp)
    await note(parts, caller, "call_watched", message.call_id, {"preview_id": preview_id})
    return {"preview_id": preview_id, "description": {"type": "answer", "sdp": answer}}


@table.on(PreviewClose)
async def close_preview(parts: Parts, caller: Caller, message: PreviewClose) -> Answer:
    supervise(caller)
    parts.previews.close(caller, message.preview_id)
    return None

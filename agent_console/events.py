"""What an agent may say, and who answers: the handler table of the namespace `/staff`.

Each handler does one thing: it authorises (the agent's own offer, call or wrap-up), submits one command or writes one
record, and returns the acknowledgement. Refusals are raised as they are; `sockets` turns them into answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_console import devices, earlier, floor, joining, papers, receipts, recording, tickets
from agent_console.floor import note, supervise
from signaling import exchange, filling, looking
from signaling.errors import NotAllowed, Unavailable, Unknown
from signaling.messages import (
    STAFF,
    AgentNotReady,
    AgentReady,
    CallEnd,
    CallHandOver,
    CallHold,
    CallJoin,
    CallResume,
    CallStepOut,
    CallTakeOver,
    CaptureRequest,
    ConsultAsk,
    ConsultCancel,
    ConsultOpen,
    NotesSave,
    OfferAccept,
    OfferDecline,
    WrapUpExtend,
    WrapUpFinish,
)
from signaling.records.values import Notes
from signaling.routing.commands import (
    Accept,
    Accompany,
    CancelConsult,
    Conference,
    Consult,
    Decline,
    End,
    ExtendWrapUp,
    FinishWrapUp,
    HandOver,
    Hold,
    Leave,
    NotReady,
    Ready,
    Resume,
)
from signaling.routing.events import Accepted
from signaling.routing.values import Requirement
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts
    from signaling.routing.values import Role
    from signaling.routing.views import CallView

table: Table[Parts] = Table(STAFF)
table.include(exchange.table)
table.include(looking.table)
table.include(filling.table)
table.include(filling.staff_table)
table.include(devices.table)
table.include(recording.table)
table.include(floor.table)
table.include(receipts.table)
table.include(earlier.table)
table.include(tickets.table)
table.include(papers.table)
table.include(joining.table)

EXTENSION_S = 60.0
"""One press of "more time" in wrap-up."""
EXPERT = 4
"""The level of skill at which somebody is asked as an expert."""
JOINS: dict[str, Role] = {"listener": "listen", "coach": "coach", "participant": "accompany"}


@table.on(AgentReady)
async def ready(parts: Parts, caller: Caller, message: AgentReady) -> Answer:
    await parts.hall.submit(Ready(caller.id))
    return None


@table.on(AgentNotReady)
async def not_ready(parts: Parts, caller: Caller, message: AgentNotReady) -> Answer:
    await parts.hall.submit(NotReady(caller.id, message.reason))
    return None


@table.on(OfferAccept)
async def accept(parts: Parts, caller: Caller, message: OfferAccept) -> Answer:
    decided = await parts.hall.submit(Accept(caller.id, message.offer_id))
    return {"call_id": next(event.call_id for event in decided.events if isinstance(event, Accepted))}


@table.on(OfferDecline)
async def decline(parts: Parts, caller: Caller, message: OfferDecline) -> Answer:
    await parts.hall.submit(Decline(caller.id, message.offer_id, message.reason))
    return None


@table.on(CallHold)
async def hold(parts: Parts, caller: Caller, message: CallHold) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    await parts.hall.submit(Hold(call.call_id, caller.id))
    return None


@table.on(CallResume)
async def resume(parts: Parts, caller: Caller, message: CallResume) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    await parts.hall.submit(Resume(call.call_id, caller.id))
    return None


@table.on(CallEnd)
async def end(parts: Parts, caller: Caller, message: CallEnd) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    await parts.hall.submit(End(call.call_id, by=caller.id, outcome=message.outcome))
    return None


@table.on(CaptureRequest)
async def capture(parts: Parts, caller: Caller, message: CaptureRequest) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    requested = await parts.captures.request(
        call.call_id, call.booth_id, requester=caller.id, paper_id=message.paper_id, kind=message.kind
    )
    return {"capture_id": requested.capture_id, "paper_id": requested.paper_id, "page": requested.page}


@table.on(NotesSave)
async def notes(parts: Parts, caller: Caller, message: NotesSave) -> Answer:
    wrapped_up = parts.calls.wrapped_up_by(caller.id)
    finishes = wrapped_up is not None and wrapped_up.call_id == message.call_id
    # The time for the record may run out while its last words are on their way.
    if not finishes and not parts.calls.led_to_its_end(caller.id, message.call_id):
        parts.calls.leading(caller.id, caller.side, message.call_id)
    written = Notes(message.call_id, message.text, caller.id, parts.clock())
    await parts.conversation.save_notes(written, message.base)
    return None


@table.on(WrapUpFinish)
async def finish(parts: Parts, caller: Caller, message: WrapUpFinish) -> Answer:
    _wrapping_up(parts, caller, message.call_id)
    if message.outcome is not None:
        await parts.conversation.correct_outcome(message.call_id, message.outcome, caller.id, parts.clock())
    await parts.hall.submit(FinishWrapUp(caller.id))
    return None


@table.on(WrapUpExtend)
async def extend(parts: Parts, caller: Caller, message: WrapUpExtend) -> Answer:
    _wrapping_up(parts, caller, message.call_id)
    await parts.hall.submit(ExtendWrapUp(caller.id, EXTENSION_S))
    return None


@table.on(ConsultAsk)
async def consult(parts: Parts, caller: Caller, message: ConsultAsk) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    if message.private and not parts.hosting.can_host(call):
        # Only a node keeps the citizen apart from the two; without one nothing could be said in private.
        raise Unavailable("no media node takes this call", code="media_away")
    requires: tuple[Requirement, ...] = ()
    if message.agent_id is not None:
        companion = _interprets(parts, call, message.agent_id)
    else:
        skill_id = message.skill_id or ""
        if skill_id not in parts.world.skills:
            raise Unknown(f"there is no skill {skill_id!r}", field="skill_id", code="unknown_skill")
        companion = any(need.skill_id == skill_id and need.companion for need in parts.world.needs.values())
        requires = (Requirement(skill_id, 1 if companion else _expert_level(parts, skill_id), companion=companion),)
    # An interpreter who is lost is looked for again: the engine does that for those asked for by the service.
    by = "" if companion else caller.id
    private = message.private and not companion
    await parts.hall.submit(Consult(call.call_id, by, message.agent_id, requires, private=private))
    return None


def _interprets(parts: Parts, call: CallView, agent_id: str) -> bool:
    """Say whether who is asked by name comes to interpret: the citizen still lacks it, or it is what they know best."""
    known = parts.world.agents.get(agent_id)
    if known is None:
        return False
    lead = dict(parts.hall.engine.agent(call.agent_id).skills) if call.agent_id else {}
    helped = any(party.role == "interpreter" for party in call.parties)
    lacking = {one.skill for one in call.requires if one.companion and lead.get(one.skill, 0) < one.level}
    for need in parts.world.needs.values():
        level = known.skills.get(need.skill_id, 0)
        if need.companion and level >= need.level:
            others = (other for skill_id, other in known.skills.items() if skill_id != need.skill_id)
            if (need.skill_id in lacking and not helped) or level > max(others, default=0):
                return True
    return False


def _expert_level(parts: Parts, skill_id: str) -> int:
    """Return the level asked for: an expert's, or the best there is."""
    return min(EXPERT, max((agent.skills.get(skill_id, 0) for agent in parts.world.agents.values()), default=EXPERT))


@table.on(ConsultCancel)
async def consult_cancel(parts: Parts, caller: Caller, message: ConsultCancel) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    await parts.hall.submit(CancelConsult(call.call_id, caller.id))
    return None


@table.on(ConsultOpen)
async def consult_open(parts: Parts, caller: Caller, message: ConsultOpen) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    await parts.hall.submit(Conference(call.call_id, caller.id))
    return None


@table.on(CallHandOver)
async def hand_over(parts: Parts, caller: Caller, message: CallHandOver) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    await parts.hall.submit(HandOver(call.call_id, caller.id, message.agent_id))
    return None


@table.on(CallJoin)
async def join(parts: Parts, caller: Caller, message: CallJoin) -> Answer:
    supervise(caller)
    await parts.hall.submit(Accompany(message.call_id, caller.id, JOINS[message.role]))
    await note(parts, caller, "call_joined", message.call_id, {"role": message.role})
    return None


@table.on(CallTakeOver)
async def take_over(parts: Parts, caller: Caller, message: CallTakeOver) -> Answer:
    supervise(caller)
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    # By the service, as the engine lets only the lead hand over: the right to it was shown here.
    await parts.hall.submit(HandOver(call.call_id, "", caller.id))
    await note(parts, caller, "call_taken_over", call.call_id, {"from": call.agent_id})
    return None


@table.on(CallStepOut)
async def step_out(parts: Parts, caller: Caller, message: CallStepOut) -> Answer:
    call = parts.calls.member(caller.id, caller.side, message.call_id)
    await parts.hall.submit(Leave(call.call_id, caller.id))
    return None


def _wrapping_up(parts: Parts, caller: Caller, call_id: str) -> None:
    call = parts.calls.wrapped_up_by(caller.id)
    if call is None or call.call_id != call_id:
        raise NotAllowed("you are not finishing this call", field="call_id", code="not_a_member")

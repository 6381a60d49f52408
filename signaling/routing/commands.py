"""What can be asked of the engine.

Promise: plain frozen values; every one is checked by `Engine.apply`, which either answers with
events or raises an error of `signaling.errors` and leaves the state as it was.
"""

from __future__ import annotations

from typing import TypeAlias

# At run time too: whoever writes commands as bytes reads these annotations.
from signaling.routing.values import Outcome, QueuePolicy, Requirement, Role, RosterAgent, Slot, Step, record


# --- the world ---------------------------------------------------------------------------------
@record
class DefineQueue:
    """Create a queue or replace its policy; the calls in it keep their places."""

    queue: QueuePolicy


@record
class DefineRoster:
    """All agents who exist. Once given, a requirement none of them meets is refused at entry."""

    agents: tuple[RosterAgent, ...]


@record
class SetHours:
    """Opening intervals (UTC seconds, half open), holidays and lunch already cut out. Empty: always open."""

    queue_id: str
    intervals: tuple[tuple[float, float], ...]


@record
class SetSlots:
    """Appointment slots with the capacity their planned staff gives; booked ones stay booked."""

    queue_id: str
    slots: tuple[Slot, ...]


@record
class OpenQueue:
    queue_id: str
    by: str = ""
    reason: str = ""


@record
class CloseQueue:
    queue_id: str
    by: str = ""
    reason: str = ""


@record
class RemoveQueue:
    """Take a queue away for good, once nobody rings, talks or is booked in it; defining it again brings it back.

    Those who wait go on in `waiting_to` with ticket, place and clock, also who came from another queue; empty: nobody
    may wait.
    """

    queue_id: str
    waiting_to: str = ""


@record
class BoothDevices:
    """The working devices of a booth, whenever its health changes."""

    booth_id: str
    working: tuple[str, ...]


@record
class Tick:
    """Let time act: offers expire, steps relax, grace times end."""


# --- agents ------------------------------------------------------------------------------------
@record
class SignIn:
    """Sign an agent in (not ready yet), or change the skills and queues of one signed in."""

    agent_id: str
    skills: tuple[tuple[str, int], ...] = ()
    queues: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    """Queues the agent rings for only from the second ring on."""


@record
class SignOut:
    agent_id: str


@record
class Ready:
    agent_id: str


@record
class NotReady:
    """Go on break. During an offer it is taken back; during a call or wrap-up it holds for the time afterwards."""

    agent_id: str
    reason: str = ""


@record
class AgentLost:
    agent_id: str


@record
class AgentReturned:
    agent_id: str


@record
class Accept:
    agent_id: str
    offer_id: str


@record
class Decline:
    agent_id: str
    offer_id: str
    reason: str = ""


@record
class FinishWrapUp:
    agent_id: str


@record
class ExtendWrapUp:
    agent_id: str
    by_s: float


# --- calls -------------------------------------------------------------------------------------
@record
class Enter:
    """A citizen takes a ticket."""

    call_id: str
    booth_id: str
    queue_id: str
    item_id: str
    requires: tuple[Requirement, ...] = ()
    credit_s: float = 0.0
    priority: tuple[str, ...] = ()
    prefers: tuple[Requirement, ...] = ()
    """Skills asked for during the first `prefers_s` seconds only."""
    prefers_s: float = 0.0
    prefers_agent: str | None = None
    """Who handled the case before; the call waits for them alone during `prefers_agent_s` while they are present."""
    prefers_agent_s: float = 0.0
    steps: tuple[Step, ...] | None = None
    """Relaxation of this call; None: the queue's."""
    devices: tuple[str, ...] = ()
    """Devices the item needs at the booth."""
    appointment_id: str | None = None


@record
class GiveUp:
    """The citizen leaves while waiting."""

    call_id: str


@record
class LetOthersFirst:
    """The citizen needs `for_s` more seconds; others may go first, the place stays."""

    call_id: str
    for_s: float


@record
class MoveAhead:
    """A supervisor moves one waiting call as far ahead as the queue's `passes` allow."""

    call_id: str
    by: str
    reason: str


@record
class BoothLost:
    booth_id: str


@record
class BoothReturned:
    booth_id: str


@record
class ChangeBooth:
    """The ticket is shown at another booth: the call goes on there."""

    call_id: str
    booth_id: str


@record
class Hold:
    call_id: str
    by: str


@record
class Resume:
    call_id: str
    by: str


@record
class End:
    """End a call: by its lead agent or a supervisor while talking, or by the service at any time."""

    call_id: str
    by: str
    outcome: Outcome
    reason: str = ""


@record
class Requeue:
    """Send a talking or offered call back to the front of its queue."""

    call_id: str
    reason: str


# --- more than one agent -------------------------------------------------------------------------
@record
class Consult:
    """Ask a second agent in, by name or by skill; rings like an offer. `private`: the citizen does not hear."""

    call_id: str
    by: str
    agent_id: str | None = None
    requires: tuple[Requirement, ...] = ()
    private: bool = True


@record
class CancelConsult:
    call_id: str
    by: str


@record
class Conference:
    """Let everybody in the call hear everybody."""

    call_id: str
    by: str


@record
class HandOver:
    """Warm transfer: the consulted agent takes the lead, the first one goes to wrap-up."""

    call_id: str
    by: str
    to: str


@record
class TransferToQueue:
    """Cold transfer: back to waiting in another queue (or for one agent), with the same place and clock."""

    call_id: str
    by: str
    queue_id: str
    requires: tuple[Requirement, ...] | None = None
    """None: as before."""
    prefers_agent: str | None = None
    prefers_agent_s: float = 0.0
    item_id: str | None = None
    reason: str = ""


@record
class Accompany:
    """A leader or supervisor joins the call, or goes on in it in another role; needs to be signed in and free."""

    call_id: str
    agent_id: str
    role: Role = "accompany"
    """One of `SUPERVISING`; a coach and a listener are private: the citizen does not perceive them."""


@record
class Leave:
    """Anyone but the lead leaves the call."""

    call_id: str
    agent_id: str


# --- call-back and appointment -------------------------------------------------------------------
@record
class AskCallBack:
    """The citizen leaves the booth and keeps the place; `CalledBack` tells when to return."""

    call_id: str


@record
class AnswerCallBack:
    """The citizen is back at the booth (this one, or another)."""

    call_id: str
    booth_id: str | None = None


@record
class BookSlot:
    appointment_id: str
    queue_id: str
    starts_at: float
    item_id: str
    requires: tuple[Requirement, ...] = ()
    call_id: str | None = None
    """A call that overflowed or is waiting and comes later instead: it ends as `referred`."""
    priority: tuple[str, ...] = ()
    """Kinds of head start that the citizen will have besides the appointment's own."""


@record
class CancelSlot:
    appointment_id: str


Command: TypeAlias = (
    DefineQueue | DefineRoster | SetHours | SetSlots | OpenQueue | CloseQueue | RemoveQueue | BoothDevices
    | Tick
    | SignIn | SignOut | Ready | NotReady | AgentLost | AgentReturned | Accept | Decline | FinishWrapUp | ExtendWrapUp
    | Enter | GiveUp | LetOthersFirst | MoveAhead | BoothLost | BoothReturned | ChangeBooth
    | Hold | Resume | End | Requeue
    | Consult | CancelConsult | Conference | HandOver | TransferToQueue | Accompany | Leave
    | AskCallBack | AnswerCallBack | BookSlot | CancelSlot
)  # fmt: skip

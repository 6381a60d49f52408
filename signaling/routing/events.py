"""What happened: the engine's only output, and all it needs to rebuild itself.

Promise: every event carries its time `at`; replaying the events of a journal through
`Engine.evolve` gives the same state. Names and fields are permanent: fields are only added,
with defaults, so that an older journal still loads (see `codec`).
"""

from __future__ import annotations

from typing import TypeAlias

from signaling.routing.values import Outcome, QueuePolicy, Requirement, Role, RosterAgent, Slot, Step, record


# --- the world ---------------------------------------------------------------------------------
@record
class QueueDefined:
    at: float
    queue: QueuePolicy


@record
class RosterDefined:
    at: float
    agents: tuple[RosterAgent, ...]


@record
class HoursSet:
    at: float
    queue_id: str
    intervals: tuple[tuple[float, float], ...]


@record
class SlotsSet:
    at: float
    queue_id: str
    slots: tuple[Slot, ...]


@record
class QueueOpened:
    at: float
    queue_id: str
    by: str
    reason: str


@record
class QueueClosed:
    at: float
    queue_id: str
    by: str
    reason: str


@record
class QueueRemoved:
    at: float
    queue_id: str


@record
class BoothDevicesSet:
    at: float
    booth_id: str
    working: tuple[str, ...]


# --- agents ------------------------------------------------------------------------------------
@record
class AgentSignedIn:
    at: float
    agent_id: str
    skills: tuple[tuple[str, int], ...]
    queues: tuple[str, ...]
    second: tuple[str, ...]


@record
class AgentSignedOut:
    at: float
    agent_id: str


@record
class AgentStateChanged:
    """Ready or not ready, by the agent's wish or by rule (`reason` says which)."""

    at: float
    agent_id: str
    state: str
    reason: str


@record
class BreakPlanned:
    """The agent goes on break when the present call or wrap-up is over; an empty reason takes the wish back."""

    at: float
    agent_id: str
    reason: str


@record
class AgentWentAway:
    at: float
    agent_id: str
    until: float


@record
class AgentCameBack:
    at: float
    agent_id: str
    cool_until: float


@record
class CooledDown:
    """The time an agent is left alone after a decline, an expiry or a lost connection is over."""

    at: float
    agent_id: str


@record
class Kept:
    """A ready interpreter is kept for an earlier call that still lacks its agent."""

    at: float
    agent_id: str
    call_id: str
    until: float


@record
class KeptEnded:
    at: float
    agent_id: str


# --- offers ------------------------------------------------------------------------------------
@record
class Offered:
    at: float
    offer_id: str
    call_id: str
    agent_id: str
    expires_at: float
    companion_id: str | None = None
    """The interpreter reserved together with the agent."""
    role: Role = "lead"


@record
class Accepted:
    at: float
    offer_id: str
    call_id: str
    agent_id: str
    companion_id: str | None = None
    role: Role = "lead"


@record
class Declined:
    at: float
    offer_id: str
    call_id: str
    agent_id: str
    reason: str
    cool_until: float
    role: Role = "lead"


@record
class Expired:
    at: float
    offer_id: str
    call_id: str
    agent_id: str
    cool_until: float
    role: Role = "lead"


@record
class Withdrawn:
    at: float
    offer_id: str
    call_id: str
    agent_id: str
    reason: str
    role: Role = "lead"


# --- calls -------------------------------------------------------------------------------------
@record
class Entered:
    at: float
    call_id: str
    booth_id: str
    queue_id: str
    item_id: str
    ticket: str
    requires: tuple[Requirement, ...]
    credit_s: float
    priority: tuple[str, ...]
    place: float
    """Where it stands in its queue: entry less credit, held back where `passes` forbids going further ahead."""
    step: int = 0
    prefers: tuple[Requirement, ...] = ()
    prefers_s: float = 0.0
    prefers_agent: str | None = None
    prefers_agent_until: float = 0.0
    steps: tuple[Step, ...] | None = None
    devices: tuple[str, ...] = ()
    appointment_id: str | None = None
    overflow_from: str | None = None


@record
class Relaxed:
    """`cause`: "time", or "nobody" when nobody present could serve the step before."""

    at: float
    call_id: str
    step: int
    cause: str


@record
class PreferenceEnded:
    """The call no longer waits for one agent alone."""

    at: float
    call_id: str
    reason: str


@record
class StoodAside:
    at: float
    call_id: str
    until: float


@record
class SteppedBack:
    """The time a citizen let others go first is over: the call can be offered again, at its old place."""

    at: float
    call_id: str


@record
class Moved:
    at: float
    call_id: str
    place: float
    by: str
    reason: str


@record
class Overflowed:
    at: float
    call_id: str
    from_queue: str
    to_queue: str
    place: float
    reason: str
    step: int = 0


@record
class BoothWentAway:
    at: float
    booth_id: str
    call_id: str
    until: float


@record
class BoothCameBack:
    at: float
    booth_id: str
    call_id: str


@record
class BoothChanged:
    at: float
    call_id: str
    booth_id: str
    from_booth: str


@record
class Held:
    at: float
    call_id: str
    by: str


@record
class Resumed:
    at: float
    call_id: str
    by: str


@record
class CallRequeued:
    """A talking call waits again, first in its queue."""

    at: float
    call_id: str
    agent_id: str
    reason: str
    place: float
    step: int = 0


@record
class Transferred:
    """A cold transfer: the call waits again elsewhere with the same entry time and credit."""

    at: float
    call_id: str
    agent_id: str
    queue_id: str
    from_queue: str
    item_id: str
    requires: tuple[Requirement, ...]
    place: float
    by: str
    reason: str
    step: int = 0
    prefers_agent: str | None = None
    prefers_agent_until: float = 0.0


@record
class Ended:
    at: float
    call_id: str
    outcome: Outcome
    by: str
    reason: str
    agent_id: str | None
    follow_up: bool


@record
class WrapUpStarted:
    at: float
    agent_id: str
    call_id: str
    ends_at: float


@record
class WrapUpExtended:
    at: float
    agent_id: str
    ends_at: float


@record
class WrapUpFinished:
    """The agent is ready again, or on the break they asked for during the call."""

    at: float
    agent_id: str
    state: str
    reason: str


# --- more than one agent -------------------------------------------------------------------------
@record
class ConsultAsked:
    at: float
    call_id: str
    by: str
    agent_id: str | None
    requires: tuple[Requirement, ...]
    private: bool


@record
class ConsultEnded:
    """The wish for a second agent is over without one (`reason`: cancelled, ended)."""

    at: float
    call_id: str
    reason: str


@record
class Joined:
    at: float
    call_id: str
    agent_id: str
    role: Role
    private: bool


@record
class Left:
    at: float
    call_id: str
    agent_id: str
    reason: str


@record
class ConferenceStarted:
    at: float
    call_id: str
    by: str


@record
class HandedOver:
    at: float
    call_id: str
    from_agent: str
    to_agent: str


# --- call-back and appointment -------------------------------------------------------------------
@record
class CallBackAsked:
    at: float
    call_id: str


@record
class CalledBack:
    at: float
    call_id: str
    answer_by: float


@record
class CallBackAnswered:
    at: float
    call_id: str
    booth_id: str


@record
class SlotBooked:
    at: float
    appointment_id: str
    queue_id: str
    starts_at: float
    item_id: str
    requires: tuple[Requirement, ...]
    priority: tuple[str, ...] = ()


@record
class SlotReleased:
    """`reason`: cancelled, no_show, or used (the citizen came: the call is named)."""

    at: float
    appointment_id: str
    reason: str
    call_id: str | None = None


Event: TypeAlias = (
    QueueDefined | RosterDefined | HoursSet | SlotsSet | QueueOpened | QueueClosed | QueueRemoved | BoothDevicesSet
    | AgentSignedIn | AgentSignedOut | AgentStateChanged | BreakPlanned | AgentWentAway | AgentCameBack
    | CooledDown | Kept | KeptEnded
    | Offered | Accepted | Declined | Expired | Withdrawn
    | Entered | Relaxed | PreferenceEnded | StoodAside | SteppedBack | Moved | Overflowed
    | BoothWentAway | BoothCameBack | BoothChanged | Held | Resumed | CallRequeued | Transferred | Ended
    | WrapUpStarted | WrapUpExtended | WrapUpFinished
    | ConsultAsked | ConsultEnded | Joined | Left | ConferenceStarted | HandedOver
    | CallBackAsked | CalledBack | CallBackAnswered | SlotBooked | SlotReleased
)  # fmt: skip

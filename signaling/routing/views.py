"""What others may read of the state: frozen values made on request.

Promise: a view is a copy; it never changes under its reader, and making one costs a few microseconds.
"""

from __future__ import annotations

from signaling.routing.values import Outcome, QueuePolicy, Requirement, Role, record


@record
class Party:
    """An agent inside a call. `private`: heard by the agents only."""

    agent_id: str
    role: Role
    private: bool
    since: float


@record
class CallView:
    call_id: str
    booth_id: str
    queue_id: str
    item_id: str
    ticket: str
    state: str
    entered_at: float
    place: float
    credit_s: float
    priority: tuple[str, ...]
    requires: tuple[Requirement, ...]
    """What it asks for at its present step."""
    step: int
    offer_id: str | None
    offered_to: str | None
    agent_id: str | None
    """The agent who leads the call."""
    parties: tuple[Party, ...]
    accepted_at: float | None
    first_accepted_at: float | None
    ended_at: float | None
    outcome: Outcome | None
    reason: str
    held: bool
    booth_lost_at: float | None
    recovering: bool
    """The agent is away, and the call goes back to the front of its queue when they stay away."""
    recover_until: float | None
    aside_until: float | None
    callback: str
    """"" (no), "asked" or "called"."""
    callback_by: float | None
    """Until when one who is called back may take their seat."""
    consulting: bool
    passed: int
    """How many later calls went ahead of it."""
    follow_up: bool
    devices: tuple[str, ...]
    seq: int
    """Its number of entry: decides between equal places."""
    moved: str
    """The reason a supervisor moved it ahead for; "" if none did."""
    rerouted: str
    """Why it waits where it did not begin to: overflowed, transferred or recovered (at the front); else ""."""


@record
class AgentView:
    agent_id: str
    state: str
    reason: str
    since: float
    skills: tuple[tuple[str, int], ...]
    queues: tuple[str, ...]
    second: tuple[str, ...]
    offer_id: str | None
    call_id: str | None
    """The call offered to, led or joined by the agent, or being wrapped up."""
    role: Role | None
    offer_expires_at: float | None
    wrap_up_ends_at: float | None
    lost_at: float | None
    cool_until: float
    misses: int
    break_planned: str


@record
class QueueView:
    queue_id: str
    name: str
    waiting: int
    """Calls waiting or being offered."""
    offered: int
    talking: int
    longest_wait_since: float | None
    """Entry time of the call that is first in the queue."""
    ready_agents: int
    present_agents: int
    open: bool
    closed_reason: str
    next_opening: float | None
    policy: QueuePolicy
    closed: bool
    """Closed by hand, whatever its hours say."""


@record
class OfferView:
    offer_id: str
    call_id: str
    agent_id: str
    companion_id: str | None
    role: Role
    offered_at: float
    expires_at: float


@record
class AppointmentView:
    appointment_id: str
    queue_id: str
    starts_at: float
    item_id: str
    requires: tuple[Requirement, ...]
    priority: tuple[str, ...]


@record
class Ahead:
    """One group of people before you, and why.

    `cause`: earlier, priority, appointment, moved, recovered, transferred, overflowed (they waited already in the
    queue that took this call over).
    """

    cause: str
    count: int
    words: tuple[str, ...] = ()
    """For priority: its kinds, e.g. elder. For moved: the recorded reasons."""


@record
class Why:
    """Why a call waits: who is before it and what it asks for."""

    call_id: str
    ahead: int
    groups: tuple[Ahead, ...]
    present_agents: int
    """Agents present who could serve it at its present step."""
    ready_agents: int
    waiting_for: tuple[Requirement, ...]
    hindered: str
    """"" or what keeps it from being offered: aside, booth_lost, callback, agent (waits for one agent)."""


@record
class Estimate:
    p50_s: float
    p90_s: float

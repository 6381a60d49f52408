"""The two state machines of routing, as tables. A missing cell is the error.

Rule 1: which step is allowed from which state is written here and nowhere else.
What a step does to the rest of the state is in `evolve`.
"""

from __future__ import annotations

from signaling.errors import WrongState
from signaling.routing import events as e

CALL: dict[str, dict[type, str]] = {
    "waiting": {
        e.Offered: "offered",
        e.Relaxed: "waiting",
        e.PreferenceEnded: "waiting",
        e.StoodAside: "waiting",
        e.SteppedBack: "waiting",
        e.Moved: "waiting",
        e.Overflowed: "waiting",
        e.BoothWentAway: "waiting",
        e.BoothCameBack: "waiting",
        e.BoothChanged: "waiting",
        e.CallBackAsked: "waiting",
        e.CalledBack: "waiting",
        e.CallBackAnswered: "waiting",
        e.Ended: "ended",
    },
    "offered": {
        e.Accepted: "talking",
        e.Declined: "waiting",
        e.Expired: "waiting",
        e.Withdrawn: "waiting",
    },
    "talking": {
        e.Held: "talking",
        e.Resumed: "talking",
        e.BoothWentAway: "talking",
        e.BoothCameBack: "talking",
        e.BoothChanged: "talking",
        e.ConsultAsked: "talking",
        e.ConsultEnded: "talking",
        e.ConferenceStarted: "talking",
        e.Joined: "talking",
        e.Left: "talking",
        e.HandedOver: "talking",
        e.CallRequeued: "waiting",
        e.Transferred: "waiting",
        e.Ended: "ended",
    },
    "ended": {},
}
"""The call. Offers to consulted agents concern `CONSULT` and leave the call talking."""

AGENT: dict[str, dict[type, str]] = {
    "offline": {e.AgentSignedIn: "not_ready"},
    "not_ready": {e.AgentStateChanged: "ready", e.Joined: "talking", e.AgentSignedOut: "offline"},
    "ready": {
        e.AgentStateChanged: "not_ready",
        e.Offered: "offered",
        e.Joined: "talking",
        e.AgentSignedOut: "offline",
    },
    "offered": {
        e.Accepted: "talking",
        e.Declined: "ready",
        e.Expired: "ready",
        e.Withdrawn: "ready",
    },
    "talking": {e.WrapUpStarted: "wrap_up", e.Left: "ready", e.BreakPlanned: "talking"},
    "wrap_up": {
        e.WrapUpFinished: "ready",
        e.WrapUpExtended: "wrap_up",
        e.BreakPlanned: "wrap_up",
        e.AgentSignedOut: "offline",
    },
}
"""The agent. Where an event leads to ready, a planned break makes it not_ready; AgentStateChanged names its target."""


def check_call(state: str, event: type, call_id: str) -> None:
    """Raise WrongState unless a call in this state may see this event."""
    if event not in CALL[state]:
        raise WrongState(f"{call_id} is {state}: no {event.__name__} from here", code=f"call_{state}")


def check_agent(state: str, event: type, agent_id: str) -> None:
    """Raise WrongState unless an agent in this state may see this event."""
    if event not in AGENT[state]:
        raise WrongState(f"{agent_id} is {state}: no {event.__name__} from here", code=f"agent_{state}")

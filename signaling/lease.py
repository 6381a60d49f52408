"""A lease as a value: the citizen's leave to work certain devices, in one call, by one agent, for a time. Pure.

asked → live → ended, or asked → ended. A lease is good for exactly the call, the agent and the booth it was given for:
`over` says why it no longer is, from what is so now, so that nothing has to be noticed at the moment it happens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from signaling.errors import WrongState

if TYPE_CHECKING:
    from signaling.messages.devices import Plain
    from signaling.routing.views import CallView

State = Literal["asked", "live", "ended"]
Reason = Literal[
    "refused", "unanswered", "taken_back", "given_back", "expired", "replaced", "call_ended", "handed_over",
    "booth_changed",
]  # fmt: skip

ASK_S = 60.0
"""How long the question stands on the booth's screen."""
ACTION_S = 45.0
"""A device that has not answered by then is told to the helper as such; a slow printer takes 30 s to take a page."""


@dataclass(frozen=True, slots=True)
class Lease:
    lease_id: str
    call_id: str
    booth_id: str
    agent_id: str
    devices: tuple[str, ...]
    for_s: float
    asked_at: float
    state: State = "asked"
    expires_at: float | None = None
    ended_at: float | None = None
    reason: Reason | None = None

    def allowed(self, now: float) -> Lease:
        """Return it as the citizen's touch makes it."""
        if self.state != "asked":
            raise WrongState(f"the lease is {self.state}", field="lease_id")
        return replace(self, state="live", expires_at=now + self.for_s)

    def ended(self, reason: Reason, now: float) -> Lease:
        """Return it ended. One that has ended stays as it did."""
        return self if self.state == "ended" else replace(self, state="ended", ended_at=now, reason=reason)

    def over(self, call: CallView | None, now: float) -> Reason | None:
        """Say why it has ended, given its call as it is now; None while it stands."""
        if self.state == "ended":
            return self.reason
        if call is None or call.state != "talking":
            return "call_ended"
        if call.booth_id != self.booth_id:
            return "booth_changed"
        if call.agent_id != self.agent_id:
            return "handed_over"
        if self.state == "asked":
            return "unanswered" if now >= self.asked_at + ASK_S else None
        return "expired" if self.expires_at is None or now >= self.expires_at else None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing done with a device. `lease_id` empty: by the citizen's own touch, which needs no leave."""

    action_id: str
    lease_id: str
    call_id: str | None
    booth_id: str
    by: str
    device: str
    action: str
    parameters: dict[str, Plain]
    asked_at: float
    code: str | None = None
    """How it ended; None while it is under way."""
    detail: str = ""
    ended_at: float | None = None

    def done(self, code: str, detail: str, now: float) -> Action:
        return replace(self, code=code, detail=detail, ended_at=now)

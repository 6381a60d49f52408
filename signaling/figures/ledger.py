"""Facts from events: a line for every call, and a line for every spell of an agent's time.

Promise: derived from events only, in order; folding the same events again gives the same facts to the last digit,
whether they are folded at once or a few at a time over what was kept (`calls`, `open`). A spell that crosses a
half-hour is cut there, so that an agent's time counts where it was spent. Everything of a call counts in the half-hour
it entered in, in the queue, item and booth it has last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from signaling.figures.periods import next_half_hour
from signaling.routing import events as e
from signaling.routing.values import SUPERVISING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Activity = Literal["ready", "break", "talk", "hold", "wrap_up", "watch"]
"""`ready` also while an offer rings; `watch`: a supervisor accompanies, coaches or listens."""
IN_CALL = frozenset({"talk", "hold", "watch"})


@dataclass(slots=True)
class CallFact:
    """One call, from its ticket on. Times are UTC seconds."""

    call_id: str
    entered_at: float
    queue_id: str
    item_id: str
    booth_id: str
    answered_at: float | None = None
    answered_by: str | None = None
    in_time: bool = False
    """Answered within the target its queue had at that moment."""
    ended_at: float | None = None
    outcome: str | None = None
    follow_up: bool = False

    @property
    def wait_s(self) -> float | None:
        """From the ticket to the first answer."""
        return None if self.answered_at is None else self.answered_at - self.entered_at

    @property
    def abandoned(self) -> bool:
        """The citizen gave up before anybody answered."""
        return self.answered_at is None and self.outcome == "abandoned"


@dataclass(frozen=True, slots=True)
class Spell:
    """A time during which an agent did one thing. `role`: theirs in the call; `then`: what follows the call."""

    agent_id: str
    activity: Activity
    started_at: float
    ended_at: float | None = None
    call_id: str | None = None
    role: str = ""
    then: Literal["ready", "break"] = "ready"

    def pieces(self, end: float) -> Iterator[Spell]:
        """Yield the spell up to `end`, cut at half-hours; nothing when it took no time."""
        start = self.started_at
        while start < end:
            until = min(end, next_half_hour(start))
            yield replace(self, started_at=start, ended_at=until)
            start = until


class Ledger:
    """Fold events; read `calls`, `open` (each signed-in agent's present spell) and `spells` (those that are over)."""

    def __init__(self, target_s: Callable[[str], float]) -> None:
        self._target_s = target_s
        self.calls: dict[str, CallFact] = {}
        self.open: dict[str, Spell] = {}
        self.spells: list[Spell] = []

    def fold(self, events: Iterable[e.Event]) -> None:
        """Take events in; raise LookupError for a call whose beginning was never told, with nothing changed."""
        for event in events:
            handler = FOLDS.get(type(event))
            if handler is not None:
                handler(self, event)

    def until(self, now: float) -> list[Spell]:
        """Return all spells, those still open up to `now`."""
        return [*self.spells, *(piece for spell in self.open.values() for piece in spell.pieces(now))]

    # --- calls ---------------------------------------------------------------------------------------------------

    def entered(self, event: e.Entered) -> None:
        self.calls[event.call_id] = CallFact(
            event.call_id, event.at, event.queue_id, event.item_id, event.booth_id
        )  # fmt: skip

    def moved(self, event: e.Transferred | e.Overflowed) -> None:
        call = self.calls[event.call_id]
        if isinstance(event, e.Transferred):
            call.queue_id, call.item_id = event.queue_id, event.item_id
        else:
            call.queue_id = event.to_queue

    def stands(self, event: e.BoothChanged | e.CallBackAnswered) -> None:
        self.calls[event.call_id].booth_id = event.booth_id

    def ended(self, event: e.Ended) -> None:
        call = self.calls[event.call_id]
        call.ended_at, call.outcome, call.follow_up = event.at, event.outcome, event.follow_up

    # --- agents in calls -----------------------------------------------------------------------------------------

    def accepted(self, event: e.Accepted) -> None:
        if event.role == "lead":
            call = self.calls[event.call_id]
            if call.answered_at is None:
                call.answered_at, call.answered_by = event.at, event.agent_id
                call.in_time = event.at - call.entered_at <= self._target_s(call.queue_id)
        self._talks(event.agent_id, event.at, event.call_id, event.role)
        if event.companion_id is not None:
            self._talks(event.companion_id, event.at, event.call_id, "interpreter")

    def joined(self, event: e.Joined) -> None:
        self._talks(event.agent_id, event.at, event.call_id, event.role)

    def handed_over(self, event: e.HandedOver) -> None:
        self._talks(event.to_agent, event.at, event.call_id, "lead")

    def held(self, event: e.Held | e.Resumed) -> None:
        activity: Activity = "hold" if isinstance(event, e.Held) else "talk"
        for spell in list(self.open.values()):
            if spell.call_id == event.call_id and spell.role == "lead" and spell.activity in ("talk", "hold"):
                self._turn(replace(spell, activity=activity, started_at=event.at))

    def left(self, event: e.Left) -> None:
        spell = self.open.get(event.agent_id)
        if spell is not None:
            self._turn(Spell(event.agent_id, spell.then, event.at))

    def wrap_up_started(self, event: e.WrapUpStarted) -> None:
        self._turn(replace(self._shift(event.agent_id, event.at), activity="wrap_up", started_at=event.at,
                           call_id=event.call_id, role="lead"))  # fmt: skip

    def wrap_up_finished(self, event: e.WrapUpFinished) -> None:
        self._turn(Spell(event.agent_id, "ready" if event.state == "ready" else "break", event.at))

    # --- agents' shifts ------------------------------------------------------------------------------------------

    def signed_in(self, event: e.AgentSignedIn) -> None:
        if event.agent_id not in self.open:  # also told when skills change during a shift
            self.open[event.agent_id] = Spell(event.agent_id, "break", event.at)

    def signed_out(self, event: e.AgentSignedOut) -> None:
        spell = self.open.pop(event.agent_id, None)
        if spell is not None:
            self.spells.extend(spell.pieces(event.at))

    def state_changed(self, event: e.AgentStateChanged) -> None:
        self._turn(Spell(event.agent_id, "ready" if event.state == "ready" else "break", event.at))

    def break_planned(self, event: e.BreakPlanned) -> None:
        spell = self._shift(event.agent_id, event.at)
        self.open[event.agent_id] = replace(spell, then="break" if event.reason else "ready")

    # --- inside --------------------------------------------------------------------------------------------------

    def _shift(self, agent_id: str, at: float) -> Spell:
        return self.open.get(agent_id) or Spell(agent_id, "ready", at)

    def _talks(self, agent_id: str, at: float, call_id: str, role: str) -> None:
        before = self._shift(agent_id, at)
        # Who came from a break goes back to it.
        then = before.then if before.activity in IN_CALL else "break" if before.activity == "break" else "ready"
        activity: Activity = "watch" if role in SUPERVISING else "talk"
        self._turn(Spell(agent_id, activity, at, None, call_id, role, then))

    def _turn(self, spell: Spell) -> None:
        """Begin a spell where the one before ends."""
        before = self.open.get(spell.agent_id)
        if before is not None:
            self.spells.extend(before.pieces(spell.started_at))
        self.open[spell.agent_id] = spell


FOLDS: dict[type, Callable[[Ledger, Any], None]] = {
    e.Entered: Ledger.entered,
    e.Transferred: Ledger.moved,
    e.Overflowed: Ledger.moved,
    e.BoothChanged: Ledger.stands,
    e.CallBackAnswered: Ledger.stands,
    e.Ended: Ledger.ended,
    e.Accepted: Ledger.accepted,
    e.Joined: Ledger.joined,
    e.HandedOver: Ledger.handed_over,
    e.Held: Ledger.held,
    e.Resumed: Ledger.held,
    e.Left: Ledger.left,
    e.WrapUpStarted: Ledger.wrap_up_started,
    e.WrapUpFinished: Ledger.wrap_up_finished,
    e.AgentSignedIn: Ledger.signed_in,
    e.AgentSignedOut: Ledger.signed_out,
    e.AgentStateChanged: Ledger.state_changed,
    e.BreakPlanned: Ledger.break_planned,
}

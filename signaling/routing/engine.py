"""The engine: one deterministic state machine that decides who talks to whom.

    command + time ──apply──► events ──evolve──► state

Promise: `apply` either returns the events of a whole decision, already acting on the state, or raises an error of
`signaling.errors` with the state as it was. `evolve` replays events: the state they rebuild equals the live one byte
for byte. No clock, no randomness, no I/O.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from signaling.errors import Malformed, Unknown, WrongState
from signaling.routing import agents, calls, entry, estimate, look, snapshot, team, tick, world
from signaling.routing import commands as c
from signaling.routing.demand import Exchange
from signaling.routing.desk import Desk
from signaling.routing.evolve import EVOLVE
from signaling.routing.match import flush, settle
from signaling.routing.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from signaling.routing.events import Event
    from signaling.routing.state import Call
    from signaling.routing.views import AgentView, AppointmentView, CallView, Estimate, OfferView, QueueView, Why

INF = float("inf")

HANDLERS: dict[type, Callable[[Desk, Any], None]] = {
    c.DefineQueue: world.define_queue,
    c.DefineRoster: world.define_roster,
    c.SetHours: world.set_hours,
    c.SetSlots: world.set_slots,
    c.OpenQueue: world.open_queue,
    c.CloseQueue: world.close_queue,
    c.RemoveQueue: world.remove_queue,
    c.BoothDevices: world.booth_devices,
    c.BookSlot: world.book_slot,
    c.CancelSlot: world.cancel_slot,
    c.Tick: tick.tick,
    c.SignIn: agents.sign_in,
    c.SignOut: agents.sign_out,
    c.Ready: agents.ready,
    c.NotReady: agents.not_ready,
    c.AgentLost: agents.agent_lost,
    c.AgentReturned: agents.agent_returned,
    c.Accept: agents.accept,
    c.Decline: agents.decline,
    c.FinishWrapUp: agents.finish_wrap_up,
    c.ExtendWrapUp: agents.extend_wrap_up,
    c.Enter: entry.enter,
    c.GiveUp: calls.give_up,
    c.LetOthersFirst: calls.let_others_first,
    c.MoveAhead: calls.move_ahead,
    c.BoothLost: calls.booth_lost,
    c.BoothReturned: calls.booth_returned,
    c.ChangeBooth: calls.change_booth,
    c.Hold: calls.hold,
    c.Resume: calls.resume,
    c.End: calls.end,
    c.Requeue: calls.requeue,
    c.AskCallBack: calls.ask_call_back,
    c.AnswerCallBack: calls.answer_call_back,
    c.Consult: team.consult,
    c.CancelConsult: team.cancel_consult,
    c.Conference: team.conference,
    c.HandOver: team.hand_over,
    c.TransferToQueue: team.transfer,
    c.Accompany: team.accompany,
    c.Leave: team.leave,
}


class Engine:
    """Apply commands, replay events, answer questions."""

    def __init__(self) -> None:
        self._take(State(Exchange()))

    def _take(self, state: State) -> None:
        self._state = state
        self._desk = Desk(state)

    def apply(self, command: c.Command, now: float) -> list[Event]:
        """Decide. Raises an error of `signaling.errors` and changes nothing when the rules say no."""
        handler = HANDLERS.get(type(command))
        if handler is None:
            raise Malformed(f"no command {type(command).__name__}", code="unknown_command")
        desk, state = self._desk, self._state
        if not state.now <= now < INF:
            self._bad_time(now)
        out = desk.out = []
        desk.now = now
        if state.unplaced:
            flush(desk)
        handler(desk, command)
        if state.unplaced or state.fresh or state.thinned or state.absent or state.kept or state.advanced:
            settle(desk)
        return out

    def _bad_time(self, now: float) -> None:
        if not isfinite(now):
            raise Malformed("time must be a finite number", field="now", code="bad_time")
        raise WrongState(f"time went back from {self._state.now} to {now}", field="now", code="time_backwards")

    def evolve(self, event: Event) -> None:
        """Replay one event that `apply` made earlier."""
        state = self._state
        state.now = event.at
        EVOLVE[type(event)](state, event)
        # What was fresh then was decided then: its events follow in the journal.
        state.fresh.clear()
        state.thinned.clear()
        state.absent.clear()
        state.advanced.clear()

    def next_deadline(self) -> float | None:
        """When `Tick` next has something to do."""
        first = self._state.deadlines.first()
        return None if first is None else first[0]

    def dump(self) -> bytes:
        """Return the whole state, canonical: equal states give equal bytes."""
        return b"".join(self.dump_slices())

    def dump_slices(self) -> Iterator[bytes]:
        """Yield what `dump` returns in slices of some 15 ms. Nothing may be applied or evolved before the last."""
        return snapshot.dump(self._state)

    @classmethod
    def load(cls, snapshot_bytes: bytes) -> Engine:
        """Rebuild an engine from `dump`, also one of an older release."""
        return cls.load_twins(snapshot_bytes, 1)[0]

    @classmethod
    def load_twins(cls, snapshot_bytes: bytes, copies: int = 2) -> list[Engine]:
        """Rebuild equal engines that share nothing that changes, quicker than one after the other."""
        engines = [cls() for _ in range(copies)]
        for engine, state in zip(engines, snapshot.load(snapshot_bytes, copies), strict=True):
            engine._take(state)
        return engines

    # --- questions -----------------------------------------------------------------------------
    @property
    def now(self) -> float:
        """Time of the last event."""
        return self._state.now

    def _call(self, call_id: str) -> Call:
        call = self._state.calls.get(call_id) or self._state.ended.get(call_id)
        if call is None:
            raise Unknown(f"no call {call_id}", field="call_id", code="unknown_call")
        return call

    def call(self, call_id: str) -> CallView:
        """Return a call; ended ones stay known for an hour (at most 10,000 of them)."""
        return look.call_view(self._call(call_id))

    def agent(self, agent_id: str) -> AgentView:
        agent = self._state.agents.get(agent_id)
        if agent is None:
            raise Unknown(f"no agent {agent_id}", field="agent_id", code="unknown_agent")
        return look.agent_view(agent)

    def queue(self, queue_id: str) -> QueueView:
        return look.queue_view(self._state, self._desk.queue(queue_id))

    def offer(self, offer_id: str) -> OfferView:
        offer = self._state.offers.get(offer_id)
        if offer is None:
            raise Unknown(f"no offer {offer_id}", field="offer_id", code="unknown_offer")
        return look.offer_view(offer)

    def appointment(self, appointment_id: str) -> AppointmentView | None:
        """Return a booked appointment; None once it was used, cancelled or missed."""
        one = self._state.appointments.get(appointment_id)
        return None if one is None else look.appointment_view(one)

    def appointments(self) -> Iterator[AppointmentView]:
        return map(look.appointment_view, list(self._state.appointments.values()))

    def calls(self) -> Iterator[CallView]:
        """All calls that are not over, in order of entry."""
        return map(look.call_view, list(self._state.calls.values()))

    def ended_calls(self) -> Iterator[CallView]:
        """The calls that ended lately, oldest first."""
        return map(look.call_view, list(self._state.ended.values()))

    def agents(self) -> Iterator[AgentView]:
        return map(look.agent_view, list(self._state.agents.values()))

    def queues(self) -> Iterator[QueueView]:
        queues = [queue for queue in self._state.queues.values() if not queue.removed]
        return (look.queue_view(self._state, queue) for queue in queues)

    def connected(self) -> tuple[list[str], list[str]]:
        """Agents and booths taken to be connected: who has to be declared lost when they are not."""
        agents = [a.agent_id for a in self._state.agents.values() if a.state != "offline" and a.lost_at is None]
        booths = self._state.booths.values()
        return agents, [b.booth_id for b in booths if b.call is not None and b.call.booth_lost_at is None]

    def call_at(self, booth_id: str) -> CallView | None:
        """Return the call that is not over at a booth."""
        booth = self._state.booths.get(booth_id)
        return look.call_view(booth.call) if booth is not None and booth.call is not None else None

    def booths_with(self, devices: tuple[str, ...]) -> tuple[str, ...]:
        """Booths whose reported working devices include these: where an item that needs them can be handled."""
        booths = self._state.booths.values()
        return tuple(b.booth_id for b in booths if b.working is not None and set(devices) <= set(b.working))

    def working(self, booth_id: str) -> tuple[str, ...] | None:
        """Devices a booth reported as working; None: it never reported."""
        booth = self._state.booths.get(booth_id)
        return booth.working if booth is not None else None

    def free_slots(self, queue_id: str, after: float) -> tuple[tuple[float, int], ...]:
        """Appointment times from `after` on with the room left in each."""
        queue = self._desk.queue(queue_id)
        self._desk.now = max(after, self._state.now)
        left = ((at, room - world.booked(self._desk, queue_id, at)) for at, room in sorted(queue.slots.items()))
        return tuple((at, room) for at, room in left if at >= after and room > 0)

    def ahead(self, call_id: str) -> int:
        """How many are before this call in its queue; 0 when it is not waiting."""
        call = self._call(call_id)
        return call.queue.order.rank(call.entry) if call.state in ("waiting", "offered") else 0

    def why(self, call_id: str) -> Why:
        """Who is before this call, why, and what it waits for."""
        return look.why(self._call(call_id))

    def estimate(self, call_id: str, now: float | None = None) -> Estimate:
        """How much longer this call waits, as seen at `now` (default: the last event)."""
        return estimate.estimate(self._state, self._call(call_id), self._state.now if now is None else now)

    def totals(self) -> tuple[int, int, int, int]:
        """Calls entered, finished, to be followed up, and still running: entered = the sum of the others."""
        queues = self._state.queues.values()
        finished, follow_ups = sum(q.finished for q in queues), sum(q.follow_ups for q in queues)
        return self._state.calls_made, finished, follow_ups, len(self._state.calls)

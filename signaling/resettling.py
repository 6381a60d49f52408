"""Before a queue goes for good: those who wait in it go on in another one.

The engine sends them on with the queue's end, in one decision: the same ticket, the same clock, in line there as if
they had always waited there, whether or not they came from another queue before.
Promise: without a queue to go to, or when one of them could not go on there, nobody is moved and the refusal says how
many there are; nobody's wait ends by it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.errors import Refused, Unknown
from signaling.routing.commands import MoveAhead, RemoveQueue
from signaling.routing.events import Overflowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.hall import Hall
    from signaling.routing.views import CallView
    from signaling.world import World

SOON_S = 60.0
"""A queue that closes, or a wait that grows too long there, within this time is no place to go on."""


@dataclass(frozen=True, slots=True)
class Held:
    """Who keeps a queue from going."""

    waiting: tuple[CallView, ...]
    busy: int
    """Calls that ring or are talked in."""
    booked: int

    def __bool__(self) -> bool:
        return bool(self.waiting or self.busy or self.booked)


class Resettling:
    """Takes queues away from the hall, made later and so looked up late."""

    def __init__(self, hall: Callable[[], Hall], clock: Callable[[], float]) -> None:
        self._hall = hall
        self._clock = clock

    def check(self, queue_id: str, to: str, after: World) -> None:
        """Raise `Refused` when the queue cannot go now; `to` empty: its waiting have nowhere to go."""
        held = self._held(queue_id)
        if not held:
            return
        if held.busy or held.booked or not to:
            raise _in_use(queue_id, held)
        self._check_target(to, after)
        if stuck := sum(not self._fits(call, to, after) for call in held.waiting):
            raise Refused(
                f"{stuck} of those who wait cannot go on in {to}", field="waiting_to", code="cannot_go_on",
                more={"count": stuck, "queue": to},
            )  # fmt: skip

    async def remove(self, queue_id: str, to: str, by: str) -> int:
        """Let the waiting go on in `to` and take the queue away; return how many went. Raises `Refused`."""
        hall, ahead = self._hall(), {call.call_id: call.moved for call in self._held(queue_id).waiting if call.moved}
        try:
            told = await hall.submit(RemoveQueue(queue_id, to))
        except Unknown as gone:
            if gone.field == "waiting_to":
                raise
            return 0  # the hall has no such queue any more
        except Refused as refusal:
            if refusal.code not in ("queue_in_use", "queue_booked"):
                raise
            raise _in_use(queue_id, self._held(queue_id)) from None  # somebody was rung for since it was checked
        moved = [event.call_id for event in told.events if isinstance(event, Overflowed)]
        for call_id in moved:
            if reason := ahead.get(call_id):  # a supervisor had moved it ahead, and that stands
                with suppress(Refused):
                    await hall.submit(MoveAhead(call_id, by, reason))
        return len(moved)

    def _held(self, queue_id: str) -> Held:
        engine = self._hall().engine
        calls = [call for call in engine.calls() if call.queue_id == queue_id]
        waiting = tuple(call for call in calls if call.state == "waiting")
        booked = sum(one.queue_id == queue_id for one in engine.appointments())
        return Held(waiting, len(calls) - len(waiting), booked)

    def _check_target(self, to: str, after: World) -> None:
        """A queue to go to is there before and after, and open for a while yet."""
        if to not in after.queues:
            raise Unknown(f"there is no queue {to!r}", field="waiting_to", code="unknown_queue")
        queue = self._hall().engine.queue(to)
        hours = after.hours[after.queues[to].hours_id]
        stays = hours.always or hours.open_at(after.calendar, self._clock() + SOON_S)
        if not queue.open or not stays:
            raise Refused(f"{to} is closed, or closes now", field="waiting_to", code="closed")

    def _fits(self, call: CallView, to: str, after: World) -> bool:
        """Say whether a call may go on in a queue: somebody can serve it there, and it may wait so long."""
        longest = after.queues[to].policy.max_wait_s
        if longest is not None and call.entered_at + longest <= self._clock() + SOON_S:
            return False
        alone = [need for need in call.requires if not need.companion]
        staff = [agent.skills for agent in after.agents.values() if to in (*agent.queues, *agent.second)]
        return any(all(skills.get(need.skill, 0) >= need.level for need in alone) for skills in staff)


def _in_use(queue_id: str, held: Held) -> Refused:
    return Refused(
        f"{len(held.waiting)} wait in {queue_id}, {held.busy} are served, {held.booked} have an appointment",
        field="queues", code="in_use",
        more={
            "table": "queues", "id": queue_id, "waiting": len(held.waiting), "busy": held.busy, "booked": held.booked,
        },
    )  # fmt: skip

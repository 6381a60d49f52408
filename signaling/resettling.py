"""Before a queue goes for good: those who wait in it go on in another one.

They go by the engine's own overflow: the same ticket, the same clock, in line there as if they had always waited there.
Promise: without a queue to go to, or when one of them could not go on there, nobody is moved and the refusal says how
many there are; nobody's wait ends by it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from signaling.errors import Refused, Unknown
from signaling.routing.commands import DefineQueue, MoveAhead, RemoveQueue, Tick

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.hall import Hall
    from signaling.routing.views import CallView
    from signaling.world import World

SOON_S = 60.0
"""A queue that closes, or a wait that grows too long there, within this time is no place to go on."""
TRIES = 3
"""A citizen may come to the queue in the very moment it goes."""


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

    async def remove(self, queue_id: str, to: str, before: World, by: str) -> int:
        """Let the waiting go on in `to` and take the queue away; return how many went. Raises `Refused`."""
        hall, policy = self._hall(), before.queues[queue_id].policy
        moved = dict[str, str]()
        try:
            for _ in range(TRIES):
                held = self._held(queue_id)
                if not held:
                    break
                if held.busy or held.booked or not to:
                    raise _in_use(queue_id, held)
                moved.update((call.call_id, call.moved) for call in held.waiting)
                await hall.submit(DefineQueue(replace(policy, max_wait_s=0.0, overflow_to=to, closing_grace_s=None)))
                await hall.submit(Tick())
            await hall.submit(RemoveQueue(queue_id))
        except Unknown:
            pass  # the hall has no such queue any more
        except BaseException:
            if moved:
                await hall.submit(DefineQueue(policy))
            raise
        for call_id, reason in moved.items():
            if reason:  # a supervisor had moved it ahead, and that stands
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
        """Say whether a call may overflow to a queue: once, to where somebody can serve it and may wait so long."""
        if call.rerouted:
            return False
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

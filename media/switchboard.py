"""All calls of this node, and its clock: the one place that owns calls and legs.

It lives from `open` to `close`, on one event loop, and keeps one timer for everything: 100 times a second it asks for
what is missing, ten times a second (a tenth of the legs each tick) it tells browsers what arrived, once a second it
reports, measures and looks for legs whose browsers are gone. Packets wait while a tick works, so it does little at a
time, and what a call needs once a second is done in a tick of its own: for all calls at once it held packets up by 4 ms
with 40 calls. A leg that fails or is closed by its browser
goes by itself, and the last leg takes its call along, so nothing is left when signaling never comes back.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, Protocol

from media.call import Call
from media.errors import Refused, Unknown
from media.leg import Leg
from media.transport import Certificate, make_certificate

if TYPE_CHECKING:
    from collections.abc import Callable

    from media.control import LegState, Role
    from media.port import Port

_TICK_S: Final = 0.01
_PER_SECOND: Final = 100
_TELLS: Final = 10
"""Transport-wide feedback a leg gets in a second."""
_CERTIFICATE_S: Final = 7 * 86400.0


class Watcher(Protocol):
    """Who hears of what happens by itself."""

    def leg_changed(self, call_id: str, leg: Leg, state: LegState) -> None: ...
    def leg_leaves(self, call_id: str, leg: Leg) -> None: ...
    def seats_changed(self, call_id: str, leg_id: str, seats: list[str | None]) -> None: ...
    def call_measured(self, call: Call, now: float) -> None: ...
    def call_ended(self, call: Call) -> None: ...
    def second_passed(self, now: float) -> None: ...


class Switchboard:
    """Open it on a running loop; `close` ends every leg and waits for it."""

    def __init__(
        self,
        port: Port,
        addresses: tuple[str, ...],
        watcher: Watcher,
        *,
        max_calls: int = 60,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.port, self.watcher, self.max_calls = port, watcher, max_calls
        self.calls: dict[str, Call] = {}
        self.draining = False
        self._candidates = tuple((address, port.number) for address in addresses)
        self._clock = clock
        self._certificate: Certificate = make_certificate()
        self._certified_at = clock()
        self._ticks = self._opened = 0
        self._urgent: set[Leg] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def now(self) -> float:
        return self._clock()

    def open(self) -> None:
        self.port.open()
        self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._tick)

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for call_id in list(self.calls):
            self.end_call(call_id)
        while self._closing:
            await asyncio.gather(*self._closing)
        self.port.close()

    # -- calls and legs ------------------------------------------------------------------------------------------

    def call(self, call_id: str) -> Call:
        try:
            return self.calls[call_id]
        except KeyError:
            raise Unknown(f"call: {call_id} is not here") from None

    def open_leg(self, call_id: str, leg_id: str, role: Role) -> Leg:
        """Add a leg; the first one makes the call."""
        call = self.calls.get(call_id)
        if call is None:
            if self.draining:
                raise Refused("node: draining, takes no new calls")
            if len(self.calls) >= self.max_calls:
                raise Refused("node: full")
            self._opened += 1
            call = Call(call_id, self._opened % _PER_SECOND)
        if leg_id in call.legs:
            raise Refused(f"leg: {leg_id} is here already")
        certificate, now = self._fresh_certificate(), self.now()
        leg = Leg(leg_id, role, self.port, certificate, self._candidates, self._told, self._hurry, now)
        call.add(leg)
        self.calls[call_id] = call
        self.arrange(call)
        return leg

    def arrange(self, call: Call) -> None:
        """Let everybody perceive whom they should, and tell who sits where."""
        for leg_id, seats in call.arrange(self.now()).items():
            self.watcher.seats_changed(call.call_id, leg_id, seats)

    def close_leg(self, call_id: str, leg_id: str) -> None:
        call = self.call(call_id)
        self.watcher.leg_leaves(call_id, call.leg(leg_id))
        leg = call.remove(leg_id)
        self._finish(leg)
        self.arrange(call)
        if not call.legs:
            del self.calls[call_id]
            self.watcher.call_ended(call)

    def end_call(self, call_id: str) -> None:
        for leg_id in list(self.call(call_id).legs):
            self.close_leg(call_id, leg_id)

    def legs(self) -> list[Leg]:
        return [leg for call in self.calls.values() for leg in call.legs.values()]

    def _finish(self, leg: Leg) -> None:
        task = asyncio.get_running_loop().create_task(self._let_go(leg))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _let_go(self, leg: Leg) -> None:
        await leg.close()
        self._urgent.discard(leg)

    def _told(self, leg: Leg, state: LegState) -> None:
        call_id = next((one.call_id for one in self.calls.values() if one.legs.get(leg.leg_id) is leg), None)
        if call_id is None:
            return
        self.watcher.leg_changed(call_id, leg, state)
        if state in ("failed", "closed"):
            self.close_leg(call_id, leg.leg_id)
        elif state == "connected":
            self.arrange(self.calls[call_id])

    def _hurry(self, leg: Leg) -> None:
        self._urgent.add(leg)

    def _fresh_certificate(self) -> Certificate:
        """One certificate serves all legs of a week: making one takes longer than anything else about a leg."""
        if self.now() - self._certified_at > _CERTIFICATE_S:
            self._certificate, self._certified_at = make_certificate(), self.now()
        return self._certificate

    # -- the clock -----------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_TICK_S, self._tick)
        self._ticks += 1
        now, ticks = self.now(), self._ticks
        urgent, self._urgent = self._urgent, set()
        self._urgent |= {leg for leg in urgent if leg.feedback.tick(now)}
        legs = self.legs()
        turns = _PER_SECOND // _TELLS
        for leg in legs[ticks % turns :: turns]:
            leg.feedback.tell_arrivals()
        for leg in legs[ticks % _PER_SECOND :: _PER_SECOND]:
            leg.feedback.tell_reports(now)
            leg.watch_consent(now)
        self.port.flush()
        turn = ticks % _PER_SECOND
        for call in list(self.calls.values()):
            if call.turn == turn:
                self._measure(call, now)
        if not turn:
            self.watcher.second_passed(now)

    def _measure(self, call: Call, now: float) -> None:
        for leg_id, seats in call.measure(now).items():
            self.watcher.seats_changed(call.call_id, leg_id, seats)
        self.watcher.call_measured(call, now)

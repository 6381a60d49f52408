"""The codes by which a place is taken along: a ticket at another booth, a call-back, an appointment.

Promise: a code of eight digits names one running call or one standing appointment; it cannot be worked out from a
ticket's number, and a booth that guesses is stopped long before it finds one. Codes are computed, not stored, so they
outlive a restart and are the same on every node.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from typing import TYPE_CHECKING

import segno

from signaling.allowance import Allowance
from signaling.errors import TooMany, Unknown
from signaling.routing.events import CallBackAnswered, CalledBack, Ended, Entered, Event, SlotBooked, SlotReleased

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from signaling.routing import Engine
    from signaling.routing.views import CallView

DIGITS = 8
GUESSES = 6
"""Codes a booth may show at once; then one in `GUESS_S`: a thousand codes stand out of 10⁸, so a hit takes weeks."""
GUESS_S = 15.0


class Tickets:
    """Follows the events; knows every code that stands, and who is being called back."""

    def __init__(self, engine: Callable[[], Engine], secret: bytes, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._key = hashlib.blake2b(secret, digest_size=32, person=b"ticket codes").digest()
        self._clock = clock
        self._standing: defaultdict[str, set[str]] = defaultdict(set)
        self._called: dict[str, None] = {}
        self._guesses: defaultdict[str, Allowance] = defaultdict(lambda: Allowance(1 / GUESS_S, GUESSES))

    def recall(self) -> None:
        """Find, after a restart, what stands."""
        for call in self._engine().calls():
            self._stand(call.call_id)
            if call.callback == "called":
                self._called[call.call_id] = None
        for appointment in self._engine().appointments():
            self._stand(appointment.appointment_id)

    def heard(self, events: Sequence[tuple[int, Event]], at: float) -> None:
        """Listen to the hall: quick, and never waits."""
        for _, event in events:
            match event:
                case Entered():
                    self._stand(event.call_id)
                case SlotBooked():
                    self._stand(event.appointment_id)
                case SlotReleased():
                    self._fall(event.appointment_id)
                case CalledBack():
                    self._called[event.call_id] = None
                case CallBackAnswered():
                    self._called.pop(event.call_id, None)
                case Ended():
                    self._called.pop(event.call_id, None)
                    self._fall(event.call_id)
                case _:
                    pass

    def code(self, place_id: str) -> str:
        """Return the code of a call or an appointment."""
        told = hmac.digest(self._key, place_id.encode(), "sha256")
        return f"{int.from_bytes(told[:8]) % 10**DIGITS:0{DIGITS}d}"

    def find(self, code: str, booth_id: str) -> str:
        """Return the id of the call or appointment that a code shown at a booth names."""
        if not self._guesses[booth_id].take(self._clock()):
            raise TooMany("too many codes were tried here; wait a minute", field="code", code="too_many_codes")
        found = self._standing.get(code, set())
        # Two that share a code by chance are told apart by nobody: better none than another's place.
        if len(found) != 1:
            raise Unknown("no ticket or appointment stands under this code", field="code", code="unknown_code")
        return next(iter(found))

    def called(self, booths: Collection[str]) -> list[CallView]:
        """Return the calls whose citizens are called back to one of these booths."""
        calls = (self._engine().call(call_id) for call_id in self._called)
        return [call for call in calls if call.booth_id in booths and call.callback == "called"]

    def _stand(self, place_id: str) -> None:
        self._standing[self.code(place_id)].add(place_id)

    def _fall(self, place_id: str) -> None:
        code = self.code(place_id)
        self._standing[code].discard(place_id)
        if not self._standing[code]:
            del self._standing[code]


def qr(code: str) -> list[str]:
    """Return the code's QR symbol as rows of 0 and 1, without the quiet zone of 4 (ISO/IEC 18004)."""
    symbol = segno.make_qr(code, error="m")
    return ["".join("1" if dark else "0" for dark in row) for row in symbol.matrix]

"""The hall: the one owner of the routing engine. An inbox, a timer, the journal.

    submit ─► desk ─► journal.post ─► whoever leads: decide ─► journal.append ─► tell: views, answers, listeners

Promise: nobody hears of an event that a restart could forget.
"""

from signaling.hall.desk import Decided
from signaling.hall.hall import Hall, Listener, Reachable

__all__ = ["Decided", "Hall", "Listener", "Reachable"]

"""The durable record of every call: who, what, when, waits, offers, papers, words, outcome, rating.

`Records.open` gives everything that reads and writes it; `Projection.follow` fills it from the hall.
"""

from signaling.records.database import Database
from signaling.records.findings import Finding, Reading
from signaling.records.projection import Projection
from signaling.records.records import Records
from signaling.records.values import (
    CallLine,
    CallRecord,
    Capture,
    CaptureState,
    Message,
    Notes,
    Rating,
    Wishes,
)

__all__ = [
    "CallLine",
    "CallRecord",
    "Capture",
    "CaptureState",
    "Database",
    "Finding",
    "Message",
    "Notes",
    "Projection",
    "Rating",
    "Reading",
    "Records",
    "Wishes",
]

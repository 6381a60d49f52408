"""The journal remembers: an append-only order of what was decided, durable before anyone hears of it.

Two kinds keep the same promises (`protocol`): `sqlite` for one machine, `redis` for many.
Payloads are opaque bytes here; only the hall knows that they are routing events.
"""

from signaling.journal.protocol import (
    REMEMBERED,
    REMEMBERED_MOST,
    REMEMBERED_S,
    Batch,
    Damaged,
    Deposed,
    Forgotten,
    Journal,
    Lead,
    Letter,
    Loaded,
    Record,
    Snapshot,
)

__all__ = [
    "REMEMBERED",
    "REMEMBERED_MOST",
    "REMEMBERED_S",
    "Batch",
    "Damaged",
    "Deposed",
    "Forgotten",
    "Journal",
    "Lead",
    "Letter",
    "Loaded",
    "Record",
    "Snapshot",
]

"""Ids that sort by the time they were made: ULIDs (48 bits of milliseconds, 80 random ones) behind their kind."""

from __future__ import annotations

import secrets
import time

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(kind: str) -> str:
    """Return a fresh id, for instance `call_01J9Z3N8QK…`."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return f"{kind}_" + "".join(_DIGITS[(number >> shift) & 31] for shift in range(125, -1, -5))

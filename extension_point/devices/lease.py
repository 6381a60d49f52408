"""The bridge's own check of leave: which devices may be worked, until when, by one connected page. Pure.

The page says what the citizen allowed; the bridge keeps it by its own clock and forgets all of it with the connection,
so that whatever went wrong elsewhere, a device that was not lent, or no longer, is not touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LONGEST_S = 1800.0
MOST = 4


@dataclass(slots=True)
class Leave:
    """What one page may do."""

    _until: dict[str, tuple[frozenset[str], float]] = field(default_factory=dict)

    def grant(self, lease_id: str, devices: frozenset[str], for_s: float, now: float) -> None:
        """Let a lease live from now on; named again it lives as said last. Raises ValueError by what is wrong."""
        if not 0 < for_s <= LONGEST_S:
            raise ValueError(f"for_s: more than 0, at most {LONGEST_S:g}")
        self._until = {known: (d, until) for known, (d, until) in self._until.items() if until > now}
        if lease_id not in self._until and len(self._until) >= MOST:
            raise ValueError(f"at most {MOST} leases at once")
        self._until[lease_id] = (devices, now + for_s)

    def end(self, lease_id: str) -> None:
        self._until.pop(lease_id, None)

    def until(self, lease_id: str, device: str, now: float) -> float | None:
        """Return until when this device may be worked under this lease; None: it may not."""
        devices, until = self._until.get(lease_id, (frozenset[str](), 0.0))
        return until if device in devices and until > now else None

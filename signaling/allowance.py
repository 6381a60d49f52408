"""How many messages one person's pages may send: a sustained rate, a burst, and an end to patience. Pure."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(slots=True)
class Allowance:
    """A token bucket that counts refusals. It belongs to a booth or agent, so that reconnecting does not refill it."""

    rate: float
    """Messages a second, sustained."""
    burst: float
    patience: int = 200
    """Refusals without a pause (a bucket that filled up again) before the socket is closed."""
    tokens: float = dataclasses.field(init=False)
    refused: int = dataclasses.field(init=False, default=0)
    at: float = dataclasses.field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def left(self, now: float) -> bool:
        """Say whether there is one to spend."""
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = now
        return self.tokens >= 1

    def take(self, now: float) -> bool:
        """Spend one message; False when it is one too many."""
        spendable = self.left(now)
        if self.tokens >= self.burst - 1:
            self.refused = 0
        if not spendable:
            self.refused += 1
            return False
        self.tokens -= 1
        return True

    def exhausted(self) -> bool:
        """Say whether patience has ended; asked once for each socket that is then closed, it begins anew."""
        if self.refused <= self.patience:
            return False
        self.refused = 0
        return True

"""The case leaves the house (一口出件): one package for each receipt, to a folder or to the back office's endpoint.

`bundle` writes packages, `contents` gathers what goes in, `destination` carries them, `Outbox` owns the sending.
docs/hand-over.md is the other side's contract.
"""

from signaling.handover.outbox import Outbox

__all__ = ["Outbox"]

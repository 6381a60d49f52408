"""Matters (办不成事): what failed anywhere becomes a ticket with an owner, a deadline and an answer to the citizen.

`steps` is pure; `Matters` owns what is kept, and lets unfinished calls and low ratings enter by themselves.
"""

from signaling.matters.matters import LOW, Matters
from signaling.matters.steps import STATES, TOLD, MatterState, Told

__all__ = ["LOW", "STATES", "TOLD", "MatterState", "Matters", "Told"]

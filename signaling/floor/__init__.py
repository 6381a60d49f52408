"""The floor: what a supervisor's page follows of the whole hall, told as rows that changed."""

from signaling.floor.alerts import Alert, Rules
from signaling.floor.floor import Floor

__all__ = ["Alert", "Floor", "Rules"]

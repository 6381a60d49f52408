"""The media nodes: which are alive, what they carry, and how they are asked (docs/media-control.md)."""

from signaling.nodes.nodes import Nodes, Watcher
from signaling.nodes.words import CloseLeg, Event, LegChanged, OpenLeg, SeatsChanged, SetMatrix

__all__ = ["CloseLeg", "Event", "LegChanged", "Nodes", "OpenLeg", "SeatsChanged", "SetMatrix", "Watcher"]

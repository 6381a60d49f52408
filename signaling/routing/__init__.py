"""Routing: pure decisions. Commands and a time go in, events come out; nothing here does I/O."""

from signaling.routing import commands, events, views
from signaling.routing.codec import decode, encode
from signaling.routing.commands import Command
from signaling.routing.engine import Engine
from signaling.routing.events import Event
from signaling.routing.values import FINISHED, FOLLOW_UP, QueuePolicy, Requirement, RosterAgent, Slot, Step

__all__ = [
    "FINISHED",
    "FOLLOW_UP",
    "Command",
    "Engine",
    "Event",
    "QueuePolicy",
    "Requirement",
    "RosterAgent",
    "Slot",
    "Step",
    "commands",
    "decode",
    "encode",
    "events",
    "views",
]

"""The district as its files describe it: places, skills, queues, service items, staff and hours.

`World.load(directory)` reads and checks the files; what it returns is complete, consistent and frozen.
"""

from signaling.world.entities import Ability, Agent, Booth, Item, Material, Need, Point, Priority, Queue, Skill, Street
from signaling.world.files import WorldError
from signaling.world.hours import Calendar, Hours
from signaling.world.world import Place, World

__all__ = [
    "Ability",
    "Agent",
    "Booth",
    "Calendar",
    "Hours",
    "Item",
    "Material",
    "Need",
    "Place",
    "Point",
    "Priority",
    "Queue",
    "Skill",
    "Street",
    "World",
    "WorldError",
]

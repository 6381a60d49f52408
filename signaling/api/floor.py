"""The names of everything on a supervisor's floor, read once by its page: what moves comes by the socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.api.back import BACK, supervisor
from signaling.api.shapes import Named

if TYPE_CHECKING:
    from aiohttp import web


@dataclass(frozen=True, slots=True)
class AgentName:
    id: str
    name: str
    name_en: str
    badge: str
    title: str
    role: str


@dataclass(frozen=True, slots=True)
class PointName:
    """`x`, `y` place it on the schematic map: fractions from its upper left."""

    id: str
    name: str
    name_en: str
    street_id: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class BoothName:
    id: str
    name: str
    point_id: str


@dataclass(frozen=True, slots=True)
class FloorNames:
    agents: tuple[AgentName, ...]
    queues: tuple[Named, ...]
    items: tuple[Named, ...]
    streets: tuple[Named, ...]
    points: tuple[PointName, ...]
    booths: tuple[BoothName, ...]


async def names(request: web.Request) -> FloorNames:
    """Return the names of people, queues, items and places."""
    await supervisor(request)
    world = request.app[BACK].world
    return FloorNames(
        tuple(AgentName(a.id, a.name, a.name_en, a.badge, a.title, a.role) for a in world.agents.values()),
        tuple(Named(queue.id, queue.name, queue.name_en) for queue in world.queues.values()),
        tuple(Named(item.id, item.name, item.name_en) for item in world.items.values()),
        tuple(Named(street.id, street.name, street.name_en) for street in world.streets.values()),
        tuple(PointName(p.id, p.name, p.name_en, p.street_id, p.x, p.y) for p in world.points.values()),
        tuple(BoothName(booth.id, booth.name, booth.point_id) for booth in world.booths.values()),
    )

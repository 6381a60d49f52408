"""The service items and what may be asked for with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.api.back import BACK, anyone
from signaling.api.shapes import Items, Named, item_shape

if TYPE_CHECKING:
    from aiohttp import web


async def items(request: web.Request) -> Items:
    """List the service items; `q` narrows them by Chinese, pinyin, initials or English."""
    await anyone(request)
    back = request.app[BACK]
    world, now = back.world, back.clock()
    query = request.query.get("q", "")[:100]
    found = world.find_items(query, limit=len(world.items))
    return Items(
        tuple(item_shape(world, item, now) for item in found),
        tuple(Named(queue.id, queue.name, queue.name_en) for queue in world.queues.values()),
        tuple(Named(each.id, each.name, each.name_en) for each in world.priorities.values()),
        tuple(Named(each.id, each.name, each.name_en) for each in world.needs.values()),
    )

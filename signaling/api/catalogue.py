"""The service items and what may be asked for with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.api.back import BACK, anyone, staff
from signaling.api.shapes import Found, Items, Named, Phrases, PhraseShape, PolicyShape, item_shape

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


FOUND = 12
"""Most items, and most texts, that a search shows: more are read by nobody who is on the telephone with a citizen."""


async def search(request: web.Request) -> Found:
    """Find service items and policy texts as somebody types."""
    await staff(request)
    back = request.app[BACK]
    world, now = back.world, back.clock()
    query = request.query.get("q", "")[:100]
    return Found(
        tuple(item_shape(world, item, now) for item in world.find_items(query, FOUND)),
        tuple(
            PolicyShape(one.id, one.title, one.text, one.source, one.items) for one in world.find_policies(query, FOUND)
        ),
    )


async def phrases(request: web.Request) -> Phrases:
    """List the sentences that are ready for one key."""
    await staff(request)
    return Phrases(
        tuple(PhraseShape(one.id, one.text, one.text_en) for one in request.app[BACK].world.phrases.values())
    )

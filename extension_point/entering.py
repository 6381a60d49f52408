"""Drawing a ticket at a booth: what was wished for is kept before the ticket exists, and a refusal says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.errors import Malformed, Refused, ServiceError, Unavailable, Unknown
from signaling.routing.events import Entered
from signaling.stories import Story
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from signaling.parts import Parts
    from signaling.records.values import Wishes
    from signaling.routing.commands import Enter
    from signaling.world.entities import Item


def item_of(parts: Parts, item_id: str) -> Item:
    """Return a service item, or refuse."""
    item = parts.world.items.get(item_id)
    if item is None:
        raise Unknown(f"there is no service item {item_id!r}", field="item_id", code="unknown_item")
    return item


def check_words(field: str, wished: Sequence[str], known: Collection[str]) -> None:
    """Refuse words the world does not know."""
    if any(word not in known for word in wished):
        raise Malformed(f"{field}: one of {', '.join(known)}", field=field)


def check_open(parts: Parts, item: Item) -> None:
    """Refuse while the window for an item is closed, and say when it opens."""
    if not parts.world.item_open(item.id, parts.clock()):
        opens_at = parts.world.item_opens_at(item.id, parts.clock())
        more = {} if opens_at is None else {"opens_at": rfc3339(opens_at)}
        raise Refused("the window for this item is closed now", field="item_id", code="closed", more=more)


async def draw(parts: Parts, wanted: Enter, wishes: Wishes) -> str:
    """Have a call enter; return its ticket."""
    parts.stories.remember(wanted.call_id, Story(wishes.lang, wishes.elder_mode))
    # First, so that no ticket is made whose wishes were not kept; wishes without a ticket are nobody's.
    await parts.conversation.describe(wanted.call_id, wishes)
    try:
        decided = await parts.hall.submit(wanted, command_id=wanted.call_id)
    except Unavailable:
        raise  # whether there is a ticket is not known: if there is, its story is needed
    except ServiceError as refusal:
        parts.stories.forget(wanted.call_id)
        if refusal.code == "device_not_working":
            refusal.more.update(_elsewhere(parts, wanted))
        raise
    return next(event.ticket for event in decided.events if isinstance(event, Entered))


def _elsewhere(parts: Parts, wanted: Enter) -> dict[str, str]:
    """Say where the same matter can be handled now: the nearest point with a booth whose devices all work."""
    working = (booth for booth in parts.hall.engine.booths_with(wanted.devices) if parts.reachable(booth))
    place = parts.world.nearest(wanted.booth_id, working)
    if place is None:
        return {}
    return {"nearest": place.point.name, "nearest_en": place.point.name_en, "nearest_address": place.point.address}

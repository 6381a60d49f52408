"""The parts of the service a message handler may use: one value, made by `app`, handed on with caller and message."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from signaling.boards import Boards
    from signaling.broadcasts import Broadcasts
    from signaling.calls import Calls
    from signaling.captures import Captures
    from signaling.cases import Cases
    from signaling.documents import Documents
    from signaling.earlier import Earlier
    from signaling.floor import Floor
    from signaling.forms import Forms
    from signaling.hall import Hall
    from signaling.hosting import Hosting
    from signaling.inspection import Inspection
    from signaling.leases import Leases
    from signaling.legs import Legs
    from signaling.matters import Matters
    from signaling.metrics import Metrics
    from signaling.mirrors import Mirrors
    from signaling.presence import Presence
    from signaling.previews import Previews
    from signaling.recording import Recording
    from signaling.records import Records
    from signaling.records.conversation import Conversation
    from signaling.screens import Json
    from signaling.signing.signings import Signings
    from signaling.stories import Stories
    from signaling.telling import Pages, Telling
    from signaling.tickets import Tickets
    from signaling.world import World


@dataclasses.dataclass(slots=True, kw_only=True)
class Parts:
    hall: Hall
    world: World
    cases: Cases
    earlier: Earlier
    matters: Matters
    calls: Calls
    hosting: Hosting
    recording: Recording
    stories: Stories
    presence: Presence
    records: Records
    captures: Captures
    inspection: Inspection
    leases: Leases
    legs: Legs
    documents: Documents
    broadcasts: Broadcasts
    floor: Floor
    boards: Boards
    tickets: Tickets
    previews: Previews
    mirrors: Mirrors
    forms: Forms
    signings: Signings
    telling: Telling
    metrics: Metrics
    clock: Callable[[], float] = time.time
    pages: Pages | None = None
    """Set once, when the sockets that were given these parts exist."""

    @property
    def conversation(self) -> Conversation:
        return self.records.conversation

    async def tell(self, people: tuple[str, ...] | str, name: str, payload: Mapping[str, Json]) -> None:
        """Send an event to the pages of these people, where they have one."""
        assert self.pages is not None
        for person in (people,) if isinstance(people, str) else people:
            await self.pages.tell(person, name, payload)

    def reachable(self, person_id: str) -> bool:
        """Say whether a page of this person is connected."""
        return self.pages is not None and self.pages.online(person_id) is not None

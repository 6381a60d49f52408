"""How each event of the hall changes a call's row, its agents and its timeline.

Promise: `write` only touches what events alone decide (calls, call_agents, events), so these tables
could be rebuilt from the journal at any time.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING, cast

import structlog
from sqlalchemy import insert, select

from signaling.records.tables import CallAgentRow, CallRow, EventRow
from signaling.routing import events as routing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncSession

    from signaling.routing.events import Event
    from signaling.world import World

log = structlog.get_logger()

EVENTS = cast("Table", EventRow.__table__)
"""The table itself: an insert by the class is split wherever a NULL comes and goes, into one statement a row."""
QUEUE_EVENTS = (routing.QueueOpened, routing.QueueClosed)


async def write(session: AsyncSession, world: World, epoch: int, batch: Sequence[tuple[int, float, Event]]) -> None:
    """Write a batch of events in order, in a handful of statements however many events there are.

    An event of a call older than the journal stands in the timeline alone: it must not keep all later
    calls out of the records. Events of a restored journal that were written before change nothing.
    """
    teller = await _Teller.of(session, world, {c for _, _, event in batch if (c := _call_id(event)) is not None})
    timeline = []
    for seq, at, event in batch:
        call_id, agent_id = _call_id(event), getattr(event, "agent_id", None)
        if call_id is None and agent_id is None and not isinstance(event, QUEUE_EVENTS):
            continue  # the world's own: long, and kept in its files
        data = dataclasses.asdict(event)
        del data["at"]
        timeline.append({
            "epoch": epoch, "seq": seq, "at": at, "call_id": call_id, "agent_id": agent_id,
            "type": type(event).__name__, "data": data,
        })  # fmt: skip
        try:
            teller.tell(event)
        except LookupError:
            log.warning("an event of a call the records do not know", seq=seq, call_id=call_id)
    if timeline:
        await session.execute(insert(EVENTS), timeline)


def _call_id(event: Event) -> str | None:
    return getattr(event, "call_id", None)


class _Teller:
    """Applies events to the rows of their calls, which it has read together; the session writes them together."""

    def __init__(self, session: AsyncSession, world: World) -> None:
        self._session = session
        self._world = world
        self._calls: dict[str, CallRow] = {}
        self._parties: defaultdict[str, list[CallAgentRow]] = defaultdict(list)

    @classmethod
    async def of(cls, session: AsyncSession, world: World, call_ids: set[str]) -> _Teller:
        teller = cls(session, world)
        for call in await session.scalars(select(CallRow).where(CallRow.call_id.in_(call_ids))):
            teller._calls[call.call_id] = call
        for party in await session.scalars(select(CallAgentRow).where(CallAgentRow.call_id.in_(call_ids))):
            teller._parties[party.call_id].append(party)
        return teller

    def tell(self, event: Event) -> None:
        match event:
            case routing.Entered():
                self._entered(event)
            case routing.Offered(role="lead"):
                call = self._calls[event.call_id]
                call.first_offered_at = call.first_offered_at or event.at
            case routing.Accepted():
                self._accepted(event)
            case routing.Joined():
                self._joins(event.call_id, event.agent_id, event.role, event.at)
            case routing.Left():
                self._leave(event.call_id, event.at, event.agent_id)
            case routing.HandedOver():
                self._calls[event.call_id].agent_id = event.to_agent
                self._leave(event.call_id, event.at, event.from_agent)
                self._leave(event.call_id, event.at, event.to_agent)
                self._joins(event.call_id, event.to_agent, "lead", event.at)
            case routing.CallRequeued():
                self._leave(event.call_id, event.at)
            case routing.Transferred():
                self._leave(event.call_id, event.at)
                call = self._calls[event.call_id]
                call.item_id, call.item_name = event.item_id, self._item_name(event.item_id)
                call.queue_id, call.queue_name = event.queue_id, self._queue_name(event.queue_id)
            case routing.Overflowed():
                call = self._calls[event.call_id]
                call.queue_id, call.queue_name = event.to_queue, self._queue_name(event.to_queue)
            case routing.BoothChanged():
                self._stands(self._calls[event.call_id], event.booth_id)
            case routing.Ended():
                self._ended(event)
            case _:
                pass  # told by the timeline alone

    def _entered(self, event: routing.Entered) -> None:
        call = self._calls.get(event.call_id)
        if call is None:
            call = self._calls[event.call_id] = CallRow(call_id=event.call_id)
            self._session.add(call)
        call.ticket, call.priority, call.entered_at = event.ticket, list(event.priority), event.at
        call.item_id, call.item_name = event.item_id, self._item_name(event.item_id)
        call.queue_id, call.queue_name = event.queue_id, self._queue_name(event.queue_id)
        call.first_offered_at = call.accepted_at = call.ended_at = call.agent_id = call.outcome = call.ended_by = None
        call.reason, call.follow_up = "", False
        self._stands(call, event.booth_id)

    def _accepted(self, event: routing.Accepted) -> None:
        if event.role == "lead":
            call = self._calls[event.call_id]
            call.accepted_at = call.accepted_at or event.at
            call.agent_id = event.agent_id
        self._joins(event.call_id, event.agent_id, event.role, event.at)
        if event.companion_id is not None:
            self._joins(event.call_id, event.companion_id, "interpreter", event.at)

    def _ended(self, event: routing.Ended) -> None:
        call = self._calls[event.call_id]
        call.ended_at, call.outcome, call.reason = event.at, event.outcome, event.reason
        call.ended_by, call.follow_up = event.by, event.follow_up
        call.agent_id = event.agent_id or call.agent_id
        self._leave(event.call_id, event.at)

    def _joins(self, call_id: str, agent_id: str, role: str, at: float) -> None:
        mine = [party for party in self._parties[call_id] if party.agent_id == agent_id]
        if any(party.ended_at is None or party.started_at == at for party in mine):
            return
        agent = self._world.agents.get(agent_id)
        party = CallAgentRow(
            call_id=call_id, agent_id=agent_id, name=agent.name if agent else agent_id,
            badge=agent.badge if agent else "", role=role, started_at=at,
        )  # fmt: skip
        self._parties[call_id].append(party)
        self._session.add(party)

    def _leave(self, call_id: str, at: float, agent_id: str | None = None) -> None:
        for party in self._parties[call_id]:
            if party.ended_at is None and agent_id in (None, party.agent_id):
                party.ended_at = at

    def _stands(self, call: CallRow, booth_id: str) -> None:
        call.booth_id = booth_id
        if booth_id in self._world.booths:
            place = self._world.place(booth_id)
            names = (place.booth.name, place.point.id, place.point.name, place.street.name)
        else:  # gone from the district's files since
            names = (booth_id, "", "", "")
        call.booth_name, call.point_id, call.point_name, call.street_name = names

    def _item_name(self, item_id: str) -> str:
        item = self._world.items.get(item_id)
        return item.name if item else item_id

    def _queue_name(self, queue_id: str) -> str:
        queue = self._world.queues.get(queue_id)
        return queue.name if queue else queue_id

"""Keeps the facts of `signaling.figures` as rows, in the same transaction as the events they come from.

Promise: the ledger of the records and one that folds the same events in memory hold the same facts, however the
events come in batches and whatever crashes in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam, delete, insert, or_, select

from signaling.figures import CallFact, Ledger, Periods, Spell
from signaling.figures.periods import month_of
from signaling.records.tables import CallFigureRow, EventRow, SpellRow
from signaling.routing.codec import VERSION, from_body

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncSession

    from signaling.figures.ledger import Activity
    from signaling.routing.events import Event
    from signaling.world import World

BATCH = 500
CALLS = cast("Table", CallFigureRow.__table__)
SPELLS = cast("Table", SpellRow.__table__)
CALL_FIELDS = ("call_id", "queue_id", "item_id", "booth_id", "entered_at", "answered_at", "answered_by", "wait_s",
               "in_time", "ended_at", "outcome", "follow_up")  # fmt: skip
OVERTAKEN = delete(SPELLS).where(SPELLS.c.agent_id == bindparam("agent"), SPELLS.c.started_at >= bindparam("since"))
"""The tables themselves, and one statement for all agents: by the class it is one each, with a look at the session's
own rows."""
SPELL_FIELDS = ("agent_id", "activity", "started_at", "ended_at", "call_id", "role", "then")


async def keep_facts(session: AsyncSession, world: World, batch: Sequence[Event]) -> None:
    """Bring the facts up to date with a batch of events. An event of a call nobody knows is left out."""
    call_ids = {call_id for event in batch if (call_id := getattr(event, "call_id", None)) is not None}
    agent_ids = {name for event in batch for name in _agents(event)}
    ledger = Ledger(lambda queue_id: _target_s(world, queue_id))
    for row in await session.scalars(select(CallFigureRow).where(CallFigureRow.call_id.in_(call_ids))):
        ledger.calls[row.call_id] = _call(row)
    concerned = or_(SpellRow.agent_id.in_(agent_ids), SpellRow.call_id.in_(call_ids))
    for spell in await session.scalars(select(SpellRow).where(SpellRow.ended_at.is_(None), concerned)):
        ledger.open[spell.agent_id] = spell_of(spell)
    before = dict(ledger.open)
    for event in batch:
        try:
            ledger.fold((event,))
        except LookupError:
            continue  # told by `story`, whose timeline has it alone too
    await _keep(session, world, ledger, before)


async def rebuild(session: AsyncSession, world: World) -> None:
    """Make the facts of a database that is older than they are, from the events it keeps; else change nothing."""
    if await session.scalar(select(CallFigureRow.call_id).limit(1)) is not None:
        return
    last = 0
    while rows := list(
        await session.scalars(select(EventRow).where(EventRow.id > last).order_by(EventRow.id).limit(BATCH))
    ):
        events = (from_body(row.type, VERSION, {"at": row.at, **row.data}) for row in rows)
        await keep_facts(session, world, list(events))
        last = rows[-1].id
        session.expunge_all()


async def forget_open(session: AsyncSession) -> None:
    """A new journal begins: nobody is signed in, whatever the old one said last."""
    await session.execute(delete(SpellRow).where(SpellRow.ended_at.is_(None)))


def spell_of(row: SpellRow) -> Spell:
    """Return a spell's row as a fact."""
    activity = cast("Activity", row.activity)
    then = "break" if row.then == "break" else "ready"
    return Spell(row.agent_id, activity, row.started_at, row.ended_at, row.call_id, row.role, then)  # type: ignore[arg-type]


async def _keep(session: AsyncSession, world: World, ledger: Ledger, before: dict[str, Spell]) -> None:
    """Replace the rows of what was touched.

    An agent's spells follow each other without overlap: what stands there from the first new one on is the spell that
    went on until now, or what a journal told that has since been restored to an earlier state.
    """
    periods = Periods(world.calendar.timezone)
    if ledger.calls:
        await session.execute(delete(CALLS).where(CALLS.c.call_id.in_(ledger.calls)))
        await session.execute(insert(CALLS), [_call_row(world, periods, c) for c in ledger.calls.values()])
    spells = [*ledger.spells, *(spell for name, spell in ledger.open.items() if before.get(name) != spell)]
    since = {name: spell.started_at for name, spell in before.items() if ledger.open.get(name) != spell}
    for spell in spells:
        since[spell.agent_id] = min(spell.started_at, since.get(spell.agent_id, spell.started_at))
    if since:
        await session.execute(OVERTAKEN, [{"agent": name, "since": at} for name, at in since.items()])
    if spells:
        await session.execute(insert(SPELLS), [_spell_row(periods, spell) for spell in spells])


def _agents(event: Event) -> Iterable[str]:
    return (name for key in ("agent_id", "companion_id", "to_agent", "from_agent") if (name := getattr(event, key, "")))


def _target_s(world: World, queue_id: str) -> float:
    queue = world.queues.get(queue_id)
    return queue.policy.target_s if queue else float("inf")


def _call(row: CallFigureRow) -> CallFact:
    return CallFact(
        row.call_id, row.entered_at, row.queue_id, row.item_id, row.booth_id, row.answered_at, row.answered_by,
        row.in_time, row.ended_at, row.outcome, row.follow_up,
    )  # fmt: skip


def _call_row(world: World, periods: Periods, call: CallFact) -> dict[str, Any]:
    booth = world.booths.get(call.booth_id)
    return {
        **{name: getattr(call, name) for name in CALL_FIELDS},
        **_when(periods, call.entered_at),
        "point_id": booth.point_id if booth else "",
    }


def _spell_row(periods: Periods, spell: Spell) -> dict[str, Any]:
    return {**{name: getattr(spell, name) for name in SPELL_FIELDS}, **_when(periods, spell.started_at)}


def _when(periods: Periods, at: float) -> dict[str, int]:
    day, half_hour = periods.of(at)
    return {"day": day, "month": month_of(day), "half_hour": half_hour}

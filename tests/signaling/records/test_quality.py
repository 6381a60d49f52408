"""What is measured of helpers' work, and how supervisors' reviews are kept. On both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from signaling.records.facts import keep_facts
from signaling.records.tables.cases import CaseCallRow
from signaling.routing.events import Accepted, Entered
from tests.signaling.records.house import AGENT, BOOTH
from tests.signaling.records.test_history import add_call

if TYPE_CHECKING:
    from signaling.records import Records
    from signaling.world import World


async def test_a_matter_for_which_the_citizen_came_again_was_not_resolved_at_the_first_contact(
    records: Records, world: World
) -> None:
    for number in (1, 2, 3):
        call_id = await add_call(records, world, number)
        entered = Entered(1000.0 + number, call_id, BOOTH, "social", "social_card_replace", "A1", (), 0, (), 0)
        async with records.database.writing() as session:
            await keep_facts(session, world, [entered, Accepted(1003.0 + number, f"offer_{number}", call_id, AGENT)])
    both = [{"call_id": call_id, "case_id": "case_1", "joined_at": 2000.0} for call_id in ("call_001", "call_003")]
    async with records.database.writing() as session:
        await session.execute(insert(CaseCallRow), both)
    work = (await records.quality.work(0.0, {}))[AGENT]
    assert (work.calls, work.first_contacts, work.resolved) == (3, 2, 1)

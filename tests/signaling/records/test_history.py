"""Who may read which call, how calls are found, and what a record holds. On both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from signaling.auth import Identity
from signaling.errors import Unknown
from signaling.records import Capture, Message, Notes, Rating, Wishes
from signaling.records.history import MAX_PAGE
from signaling.records.story import write
from signaling.records.tables import AuditRow
from signaling.routing.events import Accepted, Ended, Entered, Event, Offered
from tests.signaling.records.house import AGENT, BOOTH, OTHER_AGENT, OTHER_BOOTH, SUPERVISOR
from tests.signaling.records.many import add_many

if TYPE_CHECKING:
    from signaling.records import Records
    from signaling.world import World

BOSS = Identity("supervisor", SUPERVISOR, "")
MINE = Identity("agent", AGENT, "")
OTHER = Identity("agent", OTHER_AGENT, "")
CITIZEN = Identity("booth", BOOTH, "")


async def add_call(
    records: Records, world: World, number: int, agent_id: str = AGENT, booth_id: str = BOOTH, at: float | None = None
) -> str:
    call_id, at = f"call_{number:03}", 1000.0 + number if at is None else at
    entered = Entered(at, call_id, booth_id, "social", "social_card_replace", f"A{number:03}", (), 0, (), at)
    offered = Offered(at + 1, f"offer_{number}", call_id, agent_id, at + 21)
    events: tuple[Event, ...] = (
        entered,
        offered,
        Accepted(at + 3, offered.offer_id, call_id, agent_id),
        Ended(at + 63, call_id, "completed", agent_id, "", agent_id, False),
    )
    async with records.database.writing() as session:
        await write(session, world, 1, [(number * 10 + n, event.at, event) for n, event in enumerate(events)])
    return call_id


async def test_an_agent_reads_own_calls_a_supervisor_all_a_booth_none(records: Records, world: World) -> None:
    await add_call(records, world, 1)
    await add_call(records, world, 2, OTHER_AGENT, OTHER_BOOTH)

    async def seen(reader: Identity, *, mine: bool = False) -> list[str]:
        return [line.call_id for line in await records.history.calls(reader, mine=mine)]

    assert await seen(MINE) == ["call_001"]
    assert await seen(OTHER) == ["call_002"]
    assert await seen(BOSS) == ["call_002", "call_001"]
    assert await seen(BOSS, mine=True) == []
    assert await seen(CITIZEN) == []


async def test_a_record_is_read_by_its_agents_and_supervisors_and_no_one_else(records: Records, world: World) -> None:
    call_id = await add_call(records, world, 1)
    for reader in (MINE, BOSS):
        assert (await records.history.record(reader, call_id, 5.0)).call.call_id == call_id
    for reader in (OTHER, CITIZEN):
        with pytest.raises(Unknown) as caught:
            await records.history.record(reader, call_id, 5.0)
        with pytest.raises(Unknown) as none:
            await records.history.record(reader, "call_none", 5.0)
        assert caught.value.detail == none.value.detail
    with pytest.raises(Unknown):
        await records.history.record(BOSS, "call_none", 5.0)


async def test_ten_thousand_calls_are_read_page_by_page_each_once(records: Records) -> None:
    await add_many(records, 10_000)
    found: list[str] = []
    while True:
        page = await records.history.calls(BOSS, before=found[-1] if found else None, limit=MAX_PAGE)
        assert len(page) in (0, MAX_PAGE)
        if not page:
            break
        found += [line.call_id for line in page]
    assert found == [f"call_long_{number:05d}" for number in reversed(range(10_000))]


async def test_reading_a_record_is_noted(records: Records, world: World) -> None:
    call_id = await add_call(records, world, 1)
    await records.history.record(BOSS, call_id, 5.0)
    async with records.database.reading() as session:
        row = (await session.scalars(select(AuditRow))).one()
    assert (row.actor, row.action, row.subject, row.at) == (SUPERVISOR, "record_read", call_id, 5.0)


async def test_a_record_holds_everything_of_its_call_and_nothing_of_others(records: Records, world: World) -> None:
    call_id = await add_call(records, world, 1)
    await add_call(records, world, 2)
    conversation = records.conversation
    for of in (call_id, "call_002"):
        await conversation.say(Message(of, "msg_1", "agent", AGENT, f"hello {of}", 1.0))
        await conversation.save_notes(Notes(of, f"notes {of}", AGENT, 2.0))
        await conversation.describe(of, Wishes(("sign_language",), True, "en"))
        await conversation.rate(of, BOOTH, Rating(4, ("kind",), "", 3.0))
        await records.stills.request(Capture(f"cap_{of}", of, BOOTH, AGENT, 4.0, "requested"))
    await conversation.correct_outcome(call_id, "partly_completed", AGENT, 5.0)
    record = await records.history.record(BOSS, call_id, 6.0)
    assert [message.text for message in record.chat] == [f"hello {call_id}"]
    assert record.notes == Notes(call_id, f"notes {call_id}", AGENT, 2.0)
    assert record.wishes == Wishes(("sign_language",), True, "en")
    assert record.rating == Rating(4, ("kind",), "", 3.0)
    assert [capture.capture_id for capture in record.captures] == [f"cap_{call_id}"]
    assert (record.call.outcome, record.routed_outcome, record.call.rating) == ("partly_completed", "completed", 4)
    assert (record.call.wait_s, record.call.talk_s, record.call.captures) == (3.0, 60.0, 0)
    assert [event.type for event in record.timeline] == ["Entered", "Offered", "Accepted", "Ended"]


async def test_pages_of_the_history_meet_without_gap_or_overlap(records: Records, world: World) -> None:
    for number in range(25):
        await add_call(records, world, number, at=1000.0 + number // 3)  # several at the same moment
    seen: list[str] = []
    before: str | None = None
    while page := await records.history.calls(BOSS, before=before, limit=4):
        seen += [line.call_id for line in page]
        before = page[-1].call_id
    assert len(seen) == len(set(seen)) == 25
    everything = await records.history.calls(BOSS, limit=200)
    assert seen == [line.call_id for line in everything]
    with pytest.raises(Unknown):
        await records.history.calls(BOSS, before="call_none")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("A002", ["call_002"]),
        ("a002", ["call_002"]),
        ("桃浦", ["call_002"]),
        ("社保卡", ["call_002", "call_001"]),
        ("陈静", ["call_001"]),
        ("px104", ["call_002"]),
        ("社保卡 曹杨", ["call_001"]),
        ("社保卡 桃浦 陈静", []),
        ("%", []),
        ("_", ["call_002", "call_001"]),  # the underscore of call_…, not any character
        ("completed", ["call_002", "call_001"]),
        ("'; DROP TABLE calls; --", []),
        ("", ["call_002", "call_001"]),
    ],
)
async def test_calls_are_found_by_words(records: Records, world: World, query: str, found: list[str]) -> None:
    await add_call(records, world, 1)
    await add_call(records, world, 2, OTHER_AGENT, OTHER_BOOTH)
    assert [line.call_id for line in await records.history.calls(BOSS, query=query)] == found


async def test_a_call_of_places_and_people_gone_since_is_still_readable(records: Records, world: World) -> None:
    call_id = await add_call(records, world, 1, "agent_gone", "booth_gone")
    line = (await records.history.calls(BOSS))[0]
    assert (line.call_id, line.booth_name, line.agent_name) == (call_id, "booth_gone", "agent_gone")

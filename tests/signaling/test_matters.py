"""Matters that failed: they enter by themselves, once; five steps; none is archived without an answer."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from signaling.errors import Malformed, WrongState
from signaling.matters import STATES
from signaling.matters.steps import STEPS, check, owner
from signaling.records import Rating
from signaling.records.story import write
from signaling.records.tables.matters import MatterRow
from signaling.routing.events import Accepted, Ended, Entered, Offered
from tests.signaling.records.house import AGENT, BOOTH, OTHER_AGENT, SUPERVISOR, House, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientResponse

    from signaling.routing.events import Event

AT = 1_799_990_000.0
asynchronous = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("house")) as house:
        yield house


async def serve(house: House, call_id: str, outcome: str = "completed", agent_id: str | None = AGENT) -> None:
    """Write a call as the hall would."""
    number = int(call_id.rpartition("_")[2])
    at = AT + number
    events: list[Event] = [Entered(at, call_id, BOOTH, "social", "social_card_replace", f"A{number:03}", (), 0, (), at)]
    if agent_id:
        events += [
            Offered(at + 1, f"offer_{call_id}", call_id, agent_id, at + 21),
            Accepted(at + 2, f"offer_{call_id}", call_id, agent_id),
        ]
    finished = outcome in ("completed", "partly_completed", "referred")
    events.append(Ended(at + 60, call_id, outcome, "", "", agent_id, not finished))  # type: ignore[arg-type]
    async with house.records.database.writing() as session:
        await write(session, house.world, 1, [(number * 10 + n, event.at, event) for n, event in enumerate(events)])


async def matters(house: House, cookie: str, query: str = "") -> dict[str, Any]:
    answer = await house.ask("GET", f"/api/matters{query}", cookie=cookie)
    assert answer.status == 200
    told: dict[str, Any] = await answer.json()
    return told


async def take(house: House, cookie: str, matter_id: str, **body: Any) -> ClientResponse:
    return await house.ask("POST", f"/api/matters/{matter_id}/steps", cookie=cookie, json=body)


async def of_call(house: House, call_id: str, origin: str = "call") -> dict[str, Any]:
    told = await matters(house, await house.staff_cookie(SUPERVISOR), "?state=all")
    return next(one for one in told["matters"] if (one["call_id"], one["origin"]) == (call_id, origin))


# --- the rules ------------------------------------------------------------------------------------------


def test_only_the_steps_of_the_table_follow_and_the_last_is_behind_the_answer() -> None:
    for now in STATES:
        for wanted in STATES:
            if wanted in STEPS[now]:
                check(now, wanted, answer="已电话告知", told_by="phone", named=True)
            else:
                with pytest.raises(WrongState):
                    check(now, wanted, answer="已电话告知", told_by="phone", named=True)
    assert [state for state in STATES if "archived" in STEPS[state]] == ["answered"]


@pytest.mark.parametrize(
    ("answer", "told_by", "named", "field"),
    [("", "phone", False, "answer"), ("   ", "phone", False, "answer"), ("x", "", False, "told_by"),
     ("x", "booth", True, "told_by")],
)  # fmt: skip
def test_an_answer_has_words_and_a_way_and_whoever_left_a_phone_is_called(
    answer: str, told_by: str, named: bool, field: str
) -> None:
    with pytest.raises(Malformed) as refused:
        check("handling", "answered", answer=answer, told_by=told_by, named=named)
    assert refused.value.field == field


def test_an_answer_put_right_is_told_to_whoever_left_a_phone_by_phone_too() -> None:
    check("answered", "answered", answer="", told_by="", named=True)
    with pytest.raises(Malformed):
        check("answered", "answered", answer="另有说明", told_by="booth", named=True)


def test_the_supervisor_with_the_fewest_answers_where_nobody_led() -> None:
    assert owner("agent_1", ["s1", "s2"], {}) == "agent_1"
    assert owner(None, ["s1", "s2"], {"s1": 3, "s2": 1}) == "s2"
    assert owner(None, [], {}) == ""


# --- entering -------------------------------------------------------------------------------------------


@asynchronous
async def test_unfinished_calls_and_low_ratings_enter_once_with_owner_and_deadline(house: House) -> None:
    await serve(house, "call_1", "dropped")
    await serve(house, "call_2", "completed")
    await serve(house, "call_3", "completed")
    await house.records.conversation.rate("call_2", BOOTH, Rating(2, ("not_solved",), "没办成", AT + 99))
    await house.records.conversation.rate("call_3", BOOTH, Rating(3, (), "", AT + 99))
    assert await house.matters.gather() == 2
    assert await house.matters.gather() == 0
    dropped, rated = await of_call(house, "call_1"), await of_call(house, "call_2", "rating")
    assert (dropped["owner_id"], dropped["cause"], dropped["state"]) == (AGENT, "dropped", "received")
    # Nobody answers for a rating of their own work.
    assert (rated["owner_id"], rated["cause"], rated["words"]) == (SUPERVISOR, "2", "没办成")
    assert rated["due_at"] > rated["opened_at"]


@asynchronous
async def test_a_phone_left_with_a_low_rating_lies_sealed_and_is_called(house: House) -> None:
    await serve(house, "call_4")
    call = await house.records.matters.call("call_4")
    await house.matters.rated_low(replace(call, origin="rating", cause="1", words="态度不好"), "13800004321")
    # Looked through at that moment, nothing takes the phone away.
    await house.records.conversation.rate("call_4", BOOTH, Rating(1, (), "态度不好", AT + 99))
    assert await house.matters.gather() == 0
    rated = await of_call(house, "call_4", "rating")
    assert rated["named"]
    matter = await house.records.matters.get(rated["matter_id"])
    assert "13800004321" not in matter.contact
    boss = await house.staff_cookie(SUPERVISOR)
    whole = await (await house.ask("GET", f"/api/matters/{rated['matter_id']}", cookie=boss)).json()
    assert whole["phone"] == "13800004321"


# --- the five steps -------------------------------------------------------------------------------------


@asynchronous
async def test_a_matter_goes_its_five_steps_and_the_rate_follows(house: House) -> None:
    await serve(house, "call_5", "dropped")
    await house.matters.gather()
    mine, boss = await house.staff_cookie(AGENT), await house.staff_cookie(SUPERVISOR)
    matter_id = (await of_call(house, "call_5"))["matter_id"]
    before = await matters(house, boss)
    steps: list[dict[str, Any]] = [
        {"seen": "received", "state": "judged", "words": "网络中断，需回访"},
        {"seen": "judged", "state": "handling", "words": "已联系延伸点"},
        {"seen": "handling", "state": "answered", "answer": "已约明天重办", "told_by": "phone"},
        {"seen": "answered", "state": "handling", "words": "市民不满意"},
        {"seen": "handling", "state": "answered", "answer": "已现场办好", "told_by": "phone"},
        {"seen": "answered", "state": "archived"},
    ]
    early = await take(house, mine, matter_id, seen="received", state="archived")
    assert (early.status, (await early.json())["code"]) == (409, "no_such_step")
    for step in steps:
        assert (await take(house, mine, matter_id, **step)).status == 200
    late = await take(house, mine, matter_id, seen="handling", state="answered", answer="x", told_by="phone")
    assert (late.status, (await late.json())["code"]) == (409, "changed_meanwhile")
    whole = await (await house.ask("GET", f"/api/matters/{matter_id}", cookie=boss)).json()
    assert whole["matter"]["answer"] == "已现场办好"
    assert [one["state"] for one in whole["steps"]] == ["received", *(step["state"] for step in steps)]
    after = await matters(house, boss)
    assert (after["archived"], after["opened"]) == (before["archived"] + 1, before["opened"])
    assert after["resolved"] == after["archived"] / after["opened"]
    assert matter_id not in {one["matter_id"] for one in after["matters"]}


@asynchronous
async def test_a_matter_is_its_owners_and_the_supervisors(house: House) -> None:
    await serve(house, "call_6", "dropped")
    await house.matters.gather()
    matter_id = (await of_call(house, "call_6"))["matter_id"]
    other, mine, boss = [await house.staff_cookie(one) for one in (OTHER_AGENT, AGENT, SUPERVISOR)]
    assert (await house.ask("GET", f"/api/matters/{matter_id}", cookie=other)).status == 404
    step = {"seen": "received", "state": "judged"}
    assert (await take(house, other, matter_id, **step)).status == 404
    assert matter_id not in {one["matter_id"] for one in (await matters(house, other))["matters"]}
    assert (await take(house, mine, matter_id, **step, owner_id=OTHER_AGENT)).status == 403
    assert (await take(house, mine, matter_id, **step, due_days=60)).status == 403
    assert (await take(house, boss, matter_id, **step, owner_id="nobody")).status == 400
    assert (await take(house, boss, matter_id, **step, owner_id=OTHER_AGENT, due_days=1)).status == 200
    assert (await house.ask("GET", f"/api/matters/{matter_id}", cookie=other)).status == 200
    assert (await house.ask("GET", f"/api/matters/{matter_id}", cookie=mine)).status == 404


@asynchronous
async def test_staff_make_a_matter_of_a_call_they_may_read(house: House) -> None:
    await serve(house, "call_7")
    body = {"call_id": "call_7", "words": "材料被别的窗口退了三次"}
    other, mine = await house.staff_cookie(OTHER_AGENT), await house.staff_cookie(AGENT)
    assert (await house.ask("POST", "/api/matters", cookie=other, json=body)).status == 404
    assert (await house.ask("POST", "/api/matters", cookie=await house.booth_cookie(), json=body)).status == 401
    opened = await (await house.ask("POST", "/api/matters", cookie=mine, json=body)).json()
    assert (opened["matter"]["origin"], opened["matter"]["words"]) == ("staff", body["words"])
    again = await house.ask("POST", "/api/matters", cookie=mine, json=body)
    assert (again.status, (await again.json())["code"]) == (400, "already_a_matter")


@asynchronous
async def test_what_is_late_is_counted(house: House) -> None:
    boss = await house.staff_cookie(SUPERVISOR)
    assert (await matters(house, boss))["overdue"] == 0
    house.clock.now += 30 * 86_400
    told = await matters(house, await house.staff_cookie(SUPERVISOR))
    assert told["overdue"] == len(told["matters"]) > 0


@asynchronous
async def test_a_matter_is_made_of_a_call_however_many_are_open(house: House) -> None:
    await serve(house, "call_8")
    other = await house.records.matters.get((await of_call(house, "call_1"))["matter_id"])
    many = [replace(other, matter_id=f"matter_{number}", call_id=f"call_x{number}") for number in range(201)]
    async with house.records.database.writing() as session:
        session.add_all(MatterRow(**asdict(one)) for one in many)
    body = {"call_id": "call_8", "words": "又来了一次"}
    opened = await house.ask("POST", "/api/matters", cookie=await house.staff_cookie(AGENT), json=body)
    assert (opened.status, (await opened.json())["matter"]["words"]) == (200, body["words"])

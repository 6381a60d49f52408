"""Cases: receipts given once, pairs that cannot be guessed, the back office's steps, papers brought later."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
import pytest_asyncio

from signaling import receipt_number
from signaling.cases import Cases, Intake
from signaling.errors import Malformed, TooMany, Unknown
from tests.signaling import portable
from tests.signaling.house import open_house as open_service
from tests.signaling.house import talk
from tests.signaling.records.house import AGENT, BOOTH, OTHER_AGENT, OTHER_BOOTH, SUPERVISOR, House, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import ClientResponse

    from signaling.records.cases import Case, Receipt

pytestmark = pytest.mark.asyncio(loop_scope="module")

ITEM = "social_card_replace"
TOKEN = "the-back-office-of-the-district"
WEDNESDAY = datetime.fromisoformat("2025-11-26T10:00:00+08:00").timestamp()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("house"), back_office={"token": TOKEN}) as house:
        house.clock.now = WEDNESDAY
        yield house


def intake(call_id: str, **changes: Any) -> Intake:
    values: dict[str, Any] = {
        "call_id": call_id, "booth_id": BOOTH, "item_id": ITEM, "agent_id": AGENT, "lang": "zh-CN",
        "taken": ("id_card",), "missing": (), "next_steps": "新卡寄到登记的地址。", "last_four": "4321",
    }  # fmt: skip
    return Intake(**values | changes)


async def received(cases: Cases, call_id: str, **changes: Any) -> tuple[Case, Receipt]:
    receipt = await cases.receive(intake(call_id, **changes))
    case = await cases.of_call(call_id)
    assert case is not None
    return case, receipt


def another_booth(house: House, tries: int) -> str:
    """Name a booth nobody tried from yet."""
    return list(house.world.booths)[5 + tries]


async def problem(answer: ClientResponse) -> dict[str, Any]:
    members: dict[str, Any] = await answer.json(content_type="application/problem+json")
    return members


# --- receipts -------------------------------------------------------------------------------------------


async def test_a_call_gets_one_receipt_however_often_it_is_asked_for(house: House) -> None:
    case, receipt = await received(house.cases, "call_once")
    again = await house.cases.receive(intake("call_once", taken=("photo",)))
    assert again.receipt_id == receipt.receipt_id
    assert again.taken == ("身份证",)
    assert (case.state, case.taken, case.missing) == ("accepted", ("身份证",), ())
    assert [one.state for one in await house.cases.steps(case.case_id)] == ["accepted"]


async def test_a_promise_counts_working_days(house: House) -> None:
    # Ten working days after Wednesday the 26th of November: two weekends lie between.
    case, _ = await received(house.cases, "call_due")
    assert case.due_at == datetime.fromisoformat("2025-12-10T23:59:59+08:00").timestamp()


async def test_nothing_is_promised_while_papers_are_missing(house: House) -> None:
    case, _ = await received(house.cases, "call_short", missing=("photo",))
    assert (case.state, case.missing, case.due_at) == ("waiting_papers", ("一寸证件照",), None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"taken": ("passport",)}, "taken"), ({"missing": ("id_card",)}, "missing"), ({"missing": ("x",)}, "missing")],
)
async def test_a_paper_that_is_not_on_the_list_is_refused_and_nothing_is_written(
    house: House, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Malformed) as refused:
        await house.cases.receive(intake("call_wrong", **changes))
    assert refused.value.field == field
    assert await house.cases.receipt_of("call_wrong") is None


async def test_the_printed_receipt_is_pdf_a_with_every_word_and_the_same_each_time(house: House) -> None:
    case, receipt = await received(house.cases, "call_print", next_steps='<script>alert("1")</script> 等短信。')
    made = await house.cases.printed(receipt.receipt_id)
    assert await house.cases.printed(receipt.receipt_id) == made
    text = pypdfium2.PdfDocument(made)[0].get_textpage().get_text_range()
    for word in (
        "受理回执",
        receipt_number.spaced(case.number),
        "社保卡更换",
        "身份证",
        "陈静",
        "<script>",
        "2025-12-10",
    ):
        assert word in text
    assert portable.faults(made) == []


async def test_no_phone_lies_in_the_database(house: House, tmp_path: Path) -> None:
    case, _ = await received(house.cases, "call_mark", last_four="7788")
    other, _ = await received(house.cases, "call_mark_too", last_four="7788")
    assert "7788" not in case.phone_mark
    assert case.phone_mark != other.phone_mark


# --- where it stands ------------------------------------------------------------------------------------


async def test_the_right_pair_finds_the_case(house: House) -> None:
    case, _ = await received(house.cases, "call_right")
    cookie = await house.booth_cookie()
    answer = await house.ask(
        "POST", "/api/progress", cookie=cookie,
        json={"number": receipt_number.spaced(case.number), "last_four": "4321"},
    )  # fmt: skip
    found = await answer.json()
    assert (found["number"], found["state"], found["item"]["name"]) == (case.number, "accepted", "社保卡更换")
    assert [one["by"] for one in found["steps"]] == ["hall"]


async def test_a_wrong_pair_is_told_the_same_whatever_is_wrong_with_it(house: House) -> None:
    case, _ = await received(house.cases, "call_guess")
    without, _ = await received(house.cases, "call_no_phone", last_four=None)
    nobodys = receipt_number.make(date(2031, 1, 1), 7)
    cookie = await house.booth_cookie()
    told = []
    for number in (case.number, without.number, nobodys):
        body = {"number": number, "last_four": "0000"}
        answer = await house.ask("POST", "/api/progress", cookie=cookie, json=body)
        told.append((answer.status, await problem(answer)))
    assert told[0][0] == 404
    assert told[0] == told[1] == told[2]


async def test_guessing_ends_at_the_booth_and_at_the_number(house: House) -> None:
    case, _ = await received(house.cases, "call_attack")
    for tries in range(6):
        with pytest.raises(Unknown):
            await house.cases.find(another_booth(house, tries), case.number, f"{tries:04d}")
    with pytest.raises(TooMany):  # the right digits too: nobody learns that they were right
        await house.cases.find(another_booth(house, 6), case.number, "4321")
    numbers = [receipt_number.make(date(2030, 1, 1), draw) for draw in range(13)]
    for number in numbers[:12]:
        with pytest.raises(Unknown):
            await house.cases.find(OTHER_BOOTH, number, "1234")
    with pytest.raises(TooMany):
        await house.cases.find(OTHER_BOOTH, numbers[12], "1234")
    house.clock.now += 901
    assert (await house.cases.find(OTHER_BOOTH, case.number, "4321")).case_id == case.case_id


async def test_progress_is_for_booths(house: House) -> None:
    body = {"number": receipt_number.make(date(2030, 1, 1), 1), "last_four": "1234"}
    for cookie in ("", await house.staff_cookie()):
        assert (await house.ask("POST", "/api/progress", cookie=cookie, json=body)).status == 401


# --- the back office ------------------------------------------------------------------------------------


async def tell(house: House, number: str, token: str = TOKEN, **body: Any) -> ClientResponse:
    headers = {"Authorization": f"Bearer {token}"}
    return await house.ask("POST", f"/api/back-office/cases/{number}/steps", headers=headers, json=body)


async def test_the_back_office_tells_steps_once(house: House) -> None:
    case, _ = await received(house.cases, "call_steps")
    for _ in range(2):
        answer = await tell(house, case.number, step_id="bo-1", state="in_progress", words="正在制卡")
        assert answer.status == 200
    await tell(house, case.number, step_id="bo-2", state="done", words="新卡已寄出")
    told = await house.cases.steps(case.case_id)
    assert [(one.state, one.words) for one in told] == [
        ("accepted", ""), ("in_progress", "正在制卡"), ("done", "新卡已寄出"),
    ]  # fmt: skip
    late = await tell(house, case.number, step_id="bo-3", state="in_progress")
    assert (late.status, (await problem(late))["code"]) == (409, "no_such_step")
    assert len(await house.cases.steps(case.case_id)) == 3


@pytest.mark.parametrize("token", ["", "the-back-office-of-the-distric", "ü"])
async def test_without_its_token_the_back_office_is_nobody(house: House, token: str) -> None:
    case, _ = await received(house.cases, f"call_token_{len(token)}")
    assert (await tell(house, case.number, token=token, step_id="bo-9", state="done")).status == 401
    assert (await house.cases.steps(case.case_id))[-1].state == "accepted"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"step_id": "x", "state": "lost"}, "state"),
        ({"state": "done"}, "step_id"),
        ({"step_id": "x", "state": "done", "words": "x" * 501}, "words"),
    ],
)
async def test_a_wrong_step_is_refused_by_name(house: House, body: dict[str, Any], field: str) -> None:
    answer = await tell(house, receipt_number.make(date(2030, 1, 1), 1), **body)
    assert (answer.status, (await problem(answer))["field"]) == (400, field)


# --- who may see ----------------------------------------------------------------------------------------


async def test_a_receipt_is_for_its_booth_and_its_agents(house: House) -> None:
    _, receipt = await received(house.cases, "call_rights")
    house.members |= {(BOOTH, "call_rights"), (AGENT, "call_rights")}
    allowed = [await house.booth_cookie(), await house.staff_cookie(AGENT), await house.staff_cookie(SUPERVISOR)]
    refused = [await house.booth_cookie(OTHER_BOOTH), await house.staff_cookie(OTHER_AGENT)]
    for path, content in (
        (f"/api/receipts/{receipt.receipt_id}/content", "application/pdf"),
        (f"/api/receipts/{receipt.receipt_id}/code", "image/svg+xml"),
        ("/api/calls/call_rights/case", "application/json"),
    ):
        for cookie in allowed:
            answer = await house.ask("GET", path, cookie=cookie)
            assert (answer.status, answer.content_type) == (200, content)
        for cookie in refused:
            assert (await house.ask("GET", path, cookie=cookie)).status == 404
        assert (await house.ask("GET", path)).status == 401


# --- in a call ------------------------------------------------------------------------------------------


async def test_a_call_ends_with_a_receipt_and_a_later_one_brings_what_was_missing(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        booth, agent = await talk(service, BOOTH, AGENT, ITEM)
        call_id = agent.call["call_id"]
        await agent.do("digits.ask", call_id=call_id)
        await booth.told("digits.asked")
        await booth.do("digits.type", call_id=call_id, last_four="4321")
        assert await agent.told("digits.typed") == {"call_id": call_id}
        stranger = await service.page(OTHER_AGENT)
        give = {"call_id": call_id, "outcome": "partly_completed", "taken": ["id_card"], "missing": ["photo"]}
        assert await stranger.refused("receipt.give", **give) == "not_a_member"
        assert await stranger.refused("digits.ask", call_id=call_id) == "not_a_member"
        given = await agent.do("receipt.give", **give)
        told = await booth.told("receipt.given")
        assert (told["call_id"], told["number"]) == (call_id, given["number"])
        await booth.until(lambda page: page.view["phase"] == "rating")
        await agent.until(lambda page: page.view["wrap_up"] is not None)
        assert (await agent.do("receipt.give", **give))["receipt_id"] == given["receipt_id"]
        await agent.do("wrap_up.finish", call_id=call_id)
        # A receipt is read before the call is rated: the question waits longer than its minute.
        await service.pass_time(100)
        assert service.service.stories.to_rate(BOOTH, service.clock()) is not None
        await booth.do("call.dismiss", call_id=call_id)

        elsewhere = await service.page("booth_taopu_center")
        later = (await elsewhere.do("call.enter", item_id=ITEM))["call_id"]
        wrong = {"call_id": later, "number": given["number"], "last_four": "9999"}
        assert await elsewhere.refused("case.bring", **wrong) == "no_such_pair"
        assert await booth.refused("case.bring", **wrong | {"last_four": "4321"}) == "not_a_member"
        await elsewhere.do("case.bring", **wrong | {"last_four": "4321"})
        await agent.until(lambda page: page.view["offer"] is not None)
        await agent.do("offer.accept", offer_id=agent.view["offer"]["offer_id"])
        case = await service.service.cases.of_call(later)
        assert case is not None
        assert (case.number, case.missing) == (given["number"], ("一寸证件照",))
        await agent.until(lambda page: page.view["call"] is not None)
        more = await agent.do("receipt.give", call_id=later, outcome="completed", taken=["photo"])
        assert more["number"] == given["number"]
        case = await service.service.cases.of_call(later)
        assert case is not None
        assert (case.state, case.taken, case.missing) == ("accepted", ("身份证", "一寸证件照"), ())


async def test_a_helper_finds_a_case_by_its_receipt_and_takes_it_back_while_it_is_here(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        cases, packages = service.service.cases, service.service.records.packages
        case, receipt = await received(cases, "call_before", last_four="4321")
        booth, agent = await talk(service, BOOTH, AGENT, ITEM)
        call_id = agent.call["call_id"]
        back = {"call_id": call_id, "reason": "卡找到了，不补了"}
        assert await agent.refused("case.withdraw", **back) == "no_case"
        find = {"call_id": call_id, "number": case.number}
        assert await agent.refused("case.find", **find, last_four="1234") == "no_such_pair"
        stranger = await service.page(OTHER_AGENT)
        assert await stranger.refused("case.find", **find, last_four="4321") == "not_a_member"
        await agent.do("case.find", **find, last_four="4321")
        assert (await booth.told("case.joined"))["number"] == case.number

        await agent.do("case.withdraw", **back)
        assert (await agent.told("case.changed"))["state"] == "withdrawn"
        steps = await cases.steps(case.case_id)
        assert [(one.state, one.words, one.by) for one in steps[1:]] == [("withdrawn", back["reason"], AGENT)]
        assert await agent.refused("case.withdraw", **back) == "no_such_step"
        await packages.made(receipt.receipt_id.replace("rcpt_", "pack_"), 1, "0" * 64)
        assert await agent.refused("case.withdraw", **back) == "handed_over"

"""A place is taken along, kept, booked, moved and passed on: over real sockets, with the records and the journal."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from aiohttp import ClientSession

from signaling import receipt_number
from signaling.routing import Requirement
from signaling.routing.events import Moved
from signaling.tickets import GUESSES, Tickets, qr
from tests.signaling.house import House, open_house, talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HERE = "booth_caoyang_center"
NEAR = "booth_caoyang_yicun"
FAR = "booth_taopu_center"
AGENT = "agent_chen_jing"
SUPERVISOR = "supervisor_zhao_lin"
ITEM = "social_card_replace"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


async def test_a_ticket_goes_on_at_another_booth_with_its_place(house: House) -> None:
    here, other = await house.page(HERE), await house.page(FAR)
    await here.do("call.enter", item_id=ITEM, lang="en", elder_mode=True)
    await here.until(lambda page: page.view["call"] is not None)
    before = here.call
    code = (await here.do("ticket.code", call_id=before["call_id"]))["code"]
    assert (await other.do("ticket.show", code=code))["ticket"] == before["ticket"]
    await other.until(lambda page: page.view["phase"] == "waiting")
    for member in ("call_id", "ticket", "entered_at", "lang", "elder_mode"):
        assert other.call[member] == before[member]
    await here.until(lambda page: page.view["phase"] == "idle")
    assert await here.refused("ticket.code", call_id=before["call_id"]) == "not_a_member"


async def test_a_talk_goes_on_at_another_booth(house: House) -> None:
    here, agent = await talk(house, HERE, AGENT, ITEM)
    code = (await here.do("ticket.code", call_id=agent.call["call_id"]))["code"]
    await here.kill()
    other = await house.page(NEAR)
    await other.do("ticket.show", code=code)
    await other.until(lambda page: page.view["phase"] == "talking" and bool(page.call["links"]))
    await agent.until(lambda page: page.call["booth"]["id"] == NEAR and page.call["booth_lost_at"] is None)
    assert {link["link_id"] for link in other.call["links"]} == {link["link_id"] for link in agent.call["links"]}


async def test_a_codes_picture_is_read_and_nothing_else_is(house: House) -> None:
    booth = await house.page(HERE)
    call_id = (await booth.do("call.enter", item_id=ITEM))["call_id"]
    coded = await booth.do("ticket.code", call_id=call_id)
    address = f"{house.url}/api/ticket-codes"
    jpeg = {"Content-Type": "image/jpeg"}
    async with ClientSession(headers={"Cookie": booth.cookie, **jpeg}) as client:
        async with client.post(address, data=frame(coded["qr"])) as answer:
            assert (answer.status, await answer.json()) == (200, {"code": coded["code"], "receipt": None})
        number = receipt_number.make(date(2025, 11, 26), 4711)
        receipt, theirs = frame(qr(receipt_number.QR_PREFIX + number)), {"Cookie": (await house.page(NEAR)).cookie}
        async with client.post(address, data=receipt, headers=theirs) as answer:  # each booth has a rate of its own
            assert await answer.json() == {"code": None, "receipt": number}
        for other in ("https://example.org/pay", coded["code"] + "1", "１２３４５６７８"):
            async with client.post(address, data=frame(qr(other))) as answer:
                assert await answer.json() == {"code": None, "receipt": None}
        async with client.post(address, data=b"no picture") as answer:
            assert answer.status == 415
        async with client.post(address, data=frame(coded["qr"], wide=2000)) as answer:
            assert answer.status == 413
        answers = await asyncio.gather(*(client.post(address, data=b"no picture") for _ in range(20)))
        assert 429 in (statuses := {answer.status for answer in answers})
        assert statuses <= {415, 429}  # what the pictures before left of the rate depends on how long they took
        async with client.post(address, data=frame(coded["qr"]), headers={"Content-Type": "image/gif"}) as answer:
            assert answer.status == 400
    async with ClientSession(headers=jpeg) as client, client.post(address, data=frame(coded["qr"])) as answer:
        assert answer.status == 401


def frame(rows: list[str], wide: int = 640) -> bytes:
    """Photograph a QR symbol as a booth's camera sees it on a phone: a little turned, on a grey desk."""
    symbol = np.pad(np.array([[255 * (one == "0") for one in row] for row in rows], np.uint8), 4, constant_values=255)
    side = wide // 3
    large = cv2.resize(symbol, (side, side), interpolation=cv2.INTER_NEAREST)
    turned = cv2.warpAffine(
        large, cv2.getRotationMatrix2D((side / 2, side / 2), 12, 1), (wide, wide * 3 // 4), borderValue=150
    )
    return bytes(cv2.imencode(".jpg", turned)[1])


async def test_codes_are_not_guessed(house: House) -> None:
    booth = await house.page(HERE)
    refusals = [await booth.refused("ticket.show", code=f"{number:08d}") for number in range(GUESSES + 2)]
    assert refusals == ["unknown_code"] * GUESSES + ["too_many_codes"] * 2
    assert await booth.refused("ticket.show", code="12 34 5") == "malformed"


async def test_a_code_outlives_a_restart_and_ends_with_its_call(house: House, tmp_path: Path) -> None:
    booth = await house.page(HERE)
    call_id = (await booth.do("call.enter", item_id=ITEM))["call_id"]
    code = (await booth.do("ticket.code", call_id=call_id))["code"]
    again = Tickets(lambda: house.service.hall.engine, house.service.settings.captures_key(), house.clock)
    again.recall()
    assert again.find(code, FAR) == call_id
    await booth.do("call.leave", call_id=call_id)
    assert await booth.refused("ticket.show", code=code) == "unknown_code"


async def test_a_citizen_leaves_keeps_the_place_and_is_called_back(house: House) -> None:
    here, agent = await house.page(HERE), await house.page(AGENT)
    call_id = (await here.do("call.enter", item_id=ITEM))["call_id"]
    await here.until(lambda page: page.view["call"] is not None)
    ticket = here.call["ticket"]
    await here.do("call_back.ask", call_id=call_id)
    # Nobody is before them: they are called at once, and nobody else's ring waits for them.
    await here.until(lambda page: page.view["phase"] == "idle" and len(page.view["called"]) == 1)
    assert here.view["called"][0]["ticket"] == ticket
    assert await (await house.page(FAR)).refused("call_back.answer", call_id=call_id) == "not_a_member"
    await agent.do("agent.ready")
    assert agent.view["offer"] is None
    await here.do("call_back.answer", call_id=call_id)
    await here.until(lambda page: page.view["phase"] == "waiting" and page.view["called"] == [])
    await agent.until(lambda page: page.view["offer"] is not None)


async def test_one_who_is_called_to_a_booth_in_use_does_not_lose_the_place(house: House) -> None:
    here = await house.page(HERE)
    first = (await here.do("call.enter", item_id=ITEM))["call_id"]
    code = (await here.do("ticket.code", call_id=first))["code"]
    await here.do("call_back.ask", call_id=first)
    await here.do("call.enter", item_id=ITEM)
    await house.pass_time(130)
    assert house.service.hall.engine.call(first).callback == "called"
    await (await house.page(NEAR)).do("ticket.show", code=code)
    assert house.service.hall.engine.call(first).booth_id == NEAR


async def test_one_who_does_not_come_back_is_a_follow_up(house: House) -> None:
    here = await house.page(HERE)
    call_id = (await here.do("call.enter", item_id=ITEM))["call_id"]
    await here.do("call_back.ask", call_id=call_id)
    await house.pass_time(121)
    ended = house.service.hall.engine.call(call_id)
    assert (ended.outcome, ended.reason, ended.follow_up) == ("abandoned", "no_show", True)


async def test_an_appointment_is_booked_kept_and_used_at_any_booth(house: House) -> None:
    here = await house.page(HERE)
    waiting = (await here.do("call.enter", item_id=ITEM))["call_id"]
    times = (await here.do("appointment.times", item_id=ITEM))["times"]
    chosen = times[1]["starts_at"]
    wishes = {"needs": ["sign_language"], "priority": ["elder"]}
    booked = await here.do("appointment.book", item_id=ITEM, starts_at=chosen, call_id=waiting, **wishes)
    assert house.service.hall.engine.call(waiting).outcome == "referred"
    left = {one["starts_at"]: one["left"] for one in (await here.do("appointment.times", item_id=ITEM))["times"]}
    assert left.get(chosen, 0) == times[1]["left"] - 1
    other = await house.page(FAR)
    problem = (await other.say("ticket.show", code=booked["code"]))["problem"]
    assert (problem["code"], problem["starts_at"]) == ("too_early", chosen)
    await house.pass_time(at(chosen) - house.clock() - 300)
    call_id = (await other.do("ticket.show", code=booked["code"], lang="en"))["call_id"]
    call = house.service.hall.engine.call(call_id)
    assert call.item_id == ITEM
    assert "sign_language" in {need.skill for need in call.requires}
    queue = house.service.hall.engine.queue(call.queue_id)
    assert call.priority == ("elder",)
    assert call.credit_s == queue.policy.appointment_credit_s + house.service.world.credit_s(["elder"])
    await other.until(lambda page: page.view["call"] is not None and page.call["needs"] == ["sign_language"])
    assert await here.refused("appointment.cancel", code=booked["code"]) == "unknown_code"


async def test_a_time_has_so_much_room_and_a_missed_or_cancelled_one_is_free_again(house: House) -> None:
    here = await house.page(HERE)
    first = (await here.do("appointment.times", item_id=ITEM))["times"][0]
    codes = [
        (await here.do("appointment.book", item_id=ITEM, starts_at=first["starts_at"]))["code"]
        for _ in range(first["left"])
    ]
    assert await here.refused("appointment.book", item_id=ITEM, starts_at=first["starts_at"]) == "slot_full"
    await here.do("appointment.cancel", code=codes[0])
    await here.do("appointment.book", item_id=ITEM, starts_at=first["starts_at"])
    await house.pass_time(at(first["starts_at"]) - house.clock() + 601)
    assert list(house.service.hall.engine.appointments()) == []


async def test_only_times_that_were_offered_are_booked(house: House) -> None:
    here = await house.page(HERE)
    for wrong in ("2020-01-01T00:00:00Z", datetime.fromtimestamp(house.clock() + 61, UTC).isoformat()):
        assert await here.refused("appointment.book", item_id=ITEM, starts_at=wrong) == "unknown_slot"
    assert await here.refused("appointment.book", item_id=ITEM, starts_at="tomorrow") == "malformed"
    assert await here.refused("appointment.book", item_id="nothing", starts_at="2030-01-01T00:00:00Z") == "unknown_item"


async def test_a_supervisor_moves_a_call_ahead_with_a_reason_that_is_recorded_and_told(house: House) -> None:
    pages = [await house.page(booth) for booth in (HERE, NEAR, FAR)]
    for page in pages:
        await page.do("call.enter", item_id=ITEM)
        await page.until(lambda page: page.view["call"] is not None)
    supervisor, agent = await house.page(SUPERVISOR), await house.page(AGENT)
    last = pages[2].call["call_id"]
    assert await agent.refused("call.move_ahead", call_id=last, reason="early bus") == "not_allowed"
    assert await supervisor.refused("call.move_ahead", call_id=last, reason="") == "malformed"
    assert (await supervisor.do("call.move_ahead", call_id=last, reason="ill"))["ahead"] == 0
    await pages[0].until(lambda page: page.call["before"] == [{"cause": "moved", "count": 1, "words": ["ill"]}])
    moved = [event async for _, _, event in house.service.hall.events_since(0) if isinstance(event, Moved)]
    assert [(event.by, event.reason) for event in moved] == [(SUPERVISOR, "ill")]
    assert await supervisor.refused("call.move_ahead", call_id=last, reason="again") == "no_further"


async def test_a_cold_transfer_keeps_ticket_clock_place_and_story(house: House) -> None:
    other = await house.page(NEAR)
    booth, agent = await talk(house, HERE, AGENT, ITEM)
    call = booth.call
    await agent.do("chat.say", call_id=call["call_id"], text="please go on there", message_id="m1")
    await booth.told("chat.said")
    await other.do("call.enter", item_id="elder_allowance")
    assert await agent.refused("call.transfer", call_id=call["call_id"], queue_id="nowhere") == "unknown_queue"
    await agent.do("call.transfer", call_id=call["call_id"], queue_id="civil", reason="another window's matter")
    await agent.until(lambda page: page.view["wrap_up"] is not None)
    await booth.until(lambda page: page.view["phase"] == "waiting" and page.call["queue_id"] == "civil")
    after = booth.call
    assert (after["ticket"], after["entered_at"], after["rerouted"]) == (
        call["ticket"],
        call["entered_at"],
        "transferred",
    )
    assert after["ahead"] == 0  # entered before the one who waits there already
    lines = await house.service.records.conversation.chat(call["call_id"])
    assert [line.text for line in lines] == ["please go on there"]


async def test_what_a_citizen_cannot_do_without_stays_through_a_transfer(house: House) -> None:
    here, agent = await house.page(HERE), await house.page(AGENT)
    await agent.do("agent.ready")
    call_id = (await here.do("call.enter", item_id=ITEM, needs=["sign_language"]))["call_id"]
    signs = await house.page("agent_fang_min")
    await signs.do("agent.ready")
    await agent.until(lambda page: page.view["offer"] is not None)
    await agent.do("offer.accept", offer_id=agent.view["offer"]["offer_id"])
    await agent.do("call.transfer", call_id=call_id, queue_id="civil")
    required = house.service.hall.engine.call(call_id).requires
    assert required == (Requirement("sign_language", 3, essential=True, companion=True),)


def test_the_symbol_is_a_qr_code_of_the_smallest_size() -> None:
    rows = qr("12345678")
    assert {len(row) for row in rows} == {len(rows)} == {21}
    assert rows[0].startswith("1111111")

"""The leave to work a booth's devices: of the citizen, for one call, agent and time, and nothing without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from signaling.lease import ACTION_S, ASK_S
from tests.signaling.house import Clock, House, Page, open_house, talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BOOTH, OTHER_BOOTH = "booth_taopu_center", "booth_wanli_center"
AGENT, OTHER_AGENT = "agent_chen_jing", "agent_lu_wei"
EXPERT = "agent_shen_hao"
SUPERVISOR = "supervisor_zhao_lin"
ITEM = "social_card_replace"
PRINT: dict[str, Any] = {"device": "printer", "action": "print", "parameters": {"source": "document", "id": "doc_1"}}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def lease_is(page: Page, lease_id: str, state: str, reason: str | None = None) -> bool:
    told = [each for name, each in page.events if name == "lease.changed" and each["lease_id"] == lease_id]
    return bool(told) and told[-1]["state"] == state and told[-1].get("reason") == reason


async def until_lease(page: Page, lease_id: str, state: str, reason: str | None = None) -> None:
    await page.until(lambda page: lease_is(page, lease_id, state, reason))


async def asked(booth: Page, agent: Page, devices: tuple[str, ...] = ("printer",), for_s: int = 600) -> str:
    call_id = agent.call["call_id"]
    lease_id = str((await agent.do("lease.ask", call_id=call_id, devices=list(devices), for_s=for_s))["lease_id"])
    await until_lease(booth, lease_id, "asked")
    return lease_id


async def live(booth: Page, agent: Page, devices: tuple[str, ...] = ("printer",), for_s: int = 600) -> str:
    lease_id = await asked(booth, agent, devices, for_s)
    await booth.do("lease.allow", lease_id=lease_id)
    await until_lease(agent, lease_id, "live")
    return lease_id


def was_asked(booth: Page) -> list[dict[str, Any]]:
    return [payload for name, payload in booth.events if name == "device.asked"]


async def test_what_the_helper_asks_reaches_the_booth_and_its_answer_the_helper(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    lease_id = await live(booth, agent)
    answer = await agent.do("device.do", lease_id=lease_id, **PRINT)
    order = await booth.told("device.asked")
    assert order == {
        "action_id": answer["action_id"],
        "lease_id": lease_id,
        "call_id": agent.call["call_id"],
        **PRINT,
    }
    assert await agent.refused("device.do", lease_id=lease_id, **PRINT) == "device_busy"
    await booth.do("device.did", action_id=answer["action_id"], code="ok", detail="job 7", result={"number": "310107"})
    await booth.do("device.did", action_id=answer["action_id"], code="failed")
    done = await agent.told("device.done")
    assert (done["code"], done["detail"], done["result"]) == ("ok", "job 7", {"number": "310107"})
    assert (await booth.told("device.done"))["result"] == {}
    await agent.do("device.do", lease_id=lease_id, **PRINT)


async def test_nothing_reaches_a_device_without_a_live_lease(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    unanswered = await asked(booth, agent)
    assert await agent.refused("device.do", lease_id=unanswered, **PRINT) == "no_lease"
    await booth.do("lease.refuse", lease_id=unanswered)
    taken_back = await live(booth, agent)
    await booth.do("lease.take_back", lease_id=taken_back)
    given_back = await live(booth, agent)
    await agent.do("lease.give_back", lease_id=given_back)
    other_device = await live(booth, agent, ("card_reader",))
    for lease_id in ("lease_none", unanswered, taken_back, given_back, other_device):
        assert await agent.refused("device.do", lease_id=lease_id, **PRINT) == "no_lease"
    assert was_asked(booth) == []


async def test_a_lease_ends_when_its_time_is_over_and_both_sides_hear_of_it(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    lease_id = await live(booth, agent, for_s=60)
    await house.pass_time(59)
    await agent.do("device.do", lease_id=lease_id, **PRINT)
    await house.pass_time(2)
    for page in (booth, agent):
        await until_lease(page, lease_id, "ended", "expired")
    assert await agent.refused("device.do", lease_id=lease_id, **PRINT) == "no_lease"
    assert len(was_asked(booth)) == 1


async def test_a_question_nobody_answers_is_taken_off_the_screen(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    lease_id = await asked(booth, agent)
    await house.pass_time(ASK_S + 1)
    await until_lease(booth, lease_id, "ended", "unanswered")
    assert await booth.refused("lease.allow", lease_id=lease_id) == "no_lease"


async def test_a_new_question_replaces_the_old_one_and_a_new_leave_the_old_leave(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    first = await live(booth, agent)
    second = await asked(booth, agent, ("printer", "card_reader"))
    third = await asked(booth, agent, ("card_reader",))
    await until_lease(booth, second, "ended", "replaced")
    await agent.do("device.do", lease_id=first, **PRINT)
    await booth.do("lease.allow", lease_id=third)
    await until_lease(agent, first, "ended", "replaced")
    assert await agent.refused("device.do", lease_id=first, **PRINT) == "no_lease"


async def test_the_lease_ends_with_the_call(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    lease_id = await live(booth, agent)
    await agent.do("call.end", call_id=agent.call["call_id"], outcome="completed")
    await until_lease(booth, lease_id, "ended", "call_ended")
    assert await agent.refused("device.do", lease_id=lease_id, **PRINT) == "no_lease"
    assert was_asked(booth) == []


async def test_the_lease_does_not_pass_to_whom_the_call_is_handed(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    lease_id, call_id = await live(booth, agent), agent.call["call_id"]
    supervisor = await house.page(SUPERVISOR)
    await supervisor.do("call.join", call_id=call_id, role="participant")
    await supervisor.do("call.take_over", call_id=call_id)
    await until_lease(booth, lease_id, "ended", "handed_over")
    for page in (agent, supervisor):
        assert await page.refused("device.do", lease_id=lease_id, **PRINT) == "no_lease"
    assert was_asked(booth) == []


async def test_others_have_no_say(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    lease_id, call_id = await asked(booth, agent), agent.call["call_id"]
    stranger, colleague = await house.page(OTHER_BOOTH), await house.page(OTHER_AGENT)
    for name in ("lease.allow", "lease.refuse", "lease.take_back"):
        assert await stranger.refused(name, lease_id=lease_id) == "no_lease"
    await booth.do("lease.allow", lease_id=lease_id)
    assert await colleague.refused("lease.ask", call_id=call_id, devices=["printer"]) == "not_a_member"
    assert await colleague.refused("device.do", lease_id=lease_id, **PRINT) == "no_lease"
    assert await colleague.refused("lease.give_back", lease_id=lease_id) == "no_lease"
    answer = await agent.do("device.do", lease_id=lease_id, **PRINT)
    await stranger.do("device.did", action_id=answer["action_id"], code="ok")
    assert [name for name, _ in agent.events if name == "device.done"] == []


async def test_somebody_else_in_the_call_may_not_ask(house: House) -> None:
    _, agent = await talk(house, BOOTH, AGENT, ITEM)
    supervisor, call_id = await house.page(SUPERVISOR), agent.call["call_id"]
    await supervisor.do("call.join", call_id=call_id, role="participant")
    assert await supervisor.refused("lease.ask", call_id=call_id, devices=["printer"]) == "not_lead"


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"device": "printer", "action": "read"}, "action"),
    ({"device": "printer", "action": "print", "parameters": {}}, "source"),
    ({"device": "printer", "action": "print", "parameters": {"source": "file", "id": "x"}}, "source"),
    ({"device": "printer", "action": "print", "parameters": {"source": "document", "id": "../etc"}}, "id"),
    ({"device": "printer", "action": "print", "parameters": {**PRINT["parameters"], "copies": 6}}, "copies"),
    ({"device": "printer", "action": "print", "parameters": {**PRINT["parameters"], "copies": True}}, "copies"),
    ({"device": "signature_pad", "action": "show", "parameters": {"text": "字" * 201}}, "parameters"),
    ({"device": "signature_pad", "action": "show", "parameters": {"text": ["字"]}}, "parameters"),
    ({"device": "document_camera", "action": "turn", "parameters": {"control": "shutter", "value": 1}}, "control"),
    ({"device": "document_camera", "action": "turn", "parameters": {"control": "zoom", "value": True}}, "value"),
    ({"device": "document_camera", "action": "automatic", "parameters": {}}, "control"),
    ({"device": "door", "action": "open"}, "device"),
)


async def test_an_action_that_is_wrong_is_refused_by_name(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    lease_id = await live(booth, agent, ("printer", "signature_pad"))
    for wrong, field in WRONG:
        answer = await agent.say("device.do", lease_id=lease_id, **wrong)
        assert (answer["problem"]["code"], answer["problem"]["field"]) == ("malformed", field), wrong
    assert was_asked(booth) == []


async def test_a_reload_of_the_helper_s_page_finds_the_lease_again(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    lease_id = await live(booth, agent)
    again = await house.page(AGENT, "page_reloaded")
    assert [(lease["lease_id"], lease["state"]) for lease in again.snapshot["leases"]] == [(lease_id, "live")]
    await again.do("device.do", lease_id=lease_id, **PRINT)
    await booth.told("device.asked")


async def test_a_booth_that_is_away_is_asked_nothing_now_nor_when_it_is_back(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    lease_id = await live(booth, agent)
    await booth.kill()
    await agent.until(lambda page: page.call["booth_lost_at"] is not None)
    assert await agent.refused("device.do", lease_id=lease_id, **PRINT) == "peer_away"
    back = await house.page(BOOTH, booth.page_id)
    assert [lease["lease_id"] for lease in back.snapshot["leases"]] == [lease_id]
    await agent.do("device.do", lease_id=lease_id, **PRINT)
    await back.told("device.asked")
    assert len(was_asked(back)) == 1
    await back.do("lease.take_back", lease_id=lease_id)
    await until_lease(agent, lease_id, "ended", "taken_back")


async def test_a_restart_of_the_service_keeps_a_lease_and_forgets_none_that_ended(tmp_path: Path) -> None:
    cookies: dict[str, str] = {}
    clock = Clock()
    async with open_house(tmp_path, cookies=cookies, clock=clock) as house:
        booth, agent = await talk(house, BOOTH, AGENT, ITEM)
        taken_back = await live(booth, agent)
        await booth.do("lease.take_back", lease_id=taken_back)
        kept = await live(booth, agent)
        pages = booth.page_id, agent.page_id
    async with open_house(tmp_path, cookies=cookies, clock=clock) as house:
        booth, agent = await house.page(BOOTH, pages[0]), await house.page(AGENT, pages[1])
        for page in (booth, agent):
            assert [lease["lease_id"] for lease in page.snapshot["leases"]] == [kept]
        assert await agent.refused("device.do", lease_id=taken_back, **PRINT) == "no_lease"
        await agent.do("device.do", lease_id=kept, **PRINT)
        await booth.told("device.asked")
    clock.ahead_s += 601
    async with open_house(tmp_path, cookies=cookies, clock=clock) as house:
        assert house.service.leases.standing(kept) == []


async def test_an_action_whose_end_is_never_told_ends_without_an_answer(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    lease_id = await live(booth, agent)
    await agent.do("device.do", lease_id=lease_id, **PRINT)
    await house.pass_time(ACTION_S + 1)
    assert (await agent.told("device.done"))["code"] == "no_answer"
    await agent.do("device.do", lease_id=lease_id, **PRINT)


async def test_everything_done_is_in_the_record_of_the_call_for_who_may_read_it(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    lease_id, call_id = await live(booth, agent, ("printer", "card_reader")), agent.call["call_id"]
    answer = await agent.do("device.do", lease_id=lease_id, device="card_reader", action="read")
    await booth.do("device.did", action_id=answer["action_id"], code="ok", result={"name": "张三"})
    own = {"source": "document", "id": "doc_2"}
    await booth.do("device.own", device="printer", action="print", code="ok", parameters=own)
    await booth.do("lease.take_back", lease_id=lease_id)
    address = f"{house.url}/api/calls/{call_id}/devices"
    async with aiohttp.ClientSession() as session:
        async with session.get(address, headers={"Cookie": await house.cookie(AGENT)}) as response:
            record = await response.json()
        async with session.get(address, headers={"Cookie": await house.cookie(OTHER_AGENT)}) as response:
            assert response.status == 404
        async with session.get(address, headers={"Cookie": await house.cookie(BOOTH)}) as response:
            assert response.status == 401
    assert [(one["lease_id"], one["reason"]) for one in record["leases"]] == [(lease_id, "taken_back")]
    done = [(one["lease_id"], one["by"], one["device"], one["code"]) for one in record["actions"]]
    assert done == [(lease_id, AGENT, "card_reader", "ok"), ("", BOOTH, "printer", "ok")]
    assert "张三" not in str(record)


async def test_the_helper_hears_which_devices_the_booth_has(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    printer: dict[str, Any] = {
        "device": "printer", "name": "小票机", "state": "ok", "simulated": True, "choices": [], "chosen": "",
        "controls": [],
    }  # fmt: skip
    zoom = {"control": "zoom", "value": 100, "least": 100, "most": 400, "step": 10, "automatic": None}
    camera = printer | {"device": "document_camera", "controls": [zoom]}
    await booth.do("devices.are", devices=[printer, camera])
    assert (await agent.told("booth.devices"))["devices"] == [printer, camera]
    assert (await house.page(AGENT, "page_reloaded")).snapshot["devices"] == [printer, camera]
    wrong: list[dict[str, Any]] = [{"state": "on fire"}, {"controls": [zoom] * 7}, {"controls": [zoom | {"most": "4"}]}]
    for one in [*wrong, {"controls": [zoom | {"control": "shutter"}]}]:
        answer = await booth.say("devices.are", devices=[camera | one])
        assert answer["problem"]["field"] == "devices", one


async def test_stills_of_one_paper_are_its_pages(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = agent.call["call_id"]
    first = await agent.do("capture.request", call_id=call_id)
    second = await agent.do("capture.request", call_id=call_id, paper_id=first["paper_id"])
    assert (first["page"], second["page"], second["paper_id"]) == (1, 2, first["paper_id"])
    told = await booth.told("capture.changed")
    assert (told["paper_id"], told["page"], told["kind"]) == (first["paper_id"], 2, "pages")
    await booth.do("capture.withdraw", capture_id=second["capture_id"])
    third = await agent.do("capture.request", call_id=call_id, paper_id=first["paper_id"])
    assert third["page"] == 2
    assert await agent.refused("capture.request", call_id=call_id, paper_id="paper_of_another") == "unknown_paper"


async def test_an_identity_card_has_two_sides_and_no_third(house: House) -> None:
    _, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = agent.call["call_id"]
    front = await agent.do("capture.request", call_id=call_id, kind="id_card")
    back = await agent.do("capture.request", call_id=call_id, paper_id=front["paper_id"])
    assert (front["page"], back["page"]) == (1, 2)
    third = await agent.refused("capture.request", call_id=call_id, paper_id=front["paper_id"])
    assert third == "too_many_pages"

"""What a citizen is told while waiting or turned away: why, where else, from when on; and letting others go first."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from signaling.world import World
from tests.signaling.house import DEVICES, WORLD, Clock, House, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HERE = "booth_caoyang_center"
NEAR = "booth_caoyang_yicun"
FAR = "booth_taopu_center"
AGENT = "agent_chen_jing"
ITEM = "social_card_replace"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def test_who_is_before_one_and_why_is_told(house: House) -> None:
    first = await house.page(FAR)
    await first.do("call.enter", item_id=ITEM)
    me = await house.page(HERE)
    await me.do("call.enter", item_id=ITEM)
    elder = await house.page(NEAR)
    await elder.do("call.enter", item_id=ITEM, priority=["elder"])
    await me.until(lambda page: page.call["ahead"] == 2)
    assert me.call["before"] == [
        {"cause": "earlier", "count": 1, "words": []},
        {"cause": "priority", "count": 1, "words": ["elder"]},
    ]
    assert elder.call["before"] == []


async def test_the_wait_is_estimated_once_somebody_is_at_work(house: House) -> None:
    agent = await house.page(AGENT)
    await agent.do("agent.ready")
    first, second = await house.page(HERE), await house.page(NEAR)
    for booth in (first, second):
        await booth.do("call.enter", item_id=ITEM)
    await second.until(lambda page: page.view["phase"] == "waiting")
    assert 0 < second.call["estimate"]["p50_s"] <= second.call["estimate"]["p90_s"] < 3600


async def test_a_broken_device_names_the_nearest_point_where_it_works(house: House) -> None:
    for booth in (NEAR, FAR):
        await (await house.page(booth)).do("health", **DEVICES)
    here = await house.page(HERE)
    await here.do("health", **{**DEVICES, "document_camera": "failed"})
    problem = (await here.say("call.enter", item_id=ITEM))["problem"]
    near = house.service.world.place(NEAR).point
    assert problem["code"] == "device_not_working"
    assert (problem["nearest"], problem["nearest_address"]) == (near.name, near.address)


async def test_a_point_that_nobody_reaches_is_not_named(house: House) -> None:
    near = await house.page(NEAR)
    await near.do("health", **DEVICES)
    await near.close()
    await (await house.page(FAR)).do("health", **DEVICES)
    here = await house.page(HERE)
    await here.do("health", **{**DEVICES, "document_camera": "failed"})
    problem = (await here.say("call.enter", item_id=ITEM))["problem"]
    assert problem["nearest"] == house.service.world.place(FAR).point.name


async def test_who_lets_others_go_first_keeps_the_place(house: House) -> None:
    me, other, agent = await house.page(HERE), await house.page(NEAR), await house.page(AGENT)
    call_id = (await me.do("call.enter", item_id=ITEM))["call_id"]
    await me.do("call.let_others_first", call_id=call_id, for_s=600)
    await me.until(lambda page: page.call["aside_until"] is not None)
    await other.do("call.enter", item_id=ITEM)
    await agent.do("agent.ready")
    await agent.until(lambda page: page.view["offer"] is not None)
    assert agent.view["offer"]["call_id"] == other.call["call_id"]
    assert me.call["ahead"] == 0
    await other.do("call.leave", call_id=other.call["call_id"])
    await agent.until(lambda page: page.view["offer"] is None)
    await house.pass_time(601)
    await agent.until(lambda page: (page.view["offer"] or {}).get("call_id") == call_id)


async def test_letting_others_go_first_is_for_ones_own_waiting_call(house: House) -> None:
    me, other = await house.page(HERE), await house.page(NEAR)
    call_id = (await me.do("call.enter", item_id=ITEM))["call_id"]
    assert await other.refused("call.let_others_first", call_id=call_id, for_s=600) == "not_a_member"
    for wrong in (0, 1801, "600", 1.5):
        assert await me.refused("call.let_others_first", call_id=call_id, for_s=wrong) == "malformed"
    assert me.call["aside_until"] is None


async def test_a_closed_window_says_when_it_opens(tmp_path: Path) -> None:
    shutil.copytree(WORLD, tmp_path / "world")
    queues = tmp_path / "world" / "queues.toml"
    queues.write_text(queues.read_text("utf-8").replace('hours_id = "always"', 'hours_id = "hall"'), "utf-8")
    clock = Clock()
    clock.ahead_s = datetime(2026, 11, 28, 20, 0, tzinfo=SHANGHAI).timestamp() - clock()  # a Saturday evening
    async with open_house(tmp_path / "data", clock=clock, world=World.load(tmp_path / "world")) as house:
        problem = (await (await house.page(HERE)).say("call.enter", item_id=ITEM))["problem"]
    assert (problem["code"], problem["opens_at"]) == ("closed", "2026-11-30T01:00:00.000Z")

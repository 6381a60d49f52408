"""Hosted calls between real Chromium pages, read back from the pixels they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.waiting import until
from tests.media.browser import party

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

    from media.switchboard import Switchboard
    from tests.media.conftest import Heard

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]

CITIZEN, AGENT, THIRD = 0b010110, 0b101001, 0b011101


async def test_two_parties_see_and_hear_each_other(board: Switchboard, heard: Heard, tabs: BrowserContext) -> None:
    citizen = await party(tabs, board, "call_1", "leg_citizen", "citizen")
    agent = await party(tabs, board, "call_1", "leg_agent", "agent")
    await citizen.offer(CITIZEN)
    await agent.offer(AGENT)
    await citizen.sees_moving(AGENT)
    await agent.sees_moving(CITIZEN)
    sound = await agent.page.evaluate("() => testPattern.listen(leg.videos[0])")
    assert sound["rms"] > 0.01
    assert sound["hz"] == pytest.approx(440, abs=10)
    assert heard.seats == {"leg_citizen": ["leg_agent"], "leg_agent": ["leg_citizen"]}
    assert ("leg_agent", "connected") in heard.states


async def test_the_node_may_offer(board: Switchboard, tabs: BrowserContext) -> None:
    citizen = await party(tabs, board, "call_1", "leg_citizen", "citizen")
    agent = await party(tabs, board, "call_1", "leg_agent", "agent")
    await citizen.answer(CITIZEN)
    await agent.offer(AGENT)
    await citizen.sees_moving(AGENT)
    await agent.sees_moving(CITIZEN)


async def test_an_ice_restart_goes_on_with_the_picture(board: Switchboard, tabs: BrowserContext) -> None:
    citizen = await party(tabs, board, "call_1", "leg_citizen", "citizen")
    agent = await party(tabs, board, "call_1", "leg_agent", "agent")
    await citizen.offer(CITIZEN)
    await agent.offer(AGENT)
    await citizen.sees_moving(AGENT)
    before = citizen.leg.outbox.address
    await citizen.restart()
    await until(lambda: citizen.leg.outbox.address not in (None, before), "the path has moved")
    await citizen.sees_moving(AGENT)
    await agent.sees_moving(CITIZEN)


async def test_a_third_party_joins_beside_the_first_two(board: Switchboard, heard: Heard, tabs: BrowserContext) -> None:
    citizen = await party(tabs, board, "call_1", "leg_citizen", "citizen")
    agent = await party(tabs, board, "call_1", "leg_agent", "agent")
    await citizen.offer(CITIZEN, peers=2)
    await agent.offer(AGENT, peers=2)
    await citizen.sees_moving(AGENT)
    await citizen.film()
    expert = await party(tabs, board, "call_1", "leg_expert", "expert")
    await expert.offer(THIRD, peers=2)
    for one, first, second in ((citizen, AGENT, THIRD), (agent, CITIZEN, THIRD), (expert, CITIZEN, AGENT)):
        await one.sees_moving(first)
        await one.sees_moving(second, 4 + 1)
    assert heard.seats["leg_citizen"] == ["leg_agent", "leg_expert"]
    assert {sender for _, _, sender in await citizen.filmed()} <= {AGENT, -1}
    board.close_leg("call_1", "leg_expert")
    await until(lambda: heard.seats["leg_citizen"] == ["leg_agent", None], "the seat is free again")
    await citizen.sees_moving(AGENT)


async def test_a_listener_sees_and_is_not_seen_until_it_takes_part(board: Switchboard, tabs: BrowserContext) -> None:
    citizen = await party(tabs, board, "call_1", "leg_citizen", "citizen")
    boss = await party(tabs, board, "call_1", "leg_boss", "listener")
    await citizen.offer(CITIZEN)
    await boss.offer(THIRD)
    await boss.sees_moving(CITIZEN)
    await until(lambda: boss.leg.dropped["refused"] > 20, "its packets end at the node")
    assert await citizen.page.evaluate("() => leg.read(1)") is None
    call = board.calls["call_1"]
    call.set_matrix({"leg_boss": "participant"}, (), {})
    board.arrange(call)
    await citizen.sees_moving(THIRD)


async def test_a_screen_and_a_second_camera_start_without_negotiation(board: Switchboard, tabs: BrowserContext) -> None:
    citizen = await party(tabs, board, "call_1", "leg_citizen", "citizen")
    agent = await party(tabs, board, "call_1", "leg_agent", "agent")
    await citizen.offer(CITIZEN, sending={"kinds": []})
    await agent.offer(AGENT, sending={"kinds": ["screen", "document"], "width": 1280, "height": 720, "fps": 10})
    for section, kind in ((2, "screen"), (3, "document")):
        await citizen.sees_moving(AGENT, section)
        assert agent.leg.tracks[kind][0].frames > 0  # type: ignore[index]


async def test_h264_is_carried_where_both_prefer_it(board: Switchboard, tabs: BrowserContext) -> None:
    citizen = await party(tabs, board, "call_1", "leg_citizen", "citizen")
    agent = await party(tabs, board, "call_1", "leg_agent", "agent")
    await citizen.offer(CITIZEN, codecs=["H264", "rtx"])
    await agent.offer(AGENT)
    await agent.sees_moving(CITIZEN)
    used = await agent.stats("inbound-rtp", kind="video")
    codecs = {one["id"]: one["mimeType"] for one in await agent.stats("codec")}
    assert "video/H264" in {codecs[one["codecId"]] for one in used if one.get("framesDecoded")}


async def test_a_viewer_gets_the_layer_it_asks_for(board: Switchboard, tabs: BrowserContext) -> None:
    layers = [
        {"rid": "h", "maxBitrate": 900_000},
        {"rid": "l", "scaleResolutionDownBy": 4, "maxBitrate": 100_000},
    ]
    citizen = await party(tabs, board, "call_1", "leg_citizen", "citizen")
    boss = await party(tabs, board, "call_1", "leg_boss", "listener")
    await citizen.offer(CITIZEN, layers=layers)
    await boss.offer(THIRD, sending={"kinds": []})
    tracks = citizen.leg.tracks["camera"]
    await until(lambda: all(track.rate_bps for track in tracks), "both layers are sent", 20)

    async def width() -> int:
        seen = await boss.page.evaluate("() => leg.read(1)")
        return seen["width"] if seen else 0

    async def small() -> bool:
        return await width() == 160

    await until(small, "a listener gets the smallest", 15)


async def test_a_closed_page_leaves_nothing_behind(board: Switchboard, heard: Heard, tabs: BrowserContext) -> None:
    citizen = await party(tabs, board, "call_1", "leg_citizen", "citizen")
    await citizen.offer(CITIZEN)
    await until(lambda: ("leg_citizen", "connected") in heard.states, "connected")
    await citizen.page.evaluate("() => leg.close()")
    await until(lambda: heard.ended == ["call_1"], "the call is gone")
    assert board.calls == {}

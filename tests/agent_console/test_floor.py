"""The supervisor's floor in a real browser: it fits, is accessible, worked by keys alone, and takes text as text."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.agent_console.conftest import BOOTH, HELPER, ITEM, OTHER, SUPERVISOR
from tests.agent_console.test_access import faults_of
from tests.agent_console.test_pages import fetch
from tests.browser.layout import faults as laid_out_wrongly
from tests.signaling.house import DEVICES, talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.agent_console.conftest import Opening
    from tests.signaling.house import House

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

WAITING = "booth_changfeng_center"
LONG_S = 200
"""Longer than anybody may wait."""
BREAKING = "<img src=x onerror=alert(1)>"


@asynccontextmanager
async def busy(house: House) -> AsyncIterator[str]:
    """Let one call be talked in, another wait in vain, and a booth have a broken device; yield the waiting call."""
    booth, agent = await talk(house, BOOTH, HELPER, ITEM)
    waiting = await house.page(WAITING)
    await waiting.do("health", **DEVICES | {"speaker": "failed"})
    entered = await waiting.do("call.enter", item_id=ITEM, priority=["elder"])
    try:
        yield str(entered["call_id"])
    finally:
        await waiting.say("call.leave", call_id=entered["call_id"])
        call_id = agent.call["call_id"]
        await agent.do("call.end", call_id=call_id, outcome="completed")
        await agent.do("wrap_up.finish", call_id=call_id)
        for page in (booth, agent, waiting):
            await page.close()


async def test_every_state_of_the_floor_is_accessible_and_fits(house: House, opening: Opening) -> None:
    faults: list[str] = []
    async with opening(house, "/console/floor", who=SUPERVISOR, lang="en") as page:
        await expect(page.locator(".fq")).to_have_count(5)
        await expect(page.locator(".map-point")).to_have_count(26)
        faults += await faults_of(page, "empty")
        async with busy(house):
            await expect(page.locator(".vlist-waiting [role=option]")).to_have_count(1)
            await expect(page.locator(".vlist-talking [role=option]")).to_have_count(1)
            await expect(page.locator(".fa")).not_to_have_count(0)
            await house.pass_time(LONG_S)
            # The worst first, though the broken device is older.
            await expect(page.locator(".fa").first).to_have_attribute("data-kind", "long_wait")
            await expect(page.locator(".fa").last).to_have_attribute("data-kind", "device_broken")
            faults += await faults_of(page, "busy") + await laid_out_wrongly(page)
            for name in ("waiting", "talking", "agents"):
                await page.click(f".vlist-{name} [role=option]")
                await expect(page.locator(".detail[open]")).to_be_visible()
                await page.click(".detail summary >> nth=0")
                faults += await faults_of(page, f"one of {name}")
                await page.keyboard.press("Escape")
            await page.click("#broadcast")
            faults += await faults_of(page, "broadcast")
            await page.keyboard.press("Escape")
    assert faults == []


async def test_a_supervisor_works_by_keys_alone(house: House, opening: Opening) -> None:
    async with busy(house) as call_id, opening(house, "/console/floor", who=SUPERVISOR) as page:
        await expect(page.locator(".vlist-waiting [role=option]")).to_have_count(1)
        await page.focus(".vlist-waiting")
        await page.keyboard.press("End")
        await page.keyboard.press("Enter")
        await expect(page.locator(".detail-facts")).to_contain_text("下一个就是")
        await page.focus("#stop-open")
        await page.keyboard.press("Enter")
        await expect(page.locator("#stop-reason")).to_be_focused()
        await page.keyboard.type("市民重复取号")
        await page.keyboard.press("Enter")
        await expect(page.locator(".detail[open]")).to_have_count(0)
        await expect(page.locator(".vlist-waiting [role=option]:visible")).to_have_count(0)
        assert house.service.hall.engine.call(call_id).outcome == "referred"
        # The queue opens by keys too, and what was typed is shown as text.
        await page.focus(".fq:first-child .fq-more")
        await page.keyboard.press("Enter")
        await page.focus("#close-queue-open")
        await page.keyboard.press("Enter")
        await expect(page.locator("#close-queue-reason")).to_be_focused()
        await page.keyboard.type(BREAKING)
        await page.keyboard.press("Enter")
        await expect(page.locator(".detail[open]")).to_have_count(0)
        await page.keyboard.press("Enter")
        await expect(page.locator(".detail-facts")).to_contain_text(BREAKING)
        await page.focus("#open-queue-open")
        await page.keyboard.press("Enter")
        await expect(page.locator("#open-queue-reason")).to_be_focused()
        await page.keyboard.type("恢复")
        await page.keyboard.press("Enter")
        await expect(page.locator(".detail[open]")).to_have_count(0)
        # The map is one stop of the tabulator; arrows go from point to point.
        await page.focus(".map-point[tabindex='0']")
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Enter")
        await expect(page.locator(".detail[open]")).to_be_visible()


async def test_a_supervisor_moves_a_call_ahead_by_a_click_and_says_why(house: House, opening: Opening) -> None:
    async with busy(house) as first, opening(house, "/console/floor", who=SUPERVISOR) as page:
        other = await house.page("booth_taopu_center")
        second = str((await other.do("call.enter", item_id=ITEM))["call_id"])
        await page.click(".fq:first-child .fq-narrow")
        await expect(page.locator(f"#waiting-{first}")).to_have_attribute("aria-posinset", "1")
        await page.click(f"#waiting-{second}")
        await page.click("#move-ahead-open")
        await page.click("#move-ahead-confirm")
        await expect(page.locator(".detail[open]")).to_be_visible()  # not without a reason
        await page.fill("#move-ahead-reason", "突发不适")
        await page.click("#move-ahead-confirm")
        await expect(page.locator(f"#waiting-{second}")).to_have_attribute("aria-posinset", "1")
        await expect(page.locator(f"#waiting-{second}")).to_contain_text("提前")
        assert house.service.hall.engine.call(second).moved == "突发不适"
        await other.do("call.leave", call_id=second)
        await other.close()


async def test_a_supervisor_listens_from_the_floor_and_comes_back_to_it(house: House, opening: Opening) -> None:
    async with busy(house), opening(house, "/console/floor", who=SUPERVISOR) as page:
        await page.click(".vlist-talking [role=option]")
        await page.click(".detail [data-way=listener]")
        await expect(page.locator("main[data-mode=call]")).to_be_visible()
        await expect(page.locator(".floor")).to_be_hidden()
        await page.click("#step-out")
        await expect(page.locator(".floor")).to_be_visible()
        await expect(page.locator(".vlist-talking [role=option]")).to_have_count(1)


async def test_a_broadcast_reaches_a_booth_as_text(house: House, opening: Opening) -> None:
    booth = await house.page(BOOTH)
    async with opening(house, "/console/floor", who=SUPERVISOR) as page:
        await page.click("#broadcast")
        await page.fill("#broadcast-text", BREAKING)
        await page.click("#broadcast-send")
        await booth.until(lambda page: [one["text"] for one in page.view["messages"]] == [BREAKING])
        await page.click("#broadcast")
        await expect(page.locator(".broadcast-words")).to_have_text(BREAKING)
        await page.click(".broadcast-one button")
        await booth.until(lambda page: page.view["messages"] == [])
    await booth.close()


@pytest.mark.parametrize("who", [HELPER, OTHER])
async def test_a_helper_is_shown_no_floor(house: House, who: str) -> None:
    for path in ("/console/floor", "/api/floor"):
        response, text = await fetch(house, path, await house.cookie(who))
        assert response.status == 403
        assert "曹杨" not in text
    response, _ = await fetch(house, "/api/floor", await house.cookie(BOOTH))
    assert response.status == 401

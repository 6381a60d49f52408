"""The hall's display in a real browser: enrolled by its link, accessible, and honest when the service is away."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from signaling.figures import MEASURES
from signaling.routing.commands import Enter, GiveUp
from tests.agent_console.conftest import BOOTH, HELPER, ITEM, SUPERVISOR
from tests.agent_console.test_access import faults_of
from tests.agent_console.test_pages import fetch
from tests.signaling.house import talk

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.agent_console.conftest import Opening
    from tests.signaling.house import House

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

OLD_MS = 7000
"""After so long without an answer the display says how old it is; within it, it asks again."""


async def test_a_display_is_enrolled_by_its_link_and_shows_the_hall(house: House, opening: Opening) -> None:
    credential = await house.service.auth.enrol_wall("test")
    async with opening(house, "/wall") as page:
        await expect(page.locator(".wall-closed")).to_be_visible()
        await page.clock.install()
        faults = await faults_of(page, "not enrolled")
        booth, agent = await talk(house, BOOTH, HELPER, ITEM)
        await page.goto(f"{house.url}/wall#enrol={credential}")
        await page.reload()  # only the fragment changed: a display is opened anew with it
        await expect(page.locator(".wall-ticket strong")).to_have_text(agent.call["ticket"])
        assert "enrol" not in page.url
        await expect(page.locator(".wall-queue")).to_have_count(5)
        await expect(page.locator("[data-point=caoyang_center]")).to_have_attribute("data-state", "talking")
        call_id = agent.call["call_id"]
        await agent.do("call.end", call_id=call_id, outcome="completed")
        await agent.do("wrap_up.finish", call_id=call_id)
        await booth.do("call.rate", call_id=booth.call["call_id"], level=5)
        await expect(page.locator("[data-figure=served] strong")).to_have_text("1")
        await expect(page.locator("[data-figure=satisfaction] strong")).to_have_text("100.0%")
        await expect(page.locator(".wall-chart canvas")).to_be_visible()
        faults += await faults_of(page, "wall")
        elements = await page.evaluate("document.querySelectorAll('*').length")
        await page.context.set_offline(True)
        await page.clock.fast_forward(OLD_MS)
        await expect(page.locator(".wall-away")).to_contain_text("连接中断")
        faults += await faults_of(page, "away")
        await page.context.set_offline(False)
        await page.clock.fast_forward(OLD_MS)
        await expect(page.locator(".wall-away")).to_be_hidden()
        assert await page.evaluate("document.querySelectorAll('*').length") <= elements
        for who in (booth, agent):
            await who.close()
    assert faults == []


async def counted(page: Page) -> dict[str, float]:
    """Return what the page holds, garbage collected. (Its heap tells nothing here: the clock's own log grows.)"""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    await session.send("HeapProfiler.collectGarbage")
    found = await session.send("Performance.getMetrics")
    await session.detach()
    return {one["name"]: one["value"] for one in found["metrics"]}


async def test_it_stands_for_days_without_growing_and_equals_the_report_after_a_break(
    house: House, opening: Opening
) -> None:
    """Days pass by the page's clock, an hour at a time; the service's own time and its answers are real."""
    credential = await house.service.auth.enrol_wall("days")
    async with opening(house, "/wall") as page:
        await page.clock.install()
        await page.goto(f"{house.url}/wall#enrol={credential}")
        await page.reload()
        await expect(page.locator(".wall-queue")).to_have_count(5)

        async def live(hours: int) -> None:
            for hour in range(hours):
                if hour % 6 == 0:
                    call_id = f"call_wall_{house.service.hall.seq}"
                    await house.service.hall.submit(Enter(call_id, BOOTH, "social", ITEM))
                    await house.service.hall.submit(GiveUp(call_id))
                async with page.expect_response("**/api/wall"):
                    await page.clock.fast_forward(3_600_000)

        await live(6)
        before = await counted(page)
        await live(24)
        after = await counted(page)
        assert after["Nodes"] <= before["Nodes"] + 5
        assert after["JSEventListeners"] <= before["JSEventListeners"]
        # Away, while the day goes on without it; back, it says what the report says.
        await page.context.set_offline(True)
        booth, agent = await talk(house, BOOTH, HELPER, ITEM)
        await agent.do("call.end", call_id=agent.call["call_id"], outcome="completed")
        await booth.do("call.rate", call_id=booth.call["call_id"], level=4)
        await page.clock.fast_forward(60_000)
        await expect(page.locator(".wall-away")).to_be_visible()
        await page.context.set_offline(False)
        async with page.expect_response("**/api/wall"):
            await page.clock.fast_forward(60_000)
        today = datetime.now(house.service.world.calendar.timezone).date().isoformat()
        path = f"/api/reports?from={today}&to={today}&step=&by="
        _, text = await fetch(house, path, await house.cookie(SUPERVISOR))
        total = dict(zip((one.key for one in MEASURES), json.loads(text)["total"], strict=True))
        await expect(page.locator(".wall-away")).to_be_hidden()
        await expect(page.locator("[data-figure=satisfaction] strong")).to_have_text(f"{total['satisfaction']:.1%}")
        await expect(page.locator("[data-figure=service_level] strong")).to_have_text(f"{total['service_level']:.1%}")
        await expect(page.locator("[data-figure=served] strong")).to_have_text(str(total["answered"]))
        for who in (booth, agent):
            await who.close()

"""The hall's display in a real browser: enrolled by its link, accessible, and honest when the service is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.agent_console.conftest import BOOTH, HELPER, ITEM
from tests.agent_console.test_access import faults_of
from tests.signaling.house import talk

if TYPE_CHECKING:
    from tests.agent_console.conftest import Opening
    from tests.signaling.house import House

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


async def test_a_display_is_enrolled_by_its_link_and_shows_the_hall(house: House, opening: Opening) -> None:
    credential = await house.service.auth.enrol_wall("test")
    async with opening(house, "/wall") as page:
        await expect(page.locator(".wall-closed")).to_be_visible()
        faults = await faults_of(page, "not enrolled")
        booth, agent = await talk(house, BOOTH, HELPER, ITEM)
        await page.goto(f"{house.url}/wall#enrol={credential}")
        await page.reload()  # only the fragment changed: a display is opened anew with it
        await expect(page.locator(".wall-ticket strong")).to_have_text(agent.call["ticket"])
        assert "enrol" not in page.url
        await expect(page.locator(".wall-queue")).to_have_count(5)
        await expect(page.locator("[data-point=caoyang_center]")).to_have_attribute("data-state", "talking")
        await agent.do("call.end", call_id=agent.call["call_id"], outcome="completed")
        await booth.do("call.rate", call_id=booth.call["call_id"], level=5)
        await expect(page.locator("[data-figure=served] strong")).to_have_text("1")
        await expect(page.locator("[data-figure=satisfaction] strong")).to_have_text("100.0%")
        await expect(page.locator(".wall-chart canvas")).to_be_visible()
        faults += await faults_of(page, "wall")
        elements = await page.evaluate("document.querySelectorAll('*').length")
        await page.context.set_offline(True)
        await expect(page.locator(".wall-away")).to_contain_text("连接中断")
        faults += await faults_of(page, "away")
        await page.context.set_offline(False)
        await expect(page.locator(".wall-away")).to_be_hidden()
        assert await page.evaluate("document.querySelectorAll('*').length") <= elements
        for who in (booth, agent):
            await who.close()
    assert faults == []

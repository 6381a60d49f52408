"""The reports' page in a real browser: what is shown, sorted, filtered, taken along; usable by everybody."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.agent_console.conftest import HELPER, SUPERVISOR
from tests.agent_console.test_access import faults_of
from tests.signaling.figures.filled import keep, play
from tests.signaling.house import DISTRICT

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.agent_console.conftest import Opening
    from tests.signaling.house import House

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

DAY_S = 86_400.0


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def days(house: House) -> None:
    morning = time.time() // DAY_S * DAY_S - DAY_S
    await keep(house.service.records, DISTRICT, play(DISTRICT, 1, 300, morning))


async def since_last_week(page: Page) -> None:
    """Whatever weekday it is, the day that was played is among them."""
    await page.fill("#wish-from", str(datetime.now(UTC).date() - timedelta(days=7)))


async def test_a_supervisor_reads_sorts_filters_and_takes_along(house: House, opening: Opening) -> None:
    async with opening(house, "/console/reports", who=SUPERVISOR) as page:
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
        rows = page.locator(".grid tbody tr[aria-rowindex]")
        await since_last_week(page)
        await expect(page.locator("[data-measure=offered] dd")).not_to_have_text("0")
        offered = await page.locator("[data-measure=offered] dd").inner_text()
        await page.select_option("#wish-step", "")
        await page.select_option("#wish-by", "point")
        await expect(rows.first).to_contain_text("曹杨")
        await page.locator(".grid-title", has_text="取号数").click()
        counts = [int(text) for text in await page.locator(".grid tbody td:nth-child(2)").all_inner_texts() if text]
        assert counts == sorted(counts, reverse=True)
        assert sum(counts) == int(offered)
        await page.fill("#search", "桃浦")
        await expect(rows).to_have_count(1)
        async with page.expect_download() as download:
            await page.click("#export-csv")
        assert (await download.value).suggested_filename.endswith(".csv")
        # The canvas is painted: more than one colour.
        painted = await page.evaluate(
            """() => { const c = document.querySelector(".chart canvas"); const d = c.getContext("2d")
                .getImageData(0, 0, c.width, c.height).data; return new Set(d).size }"""
        )
        assert painted > 10
        assert refused == []


async def test_ten_thousand_lines_would_be_as_few_elements(house: House, opening: Opening) -> None:
    async with opening(house, "/console/reports", who=SUPERVISOR) as page:
        await since_last_week(page)
        await page.select_option("#wish-by", "call")
        await expect(page.locator(".grid tbody a").first).to_be_visible()
        count = int(await page.locator(".grid").get_attribute("aria-rowcount") or 0)
        assert count > 200
        assert await page.locator(".grid tbody tr").count() < 80
        await page.locator(".grid-scroll").focus()
        await page.keyboard.press("End")
        await expect(page.locator(f".grid tr[aria-rowindex='{count}']")).to_be_visible()
        assert await page.locator(".grid tbody tr").count() < 80
        link = await page.locator(f".grid tr[aria-rowindex='{count}'] a").get_attribute("href") or ""
        assert link.startswith("/console/history/call_")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_the_page_is_accessible_and_fits_also_for_a_helper(house: House, opening: Opening, dark: bool) -> None:
    faults: list[str] = []
    who = HELPER if dark else SUPERVISOR
    async with opening(house, "/console/reports", who=who, dark=dark, lang="en" if dark else "zh-CN") as page:
        await expect(page.locator(".grid tfoot th")).to_be_visible()
        faults += await faults_of(page, "reports")
        assert await page.locator("#wish-agent").count() == (0 if dark else 1)
        await page.click("#columns")
        faults += await faults_of(page, "columns")
        await page.keyboard.press("Escape")
        await expect(page.locator("#columns")).to_be_focused()
        await page.click("#measures-help")
        await expect(page.locator("dialog[open]")).to_contain_text("in_time / (answered + abandoned)")
        faults += await faults_of(page, "measures")
        await page.keyboard.press("Escape")
        await page.fill("#wish-to", "1999-01-01")
        await expect(page.locator("[role=alert]")).to_be_visible()
        faults += await faults_of(page, "refused")
    assert faults == []


async def test_moving_helpers_in_thought_shows_its_effect(house: House, opening: Opening) -> None:
    async with opening(house, "/console/planning", who=SUPERVISOR) as page:
        await page.fill("#wish-from", str(datetime.now(UTC).date() - timedelta(days=7)))
        await expect(page.locator("[data-queue=social] td").nth(4)).to_contain_text("%")
        assert await page.locator(".plan-worse").count() == 0
        await page.select_option("#move-to", "civil")
        await page.select_option("#move-first", "20")
        await page.select_option("#move-last", "23")
        await page.click("#move-add")
        await expect(page.locator("[data-queue=social] .plan-worse").first).to_be_visible()
        await expect(page.locator("[data-queue=civil] .plan-better").first).to_be_visible()
        assert await faults_of(page, "planning", fits=False) == []
        await page.fill("#move-count", "99")
        await page.press("#move-count", "Enter")
        await expect(page.locator("[role=alert]")).to_contain_text("10:00")
        assert await page.locator(".plan-list li").count() == 1
        await page.reload()  # the address holds the moves
        await page.locator(".plan-list button").press("Enter")
        await expect(page.locator(".plan-worse")).to_have_count(0)

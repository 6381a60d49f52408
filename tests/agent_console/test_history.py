"""The history with more calls than anyone reads: it goes on by itself, and scrolls as lightly as a short one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.agent_console.conftest import SUPERVISOR
from tests.signaling.records.many import add_many

if TYPE_CHECKING:
    from tests.agent_console.conftest import Opening
    from tests.signaling.house import House

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

CALLS = int(os.environ.get("HISTORY_CALLS", "1500"))
DOWN = """
() => new Promise((done) => {
  let before = performance.now(), worst = 0
  const step = (now) => {
    worst = Math.max(worst, now - before)
    before = now
    scrollBy(0, 400)
    const more = document.getElementById("more")
    if (more.hidden && innerHeight + scrollY >= document.documentElement.scrollHeight - 2) done(worst)
    else requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
})
"""


async def test_any_number_of_calls_scrolls_with_few_elements(house: House, opening: Opening) -> None:
    await add_many(house.service.records, CALLS)
    async with opening(house, "/console/history", who=SUPERVISOR) as page:
        await expect(page.locator(".table-history tbody tr").first).to_be_visible()
        worst_ms = await page.evaluate(DOWN)
        await expect(page.locator("[role=status]")).to_contain_text(str(CALLS))
        await expect(page.locator(".table-history tbody tr").last).to_contain_text("S00000")
        assert await page.locator(".table-history tbody tr").count() < 1000
        # Back at the top, what was let go is there again.
        await page.evaluate("scrollTo(0, 0)")
        await expect(page.locator(".table-history tbody tr").first).to_contain_text(f"S{CALLS - 1:05d}")
        print(f"{CALLS} calls, the longest frame {worst_ms:.0f} ms")

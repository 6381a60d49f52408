"""Photographs one state in all the forms a person may meet it in, and notes what is laid out wrongly.

The booth is photographed upright, across and with large letters; the console light and dark; the wall at the sizes a
hall's display has.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tests.browser.layout import faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Page

UPRIGHT, ACROSS = (1080, 1920), (1920, 1080)
DESK = (1440, 900)
WALLS = (ACROSS, (3840, 2160))
IN_ENGLISH = {
    "03-attract", "04-items", "06-papers", "07-wishes", "08-ticket", "10-talk-papers", "10b-form", "11-receipt",
    "12-rate", "30-away", "32-times", "33-booked",
}  # fmt: skip
"""Those of the booth's states whose words are longest in English."""
REACHED = """one => {
  const { x, y, width, height } = one.getBoundingClientRect()
  return document.elementFromPoint(x + width / 2, y + height / 2)?.closest("[data-action=elder]") === one
}"""
"""Nothing lies over the button: neither a dialog nor the guide to the camera."""
STILL = """() => [...document.images].every(one => one.complete) && document.getAnimations().every(one =>
  one.playState !== 'running'
  || !(/color|opacity|background/.test(one.transitionProperty ?? '') || one.animationName?.endsWith('-in')))"""
"""Pictures and colours have arrived; a countdown's bar never rests."""
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Camera:
    """Puts the pictures into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []
        """What no picture may show: words cut off, a control under another."""

    async def booth(self, page: Page, state: str) -> None:
        """Upright and across, as it is; upright with large letters."""
        await self._both_ways(page, f"booth-{state}")
        if state in IN_ENGLISH and await page.locator("dialog[open]").count() == 0:
            await _sized(page, UPRIGHT)  # across, keys may lie over the button
            await page.click("[data-action=language]")
            await page.wait_for_selector("html[lang=en]")
            await self._both_ways(page, f"booth-{state}", "-en")
            await _sized(page, UPRIGHT)
            await page.click("[data-action=language]")
            await page.wait_for_selector("html[lang=zh-CN]")
        elder = page.locator("[data-action=elder]:visible")
        if await elder.count() and await elder.evaluate(REACHED):
            await elder.click()
            await _sized(page, UPRIGHT)
            await self.shoot(page, f"booth-{state}-elder")
            await elder.click()

    async def desk(self, page: Page, state: str) -> None:
        """Light and dark."""
        await _sized(page, DESK)
        for scheme in ("dark", "light"):
            await page.emulate_media(color_scheme=scheme)
            await self.shoot(page, f"console-{state}-{scheme}")

    async def english(self, page: Page, state: str) -> None:
        """In English, light."""
        await _sized(page, DESK)
        await self.shoot(page, f"console-{state}-en")

    async def wall(self, page: Page, state: str) -> None:
        """At both sizes a hall's display has."""
        for size in WALLS:
            await _sized(page, size)
            await self.shoot(page, f"wall-{state}-{size[1]}")

    async def shoot(self, page: Page, name: str) -> None:
        """Take one picture of a page as it stands, and note its faults."""
        await page.evaluate(DRAWN)  # what was just changed has begun to move
        await page.wait_for_function(STILL)
        await page.screenshot(path=self.folder / f"{name}.png")
        print(name, flush=True)
        for fault in await faults(page):
            self.faults.append(f"{name}: {fault}")
            print(f"  {fault}", flush=True)

    @contextlib.asynccontextmanager
    async def watching(self, *pages: Page) -> AsyncIterator[None]:
        """Show what stood on the pages when a scene could not go on."""
        try:
            yield
        except Exception:
            for number, page in enumerate(pages):
                await page.screenshot(path=self.folder / f"stopped-{number}.png")
            raise

    async def _both_ways(self, page: Page, name: str, form: str = "") -> None:
        for way, size in (("portrait", UPRIGHT), ("landscape", ACROSS)):
            await _sized(page, size)
            await self.shoot(page, f"{name}-{way}{form}")


async def _sized(page: Page, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})

"""What the scenes stand on: browsers with somebody before the camera or nobody, a clock, past days of the district."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from signaling import config
from signaling.records import Records
from tests.browser.chromium import chromium
from tests.browser.pattern import write_voice
from tests.browser.screenshots import film
from tests.browser.service import KEY, WORLD
from tests.signaling.figures.filled import keep, play
from tests.signaling.house import DISTRICT, Clock, House
from tests.web.conftest import CHROMIUM, FLAGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page, Playwright

    from tests.browser.chromium import Chromium
    from tests.browser.pattern import Sender

BROWSERS_OWN = 87
"""Pixels of a headless window that are not the page's."""
DAYS, CALLS_A_DAY = 5, 260


@contextlib.asynccontextmanager
async def filmed(driver: Playwright, profile: Path, side: Sender, window: tuple[int, int]) -> AsyncIterator[Chromium]:
    """Give a browser that sees and hears one side of a call."""
    await asyncio.to_thread(profile.mkdir, parents=True)
    camera, voice = film(profile / "film.mjpeg", side), write_voice(profile / "voice.wav", side)
    size = (window[0], window[1] + BROWSERS_OWN)
    async with chromium(driver, profile / "profile", film=camera, voice=voice, size=size) as browser:
        yield browser


@contextlib.asynccontextmanager
async def browsing(driver: Playwright) -> AsyncIterator[Browser]:
    """Give a browser for pages that need nobody before the camera."""
    browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    try:
        yield browser
    finally:
        await browser.close()


async def opened(browser: Browser, house: House, who: str, *, devices: bool = True) -> Page:
    """Open an empty page in a context of its own, signed in as somebody ("" for nobody)."""
    context = await browser.new_context(
        permissions=["camera", "microphone"] if devices else [], timezone_id=str(DISTRICT.calendar.timezone)
    )
    if who:
        name, value = (await house.cookie(who)).split("=", 1)
        await context.add_cookies([{"name": name, "value": value, "url": house.url}])
    return await context.new_page()


def clock_at(hour: int) -> Clock:
    """Return a clock that shows a full hour of today in the district, whatever time it is."""
    clock = Clock()
    today = datetime.fromtimestamp(time.time(), DISTRICT.calendar.timezone)
    clock.ahead_s = today.replace(hour=hour, minute=0, second=0, microsecond=0).timestamp() - time.time()
    return clock


async def past_days(data: Path, now: float) -> None:
    """Write the last days of the whole district: lists, charts and the wall are as full as they will be."""
    today = datetime.fromtimestamp(now, DISTRICT.calendar.timezone).replace(hour=8, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=DAYS - 1)
    made = play(DISTRICT, DAYS, CALLS_A_DAY, first.timestamp())
    to_come = {getattr(event, "call_id", None) for event in made if event.at > now} - {None}
    past = [event for event in made if event.at <= now and getattr(event, "call_id", None) not in to_come]
    loaded = config.load(None, {"world_dir": WORLD, "data_dir": data, "captures": {"key": KEY}, "demo": True})
    async with Records.open(loaded.database_url) as records:
        await keep(records, DISTRICT, past)

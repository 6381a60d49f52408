"""What the console's tests stand on: the real service in this process, citizens as socket clients, one real browser."""

from __future__ import annotations

import dataclasses
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from tests.signaling.house import House, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from playwright.async_api import Browser, Page

    from tests.signaling.house import Page as Citizen

    Opening = Callable[..., AbstractAsyncContextManager[Page]]

BOOTH = "booth_caoyang_center"
ITEM = "social_card_replace"
HELPER = "agent_chen_jing"
OTHER = "agent_shen_hao"
EXPERT = "agent_wu_guoqiang"
SUPERVISOR = "supervisor_zhao_lin"
"""Nobody else is signed in, so that a call for the helper's matter rings nowhere else."""

# A machine that runs everything else at the same time takes its time; what is shown in the end is the same.
expect.set_options(timeout=15_000)

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        yield await driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One service for the tests of a module; each leaves nobody in a call."""
    async with open_house(tmp_path_factory.mktemp("house"), sign_in={"attempts_per_name": 3}) as house:
        yield house


@pytest.fixture(scope="session")
def opening(browser: Browser) -> Opening:
    """Opens a page of the console in a context of its own; a fault in one of its scripts fails the test."""

    @asynccontextmanager
    async def open_page(
        house: House,
        path: str = "/console",
        *,
        who: str | None = None,
        devices: bool = True,
        lang: str = "zh-CN",
        dark: bool = False,
    ) -> AsyncIterator[Page]:
        context = await browser.new_context(
            viewport={"width": 1440, "height": 900},
            permissions=["camera", "microphone"] if devices else [],
            color_scheme="dark" if dark else "light",
            # All times are the district's, wherever a browser stands.
            timezone_id="America/New_York",
        )
        if who is not None:
            name, value = (await house.cookie(who)).split("=", 1)
            await context.add_cookies([{"name": name, "value": value, "url": house.url}])
        page = await context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(f"{house.url}{path}?lang={lang}")
        try:
            yield page
            assert faults == []
        finally:
            await context.close()

    return open_page


@dataclasses.dataclass
class Shift:
    """A helper who is ready, and a citizen who may come."""

    house: House
    page: Page
    citizen: Citizen

    async def mode(self, name: str) -> None:
        await expect(self.page.locator(f"main[data-mode={name}]")).to_be_attached(timeout=10_000)

    async def ring(self) -> None:
        await self.citizen.do("call.enter", item_id=ITEM, priority=["elder"])
        await self.mode("offer")

    async def answer(self) -> str:
        """Ring and answer; return the call's id."""
        await self.ring()
        await self.page.keyboard.press("Enter")
        await self.mode("call")
        await self.citizen.until(lambda page: page.view["phase"] == "talking")
        return str(self.citizen.call["call_id"])

    async def finish(self) -> None:
        """End the call with two keys and Enter, and be ready again."""
        await self.page.keyboard.press("Alt+e")
        await self.page.keyboard.press("2")
        await self.page.keyboard.press("Enter")
        await self.mode("wrap_up")
        await self.page.keyboard.press("Enter")
        await self.mode("idle")
        await self.citizen.until(lambda page: page.view["phase"] == "rating")
        await self.citizen.do("call.dismiss", call_id=self.citizen.view["call"]["call_id"])


@pytest_asyncio.fixture(loop_scope="session")
async def shift(house: House, opening: Opening) -> AsyncIterator[Shift]:
    async with opening(house, who=HELPER) as page:
        await expect(page.locator("#idle-ready")).to_be_focused()
        await page.keyboard.press("r")
        await expect(page.locator("#pause")).to_be_visible()
        citizen = await house.page(BOOTH)
        yield Shift(house, page, citizen)
        await citizen.close()
        await page.keyboard.press("r")
        await page.keyboard.press("1")
        await expect(page.locator("#idle-ready")).to_be_visible()

"""What the tests of the media node stand on: a node on a free port, and one Chromium for the whole module run."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest_asyncio
from playwright.async_api import async_playwright

from media.port import Port
from media.switchboard import Switchboard
from tests.browser.chromium import FLAGS
from tests.media.linked import DEVICES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext

    from media.call import Call
    from media.leg import Leg


class Heard:
    """A watcher that remembers."""

    def __init__(self) -> None:
        self.states: list[tuple[str, str]] = []
        self.seats: dict[str, list[str | None]] = {}
        self.ended: list[str] = []
        self.left: list[str] = []
        self.seconds = 0

    def leg_changed(self, call_id: str, leg: Leg, state: Any) -> None:
        self.states.append((leg.leg_id, state))

    def leg_leaves(self, call_id: str, leg: Leg) -> None:
        self.left.append(leg.leg_id)

    def seats_changed(self, call_id: str, leg_id: str, seats: list[str | None]) -> None:
        self.seats[leg_id] = seats

    def call_measured(self, call: Call, now: float) -> None:
        pass

    def call_ended(self, call: Call) -> None:
        self.ended.append(call.call_id)

    def second_passed(self, now: float) -> None:
        self.seconds += 1


@pytest_asyncio.fixture(loop_scope="session")
async def heard() -> Heard:
    return Heard()


@pytest_asyncio.fixture(loop_scope="session")
async def board(heard: Heard) -> AsyncIterator[Switchboard]:
    """A node's switchboard on loopback."""
    board = Switchboard(Port.bind("127.0.0.1", 0), ("127.0.0.1",), heard)
    board.open()
    yield board
    await board.close()
    assert board.port.dropped["defect"] == 0


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    flags = [flag for flag in FLAGS if not flag.startswith(("--headless", "--remote-debugging-port"))] + list(DEVICES)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def tabs(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """A fresh context, closed with all its pages."""
    context = await chromium.new_context()
    yield context
    await context.close()

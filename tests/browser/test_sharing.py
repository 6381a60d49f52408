"""Shared screens, both ways, inside the running call: 12 px text of a 1920×1080 desktop is read on the other side."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser import legible
from tests.browser.conftest import SHARED_TITLE
from tests.browser.pattern import AGENT, CITIZEN, decoded
from tests.browser.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.browser.chromium import Chromium
    from tests.browser.conftest import Scene, Stagehand
    from tests.browser.legible import Reading
    from tests.browser.sides import Side

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]

WINDOW = (1920, 1223)
"""Chromium's own bars take 87 pixels of a headless window, the bar of a shared tab 56 more: 1080 are left."""
SEED = 7


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def large_call(
    stagehand: Stagehand, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """A call between two large windows, which each test leaves as it was."""
    async with stagehand.set(tmp_path_factory.mktemp("call"), request, window=WINDOW) as scene:
        yield await scene.begin()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def papers(large_call: Scene) -> AsyncIterator[dict[str, Page]]:
    """In each browser a second tab with small type, which is what it shares."""
    tabs = {
        "booth": await _tab(large_call.booth_browser, large_call.booth),
        "desk": await _tab(large_call.desk_browser, large_call.desk),
    }
    yield tabs
    for tab in tabs.values():
        await tab.close()


async def _tab(browser: Chromium, side: Side) -> Page:
    tab = await browser.page()
    await tab.set_content(legible.page(SHARED_TITLE, SEED))
    await side.page.bring_to_front()
    return tab


async def reads(viewer: Side, tab: Page) -> Reading:
    """Compare what the viewer's page shows with the shared tab."""
    received = await viewer.photograph(viewer.SCREEN)
    sent = decoded(await tab.screenshot())
    assert sent.shape[:2] == (1080, 1920)
    return legible.read(received, sent, SEED)


@contextlib.asynccontextmanager
async def helpers_screen(call: Scene) -> AsyncIterator[None]:
    """The helper shows their screen for a while."""
    await call.desk.share()
    try:
        await call.booth.page.wait_for_selector("[data-main=screen] [data-stage=screen][data-playing=true]")
        yield
    finally:
        await call.desk.share()
        await call.booth.page.wait_for_selector("[data-main=face]")


@contextlib.asynccontextmanager
async def citizens_screen(call: Scene) -> AsyncIterator[None]:
    """The citizen shows their screen for a while."""
    await call.booth.share()
    try:
        await call.desk.page.wait_for_selector("[data-large=screen]")
        await until(lambda: call.desk.shows_video(call.desk.SCREEN), "the screen's picture")
        yield
    finally:
        await call.booth.share()
        await call.desk.page.wait_for_selector("[data-large=camera]")


async def test_the_citizen_reads_the_helpers_screen(large_call: Scene, papers: dict[str, Page]) -> None:
    async with helpers_screen(large_call):
        await until(lambda: reads(large_call.booth, papers["desk"]), "12 px text")


async def test_the_helper_reads_the_citizens_screen(large_call: Scene, papers: dict[str, Page]) -> None:
    async with citizens_screen(large_call):
        await until(lambda: reads(large_call.desk, papers["booth"]), "12 px text")


async def test_the_faces_stay_while_a_screen_is_shared(large_call: Scene, papers: dict[str, Page]) -> None:
    async with helpers_screen(large_call):
        await large_call.booth.sees(AGENT)
        await large_call.desk.sees(CITIZEN)


async def test_where_the_citizen_points_is_drawn_on_the_helpers_screen(
    large_call: Scene, papers: dict[str, Page]
) -> None:
    async with helpers_screen(large_call):
        await large_call.booth.point(0.25, 0.5)
        await large_call.desk.page.wait_for_selector(".tile-own .pointer-citizen")


async def test_where_the_helper_points_is_drawn_on_the_citizens_screen(
    large_call: Scene, papers: dict[str, Page]
) -> None:
    async with citizens_screen(large_call):
        await large_call.desk.point(0.75, 0.25)
        await large_call.booth.page.wait_for_selector("[data-stage=own-screen] .stage-pointer:not([hidden])")

"""Two real browsers look at one paper: the same page, marks and pointers, at once, crisp, also for who comes later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.browser.conftest import EXPERT
from tests.browser.sides import Desk
from tests.browser.waiting import until
from tests.signaling.test_documents import pdf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.browser.conftest import Scene

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]

MARKS = r"""() => [...document.querySelectorAll('.board .mark')].map(mark =>
  mark.getAttribute('d').replace(/\d+\.\d+/g, place => Number(place).toFixed(3)))"""
"""In thousandths of the page's width; how far a number is exact depends on the size it was reckoned at."""
SYNC_MS = 100
NOW = "() => performance.timeOrigin + performance.now()"
WATCH = """() => {
  window.seen = []
  const note = () => window.seen.push(performance.timeOrigin + performance.now())
  new MutationObserver(note).observe(document.querySelector('.board-marks'), { subtree: true, childList: true })
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def paper(shared_call: Scene) -> AsyncIterator[Scene]:
    """Both look at the first page of a paper of five, which the helper sent."""
    page = shared_call.desk.page
    await page.set_input_files(
        "input[type=file]", {"name": "租赁合同.pdf", "mimeType": "application/pdf", "buffer": pdf(5)}
    )
    for side in (shared_call.desk.page, shared_call.booth.page):
        await side.wait_for_selector(".board-tile")
    yield shared_call


async def shown(page: Page, number: int) -> None:
    await page.wait_for_function(f"() => document.querySelector('.board-pages')?.textContent.includes('{number}')")
    await page.wait_for_function(
        "() => { const tiles = [...document.querySelectorAll('.board-tile')];"
        " return tiles.length > 0 && tiles.every(tile => tile.complete && tile.naturalWidth > 0) }"
    )


async def drag(page: Page, *, hand: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw over the page with the mouse: shares of the sheet."""
    await page.click(f"[data-action=board-{hand}]")
    box = await page.locator(".board-sheet").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    await page.mouse.move(*places[0])
    await page.mouse.down()
    await page.mouse.move(*places[1], steps=8)
    await page.mouse.up()


async def test_both_sides_look_at_page_three_with_a_highlight(paper: Scene) -> None:
    booth, desk = paper.booth.page, paper.desk.page
    for _ in range(2):
        await desk.click("[data-action=board-after]")
    for page in (booth, desk):
        await shown(page, 3)
    await drag(desk, hand="highlight", start=(0.2, 0.3), end=(0.7, 0.3))
    await drag(booth, hand="arrow", start=(0.5, 0.8), end=(0.3, 0.4))
    marks = await until(lambda: same_marks(booth, desk, 2), "both see both marks")
    assert len(marks) == 2
    await booth.click("[data-action=board-before]")
    for page in (booth, desk):
        await shown(page, 2)
    assert await desk.evaluate(MARKS) == []
    await desk.click("[data-action=board-after]")
    await until(lambda: same_marks(booth, desk, 2), "the marks are there again")


async def same_marks(booth: Page, desk: Page, count: int) -> list[str]:
    mine, theirs = await booth.evaluate(MARKS), await desk.evaluate(MARKS)
    return sorted(mine) if sorted(mine) == sorted(theirs) and len(mine) == count else []


async def shows(page: Page, marks: list[str]) -> bool:
    return sorted(await page.evaluate(MARKS)) == marks


async def test_a_late_joiner_and_a_reloaded_page_see_the_same(paper: Scene) -> None:
    booth, desk = paper.booth.page, paper.desk.page
    marks = await until(lambda: same_marks(booth, desk, 2), "the marks")
    await booth.reload()
    await booth.wait_for_selector(".board .mark", state="attached")
    await until(lambda: same_marks(booth, desk, 2), "the same after a reload")
    async with paper.desk_browser.profile() as context:
        expert = Desk(await context.new_page(), paper.service.url)
        await expert.sign_in(EXPERT)
        await expert.ready()
        await paper.desk.ask("agent:agent_wu_guoqiang")
        await expert.accept()
        # A mark is drawn at once, and to scale when the size of the page is known.
        await until(lambda: shows(expert.page, marks), "the same for who joins late")
        assert "3" in await expert.page.inner_text(".board-pages")


async def stroke_delay_ms(booth: Page, desk: Page, y: float) -> float:
    """Draw at the desk, so far down the page; return how long it took to the booth's screen, in ms."""
    await booth.evaluate(WATCH)
    await desk.evaluate(
        "() => { document.querySelector('.board-plane').addEventListener('pointerdown', "
        "() => { window.began = performance.timeOrigin + performance.now() }, { once: true, capture: true }) }"
    )
    await drag(desk, hand="pen", start=(0.2, y), end=(0.21, y))
    seen: list[float] = await until(lambda: booth.evaluate("() => window.seen"), "the stroke")
    return seen[0] - float(await desk.evaluate("() => window.began"))


async def test_a_stroke_is_on_the_other_screen_within_a_tenth_of_a_second(paper: Scene) -> None:
    booth, desk = paper.booth.page, paper.desk.page
    delays = [await stroke_delay_ms(booth, desk, 0.5 + 0.05 * number) for number in range(7)]
    print("stroke delays, ms:", [round(one) for one in delays])
    assert sorted(delays)[len(delays) // 2] < SYNC_MS
    await desk.click("[data-action=board-clear]")
    await until(lambda: nothing(booth), "a clean page")


async def nothing(page: Page) -> bool:
    return not await page.evaluate(MARKS)


async def test_the_booth_follows_the_helpers_view_until_it_looks_around(paper: Scene) -> None:
    booth, desk = paper.booth.page, paper.desk.page
    for _ in range(3):
        await desk.click("[data-action=board-in]")
    await until(lambda: wider(booth, 2.5), "the booth zooms with the helper")
    tile: Any = await until(lambda: sharpest(booth), "a sharp tile")
    assert tile["drawn"] >= tile["needed"] * 0.95
    await booth.click("[data-action=board-fit]")
    await booth.wait_for_selector("[data-action=board-follow]:visible")
    await desk.click("[data-action=board-out]")
    await asyncio.gather(booth.evaluate(NOW), desk.evaluate(NOW))
    assert not await wider(booth, 1.5)
    await booth.click("[data-action=board-follow]")
    await until(lambda: wider(booth, 1.5), "the booth follows again")


async def wider(page: Page, times: float) -> bool:
    """Whether the page is shown so many times larger than it fits."""
    ratio: float = await page.evaluate(
        "() => { const sheet = document.querySelector('.board-sheet').getBoundingClientRect();"
        " const plane = document.querySelector('.board-plane').getBoundingClientRect();"
        " return Math.max(sheet.width / plane.width, sheet.height / plane.height) }"
    )
    return ratio > times


async def sharpest(page: Page) -> dict[str, float] | None:
    found: dict[str, float] | None = await page.evaluate(
        "() => { const tiles = [...document.querySelectorAll('.board-tile')].filter(one => one.naturalWidth);"
        " const drawn = Math.max(...tiles.map(one => Number(one.dataset.width)));"
        " const needed = document.querySelector('.board-sheet').getBoundingClientRect().width * devicePixelRatio;"
        " return tiles.every(one => one.complete) && drawn >= needed * 0.95 ? {drawn, needed} : null }"
    )
    return found


async def test_what_is_put_away_is_gone_from_both(paper: Scene) -> None:
    await paper.booth.touch("board-hide")
    for page in (paper.booth.page, paper.desk.page):
        await page.wait_for_selector(".board", state="hidden")
    assert await paper.booth.page.get_attribute(".talk", "data-main") == "face"

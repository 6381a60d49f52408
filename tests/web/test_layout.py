"""What the gallery and the layout tests ask of a page: each fault is told in words, and what is right is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.layout import faults

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CUT = "width: 60px; overflow: hidden; white-space: nowrap"
DOTS = f"{CUT}; text-overflow: ellipsis"
QR = '<svg class="qr" style="display: block; width: 90px; height: 90px"></svg>'

WRONG = {
    "px wide": '<p style="width: 3000px">wide</p>',
    "px high": '<main class="desk" style="height: 3000px">high</main>',
    "is cut at the side": f'<p style="{CUT}">more words than there is room for</p>',
    "(dots)": f'<p style="{DOTS}">more words than there is room for</p>',
    "shows next to nothing": f'<p title="all of it" style="{DOTS}; width: 12px">more words</p>',
    "is cut above or below": '<div style="height: 12px; overflow: hidden"><p>one</p><p>two</p></div>',
    "is broken in the middle": '<p style="width: 60px; overflow-wrap: anywhere">neighbourhood</p>',
    "leaves the window": '<p style="position: fixed; left: -40px">half of it</p>',
    "has no room": '<div style="display: grid; grid-template-columns: 1fr 0"><p>.</p><canvas style="width: 100%">',
    "lies under": '<button>Touch</button><div style="position: fixed; inset: 0">over it</div>',
    "is longer than its field": '<input value="a name of more letters than the field shows" style="width: 80px">',
    "lie over each other": f'<div style="height: 40px">{QR}</div><p>4447 0125</p>',
    "“two” and “one one one” lie over": '<p>one one one</p><p style="margin-top: -36px">two</p>',
}
RIGHT = {
    "dots with a title": f'<p title="all of it" style="{DOTS}">more words than there is room for</p>',
    "a list that goes on below": '<div style="height: 30px; overflow: auto"><p>one</p><p>two</p><p>three</p></div>',
    "words meant to lie on a picture": f'<div>{QR}<p style="position: absolute; top: 9px">A</p></div>',
    "a question put over a picture": '<div style="display: grid"><div class="stage" style="grid-area: 1 / 1">.</div>'
    '<p style="grid-area: 1 / 1; background: white">May I?</p></div>',
    "an address to be copied": '<input readonly value="more letters than the field shows" style="width: 80px">',
    "a menu one opened": '<button>Touch</button><div class="menu" style="position: fixed; inset: 0">over it</div>',
    "what is hidden": f'<p hidden style="{CUT}">more words than there is room for</p>',
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def blank(browser: Browser) -> Page:
    """A page without the service's rule against styles in the text."""
    return await browser.new_page()


async def said(page: Page, body: str) -> str:
    await page.set_content(f"<!doctype html><title>page</title>{body}")
    return "\n".join(await faults(page))


@pytest.mark.parametrize("words", WRONG)
async def test_a_fault_is_told(blank: Page, words: str) -> None:
    assert words in await said(blank, WRONG[words])


@pytest.mark.parametrize("what", RIGHT)
async def test_what_is_right_is_left_alone(blank: Page, what: str) -> None:
    assert await said(blank, RIGHT[what]) == ""

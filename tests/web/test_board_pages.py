"""A page of a document on the board, drawn by a service that is late: what does not come is asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

    from tests.web.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

DRAW = """async pauses => {
  const { PagePicture } = await import('/static/web/components/board/pages.js')
  const late = window.setTimeout
  window.setTimeout = (what, ms) => (ms >= 1000 && pauses.push(ms), late(what, ms / 100))
  return new Promise(done => {
    const told = []
    const seen = { left: 0, top: 0, right: 1, bottom: 1 }
    const picture = new PagePicture({
      sized: () => picture.draw(1000, seen),
      came: () => done({ pauses, told, came: picture.element.querySelectorAll('.board-tile').length }),
      failed: () => done({ pauses, told: ['failed'], came: picture.element.querySelectorAll('.board-tile').length }),
    })
    document.body.append(picture.element)
    picture.show({ kind: 'document', id: 'doc_1', pages: 1, version: '' }, 1)
  })
}"""
TILE = "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'><rect width='8' height='8' fill='white'/></svg>"


async def drawn(page: Page, site: Site, lost: dict[str, int]) -> dict[str, Any]:
    """Draw a page while the first answers of each kind are lost; return what was waited for and what came of it."""

    async def answer(route: Route) -> None:
        kind = "tile" if "/pages/" in route.request.url else "sizes"
        lost[kind] -= 1
        if lost[kind] >= 0:
            await route.fulfill(status=503)
        elif kind == "tile":
            await route.fulfill(content_type="image/svg+xml", body=TILE)
        else:
            await route.fulfill(json={"page_sizes": [[600, 600]]})

    await page.route("**/api/documents/**", answer)
    await page.goto(site.url)
    told: dict[str, Any] = await page.evaluate(DRAW, [])
    return told


@pytest.mark.parametrize(
    ("lost", "pauses", "came"),
    [
        ({"sizes": 0, "tile": 0}, [], 1),
        ({"sizes": 2, "tile": 2}, [1000, 2000, 1000, 2000], 1),
        ({"sizes": 0, "tile": 9}, [1000, 2000, 4000], 0),
        ({"sizes": 9, "tile": 0}, [1000, 2000, 4000], 0),
    ],
)
async def test_what_does_not_come_is_asked_for_again_and_in_the_end_it_is_said(
    page: Page, site: Site, lost: dict[str, int], pauses: list[int], came: int
) -> None:
    told = await drawn(page, site, lost)
    assert told == {"pauses": pauses, "came": came, "told": [] if came else ["failed"]}

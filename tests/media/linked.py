"""A party of a hosted call as the product's pages play it: web/js/link.js in a tab of a real Chromium.

Its files come out of the working tree by interception, so the tab needs no server and believes to be secure; what it
says to the node is carried here, as signaling would, as long as `signaling` is true.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Route

    from media.leg import Leg
    from media.switchboard import Switchboard

ORIGIN = "https://window.test"
DEVICES = (
    "--use-fake-device-for-media-stream",
    # Grants as a person would: what Playwright grants holds for every frame, whatever its policy says.
    "--use-fake-ui-for-media-stream",
    # A machine with nothing but loopback has no mDNS.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)
_WEB = Path(__file__).parents[2] / "web"


class Linked:
    """Opens a leg at the node; `page` is its tab."""

    def __init__(self, page: Any, board: Switchboard, call_id: str, leg_id: str) -> None:
        self.page, self.board, self.call_id, self.leg_id = page, board, call_id, leg_id
        self.signaling = True
        self.carried = 0

    @property
    def leg(self) -> Leg:
        return self.board.calls[self.call_id].legs[self.leg_id]

    async def carry(self, sdp: str) -> str:
        """Take an offer to the node and bring its answer."""
        if not self.signaling:
            raise ConnectionError("signaling is away")
        self.carried += 1
        answer = self.leg.take_offer(sdp, self.board.now())
        self.board.arrange(self.board.calls[self.call_id])
        return answer

    async def offers(self) -> int:
        """How many offers the page has made, to the node or to itself."""
        count: int = await self.page.evaluate("() => linked.offers")
        return count

    async def has_restarted(self) -> bool:
        return await self.offers() > 1

    async def states(self) -> list[str]:
        """What the link has told of itself, in order."""
        told: list[str] = await self.page.evaluate("() => linked.states")
        return told

    async def sees(self, pictures: int) -> None:
        """Wait until so many pictures of the other side were shown in all."""

        async def seen() -> bool:
            return await self.pictures() >= pictures

        await until(seen, f"{self.leg_id} sees {pictures} pictures", 40)

    async def longest_gap_s(self, since: int) -> float:
        """The longest time without a new picture since that many were shown."""
        gap: float = await self.page.evaluate("since => linked.longestGap(since)", since)
        return gap / 1000

    async def sent(self) -> dict[str, float]:
        """What is sent of the camera now: `fps`, `width`, `height`."""
        found: dict[str, float] = await self.page.evaluate("() => linked.sent()")
        return found

    async def pictures(self) -> int:
        """How many pictures of the other side were shown."""
        count: int = await self.page.evaluate("() => linked.pictures.length")
        return count


async def linked(
    context: BrowserContext, board: Switchboard, call_id: str, leg_id: str, role: Any, **own: Any
) -> Linked:
    """Open a tab, a leg for it, and the link between them; `own` is what its camera gives."""
    page = await context.new_page()
    await page.route(f"{ORIGIN}/**", _serve)
    await page.goto(f"{ORIGIN}/")
    await page.add_script_tag(path=Path(__file__).with_name("linked.js"))
    board.open_leg(call_id, leg_id, role)
    one = Linked(page, board, call_id, leg_id)
    await page.expose_function("carry", one.carry)
    await page.evaluate("own => linked.open(own)", own)
    return one


async def _serve(route: Route) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    if path == "/":
        await route.fulfill(content_type="text/html", body="<!doctype html><meta charset=utf-8><body>")
    else:
        await route.fulfill(content_type="text/javascript", body=(_WEB / path.lstrip("/")).read_text())

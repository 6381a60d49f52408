"""A party of a hosted call as the tests play it: one tab of a real Chromium, driven through leg.js."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

    from media.leg import Leg
    from media.switchboard import Switchboard

_SCRIPTS = (Path(__file__).parents[1] / "browser" / "pattern.js", Path(__file__).with_name("leg.js"))
SPEAKING = {"kinds": ["microphone", "camera"]}


class Party:
    """Opens a leg at the node; `page` is its tab."""

    def __init__(self, page: Any, board: Switchboard, call_id: str, leg_id: str) -> None:
        self.page, self.board, self.call_id, self.leg_id = page, board, call_id, leg_id

    @property
    def leg(self) -> Leg:
        return self.board.calls[self.call_id].legs[self.leg_id]

    async def offer(self, mark: int, *, sending: dict[str, Any] | None = None, **options: Any) -> None:
        """Offer, be answered, and wait for nothing."""
        said = {"mark": mark, **(SPEAKING if sending is None else sending)}
        sdp = await self.page.evaluate("([said, options]) => leg.offer(said, options)", [said, options])
        answer = self.leg.take_offer(sdp, self.board.now())
        self.board.arrange(self.board.calls[self.call_id])
        await self.page.evaluate("sdp => leg.answered(sdp)", answer)

    async def answer(self, mark: int) -> None:
        """Answer the node's offer."""
        offer = self.leg.make_offer(1)
        sdp = await self.page.evaluate("([sdp, said]) => leg.answer(sdp, said)", [offer, {"mark": mark, **SPEAKING}])
        self.leg.take_answer(sdp, self.board.now())
        self.board.arrange(self.board.calls[self.call_id])

    async def restart(self) -> None:
        sdp = await self.page.evaluate("() => leg.restart()")
        await self.page.evaluate("sdp => leg.answered(sdp)", self.leg.take_offer(sdp, self.board.now()))

    async def sees(self, mark: int, section: int = 1, timeout_s: float = 40) -> int:
        """Wait until the section shows the sender with this mark; return the frame number."""

        async def shown() -> dict[str, int] | None:
            seen: dict[str, int] | None = await self.page.evaluate("index => leg.read(index)", section)
            return seen if seen and seen["sender"] == mark else None

        return (await until(shown, f"{self.leg_id} sees {mark} in section {section}", timeout_s))["frame"]

    async def sees_moving(self, mark: int, section: int = 1) -> None:
        """Wait until the picture of this sender changes."""
        first = await self.sees(mark, section)

        async def changed() -> bool:
            return await self.sees(mark, section) != first

        await until(changed, f"{self.leg_id} sees {mark} move", 40)

    async def film(self, section: int = 1) -> None:
        """Note every frame shown in this section, for `filmed`."""
        await self.page.evaluate("index => { window.film = testPattern.film(leg.videos[index]) }", section)

    async def filmed(self) -> list[tuple[float, int, int]]:
        """What was shown: (milliseconds, frame, sender)."""
        return [tuple(one) for one in await self.page.evaluate("() => film.seen")]

    async def stats(self, kind: str, /, **fields: Any) -> list[dict[str, Any]]:
        """The connection's statistics of one type with these fields."""
        found = await self.page.evaluate("() => leg.stats()")
        return [one for one in found if one["type"] == kind and all(one.get(key) == fields[key] for key in fields)]


async def party(context: BrowserContext, board: Switchboard, call_id: str, leg_id: str, role: Any) -> Party:
    """Open a tab and a leg for it."""
    page = await context.new_page()
    for script in _SCRIPTS:
        await page.add_script_tag(path=script)
    board.open_leg(call_id, leg_id, role)
    return Party(page, board, call_id, leg_id)

"""The two sides of a call as a person uses them: what is touched on the booth's page, what is pressed on the console.

They know the pages' own hooks (`data-screen`, `data-action`, ids) and nothing of what is behind them; what a side sees
and hears is read from its pictures and sound.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from tests.browser import pattern
from tests.browser.pattern import Mark, Sender
from tests.browser.service import PASSWORD
from tests.browser.waiting import until

if TYPE_CHECKING:
    from cv2.typing import MatLike
    from playwright.async_api import Page

ITEM = "social_card_replace"
"""A matter for which a helper of the demo district, chenjing, has the skill."""
HELPER = "chenjing"


class Side:
    """A page with pictures of the other side."""

    REMOTE = ""
    """Selector of the video that shows the other person."""
    SCREEN = ""
    """Selector of the video that shows the other side's screen."""
    SHARE = ""
    """Selector of the button that shows the own screen, and stops it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    async def look(self, selector: str = "") -> Mark | None:
        """Read the test pattern in a video now."""
        seen = await self.page.evaluate(
            "selector => testPattern.read(document.querySelector(selector))", selector or self.REMOTE
        )
        return Mark(seen["frame"], seen["sender"]) if seen else None

    async def sees(self, sender: Sender, timeout_s: float = 20) -> None:
        """Wait until the other side's picture moves: two of its frames, one after the other."""
        first = await until(lambda: self._from(sender), f"the picture of the {sender.name}", timeout_s)
        await until(lambda: self._another(sender, first), f"the picture of the {sender.name} moves", timeout_s)

    async def _from(self, sender: Sender) -> Mark | None:
        mark = await self.look()
        return mark if mark and mark.sender == sender.mark else None

    async def _another(self, sender: Sender, first: Mark) -> bool:
        mark = await self._from(sender)
        return mark is not None and mark.frame != first.frame

    async def photograph(self, selector: str = "") -> MatLike:
        """Take the present picture of a video at its full size."""
        text = await self.page.evaluate(
            "selector => testPattern.photograph(document.querySelector(selector))", selector or self.REMOTE
        )
        return pattern.decoded(base64.b64decode(text))

    async def hears(self) -> tuple[float, float]:
        """Listen to the other side: loudness (0–1) and the strongest frequency in Hz."""
        heard = await self.page.evaluate(
            "selector => testPattern.listen(document.querySelector(selector))", self.REMOTE
        )
        return heard["rms"], heard["hz"]

    async def film(self) -> None:
        """Begin to note every frame of the other side's picture."""
        await self.page.evaluate(
            "selector => { window.filmed = testPattern.film(document.querySelector(selector)) }", self.REMOTE
        )

    async def is_the_same_stream(self) -> bool:
        """Whether the video still shows the very stream it showed when the film began, and that is alive."""
        same: bool = await self.page.evaluate("window.filmed.same()")
        return same

    async def filmed(self) -> list[tuple[float, int, int]]:
        """Return what was noted so far: time in ms, frame number, sender; -1 where it was not read."""
        seen: list[list[Any]] = await self.page.evaluate("window.filmed.seen")
        return [(at, frame, sender) for at, frame, sender in seen]

    async def numbers(self, least: int) -> list[int] | None:
        """Return the frame numbers noted since `film`, once there are enough."""
        frames = [frame for _, frame, _ in await self.filmed() if frame >= 0]
        return frames if len(frames) >= least else None

    async def sees_nothing(self) -> bool:
        """Whether the other side's picture holds no pattern: black, or gone."""
        return await self.look() is None

    async def shows_video(self, selector: str) -> bool:
        """Whether a video has a picture."""
        shows: bool = await self.page.evaluate("selector => document.querySelector(selector)?.videoWidth > 0", selector)
        return shows

    async def point(self, x: float, y: float) -> None:
        """Move the mouse over the other side's screen: 0–1 of the video's box."""
        box = await self.page.locator(self.SCREEN).bounding_box()
        assert box is not None
        await self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        await self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)

    async def share(self) -> None:
        """Start or stop showing the own screen."""
        await self.page.click(self.SHARE)

    async def reload(self) -> None:
        """Press the browser's reload button."""
        await self.page.reload()


WAY_OUT = {"ticket": "leave", "receipt": "receipt-read", "rate": "skip-rating", "thanks": "home"}
"""For each screen of the booth the button that ends it; a talk is ended by the helper."""


class Booth(Side):
    """The citizen's side."""

    REMOTE = "[data-stage=remote] video"
    SCREEN = "[data-stage=screen] video"
    SHARE = "[data-action=share]"

    async def screen(self, name: str, timeout_s: float = 20) -> None:
        """Wait for a screen."""
        await self.page.wait_for_selector(f"body[data-screen={name}]", state="attached", timeout=timeout_s * 1000)

    async def touch(self, action: str) -> None:
        """Touch a button."""
        await self.page.click(f"[data-action={action}]")

    async def enrol(self, credential: str) -> None:
        """Open the booth for the first time, as its installer does, and settle which device is which."""
        await self.page.goto(f"{self.url}/booth#enrol={credential}")
        await self.screen("setup")
        # The one camera of this browser sees the person and the paper.
        camera = self.page.locator("select[data-role=document_camera]")
        await camera.locator("option:not([value=''])").first.wait_for(state="attached")
        await camera.select_option(index=0)
        await self.page.wait_for_selector("[data-stage=setup-document][data-playing=true]")
        await self.touch("setup-done")
        await self.screen("attract")

    async def open(self) -> None:
        """Open an enrolled booth."""
        await self.page.goto(f"{self.url}/booth")

    async def choose(self, item: str = ITEM) -> None:
        """Go from the attract screen to the last button before the ticket."""
        await self.touch("start")
        await self.page.click(f"[data-item={item}]")
        await self.touch("papers-ready")
        await self.screen("wishes")

    async def take_ticket(self, item: str = ITEM) -> str:
        """Go from the attract screen to a ticket; return its number."""
        await self.choose(item)
        await self.touch("draw-ticket")
        await self.screen("ticket")
        return await self.page.inner_text("[data-ticket]")

    async def leave(self) -> None:
        """Go back to the attract screen, however far the visit has got."""
        while (shown := await self.page.get_attribute("body", "data-screen")) != "attract":
            if shown in WAY_OUT:
                await self.touch(WAY_OUT[shown])
            if shown == "ticket":
                await self.confirm()
            await self.page.wait_for_selector(f"body:not([data-screen={shown}])")

    async def confirm(self) -> None:
        """Say yes to the question that is asked."""
        await self.page.click("dialog[open] .button-danger")

    async def say(self, text: str) -> None:
        """Write a line to the helper."""
        await self.page.fill(".talk-chat textarea, .talk-chat input", text)
        await self.page.press(".talk-chat textarea, .talk-chat input", "Enter")

    async def take(self) -> None:
        """Take the still that is asked for by hand: the test pattern is no paper that lies still."""
        await self.touch("guide-take")

    async def papers(self) -> list[str]:
        """Return the states of this call's stills."""
        states: list[str] = await self.page.eval_on_selector_all(
            ".paper-card", "cards => cards.map(card => card.dataset.state)"
        )
        return states

    async def has_papers(self, count: int, state: str) -> bool:
        """Whether so many stills were asked for and the last one is in this state."""
        states = await self.papers()
        return len(states) == count and states[-1] == state


class Desk(Side):
    """The helper's side."""

    REMOTE = ".tile-camera video"
    SCREEN = ".tile-screen video"
    SHARE = "#control-share"

    async def mode(self, name: str, timeout_s: float = 20) -> None:
        """Wait for the desk to be idle, offer, call or wrap_up."""
        await self.page.wait_for_selector(f"main[data-mode={name}]", state="attached", timeout=timeout_s * 1000)

    async def sign_in(self, login: str = HELPER, password: str = PASSWORD) -> None:
        """Open the console and sign in."""
        await self.page.goto(f"{self.url}/console")
        await self.page.fill("#name", login)
        await self.page.fill("#password", password)
        await self.page.click("#submit")
        await self.mode("idle")

    async def shows(self) -> str | None:
        """Return what the desk is: idle, offer, call or wrap_up."""
        return await self.page.get_attribute("main", "data-mode")

    async def ready(self) -> None:
        """Begin to take calls."""
        await self.page.click("#idle-ready")
        await self.page.wait_for_selector("#idle-ready", state="hidden")

    async def accept(self) -> None:
        """Answer the ring."""
        await self.mode("offer")
        await self.page.click("#accept")
        await self.mode("call")

    async def hear_first(self) -> None:
        """Answer the ring with microphone and camera closed."""
        await self.mode("offer")
        await self.page.click("#hear-first")
        await self.mode("call")

    async def end(self, outcome: str = "completed", *, receipt: bool = False) -> None:
        """End the call with an outcome, and with a receipt or without one."""
        await self.page.click("#end")
        await self.page.check(f"dialog[open] input[value={outcome}]")
        await self.page.set_checked("#receipt-on", receipt)
        await self.page.click("#end-confirm")
        await self.mode("wrap_up")

    async def finish(self) -> None:
        """Be free again after the citizen has left, with what was written or without."""
        if await self.shows() == "wrap_up":
            await self.page.click("#finish")
        await self.mode("idle")

    async def ask(self, choice: str) -> None:
        """Ask somebody into the call: `agent:…` or `skill:…`."""
        await self.page.click("#ask")
        await self.page.click(f"[data-choice='{choice}']")

    async def ask_aside(self, choice: str) -> None:
        """Ask somebody without the citizen hearing it."""
        await self.page.click("#ask-aside")
        await self.page.click(f".menu-anchor:has(#ask-aside) [data-choice='{choice}']")

    async def say(self, text: str) -> None:
        """Write a line to the citizen."""
        await self.page.fill("#chat", text)
        await self.page.press("#chat", "Enter")

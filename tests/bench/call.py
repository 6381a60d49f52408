"""How long people wait for each other: from the click on accept to the first picture, from the touch to the ring.

Real pages in two Chromium processes and a real service process, on one machine: what is measured is the service and the
browsers, not a network. The floor is the same connection, offer and answer inside one page without any server, measured
in the same run and turn by turn with the calls, so that a busy moment of the machine meets both.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import async_playwright

from tests.browser.chromium import chromium
from tests.browser.pattern import AGENT, CITIZEN, write_film, write_voice
from tests.browser.service import prepare, service
from tests.browser.sides import HELPER, Booth, Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from playwright.async_api import Page

    from tests.browser.pattern import Sender
    from tests.browser.service import Service

BOOTH = "booth_caoyang_center"
CALLS = 7
RINGS = 25
ANSWERED_AFTER_S = 1.0
"""Nobody presses the button in the moment it appears: a quick person needs about so long to read what rings."""
FLOOR = Path(__file__).with_name("call_in_page.js").read_text()


async def run() -> list[dict[str, Any]]:
    """Measure both; return their rows."""
    async with scene() as (booth, desk, blank, _):
        floors, pictures = [], []
        for _ in range(CALLS):
            await blank.bring_to_front()
            floors.append(await blank.evaluate(FLOOR, 10_000))
            await booth.page.bring_to_front()
            pictures.append(await answer_to_frame(booth, desk))
        rings = [await _touch_to_ring(booth, desk) for _ in range(RINGS)]
    floor, picture = statistics.median(floors), statistics.median(pictures)
    return [
        _row("answer_to_frame_direct", picture, baseline="in_page", baseline_value=floor, ratio=picture / floor),
        _row("touch_to_ring_p50", statistics.median(rings)),
        _row("touch_to_ring", _percentile(rings, 95)),
    ]


def _row(measure: str, value: float, **more: object) -> dict[str, Any]:
    return {"measure": measure, "value": value, "unit": "ms", **more}


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


async def answer_to_frame(booth: Booth, desk: Desk, wish: str = "") -> float:
    """One call: from the click on accept to the first picture of the booth shown on the console, in ms."""
    await booth.choose()
    if wish:
        await booth.page.check(f"[data-wish={wish}]", force=True)
    await booth.touch("draw-ticket")
    await booth.screen("ticket")
    await desk.page.evaluate("mark => { delete testPattern.firstShown[mark] }", CITIZEN.mark)
    await desk.mode("offer")
    await asyncio.sleep(ANSWERED_AFTER_S)
    await desk.accept()
    await desk.sees(CITIZEN)
    clicked, shown = await desk.page.evaluate(
        "mark => [testPattern.clicks.at(-1), testPattern.firstShown[mark]]", CITIZEN.mark
    )
    await over(booth, desk)
    return float(shown - clicked)


async def over(booth: Booth, desk: Desk) -> None:
    """End a call on both sides; the next may begin."""
    await desk.end()
    await desk.page.click("#finish")
    await booth.screen("rate")
    await booth.touch("skip-rating")
    await booth.screen("thanks")
    await booth.touch("home")
    await booth.screen("attract")
    await desk.mode("idle")


async def _touch_to_ring(booth: Booth, desk: Desk) -> float:
    """One ticket: from the touch on the last button to the ring on the console, in ms; then the citizen cancels."""
    await booth.choose()
    await desk.page.evaluate("void (window.rung = testPattern.appears('main[data-mode=offer] .offer'))")
    await booth.touch("draw-ticket")
    rang = await desk.page.evaluate("window.rung")
    touched = await booth.page.evaluate("testPattern.clicks.at(-1)")
    await booth.screen("ticket")
    await booth.touch("leave")
    await booth.confirm()
    await booth.screen("attract")
    await desk.mode("idle")
    return float(rang - touched)


@contextlib.asynccontextmanager
async def scene(
    more: Mapping[str, str] | None = None, logins: Sequence[str] = (), film: Callable[[Path], Path] | None = None
) -> AsyncIterator[tuple[Booth, Desk, Page, Service]]:
    """A service, a booth on its attract screen, a ready helper, and an empty page in the booth's browser.

    `film` makes what the booth's cameras see, in a folder; otherwise that is the test pattern.
    """
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        prepared = folder / "prepared"
        prepared.mkdir()
        credentials = await prepare(prepared, [BOOTH], [HELPER, *logins])
        process = await stack.enter_async_context(service(prepared, folder / "data", more))
        driver = await stack.enter_async_context(async_playwright())

        async def page(side: Sender) -> Page:
            seen = film(folder) if film and side is CITIZEN else write_film(folder / f"{side.name}.mjpeg", side)
            voice = write_voice(folder / f"{side.name}.wav", side)
            browser = chromium(driver, folder / side.name, film=seen, voice=voice, size=(1440, 900))
            return await (await stack.enter_async_context(browser)).page()

        booth, desk = Booth(await page(CITIZEN), process.url), Desk(await page(AGENT), process.url)
        await booth.enrol(credentials[BOOTH])
        await desk.sign_in()
        await desk.ready()
        blank = await booth.page.context.new_page()
        await blank.goto(f"{process.url}/healthz")
        yield booth, desk, blank, process

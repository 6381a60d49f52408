"""How long two people wait for a paper: from the still to the green line, from a stroke to the other side's screen.

Real pages in two Chromium processes and a real service with its workers, on one machine, beside a call that goes on.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

from tests.bench.call import over, scene
from tests.browser.test_looking import stroke_delay_ms
from tests.browser.test_papers import ITEM, LINE, TAKEN, film
from tests.signaling.test_documents import pdf

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.sides import Booth, Desk

CARDS = 3
STROKES = 30
GREEN_S = 3.0
SYNC_MS = 100.0


async def run() -> list[dict[str, Any]]:
    """Measure both; return their rows."""
    greens, strokes = [], list[float]()
    async with scene(film=_card) as (booth, desk, _, _):
        await booth.page.bring_to_front()
        for number in range(CARDS):
            await booth.take_ticket(ITEM)
            await desk.accept()
            greens.append(await _green_s(booth, desk))
            if number == 0:
                strokes = await _strokes_ms(booth, desk)
            await over(booth, desk)
    return [
        _row("capture_to_green_s", statistics.median(greens), "s", GREEN_S),
        _row("looking_sync_ms", statistics.median(strokes), "ms", SYNC_MS),
        _row("looking_sync_worst_ms", max(strokes), "ms", SYNC_MS),
    ]


def _card(folder: Path) -> Path:
    return film(folder, 4)


async def _green_s(booth: Booth, desk: Desk) -> float:
    """Ask for a still of the card; return the time from taking it to the passed line, in s."""
    await desk.page.click("#capture")
    await booth.page.wait_for_function(TAKEN)
    taken = time.monotonic()
    await desk.page.wait_for_selector(f'{LINE}[data-state="passed"]', timeout=60_000)
    return time.monotonic() - taken


async def _strokes_ms(booth: Booth, desk: Desk) -> list[float]:
    """Lay a paper before both and draw on it; return each stroke's delay, in ms."""
    paper: Any = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": pdf(1)}
    await desk.page.set_input_files("input[type=file]", paper)
    for side in (desk.page, booth.page):
        await side.wait_for_selector(".board-tile")
    return [await stroke_delay_ms(booth.page, desk.page, 0.1 + 0.8 * number / STROKES) for number in range(STROKES)]


def _row(measure: str, value: float, unit: str, required: float) -> dict[str, Any]:
    return {
        "measure": measure, "value": value, "unit": unit, "baseline": "required", "baseline_value": required,
        "ratio": value / required,
    }  # fmt: skip

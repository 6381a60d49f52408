"""Whether a page is laid out as a person needs it: nothing wider than the window, cut off or under something else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

FAULTS = Path(__file__).with_suffix(".js").read_text("utf-8")


async def faults(page: Page) -> list[str]:
    """Return what is wrong with a page as it stands, in words."""
    found: list[str] = await page.evaluate(FAULTS)
    return found

"""Take the pictures; end with what is laid out wrongly."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from tests.browser.gallery import alone, company, hall, pages, visit
from tests.browser.gallery.camera import Camera

SCENES = {"visit": visit.take, "company": company.take, "booth": alone.take, "pages": pages.take, "hall": hall.take}


async def take(folder: Path, scenes: list[str]) -> list[str]:
    """Play the scenes one after the other; return the faults of all pictures."""
    camera = Camera(folder)
    async with async_playwright() as driver:
        for name in scenes:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
                await SCENES[name](camera, driver, Path(work))
    return camera.faults


if __name__ == "__main__":
    pictures = Path(sys.argv[1])
    pictures.mkdir(parents=True, exist_ok=True)
    if wrong := asyncio.run(take(pictures, sys.argv[2:] or list(SCENES))):
        sys.exit("\n".join(["Laid out wrongly:", *wrong]))

"""The history of ten thousand calls in a supervisor's real browser, while it is read and while it goes by.

`history_fps` are the frames drawn in five seconds in which the list, all of it read, goes by at 12,000 px a second,
half down and half up: two hundred calls a second, more than anybody reads. `history_reading_fps` are those drawn on the
first way down, when the page asks for two hundred calls at a time and makes their rows.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import async_playwright

from tests.bench.staff import FLAGS
from tests.bench.staff_hall import SUPERVISOR
from tests.signaling.house import open_house
from tests.signaling.records.many import add_many

CALLS = 10_000
SMOOTH = 60.0
READ = """() => new Promise(done => {
  const begun = performance.now()
  let frames = 0
  const step = () => {
    frames += 1
    scrollBy(0, 400)
    const left = document.documentElement.scrollHeight - innerHeight - scrollY
    if (document.getElementById("more").hidden && left <= 2) done(frames / ((performance.now() - begun) / 1000))
    else requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
})"""
PASS = """() => new Promise(done => {
  const [span_ms, speed] = [5000, 12]
  const from = document.documentElement.scrollHeight / 2 - (speed * span_ms) / 4
  let frames = 0, late = 0, before = 0, begun = 0
  const step = now => {
    if (!begun) begun = before = now
    else if ((frames += 1, now - before > 34)) late += 1
    before = now
    const passed = now - begun
    scrollTo(0, from + speed * Math.min(passed, span_ms - passed))
    if (passed < span_ms) requestAnimationFrame(step)
    else done({ fps: frames / (passed / 1000), late, rows: document.querySelectorAll("tbody tr").length })
  }
  requestAnimationFrame(step)
})"""


async def measure() -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        async with open_house(Path(folder)) as house, async_playwright() as driver:
            await add_many(house.service.records, CALLS)
            browser = await driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
            context = await browser.new_context(viewport={"width": 1440, "height": 900})
            name, value = (await house.cookie(SUPERVISOR)).split("=", 1)
            await context.add_cookies([{"name": name, "value": value, "url": house.url}])
            page = await context.new_page()
            await page.goto(f"{house.url}/console/history")
            await page.wait_for_selector("tbody tr")
            reading = float(await page.evaluate(READ))
            assert str(CALLS) in (await page.text_content(".page-foot [role=status]") or "")
            passed = dict(await page.evaluate(PASS))
            await browser.close()
    print(f"  {CALLS} calls, {passed['rows']} rows in the page, {passed['late']} late frames", flush=True)
    return {"history_fps": passed["fps"], "history_reading_fps": reading}


def run() -> list[dict[str, Any]]:
    """Return the rows of the group."""
    return [
        {
            "measure": name, "value": round(value, 1), "unit": "frames/s",
            "baseline": "required", "baseline_value": SMOOTH, "ratio": value / SMOOTH,
        }
        for name, value in asyncio.run(measure()).items()
    ]  # fmt: skip

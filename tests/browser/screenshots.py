"""`python -m tests.browser.screenshots FOLDER`: the pictures of README.md, taken from a real call between real pages.

The two people are drawn: a photograph would be somebody.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from playwright.async_api import async_playwright

from tests.browser.chromium import chromium
from tests.browser.pattern import AGENT, CITIZEN, write_voice
from tests.browser.service import prepare, service
from tests.browser.sides import HELPER, Booth, Desk
from tests.browser.waiting import until

if TYPE_CHECKING:
    from cv2.typing import MatLike

    from tests.browser.pattern import Sender

BOOTH = "booth_caoyang_center"
BOOTH_WINDOW, DESK_WINDOW = (1600, 987), (1440, 987)
"""87 pixels of a headless window are Chromium's own: 900 are left for the page."""
WALLS = {CITIZEN: ((214, 222, 232), (120, 92, 60)), AGENT: ((236, 228, 214), (150, 84, 30))}
"""For each side the wall behind and the clothes, as blue, green, red."""


def portrait(sender: Sender, nod: int) -> MatLike:
    """Draw somebody who sits before a camera, at 1280×720."""
    wall, clothes = WALLS[sender]
    picture = np.full((720, 1280, 3), wall, np.uint8)
    cv2.rectangle(picture, (60, 70), (380, 430), tuple(int(tone * 0.92) for tone in wall), -1)
    skin, hair = (164, 190, 224), (44, 40, 38)
    cv2.ellipse(picture, (640, 800), (340, 330), 0, 180, 360, clothes, -1, cv2.LINE_AA)
    cv2.rectangle(picture, (590, 420 + nod), (690, 520 + nod), skin, -1)
    cv2.ellipse(picture, (640, 300 + nod), (150, 165), 0, 0, 360, hair, -1, cv2.LINE_AA)
    cv2.ellipse(picture, (640, 330 + nod), (125, 150), 0, 0, 360, skin, -1, cv2.LINE_AA)
    cv2.ellipse(picture, (640, 215 + nod), (128, 60), 0, 180, 360, hair, -1, cv2.LINE_AA)
    for x in (590, 690):
        cv2.circle(picture, (x, 320 + nod), 9, hair, -1, cv2.LINE_AA)
    cv2.ellipse(picture, (640, 385 + nod), (42, 20), 0, 10, 170, (88, 88, 168), 5, cv2.LINE_AA)
    return picture


def film(path: Path, sender: Sender) -> Path:
    """Write a second of it."""
    with path.open("wb") as file:
        for frame in range(30):
            nod = round(4 * np.sin(frame / 30 * 2 * np.pi))
            file.write(cv2.imencode(".jpg", portrait(sender, nod), [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())
    return path


async def take(folder: Path) -> None:
    """Play a call and photograph both sides."""
    async with contextlib.AsyncExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        prepared = work / "prepared"
        prepared.mkdir()
        credentials = await prepare(prepared, [BOOTH], [HELPER])
        process = await stack.enter_async_context(service(prepared, work / "data"))
        driver = await stack.enter_async_context(async_playwright())
        pages = [
            await (
                await stack.enter_async_context(
                    chromium(
                        driver,
                        work / side.name,
                        film=film(work / f"{side.name}.mjpeg", side),
                        voice=write_voice(work / f"{side.name}.wav", side),
                        size=window,
                    )
                )
            ).page()
            for side, window in ((CITIZEN, BOOTH_WINDOW), (AGENT, DESK_WINDOW))
        ]
        booth, desk = Booth(pages[0], process.url), Desk(pages[1], process.url)
        await booth.enrol(credentials[BOOTH])
        await desk.sign_in()
        await desk.ready()
        await booth.take_ticket()
        await desk.accept()
        for side in (booth, desk):
            # Received video begins small and grows: wait until it is sharp.
            await until(functools.partial(sharp, side), "a large picture", 60)
        await desk.page.click("#capture")
        await booth.take()
        await desk.page.wait_for_selector(".capture[data-state=stored] img")
        await desk.page.click("#main .call-head")  # away from the buttons: nothing glows
        await desk.page.keyboard.press("1")
        await desk.page.fill("#notes", "旧卡已丢失，本人到场，身份证核对无误。")
        await booth.say("我的旧卡丢了，怎么办？")
        await desk.say("没关系，有身份证就可以补办。")
        await booth.page.wait_for_selector(".talk-chat >> text=有身份证就可以补办")
        await desk.page.wait_for_selector(".toasts > *", state="detached")
        await booth.page.screenshot(path=folder / "booth.png")
        await desk.page.screenshot(path=folder / "console.png")


async def sharp(side: Booth | Desk) -> bool:
    large: bool = await side.page.evaluate(
        "selector => document.querySelector(selector)?.videoWidth >= 1280", side.REMOTE
    )
    return large


if __name__ == "__main__":
    pictures = Path(sys.argv[1])
    pictures.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(pictures))

"""A real Chromium process of its own, with its own profile, a film for a camera and a file for a microphone.

It is started here and not by Playwright, because the tests need to kill it as a power cut would; Playwright only
drives it, over its debugging port.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import BrowserContext, Page, Playwright

READER = Path(__file__).with_name("pattern.js")

FLAGS = (
    "--headless=new",
    "--no-sandbox",  # CI and containers run as root, where Chromium's sandbox refuses to start
    "--no-first-run",
    "--disable-gpu",
    # Headless Chromium takes 800×600 for its screen, and shares no tab larger than its screen.
    "--screen-info={1920x1223}",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    # A machine with no network but its own loopback finds no candidates otherwise.
    "--allow-loopback-in-peer-connection",
    "--remote-debugging-port=0",
    # Pages in the background (the other one of the two) must run at full speed: so does the only page of a booth.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)


class Chromium:
    """A running browser; `open` gives a page."""

    def __init__(self, process: asyncio.subprocess.Process, context: BrowserContext) -> None:
        self.process = process
        self.context = context

    async def page(self) -> Page:
        """Open a tab."""
        return await self.context.new_page()

    @contextlib.asynccontextmanager
    async def profile(self) -> AsyncIterator[BrowserContext]:
        """Open another profile, for somebody else at this machine."""
        assert self.context.browser is not None
        context = await self.context.browser.new_context(
            permissions=["camera", "microphone"], viewport={"width": 1440, "height": 900}
        )
        await context.add_init_script(path=READER)
        try:
            yield context
        finally:
            await context.close()

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let it do nothing at all for a while, as a machine that hangs does: nothing is sent, nothing is answered."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)

    async def kill(self) -> None:
        """End it as a power cut would: nothing in it gets to say good-bye."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()


def _fresh(profile: Path) -> Path:
    """Clear what a killed browser left in its profile; return where the next one will write its debugging port."""
    for lock in profile.glob("Singleton*"):
        lock.unlink()
    port_file = profile / "DevToolsActivePort"
    port_file.unlink(missing_ok=True)
    return port_file


@contextlib.asynccontextmanager
async def chromium(
    playwright: Playwright,
    profile: Path,
    *,
    film: Path,
    voice: Path,
    size: tuple[int, int] = (1280, 800),
    shared_title: str = "",
) -> AsyncIterator[Chromium]:
    """Start a browser.

    Args:
        playwright: what drives it.
        profile: a folder of its own; kept, so that a browser started again is the same device with its cookies.
        film: what its cameras see.
        voice: what its microphone hears.
        size: of its window.
        shared_title: the title of the tab it shares when a page asks for a screen.
    """
    port_file = _fresh(profile)
    process = await asyncio.create_subprocess_exec(
        shutil.which("chromium") or "chromium",
        *FLAGS,
        "--use-fake-device-for-media-stream=device-count=2",
        f"--use-file-for-fake-video-capture={film}",
        f"--use-file-for-fake-audio-capture={voice}",
        f"--auto-select-tab-capture-source-by-title={shared_title}",
        f"--window-size={size[0]},{size[1]}",
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # a process group, so that its renderers die with it
    )
    try:
        await until(lambda: port_file.exists() and port_file.read_text().count("\n") >= 1, "Chromium starts", 60)
        port = port_file.read_text().split("\n")[0]
        browser = await playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        context = browser.contexts[0]
        await context.grant_permissions(["camera", "microphone"])
        await context.add_init_script(path=READER)
        yield Chromium(process, context)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

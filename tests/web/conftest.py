"""A real Chromium and a real server with nothing but the browser modules: what tests of single ones run in."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest_asyncio
from aiohttp import web
from playwright.async_api import async_playwright

from agent_console import pages as console
from extension_point import pages as booth
from tests.web.uploads import Uploads
from web import pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream=device-count=2",
    "--auto-select-tab-capture-source-by-title=SharedPaper",
    "--autoplay-policy=no-user-gesture-required",
    # A machine that has only its own loopback finds no candidates otherwise.
    "--allow-loopback-in-peer-connection",
]


@dataclasses.dataclass(frozen=True)
class Site:
    """The server under test."""

    url: str
    uploads: Uploads


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    app = web.Application()
    pages.install(app, {booth.PART: booth.ROOT, console.PART: console.ROOT})
    uploads = Uploads()
    app.router.add_route("*", "/upload/{name}", uploads.handle)

    async def blank(_request: web.Request) -> web.Response:
        text = "<!doctype html><html lang=zh-CN><title>SharedPaper</title><body></body></html>"
        return web.Response(text=text, content_type="text/html", headers=pages.PAGE_HEADERS)

    app.router.add_get("/", blank)
    runner = web.AppRunner(app)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    port = runner.addresses[0][1]
    try:
        yield Site(f"http://127.0.0.1:{port}", uploads)
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, site: Site) -> AsyncIterator[Page]:
    context = await browser.new_context(permissions=["camera", "microphone"])
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.goto(site.url)
    try:
        yield page
    finally:
        await context.close()
    assert faults == []

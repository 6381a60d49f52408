"""The staff's pages with the district's days in them, on the first morning, while they read, and when they cannot."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from signaling.district import Change
from signaling.routing.commands import Enter
from tests.browser.gallery.sides import browsing, clock_at, opened, past_days
from tests.browser.sides import ITEM
from tests.signaling.house import open_house

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Page, Playwright, Route

    from tests.browser.gallery.camera import Camera
    from tests.signaling.house import House

BOOTH, HELPER, SUPERVISOR = "booth_caoyang_center", "agent_chen_jing", "supervisor_zhao_lin"
FULL = {
    "history": ".table-link",
    "matters": "[data-matter]",
    "quality": "[data-person]",
    "hand-over": "main td",
    "reports": ".grid tfoot th",
    "planning": "[data-queue]",
    "admin": ".admin-row",
}
"""The pages a supervisor reads, and what of each comes last."""
EMPTY = FULL | {"history": "[role=status]:has-text('没有')", "matters": "[role=status]:has-text('没有')"}
PROBLEM = json.dumps(
    {"type": "about:blank", "status": 503, "title": "Unavailable", "code": "unavailable", "detail": ""}
)


async def take(camera: Camera, driver: Playwright, work: Path) -> None:
    """Walk through them all, at three in the afternoon."""
    clock = clock_at(15)
    await past_days(work / "full", clock())
    async with browsing(driver) as browser:
        async with open_house(work / "full", clock=clock) as house:
            page = await opened(browser, house, SUPERVISOR)
            async with camera.watching(page):
                await full(camera, page, house)
                await chosen(camera, page, house)
                await administered(camera, page, house)
            await page.context.close()
        async with open_house(work / "empty", clock=clock) as house:
            page = await opened(browser, house, SUPERVISOR)
            async with camera.watching(page):
                await empty(camera, page, house)
                await reading(camera, page, house)
                await failing(camera, page, house)
            await page.context.close()
            await at_the_door(camera, browser, house)


async def full(camera: Camera, page: Page, house: House) -> None:
    """Five days of the district, in both languages."""
    for name, shown in FULL.items():
        await page.goto(f"{house.url}/console/{name}?lang=zh-CN")
        await page.wait_for_selector(shown)
        await camera.desk(page, f"40-{name}")
    for name, shown in FULL.items():
        await page.goto(f"{house.url}/console/{name}?lang=en")
        await page.wait_for_selector(shown)
        await camera.english(page, f"40-{name}")


async def chosen(camera: Camera, page: Page, house: House) -> None:
    """What opens of them."""

    async def go(path: str, *clicks: str, shown: str, state: str) -> None:
        await page.goto("about:blank")
        await page.goto(f"{house.url}/console/{path}?lang=zh-CN")
        for click in clicks:
            await page.click(click)
        await page.wait_for_selector(shown)
        await camera.desk(page, f"41-{state}")

    await go("history", shown=".table-link", state="history-long")
    await page.fill("#search", "没有这样的事项")
    await page.wait_for_selector("[role=status]:has-text('没有')")
    await camera.desk(page, "41-history-none")
    await go("matters", ".table-button >> nth=0", shown=".matter-form", state="matter")
    await go("quality", ".table-button >> nth=0", shown=".quality-abilities", state="quality-person")
    await go("quality", "[data-review] >> nth=0", shown="dialog[open]", state="quality-review")
    await go("reports", "#measures-help", shown="dialog[open]", state="reports-help")
    for by in ("queue", "item", "agent", "call"):
        await page.goto(f"{house.url}/console/reports?by={by}&step=")
        await page.wait_for_selector(".grid tfoot th")
        await camera.desk(page, f"41-reports-by-{by}")


async def administered(camera: Camera, page: Page, house: House) -> None:
    """Tables, forms, a refusal, history, files, and a queue that goes while somebody waits in it."""
    district = house.service.administration.district
    known = next(one for one in district.world.draft["queues.toml"]["queues"] if one["id"] == "social")
    extra = {**known, "id": "extra", "name": "临时窗口", "name_en": "Extra", "prefix": "X"}
    await district.change(district.version, [Change("queues", "extra", extra)], SUPERVISOR)
    await house.service.hall.submit(Enter("call_extra", "booth_caoyang_yicun", "extra", ITEM))

    async def go(where: str, shown: str) -> None:
        await page.goto("about:blank")
        await page.goto(f"{house.url}/console/admin?lang=zh-CN#{where}")
        await page.wait_for_selector(shown)

    for where in (f"items/{ITEM}", f"booths/{BOOTH}", f"agents/{HELPER}", "queues/social", "hours/hall", "quality"):
        await go(where, ".admin-form" if "/" in where else ".admin-row")
        await camera.desk(page, f"42-admin-{where.split('/')[0]}")
    await go("history", ".admin-version")
    await camera.desk(page, "42-admin-history")
    await go("files", "#export")
    await camera.desk(page, "42-admin-files")
    await go(f"items/{ITEM}", ".admin-form")
    await page.fill("[data-path=minutes] input", "0")
    await page.keyboard.press("Control+s")
    await page.wait_for_selector(".field-error:visible")
    await camera.desk(page, "42-admin-refused")
    await go("queues/extra", "#remove")
    await page.click("#remove")
    await page.wait_for_selector("dialog[open]")
    await camera.desk(page, "42-admin-remove")
    await page.click("[data-action=dialog-yes]")
    await page.wait_for_selector("#waiting-to")
    await camera.desk(page, "42-admin-resettle")
    await go(f"booths/{BOOTH}", "[data-action=enrol]")
    await page.click("[data-action=enrol]")
    await page.wait_for_selector(".admin-qr")
    await camera.desk(page, "42-admin-enrolled")


async def empty(camera: Camera, page: Page, house: House) -> None:
    """A district that begins today."""
    for name, shown in EMPTY.items():
        await page.goto(f"{house.url}/console/{name}")
        await page.wait_for_selector(shown)
        await camera.desk(page, f"43-{name}-empty")


async def reading(camera: Camera, page: Page, house: House) -> None:
    """The service takes its time."""
    answers = asyncio.Event()

    async def slow(route: Route) -> None:
        await answers.wait()
        await route.abort()

    await page.route("**/api/**", slow)
    for name in FULL:
        await page.goto(f"{house.url}/console/{name}")
        await page.wait_for_selector("main h1")
        await camera.desk(page, f"44-{name}-reading")
    await page.unroute_all(behavior="ignoreErrors")  # of pages that were left
    answers.set()


async def failing(camera: Camera, page: Page, house: House) -> None:
    """The service answers that it cannot."""

    async def refuse(route: Route) -> None:
        await route.fulfill(status=503, content_type="application/problem+json", body=PROBLEM)

    await page.route("**/api/**", refuse)
    for name in (*FULL, "history/call_none", "history/call_none/recording"):
        await page.goto(f"{house.url}/console/{name}")
        await page.wait_for_selector("[role=alert]:visible")
        await camera.desk(page, f"45-{name.replace('/', '-')}-failed")
    await page.unroute_all()
    for name in ("history/call_none", "history/call_none/recording"):
        await page.goto(f"{house.url}/console/{name}")
        await page.wait_for_selector("[role=alert]:visible")
        await camera.desk(page, f"45-{name.replace('/', '-')}-unknown")
    await page.goto(f"{house.url}/console/calls/call_none/papers")
    await camera.desk(page, "45-papers-refused")


async def at_the_door(camera: Camera, browser: Browser, house: House) -> None:
    """Signing in: what was forgotten, and what was wrong."""
    page = await opened(browser, house, "")
    async with camera.watching(page):
        await page.goto(f"{house.url}/console?lang=zh-CN")
        await page.click("#submit")
        await page.wait_for_selector("#problem:visible")
        await camera.desk(page, "46-sign-in-empty")
        await page.fill("#name", "chenjing")
        await page.fill("#password", "not the password")
        await page.click("#submit")
        await page.wait_for_selector("#problem:has-text('再试')")
        await camera.desk(page, "46-sign-in-wrong")
    await page.context.close()

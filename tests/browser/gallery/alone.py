"""The booth without a helper's picture: what a visit meets beside the straight way, and what goes wrong."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.browser.gallery.sides import browsing, clock_at, opened
from tests.browser.sides import ITEM, Booth, Desk
from tests.browser.waiting import until
from tests.signaling.house import DISTRICT, open_house

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Playwright

    from tests.browser.gallery.camera import Camera
    from tests.signaling.house import House
    from tests.signaling.house import Page as Member

BOOTH, HELPER, SUPERVISOR = "booth_caoyang_center", "agent_chen_jing", "supervisor_zhao_lin"
OTHER = "agent_lu_wei"
SHUT = "business"
EVENING = replace(DISTRICT, queues={**DISTRICT.queues, SHUT: replace(DISTRICT.queues[SHUT], hours_id="hall")})
"""The district with one queue that closes at night."""
HURRY = """globalThis.hurry = 100_000; const late = setTimeout
globalThis.setTimeout = (what, ms, ...more) => late(what, ms > hurry ? ms / 1000 : ms, ...more)"""
"""Nobody waits for a person to go away: the longest timers run a thousand times as fast."""
BACK = re.compile(r"/socket\.io/")


async def take(camera: Camera, driver: Playwright, work: Path) -> None:
    """Meet it all at a booth in the evening."""
    async with browsing(driver) as browser, open_house(work, world=EVENING, clock=clock_at(20)) as house:
        booth = Booth(await opened(browser, house, ""), house.url)
        async with camera.watching(booth.page):
            await booth.page.goto(f"{house.url}/booth#enrol={await house.service.auth.enrol_booth(BOOTH, 'gallery')}")
            await booth.screen("setup")
            await booth.touch("setup-done")
            await booth.screen("attract")
            boss = await house.page(SUPERVISOR)
            await boss.do("broadcast.say", text="系统将于14:00恢复，已取的号都有效。", for_s=3600)
            await booth.page.wait_for_selector(".message")
            await camera.booth(booth.page, "29-message")
            await find_nothing(camera, booth)
            await come_another_time(camera, booth)
            await leave_and_come_back(camera, booth)
            await say_why(camera, booth, await house.page(HELPER))
            await walk_away(camera, browser, house, booth)
        await without_a_camera(camera, browser, house)
        await without_devices(camera, browser, house)
        await without_service(camera, browser, house)


async def find_nothing(camera: Camera, booth: Booth) -> None:
    """Words nobody knows, and what is closed by now."""
    await booth.touch("start")
    await booth.page.click(f"[data-category={SHUT}]")
    await booth.page.wait_for_selector("[data-closed=true]")
    await camera.booth(booth.page, "31-closed")
    await booth.page.click("[data-closed=true] >> nth=0")
    await booth.screen("papers")
    await camera.booth(booth.page, "31-closed-papers")
    await booth.touch("back")
    await booth.page.click("[data-category=all]")
    await booth.touch("search")
    for letter in "qqq":
        await booth.page.click(f"[data-key={letter}]")
    await booth.page.wait_for_selector(".tiles-none")
    await camera.booth(booth.page, "31-nothing-found")
    await booth.touch("back")


async def come_another_time(camera: Camera, booth: Booth) -> None:
    """An appointment, and its code when the day has come: a wrong one first."""
    await booth.touch("start")
    await booth.page.click(f"[data-item={ITEM}]")
    await booth.touch("book")
    await booth.touch("draw-ticket")
    await booth.page.click(".times-day >> nth=1")
    await booth.page.wait_for_selector("[data-time]")
    await camera.booth(booth.page, "32-times")
    await booth.page.click("[data-time] >> nth=3")
    await booth.screen("booked")
    await camera.booth(booth.page, "33-booked")
    await booth.touch("home")
    await booth.touch("have-code")
    await booth.page.wait_for_selector("[data-stage=self][data-playing=true]")
    await camera.booth(booth.page, "34-code")
    for digit in "00000000":
        await booth.page.click(f"[data-key='{digit}']")
    await booth.touch("show-code")
    await booth.page.wait_for_selector("[role=alert]:visible")
    await camera.booth(booth.page, "34-code-wrong")
    await booth.touch("back")


async def leave_and_come_back(camera: Camera, booth: Booth) -> None:
    """The questions at the ticket, the place kept for later, and the call back to it."""
    ticket = await booth.take_ticket()
    await booth.touch("aside")
    await booth.page.wait_for_selector("[data-action=aside][data-later=true]")
    await camera.booth(booth.page, "30-aside")
    await booth.touch("aside")
    await booth.touch("leave")
    await booth.page.wait_for_selector("dialog[open]")
    await camera.booth(booth.page, "30-leave")
    await booth.touch("dialog-no")
    await booth.touch("away")
    await booth.page.wait_for_selector("[data-code]")
    await camera.booth(booth.page, "30-away")
    await booth.touch("away-leave")
    await booth.page.wait_for_selector(f"[data-call={ticket}]")
    await camera.booth(booth.page, "30-called")
    await booth.page.click(f"[data-call={ticket}]")
    await booth.screen("ticket")


async def say_why(camera: Camera, booth: Booth, helper: Member) -> None:
    """The helper is rung, comes, and the citizen is not content."""
    await helper.do("agent.ready")
    await booth.page.wait_for_selector(".ticket[data-near=true]")
    await helper.until(lambda page: page.view["offer"] is not None)
    await camera.booth(booth.page, "35-offered")
    await helper.do("offer.accept", offer_id=helper.view["offer"]["offer_id"])
    await booth.screen("talk")
    await camera.booth(booth.page, "35-connecting")
    await booth.touch("end")
    await booth.page.wait_for_selector("dialog[open]")
    await camera.booth(booth.page, "35-end")
    await booth.touch("dialog-no")
    await helper.do("call.end", call_id=helper.call["call_id"], outcome="referred")
    await booth.screen("rate")
    await booth.page.click("[data-level='2']")
    await booth.page.click(".rate-reasons label >> nth=1")
    await camera.booth(booth.page, "36-why")
    await booth.touch("rate-phone")
    await camera.booth(booth.page, "36-phone")
    await booth.page.click(".rate-send .button")
    await booth.screen("thanks")
    await booth.touch("home")


async def walk_away(camera: Camera, browser: Browser, house: House, booth: Booth) -> None:
    """Nobody touches the screen any more; and a second page of the same booth shuts the first one out."""
    again = Booth(await booth.page.context.new_page(), house.url)
    await again.page.add_init_script(HURRY)
    await again.open()
    await again.screen("attract")
    await booth.screen("superseded")
    await camera.booth(booth.page, "37-superseded")
    await again.touch("start")
    await again.page.click(f"[data-item={ITEM}]")
    await again.page.wait_for_selector("dialog[open]")
    await camera.booth(again.page, "37-still-there")
    await again.page.close()


async def without_a_camera(camera: Camera, browser: Browser, house: House) -> None:
    """The helper's browser lets no camera in: the citizen is heard and seen, and both know."""
    booth = Booth(await opened(browser, house, BOOTH), house.url)
    desk = Desk(await opened(browser, house, OTHER, devices=False), house.url)
    async with camera.watching(booth.page, desk.page):
        await booth.open()
        await desk.page.goto(f"{house.url}/console")
        await desk.ready()
        await booth.take_ticket()
        await desk.accept()
        await until(functools.partial(desk.shows_video, desk.REMOTE), "the citizen's picture", 60)
        await booth.page.wait_for_selector(".talk-link.badge-good")
        await camera.booth(booth.page, "39-helper-without-camera")
        await camera.desk(desk.page, "40-without-camera")
        await desk.end("referred")
        await booth.screen("rate")
        await booth.touch("skip-rating")
        await booth.screen("thanks")
        for one in (booth, desk):
            await one.page.context.close()


async def without_devices(camera: Camera, browser: Browser, house: House) -> None:
    """A browser that lets no camera in: said at once, and no ticket for what needs one."""
    booth = Booth(await opened(browser, house, BOOTH, devices=False), house.url)
    async with camera.watching(booth.page):
        await booth.open()
        await booth.screen("attract")
        await booth.page.wait_for_selector(".attract-health[data-ok=false] >> text=摄像头")
        await camera.booth(booth.page, "38-broken")
        await booth.choose()
        await camera.booth(booth.page, "38-broken-wishes")
        await booth.touch("draw-ticket")
        await booth.page.wait_for_selector("[role=alert]:visible, .banner-danger:visible")
        await camera.booth(booth.page, "38-broken-refused")
        await booth.page.context.close()


async def without_service(camera: Camera, browser: Browser, house: House) -> None:
    """A page whose service does not answer yet."""
    booth = Booth(await opened(browser, house, BOOTH), house.url)
    await booth.page.route_web_socket(BACK, lambda _: None)
    await booth.open()
    await booth.screen("starting")
    await camera.booth(booth.page, "38-starting")
    await booth.page.context.close()

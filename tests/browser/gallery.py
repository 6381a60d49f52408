"""`python -m tests.browser.gallery FOLDER`: every page in every state a visit goes through, to be looked at.

The booth is photographed upright, across and with large letters; the console light and dark.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import FilePayload, async_playwright

from signaling import config
from signaling.records import Records
from tests.browser.chromium import chromium
from tests.browser.conftest import EXPERT, INTERPRETER, OTHER_HELPER
from tests.browser.layout import faults
from tests.browser.nodes import SETTINGS, media_node
from tests.browser.pattern import AGENT, CITIZEN, write_voice
from tests.browser.screenshots import BOOTH, film
from tests.browser.service import KEY, PASSWORD, WORLD, prepare, service
from tests.browser.sides import HELPER, ITEM, Booth, Desk
from tests.browser.test_signing import BY_CITIZEN, BY_HELPER, CHOSEN, reads_on
from tests.browser.waiting import until
from tests.extension_point.devices.conftest import bridge
from tests.signaling.figures.filled import keep, play
from tests.signaling.house import DISTRICT
from tests.signaling.test_documents import pdf

if TYPE_CHECKING:
    from playwright.async_api import Page, Playwright

SUPERVISOR = "zhaolin"
BOOTH_SIZES = {"portrait": (1080, 1920), "landscape": (1920, 1080)}
DESK_SIZE = (1440, 900)
WALL_SIZES = ((1920, 1080), (3840, 2160))
BROWSERS_OWN = 87
"""Pixels of a headless window that are not the page's."""
HALF_A_MINUTE = 30
DAYS, CALLS_A_DAY = 5, 260
DAY_S = 86_400.0
IN_ENGLISH = {
    "03-attract", "04-items", "06-papers", "07-wishes", "08-ticket", "10-talk-papers", "10b-form", "11-receipt",
    "12-rate",
}  # fmt: skip
REACHED = """one => {
  const { x, y, width, height } = one.getBoundingClientRect()
  return document.elementFromPoint(x + width / 2, y + height / 2)?.closest("[data-action=elder]") === one
}"""
"""Nothing lies over the button: neither a dialog nor the guide to the camera."""
STILL = """() => [...document.images].every(one => one.complete) && document.getAnimations().every(one =>
  one.playState !== 'running'
  || !(/color|opacity|background/.test(one.transitionProperty ?? '') || one.animationName?.endsWith('-in')))"""
"""Pictures and colours have arrived; a countdown's bar never rests."""
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Gallery:
    """Photographs one state in all the forms a person may meet it in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []
        """What no picture may show: words cut off, a control under another."""

    async def booth(self, booth: Booth, state: str) -> None:
        """Upright and across, as it is; upright with large letters."""
        page = booth.page
        for name, (width, height) in BOOTH_SIZES.items():
            await page.set_viewport_size({"width": width, "height": height})
            await self._shoot(page, f"booth-{state}-{name}")
        if state in IN_ENGLISH:
            await page.set_viewport_size({"width": 1080, "height": 1920})  # across, keys may lie over the button
            await page.click("[data-action=language]")
            await page.wait_for_selector("html[lang=en]")
            for name, (width, height) in BOOTH_SIZES.items():
                await page.set_viewport_size({"width": width, "height": height})
                await self._shoot(page, f"booth-{state}-{name}-en")
            await page.set_viewport_size({"width": 1080, "height": 1920})
            await page.click("[data-action=language]")
            await page.wait_for_selector("html[lang=zh-CN]")
        elder = page.locator("[data-action=elder]:visible")
        if await elder.count() and await elder.evaluate(REACHED):
            await elder.click()
            await page.set_viewport_size({"width": 1080, "height": 1920})
            await self._shoot(page, f"booth-{state}-elder")
            await elder.click()

    async def desk(self, desk: Desk, state: str) -> None:
        """Light and dark."""
        await desk.page.set_viewport_size({"width": DESK_SIZE[0], "height": DESK_SIZE[1]})
        for scheme in ("dark", "light"):
            await desk.page.emulate_media(color_scheme=scheme)
            await self._shoot(desk.page, f"console-{state}-{scheme}")

    async def second(self, desk: Desk, state: str) -> None:
        """The papers in a second window, and what the desk looks like without them."""
        async with desk.page.expect_popup() as opened:
            await desk.page.click("#second")
        papers = await opened.value
        await papers.wait_for_selector(".board-sheet")
        await self.desk(Desk(papers, desk.url), state)
        await self.desk(desk, f"{state}-desk")
        await papers.close()
        await desk.page.wait_for_selector(".board-sheet")

    async def wall(self, desk: Desk, state: str) -> None:
        """At both sizes a hall's display has."""
        for width, height in WALL_SIZES:
            await desk.page.set_viewport_size({"width": width, "height": height})
            await desk.page.goto(f"{desk.url}/wall")
            await desk.page.wait_for_selector(".wall-queue")
            await self._shoot(desk.page, f"{state}-{height}")
        await desk.page.goto(f"{desk.url}/console/floor")
        await desk.mode("idle")

    async def figures(self, desk: Desk) -> None:
        """Reports, planning and administration, as a supervisor meets them."""
        for path, shown, state in (
            ("reports", ".grid tfoot th", "18-reports"),
            ("planning", "[data-queue]", "19-planning"),
            ("admin#items/social_card_replace", ".admin-form", "20-admin-item"),
            ("admin#booths/booth_caoyang_center", ".admin-actions", "21-admin-booth"),
            ("admin#files", "#export", "22-admin-files"),
        ):
            await desk.page.goto("about:blank")
            await desk.page.goto(f"{desk.url}/console/{path}")
            await desk.page.wait_for_selector(shown)
            await self.desk(desk, state)
        for path, shown in (
            ("floor", ".fq"),
            ("history", ".table-link"),
            ("matters", "main tbody tr"),
            ("quality", "main tbody tr"),
            ("hand-over", "main dl"),
            ("reports", ".grid tfoot th"),
            ("planning", "[data-queue]"),
            ("admin", "#files, .admin-row"),
        ):
            await desk.page.goto(f"{desk.url}/console/{path}?lang=en")
            await desk.page.wait_for_selector(shown)
            await self._shoot(desk.page, f"console-27-en-{path}")
        await desk.page.goto(f"{desk.url}/console/floor?lang=zh-CN")
        await desk.mode("idle")

    async def mirror(self, boss: Desk, booth: Booth) -> None:
        """A supervisor looks at a booth's page while somebody is there: asked, then let."""
        await boss.page.goto("about:blank")
        await boss.page.goto(f"{boss.url}/console/admin#booths/{BOOTH}")
        await boss.page.click("[data-action=mirror]")
        await self.desk(boss, "23-mirror-reason")
        await boss.page.fill("#mirror-reason", "亭子说屏幕打不开")
        await boss.page.keyboard.press("Enter")
        await booth.page.wait_for_selector("[data-action=mirror-allowed]")
        await self.booth(booth, "15-mirror-asked")
        await self.desk(boss, "24-mirror-asked")
        await booth.touch("mirror-allowed")
        await boss.page.frame_locator(".mirror-frame").locator(".ticket-card").wait_for()
        await self.booth(booth, "16-mirror-allowed")
        await self.desk(boss, "25-mirror")
        await booth.touch("mirror-refused")
        await boss.page.wait_for_selector(".mirror-look[data-state=ended]")
        await self.desk(boss, "26-mirror-ended")
        await boss.page.goto(f"{boss.url}/console/floor")
        await boss.mode("idle")

    async def _shoot(self, page: Page, name: str) -> None:
        await page.evaluate(DRAWN)  # what was just changed has begun to move
        await page.wait_for_function(STILL)
        await page.screenshot(path=self.folder / f"{name}.png")
        print(name, flush=True)
        for fault in await faults(page):
            self.faults.append(f"{name}: {fault}")
            print(f"  {fault}", flush=True)


async def past_days(data: Path) -> None:
    """Write the last days of the whole district: lists, charts and the wall are as full as they will be."""
    now = time.time()
    made = play(DISTRICT, DAYS, CALLS_A_DAY, now // DAY_S * DAY_S - (DAYS - 1) * DAY_S)
    to_come = {getattr(event, "call_id", None) for event in made if event.at > now} - {None}
    past = [event for event in made if event.at <= now and getattr(event, "call_id", None) not in to_come]
    loaded = config.load(None, {"world_dir": WORLD, "data_dir": data, "captures": {"key": KEY}, "demo": True})
    async with Records.open(loaded.database_url) as records:
        await keep(records, DISTRICT, past)


async def look_back(gallery: Gallery, booth: Booth, desk: Desk) -> None:
    """The question for earlier visits, what is typed to show them, and the answer "not now"."""
    await desk.page.click("#earlier")
    await booth.page.wait_for_selector("[data-action=earlier-yes]")
    await gallery.booth(booth, "10-talk-earlier-asked")
    await gallery.desk(desk, "07-earlier-asked")
    await booth.touch("earlier-yes")
    await booth.page.wait_for_selector("dialog.digits-dialog[open]")
    await gallery.booth(booth, "10-talk-earlier-number")
    await booth.touch("digits-no")
    await booth.touch("earlier-no")
    await desk.page.wait_for_selector("#earlier:enabled")


async def look_together(gallery: Gallery, booth: Booth, desk: Desk) -> None:
    """A paper on both screens, with a mark."""
    paper = FilePayload(name="租赁合同.pdf", mimeType="application/pdf", buffer=pdf(3))
    await desk.page.set_input_files("input[type=file]", paper)
    await booth.page.wait_for_selector(".board-tile")
    await desk.page.click("[data-action=board-highlight]")
    box = await desk.page.locator(".board-sheet").bounding_box()
    assert box is not None
    await desk.page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.2 * box["height"])
    await desk.page.mouse.down()
    await desk.page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.2 * box["height"], steps=6)
    await desk.page.mouse.up()
    await booth.page.wait_for_selector(".board .mark", state="attached")
    await gallery.booth(booth, "10a-together")
    await gallery.desk(desk, "06a-together")
    await gallery.second(desk, "06a-second")
    await desk.page.click("[data-action=board-hide]")


async def fill_and_sign(gallery: Gallery, booth: Booth, desk: Desk) -> None:
    """The form with a mistake, then the three steps of the signature."""
    await desk.page.click("#form-open")
    await booth.page.wait_for_selector("#form-name", state="visible")
    await desk.page.fill("#form-phone", "1381234")
    await booth.page.focus("#form-remark")
    await desk.page.click("#sign-ask")
    await booth.page.wait_for_selector("[data-field=phone] .form-problem", state="visible")
    await gallery.booth(booth, "10b-form")
    await gallery.desk(desk, "06b-form")
    for field, value in (BY_CITIZEN | BY_HELPER).items():
        await desk.page.fill(f"#form-{field}", value)
    for field, value in CHOSEN.items():
        await desk.page.select_option(f"#form-{field}", value)
    await desk.page.click("#sign-ask")
    await booth.page.wait_for_selector(".signing-sheet img")
    await gallery.booth(booth, "10c-read")
    await until(lambda: reads_on(booth.page), "the end of the document")
    await gallery.booth(booth, "10d-consent")
    await booth.page.click("[data-action=signing-agree]")
    await gallery.booth(booth, "10e-sign")
    await booth.page.click("[data-action=signing-no]")
    await gallery.desk(desk, "06c-declined")
    await desk.page.click("#form-hide")


async def recorded_in_company(gallery: Gallery, driver: Playwright, work: Path) -> None:
    """A recorded call through a node: the question, a colleague asked aside, an interpreter, everybody's connection."""
    prepared = work / "prepared"
    prepared.mkdir(parents=True)
    credentials = await prepare(prepared, [BOOTH], [OTHER_HELPER, EXPERT, INTERPRETER, SUPERVISOR])
    disk = {"RECORDINGS_DIR": str(work / "kept"), "MASTER_KEY": KEY, "SEGMENT_S": "2"}
    async with contextlib.AsyncExitStack() as stack:
        process = await stack.enter_async_context(service(prepared, work / "data", SETTINGS))
        await stack.enter_async_context(media_node("node_1", process.port, work / "node.log", disk))
        pages = [
            await (
                await stack.enter_async_context(
                    chromium(
                        driver,
                        work / name,
                        film=film(work / f"{name}.mjpeg", side),
                        voice=write_voice(work / f"{name}.wav", side),
                        size=(window[0], window[1] + BROWSERS_OWN),
                    )
                )
            ).page()
            for name, side, window in (
                ("citizen", CITIZEN, BOOTH_SIZES["landscape"]),
                ("helper", AGENT, DESK_SIZE),
                ("third", AGENT, DESK_SIZE),
            )
        ]
        booth, desk, third = (
            Booth(pages[0], process.url), Desk(pages[1], process.url), Desk(pages[2], process.url),
        )  # fmt: skip
        await booth.enrol(credentials[BOOTH])
        for one, login in ((desk, OTHER_HELPER), (third, EXPERT)):
            await one.sign_in(login)
            await one.ready()
        await booth.take_ticket("company_change")
        await booth.page.wait_for_selector(".recording-question")
        await gallery.booth(booth, "20-record-question")
        await desk.accept()
        await gallery.desk(desk, "30-record-question")
        await booth.touch("record-yes")
        await desk.page.wait_for_selector(".recording [data-recording=on]")
        for side in (booth, desk):
            await until(functools.partial(side.shows_video, side.REMOTE), "the other one's picture")
        await gallery.booth(booth, "21-recorded")
        await desk.ask_aside("agent:agent_wu_guoqiang")
        await third.accept()
        await desk.page.wait_for_selector("text=市民现在听不到你们", timeout=60_000)
        await gallery.booth(booth, "22-aside")
        await gallery.desk(desk, "31-aside")
        await gallery.desk(third, "32-aside-expert")
        await desk.page.click("#quality")
        await desk.page.wait_for_selector(".legs-one")
        await gallery.desk(desk, "33-connections")
        await desk.page.click("#quality")
        await desk.page.click("#consult-open")
        await booth.page.wait_for_selector(".talk-other")
        await gallery.booth(booth, "23-expert")
        await gallery.desk(desk, "34-expert")
        await third.page.click("#step-out")
        await third.page.context.clear_cookies()
        await third.sign_in(INTERPRETER)
        await third.ready()
        await desk.ask("skill:sign_language")
        await third.accept()
        await booth.page.wait_for_selector(".talk[data-interpreted] .talk-pinned [data-playing=true]", timeout=60_000)
        await gallery.booth(booth, "24-interpreter")
        paper = FilePayload(name="租赁合同.pdf", mimeType="application/pdf", buffer=pdf(3))
        await desk.page.set_input_files("input[type=file]", paper)
        await booth.page.wait_for_selector(".board-tile")
        await gallery.booth(booth, "25-interpreter-paper")
        await gallery.desk(desk, "35-interpreter")
        await desk.page.click("[data-action=board-hide]")
        await booth.touch("record-stop")
        await desk.page.wait_for_selector(".recording [data-recording=withdrawn]")
        await gallery.booth(booth, "26-record-stopped")
        await gallery.desk(desk, "36-record-stopped")
        await looked_back_on(gallery, desk, third)


async def looked_back_on(gallery: Gallery, desk: Desk, boss: Desk) -> None:
    """A supervisor on the third page: the call's small pictures, then its recording: the reason, what happened."""
    told = await desk.page.evaluate("() => fetch('/api/calls?limit=1').then(answer => answer.json())")
    await boss.page.context.clear_cookies()
    await boss.sign_in(SUPERVISOR)
    await boss.page.goto(f"{boss.url}/console/floor")
    await boss.page.click("#pictures")
    for who in ("citizen", "agent"):
        await until(functools.partial(boss.shows_video, f".picture video[data-side={who}]"), "a small picture", 60)
    await gallery.desk(boss, "37-floor-pictures")
    await boss.page.click("#pictures-hide")
    await boss.page.goto(f"{boss.url}/console/history/{told['calls'][0]['call_id']}")
    await boss.page.click("#watch-recording")
    await gallery.desk(boss, "38-replay-reason")
    await boss.page.check("input[value=投诉核查]")
    await boss.page.click("#watch")
    await boss.page.wait_for_selector(".player-tile[data-role=citizen]")
    await boss.page.wait_for_selector(".replay-jump")
    await gallery.desk(boss, "39-replay")


async def take(folder: Path) -> list[str]:
    """Walk through a whole visit, and photograph both sides on the way; return what is laid out wrongly."""
    gallery = Gallery(folder)
    async with contextlib.AsyncExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        prepared = work / "prepared"
        prepared.mkdir()
        credentials = await prepare(prepared, [BOOTH], [HELPER, SUPERVISOR])
        await past_days(prepared)
        process = await stack.enter_async_context(service(prepared, work / "data"))
        devices = await stack.enter_async_context(bridge(work, ORIGINS=process.url))
        driver = await stack.enter_async_context(async_playwright())
        browsers = [
            await stack.enter_async_context(
                chromium(
                    driver,
                    work / side.name,
                    film=film(work / f"{side.name}.mjpeg", side),
                    voice=write_voice(work / f"{side.name}.wav", side),
                    size=(window[0], window[1] + BROWSERS_OWN),
                )
            )
            for side, window in ((CITIZEN, BOOTH_SIZES["landscape"]), (AGENT, DESK_SIZE))
        ]
        booth, desk = Booth(await browsers[0].page(), process.url), Desk(await browsers[1].page(), process.url)

        await booth.page.goto(f"{process.url}/booth#enrol=no-such-credential")
        await booth.screen("enrol")
        await gallery.booth(booth, "01-enrol")
        await booth.page.goto("about:blank")
        await booth.page.goto(f"{process.url}/booth#enrol={credentials[BOOTH]}")
        await booth.screen("setup")
        await gallery.booth(booth, "02-setup")
        await booth.page.goto("about:blank")
        await booth.enrol(f"{credentials[BOOTH]}&bridge={devices.pairing}")
        await gallery.booth(booth, "03-attract")
        await booth.touch("start")
        await gallery.booth(booth, "04-items")
        await booth.touch("search")
        for letter in "sbk":
            await booth.page.click(f"[data-key={letter}]")
        await gallery.booth(booth, "05-search")
        await booth.page.click(f"[data-item={ITEM}]")  # the large letters ended the search
        await gallery.booth(booth, "06-papers")
        await booth.touch("papers-ready")
        await booth.screen("wishes")
        await gallery.booth(booth, "07-wishes")

        await desk.page.goto(f"{process.url}/console")
        await desk.page.wait_for_selector("#submit")
        await gallery.desk(desk, "01-sign-in")
        await desk.sign_in()
        await gallery.desk(desk, "02-not-ready")

        await booth.touch("draw-ticket")
        await booth.screen("ticket")
        await gallery.booth(booth, "08-ticket")
        await gallery.desk(desk, "03-one-waits")
        await desk.ready()
        await desk.mode("offer")
        await gallery.desk(desk, "04-offer")
        await desk.accept()
        for side in (booth, desk):
            await until(lambda side=side: side.shows_video(side.REMOTE), "a picture", HALF_A_MINUTE)  # type: ignore[misc]
        await gallery.booth(booth, "09-talk")
        await gallery.desk(desk, "05-call")
        await desk.page.click("#capture")
        await booth.page.wait_for_selector(".guide:visible")
        await gallery.booth(booth, "09-talk-guide")
        await booth.take()
        await desk.page.wait_for_selector(".capture[data-state=stored] img")
        await booth.say("我的旧卡丢了，怎么办？")
        await desk.say("没关系，有身份证就可以补办。")
        await booth.page.wait_for_selector(".talk-chat >> text=有身份证就可以补办")
        await gallery.booth(booth, "10-talk-papers")
        await desk.page.wait_for_selector(".toasts > *", state="detached")
        await gallery.desk(desk, "06-call-papers")
        await desk.page.click("#tools-ask")
        await booth.page.wait_for_selector("[data-action=lease-allow]")
        await gallery.booth(booth, "10-talk-lease-asked")
        await gallery.desk(desk, "07-lease-asked")
        # The question does not stand for long: it is put anew and answered at once.
        await desk.page.click("#tools-cancel")
        await desk.page.click("#tools-ask")
        await booth.touch("lease-allow")
        await desk.page.click("#tool-card")
        await desk.page.wait_for_selector(".tools-card")
        await gallery.booth(booth, "10-talk-lease")
        await gallery.desk(desk, "07-lease")
        await booth.touch("lease-take-back")
        await look_back(gallery, booth, desk)
        await look_together(gallery, booth, desk)
        await fill_and_sign(gallery, booth, desk)
        await desk.page.click("#control-hold")
        await booth.page.wait_for_function("() => document.body.innerText.includes('稍')")
        await gallery.booth(booth, "11-held")
        await gallery.desk(desk, "08-held")
        await desk.page.click("#control-hold")
        await desk.page.click("#end")
        await gallery.desk(desk, "09-outcome")
        await desk.page.check("#receipt-on")
        await desk.page.click("#digits-ask")
        await booth.page.wait_for_selector("dialog.digits-dialog[open]")
        await booth.page.click("[data-digit='4']")
        await gallery.booth(booth, "11-digits")
        for digit in "321":
            await booth.page.click(f"[data-digit='{digit}']")
        await desk.page.check("dialog[open] input[value=partly_completed]")
        await desk.page.check("dialog[open] input[name=receipt-photo][value=missing]")
        await gallery.desk(desk, "09-receipt")
        await desk.page.click("#end-confirm")
        await booth.screen("receipt")
        await desk.mode("wrap_up")
        await gallery.desk(desk, "10-wrap-up")
        await gallery.booth(booth, "11-receipt")
        number = await booth.page.locator("[data-number]").get_attribute("data-number") or ""
        await booth.touch("receipt-read")
        await booth.screen("rate")
        await gallery.booth(booth, "12-rate")
        await booth.page.locator("[data-level]").first.click()
        await gallery.booth(booth, "13-rated")
        await booth.touch("home")
        await booth.touch("progress")
        await gallery.booth(booth, "13-progress-number")
        for digit in number:
            await booth.page.click(f"[data-digit='{digit}']")
        await gallery.booth(booth, "13-progress-phone")
        for digit in "4321":
            await booth.page.click(f"[data-digit='{digit}']")
        await booth.page.wait_for_selector(".progress-state")
        await gallery.booth(booth, "13-progress")
        await booth.touch("back")

        await desk.page.goto(f"{process.url}/console/history")
        await desk.page.wait_for_selector("main")
        await gallery.desk(desk, "11-history")
        await desk.page.click(".table-link")
        await desk.page.wait_for_selector(".timeline")
        await gallery.desk(desk, "11-record")
        await desk.page.goto(f"{process.url}/console/floor")
        await gallery.desk(desk, "11-refused")
        boss = Desk(await browsers[1].page(), process.url)
        await boss.page.context.clear_cookies()
        await boss.page.goto(f"{process.url}/console")
        await boss.page.fill("#name", SUPERVISOR)
        await boss.page.fill("#password", PASSWORD)
        await boss.page.click("#submit")
        await boss.mode("idle")
        await gallery.desk(boss, "12-supervisor")
        for name in ("matters", "quality", "hand-over"):
            await boss.page.goto(f"{process.url}/console/{name}")
            await boss.page.wait_for_selector("main dl, main table")
            await gallery.desk(boss, f"12-{name}")
        await boss.page.goto(f"{process.url}/console/floor")
        await boss.page.wait_for_selector(".fq")
        await booth.screen("attract", 3 * HALF_A_MINUTE)
        await booth.take_ticket()
        await boss.page.wait_for_selector(".vlist-waiting [role=option]")
        await gallery.desk(boss, "14-floor")
        await boss.page.click(".vlist-waiting [role=option]")
        await gallery.desk(boss, "15-floor-call")
        await boss.page.keyboard.press("Escape")
        await boss.page.click("#broadcast")
        await gallery.desk(boss, "16-floor-broadcast")
        await boss.page.keyboard.press("Escape")
        await gallery.wall(boss, "17-wall")
        await gallery.figures(boss)
        await gallery.mirror(boss, booth)
        await process.end()
        await booth.page.wait_for_selector(".away:visible")
        await gallery.booth(booth, "14-ticket-away")
        await boss.page.wait_for_selector(".trouble:visible")
        await gallery.desk(boss, "13-offline")
        await process.start()
        await booth.touch("leave")
        await booth.touch("dialog-yes")
        await booth.screen("attract")
        await process.end()
        await booth.screen("offline", HALF_A_MINUTE)
        await gallery.booth(booth, "14-offline")
        await recorded_in_company(gallery, driver, work / "company")
    return gallery.faults


if __name__ == "__main__":
    pictures = Path(sys.argv[1])
    pictures.mkdir(parents=True, exist_ok=True)
    if wrong := asyncio.run(take(pictures)):
        sys.exit("\n".join(["Laid out wrongly:", *wrong]))

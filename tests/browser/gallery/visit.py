"""A whole visit from the enrolment of the booth to the rating, both sides photographed on the way."""

from __future__ import annotations

import contextlib
import functools
import shutil
import time
from typing import TYPE_CHECKING

from playwright.async_api import FilePayload

from tests.browser.gallery.camera import ACROSS, DESK
from tests.browser.gallery.sides import filmed, past_days
from tests.browser.pattern import AGENT, CITIZEN
from tests.browser.screenshots import BOOTH
from tests.browser.service import prepare, service
from tests.browser.sides import HELPER, ITEM, Booth, Desk
from tests.browser.test_signing import BY_CITIZEN, BY_HELPER, CHOSEN, reads_on
from tests.browser.waiting import until
from tests.extension_point.devices.conftest import bridge
from tests.signaling.test_documents import pdf

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Playwright

    from tests.browser.chromium import Chromium
    from tests.browser.gallery.camera import Camera

SUPERVISOR = "zhaolin"
HALF_A_MINUTE = 30
WEATHER = {"offline": False, "latency": 900, "downloadThroughput": -1, "uploadThroughput": -1, "packetLoss": 30}
LOST = ":is([data-link=lost], [data-link=reconnecting], [data-state=lost], [data-state=reconnecting])"


async def take(camera: Camera, driver: Playwright, work: Path) -> None:
    """Play the visit."""
    prepared = work / "prepared"
    prepared.mkdir()
    credentials = await prepare(prepared, [BOOTH], [HELPER, SUPERVISOR])
    await past_days(prepared, time.time())
    async with contextlib.AsyncExitStack() as stack:
        process = await stack.enter_async_context(service(prepared, work / "data"))
        devices = await stack.enter_async_context(bridge(work, ORIGINS=process.url))
        citizen = await stack.enter_async_context(filmed(driver, work / "citizen", CITIZEN, ACROSS))
        helper = await stack.enter_async_context(filmed(driver, work / "agent", AGENT, DESK))
        booth, desk = Booth(await citizen.page(), process.url), Desk(await helper.page(), process.url)
        await stack.enter_async_context(camera.watching(booth.page, desk.page))
        await enrol(camera, booth, credentials[BOOTH], devices.pairing)
        await choose(camera, booth)
        await begin(camera, booth, desk)
        await show_papers(camera, booth, desk)
        await lend_devices(camera, booth, desk)
        await look_back(camera, booth, desk)
        await look_together(camera, booth, desk)
        await fill_and_sign(camera, booth, desk)
        await hold(camera, booth, desk)
        await bad_weather(camera, booth, desk)
        await nothing_comes(camera, booth, desk, citizen, helper)
        number = await end(camera, booth, desk, work / "printed")
        await rate(camera, booth)
        await ask_for_progress(camera, booth, number)
        await read_records(camera, desk)
        await desk.page.context.clear_cookies()
        await desk.sign_in(SUPERVISOR)
        await camera.desk(desk.page, "12-supervisor")
        await booth.screen("attract", 3 * HALF_A_MINUTE)
        await booth.take_ticket()
        await mirror(camera, desk, booth)
        await process.end()
        await booth.page.wait_for_selector(".away:visible")
        await camera.booth(booth.page, "14-ticket-away")
        await desk.page.wait_for_selector(".trouble:visible")
        await camera.desk(desk.page, "13-offline")
        await process.start()
        await booth.touch("leave")
        await booth.touch("dialog-yes")
        await booth.screen("attract")
        await process.end()
        await booth.screen("offline", HALF_A_MINUTE)
        await camera.booth(booth.page, "14-offline")


async def enrol(camera: Camera, booth: Booth, credential: str, pairing: str) -> None:
    """A link that is none, then the right one, and the devices."""
    await booth.page.goto(f"{booth.url}/booth#enrol=no-such-credential")
    await booth.screen("enrol")
    await camera.booth(booth.page, "01-enrol")
    await booth.page.goto("about:blank")
    await booth.page.goto(f"{booth.url}/booth#enrol={credential}")
    await booth.screen("setup")
    await camera.booth(booth.page, "02-setup")
    await booth.page.goto("about:blank")
    await booth.enrol(f"{credential}&bridge={pairing}")
    await camera.booth(booth.page, "03-attract")


async def choose(camera: Camera, booth: Booth) -> None:
    """The matter, what to bring, and what helps."""
    await booth.touch("start")
    await camera.booth(booth.page, "04-items")
    await booth.touch("search")
    for letter in "sbk":
        await booth.page.click(f"[data-key={letter}]")
    await camera.booth(booth.page, "05-search")
    await booth.page.click(f"[data-item={ITEM}]")  # the large letters ended the search
    await camera.booth(booth.page, "06-papers")
    await booth.touch("papers-ready")
    await booth.screen("wishes")
    await camera.booth(booth.page, "07-wishes")


async def begin(camera: Camera, booth: Booth, desk: Desk) -> None:
    """The ticket is drawn, the helper comes, and answers."""
    await desk.page.goto(f"{desk.url}/console")
    await desk.page.wait_for_selector("#submit")
    await camera.desk(desk.page, "01-sign-in")
    await desk.sign_in()
    await camera.desk(desk.page, "02-not-ready")
    await booth.touch("draw-ticket")
    await booth.screen("ticket")
    await camera.booth(booth.page, "08-ticket")
    await camera.desk(desk.page, "03-one-waits")
    await desk.ready()
    await desk.mode("offer")
    await camera.desk(desk.page, "04-offer")
    await desk.accept()
    for side in (booth, desk):
        await until(lambda side=side: side.shows_video(side.REMOTE), "a picture", HALF_A_MINUTE)  # type: ignore[misc]
    await camera.booth(booth.page, "09-talk")
    await camera.desk(desk.page, "05-call")


async def show_papers(camera: Camera, booth: Booth, desk: Desk) -> None:
    """A still, and a word about it."""
    await desk.page.click("#capture")
    await booth.page.wait_for_selector(".guide:visible")
    await camera.booth(booth.page, "09-talk-guide")
    await booth.take()
    await desk.page.wait_for_selector(".capture[data-state=stored] img")
    await booth.say("我的旧卡丢了，怎么办？")
    await desk.say("没关系，有身份证就可以补办。")
    await booth.page.wait_for_selector(".talk-chat >> text=有身份证就可以补办")
    await camera.booth(booth.page, "10-talk-papers")
    await desk.page.wait_for_selector(".toasts > *", state="detached")
    await camera.desk(desk.page, "06-call-papers")


async def lend_devices(camera: Camera, booth: Booth, desk: Desk) -> None:
    """The helper asks for the booth's devices and reads a card."""
    await desk.page.click("#tools-ask")
    await booth.page.wait_for_selector("[data-action=lease-allow]")
    await camera.booth(booth.page, "10-talk-lease-asked")
    await camera.desk(desk.page, "07-lease-asked")
    # The question does not stand for long: it is put anew and answered at once.
    await desk.page.click("#tools-cancel")
    await desk.page.click("#tools-ask")
    await booth.touch("lease-allow")
    await desk.page.click("#tool-card")
    await desk.page.wait_for_selector(".tools-card")
    await camera.booth(booth.page, "10-talk-lease")
    await camera.desk(desk.page, "07-lease")
    await booth.touch("lease-take-back")


async def look_back(camera: Camera, booth: Booth, desk: Desk) -> None:
    """The question for earlier visits, what is typed to show them, and the answer "not now"."""
    await desk.page.click("#earlier")
    await booth.page.wait_for_selector("[data-action=earlier-yes]")
    await camera.booth(booth.page, "10-talk-earlier-asked")
    await camera.desk(desk.page, "07-earlier-asked")
    await booth.touch("earlier-yes")
    await booth.page.wait_for_selector("dialog.digits-dialog[open]")
    await camera.booth(booth.page, "10-talk-earlier-number")
    await booth.touch("digits-no")
    await booth.touch("earlier-no")
    await desk.page.wait_for_selector("#earlier:enabled")


async def look_together(camera: Camera, booth: Booth, desk: Desk) -> None:
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
    await camera.booth(booth.page, "10a-together")
    await camera.desk(desk.page, "06a-together")
    await second(camera, desk, "06a-second")
    await desk.page.click("[data-action=board-hide]")


async def fill_and_sign(camera: Camera, booth: Booth, desk: Desk) -> None:
    """The form with a mistake, then the three steps of the signature."""
    await desk.page.click("#form-open")
    await booth.page.wait_for_selector("#form-name", state="visible")
    await desk.page.fill("#form-phone", "1381234")
    await booth.page.focus("#form-remark")
    await desk.page.click("#sign-ask")
    await booth.page.wait_for_selector("[data-field=phone] .form-problem", state="visible")
    await camera.booth(booth.page, "10b-form")
    await camera.desk(desk.page, "06b-form")
    for field, value in (BY_CITIZEN | BY_HELPER).items():
        await desk.page.fill(f"#form-{field}", value)
    for field, value in CHOSEN.items():
        await desk.page.select_option(f"#form-{field}", value)
    await desk.page.click("#sign-ask")
    await booth.page.wait_for_selector(".signing-sheet img")
    await camera.booth(booth.page, "10c-read")
    await until(lambda: reads_on(booth.page), "the end of the document")
    await camera.booth(booth.page, "10d-consent")
    await booth.page.click("[data-action=signing-agree]")
    await camera.booth(booth.page, "10e-sign")
    await booth.page.click("[data-action=signing-no]")
    await camera.desk(desk.page, "06c-declined")
    await desk.page.click("#form-hide")


async def second(camera: Camera, desk: Desk, state: str) -> None:
    """The papers in a second window, and what the desk looks like without them."""
    async with desk.page.expect_popup() as opened:
        await desk.page.click("#second")
    papers = await opened.value
    await papers.wait_for_selector(".board-sheet")
    await camera.desk(papers, state)
    await camera.desk(desk.page, f"{state}-desk")
    await papers.close()
    await desk.page.wait_for_selector(".board-sheet")


async def hold(camera: Camera, booth: Booth, desk: Desk) -> None:
    """Neither sees nor hears the other for a while."""
    await desk.page.click("#control-hold")
    await booth.page.wait_for_function("() => document.body.innerText.includes('稍')")
    await camera.booth(booth.page, "11-held")
    await camera.desk(desk.page, "08-held")
    await desk.page.click("#control-hold")


async def bad_weather(camera: Camera, booth: Booth, desk: Desk) -> None:
    """Packets are late, and a third of them is lost."""
    line = await booth.page.context.new_cdp_session(booth.page)
    await line.send("Network.emulateNetworkConditions", WEATHER)
    await booth.page.wait_for_selector(".talk-link.badge-warn", timeout=HALF_A_MINUTE * 1000)
    await desk.page.wait_for_selector(".quality[data-state=poor]", timeout=HALF_A_MINUTE * 1000)
    await camera.booth(booth.page, "11-poor")
    await camera.desk(desk.page, "08-poor")
    await line.detach()


async def nothing_comes(camera: Camera, booth: Booth, desk: Desk, citizen: Chromium, helper: Chromium) -> None:
    """Nothing comes any more from the one side, then from the other; and each is back by itself."""
    with helper.standing_still():
        await booth.page.wait_for_selector(f".talk-link{LOST}", timeout=HALF_A_MINUTE * 1000)
        await camera.booth(booth.page, "11-lost")
    await booth.page.wait_for_selector(".talk-link.badge-good", timeout=HALF_A_MINUTE * 1000)
    await until(functools.partial(desk.shows_video, desk.REMOTE), "the citizen's picture", HALF_A_MINUTE)
    with citizen.standing_still():
        await desk.page.wait_for_selector(f".quality{LOST}", timeout=HALF_A_MINUTE * 1000)
        await camera.desk(desk.page, "08-lost")
    await desk.page.wait_for_selector(".quality[data-state=good]", timeout=HALF_A_MINUTE * 1000)
    await until(functools.partial(booth.shows_video, booth.REMOTE), "the helper's picture", HALF_A_MINUTE)


async def end(camera: Camera, booth: Booth, desk: Desk, printed: Path) -> str:
    """The outcome, the receipt with the end of a phone, and the notes after the call; return the receipt's number."""
    await desk.page.click("#end")
    await camera.desk(desk.page, "09-outcome")
    await desk.page.check("#receipt-on")
    await desk.page.click("#digits-ask")
    await booth.page.wait_for_selector("dialog.digits-dialog[open]")
    await booth.page.click("[data-digit='4']")
    await camera.booth(booth.page, "11-digits")
    for digit in "321":
        await booth.page.click(f"[data-digit='{digit}']")
    await desk.page.check("dialog[open] input[value=partly_completed]")
    await desk.page.check("dialog[open] input[name=receipt-photo][value=missing]")
    await camera.desk(desk.page, "09-receipt")
    await desk.page.click("#end-confirm")
    await booth.screen("receipt")
    await desk.mode("wrap_up")
    await camera.desk(desk.page, "10-wrap-up")
    await camera.booth(booth.page, "11-receipt")
    # Where the printer writes to is gone.
    shutil.rmtree(printed)
    await booth.touch("receipt-print")
    await booth.page.wait_for_selector("text=没有打印成功")
    await camera.booth(booth.page, "11-receipt-not-printed")
    return await booth.page.locator("[data-number]").get_attribute("data-number") or ""


async def rate(camera: Camera, booth: Booth) -> None:
    """The receipt is read, the rating given."""
    await booth.touch("receipt-read")
    await booth.screen("rate")
    await camera.booth(booth.page, "12-rate")
    await booth.page.locator("[data-level]").first.click()
    await camera.booth(booth.page, "13-rated")
    await booth.touch("home")


async def ask_for_progress(camera: Camera, booth: Booth, number: str) -> None:
    """Where the matter stands, by the receipt's number and the end of the phone."""
    await booth.touch("progress")
    await camera.booth(booth.page, "13-progress-number")
    for digit in number:
        await booth.page.click(f"[data-digit='{digit}']")
    await camera.booth(booth.page, "13-progress-phone")
    for digit in "4321":
        await booth.page.click(f"[data-digit='{digit}']")
    await booth.page.wait_for_selector(".progress-state")
    await camera.booth(booth.page, "13-progress")
    await booth.touch("back")


async def read_records(camera: Camera, desk: Desk) -> None:
    """The helper's own calls, the record of the one that was, and a page that is not for helpers."""
    await desk.page.goto(f"{desk.url}/console/history")
    await desk.page.wait_for_selector(".table-link")
    await camera.desk(desk.page, "11-history")
    await desk.page.click(".table-link")
    await desk.page.wait_for_selector(".timeline")
    await camera.desk(desk.page, "11-record")
    await desk.page.goto(f"{desk.url}/console/floor")
    await camera.desk(desk.page, "11-refused")


async def mirror(camera: Camera, boss: Desk, booth: Booth) -> None:
    """A supervisor looks at a booth's page while somebody is there: asked, then let."""
    await boss.page.goto(f"{boss.url}/console/admin#booths/{BOOTH}")
    await boss.page.click("[data-action=mirror]")
    await camera.desk(boss.page, "23-mirror-reason")
    await boss.page.fill("#mirror-reason", "亭子说屏幕打不开")
    await boss.page.keyboard.press("Enter")
    await booth.page.wait_for_selector("[data-action=mirror-allowed]")
    await camera.booth(booth.page, "15-mirror-asked")
    await camera.desk(boss.page, "24-mirror-asked")
    await booth.touch("mirror-allowed")
    await boss.page.frame_locator(".mirror-frame").locator(".ticket-card").wait_for()
    await camera.booth(booth.page, "16-mirror-allowed")
    await camera.desk(boss.page, "25-mirror")
    await booth.touch("mirror-refused")
    await boss.page.wait_for_selector(".mirror-look[data-state=ended]")
    await camera.desk(boss.page, "26-mirror-ended")
    await boss.page.goto(f"{boss.url}/console/floor")
    await boss.mode("idle")

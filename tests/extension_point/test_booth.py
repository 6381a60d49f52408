"""The booth's page in a real browser with the real service: every step up to the ticket, in both languages and sizes.

What needs a helper as well (the conversation, the stills, the rating) is in tests/browser.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import date
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import TimeoutError, async_playwright

from signaling import receipt_number
from signaling.tickets import qr
from tests.browser.service import PASSWORD, prepare, service
from tests.extension_point.looks import CLIPPED, SIZES, looks_right, shown_at, violations
from tests.signaling.house import Page as Console
from tests.web.conftest import CHROMIUM, FLAGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, Page, Route

    from tests.browser.service import Service

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

BOOTH = "booth_caoyang_center"
ITEM = "social_card_replace"
HELPER = "chenjing"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def enrolled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Service, BrowserContext]]:
    """A service, and a browser that was enrolled as a booth and set up by its operator."""
    data = tmp_path_factory.mktemp("booth")
    credentials = await prepare(data / "prepared", [BOOTH], [HELPER])
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(service(data / "prepared", data / "data"))
        playwright = await stack.enter_async_context(async_playwright())
        browser: Browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        stack.push_async_callback(browser.close)
        context = await browser.new_context(permissions=["camera", "microphone"], has_touch=True)
        page = await context.new_page()
        await page.goto(f"{running.url}/booth#enrol=no-such-credential")
        await screen(page, "enrol")
        await page.goto("about:blank")
        await page.goto(f"{running.url}/booth#enrol={credentials[BOOTH]}")
        await screen(page, "setup")
        assert "enrol" not in page.url
        assert "enrol" not in await page.evaluate("() => document.cookie + JSON.stringify(history.state)")
        await page.wait_for_selector("[data-stage=setup-document][data-playing=true]")
        assert await violations(page) == []
        await page.click("[data-action=setup-done]")
        await screen(page, "attract")
        await page.close()
        yield running, context


@pytest_asyncio.fixture(loop_scope="module")
async def booth(enrolled: tuple[Service, BrowserContext]) -> AsyncIterator[Page]:
    running, context = enrolled
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.goto(f"{running.url}/booth")
    await screen(page, "attract")
    try:
        yield page
    finally:
        if await page.evaluate("() => document.body.dataset.screen") == "ticket":
            await leave(page)
        await page.close()
    assert faults == []


async def screen(page: Page, name: str) -> None:
    try:
        await page.wait_for_selector(f"body[data-screen={name}]", timeout=20_000)
    except TimeoutError:
        shown = await page.evaluate("() => document.body.dataset.screen + ': ' + document.body.innerText")
        raise AssertionError(f"not the screen {name}, but {shown}") from None


async def touch(page: Page, action: str) -> None:
    await page.click(f"[data-action={action}]")


async def leave(page: Page) -> None:
    await touch(page, "leave")
    await touch(page, "dialog-yes")
    await screen(page, "attract")


async def to_wishes(page: Page) -> None:
    await touch(page, "start")
    await page.click(f"[data-item={ITEM}]")
    await touch(page, "papers-ready")
    await screen(page, "wishes")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_every_step_fits_the_display_and_is_accessible(booth: Page, size: str, lang: str) -> None:
    width, height = SIZES[size]
    await booth.set_viewport_size({"width": width, "height": height})
    if lang == "en":
        await touch(booth, "language")
        await booth.wait_for_selector("html[lang=en]")

    async def check() -> None:
        assert await booth.evaluate(CLIPPED) == []
        assert size == "laptop" or await violations(booth) == []

    await check()
    await touch(booth, "elder")
    await check()
    await touch(booth, "elder")
    await touch(booth, "start")
    await booth.wait_for_selector(f"[data-item={ITEM}]")
    await check()
    await booth.click("[data-action=search]")
    await check()
    await booth.click(".search-close")
    await booth.click(f"[data-item={ITEM}]")
    await check()
    await touch(booth, "papers-ready")
    await screen(booth, "wishes")
    await check()
    await touch(booth, "elder")
    await check()
    await touch(booth, "draw-ticket")
    await screen(booth, "ticket")
    await booth.wait_for_selector("[data-stage=self][data-playing=true]")
    await check()


async def test_the_ticket_shows_number_people_and_item_and_can_be_given_back(booth: Page) -> None:
    await to_wishes(booth)
    await touch(booth, "draw-ticket")
    await screen(booth, "ticket")
    assert (await booth.inner_text("[data-ticket]")).startswith("A")
    assert await booth.inner_text("[data-ahead]") == "0位"
    assert await booth.inner_text("[data-wait]") == "待定"  # nobody is at work yet: no number would be honest
    assert "社保卡更换" in await booth.inner_text(".ticket-item")
    await touch(booth, "aside")
    await booth.wait_for_selector(".ticket-news >> text=您的位置保留")
    await touch(booth, "aside")
    await booth.wait_for_selector(".ticket-news >> text=您的位置保留", state="detached")
    await touch(booth, "leave")
    await touch(booth, "dialog-no")
    await screen(booth, "ticket")
    await leave(booth)


@contextlib.asynccontextmanager
async def helper(url: str) -> AsyncIterator[Console]:
    """A helper at work, as a socket client."""
    async with aiohttp.ClientSession() as session:
        answer = await session.post(f"{url}/api/staff/session", json={"name": HELPER, "password": PASSWORD})
        assert answer.ok
        token = answer.cookies["vw_staff"].value
    console = await Console("/staff", "page_helper", f"vw_staff={token}").open(url)
    try:
        await console.do("agent.ready")
        yield console
    finally:
        await console.close()


async def answered(booth: Page, console: Console) -> str:
    """Take a ticket, have it answered; return the call's id."""
    await to_wishes(booth)
    await touch(booth, "draw-ticket")
    await console.until(lambda page: page.view["offer"] is not None)
    await console.do("offer.accept", offer_id=console.view["offer"]["offer_id"])
    await screen(booth, "talk")
    await console.until(lambda page: page.view["call"] is not None)
    return str(console.call["call_id"])


async def choose_another_camera(booth: Page, console: Console, call_id: str) -> None:
    """Have the helper turn to the booth's other camera, under a lease; see that its picture is the one shown."""
    told = await console.told("booth.devices")
    (camera,) = (one for one in told["devices"] if one["device"] == "document_camera")
    (other,) = {one["id"] for one in camera["choices"]} - {camera["chosen"]}
    lease = await console.do("lease.ask", call_id=call_id, devices=["document_camera"])
    await touch(booth, "lease-allow")
    await console.until(lambda page: page.events[-1][0] == "lease.changed" and page.events[-1][1]["state"] == "live")
    await console.do(
        "device.do", lease_id=lease["lease_id"], device="document_camera", action="choose",
        parameters={"camera_id": other},
    )  # fmt: skip
    assert (await console.told("device.done"))["code"] == "ok"
    await console.until(lambda page: [
        one["chosen"] for name, told in page.events if name == "booth.devices" for one in told["devices"]
    ][-1] == other)  # fmt: skip
    shown = await booth.eval_on_selector(
        "[data-stage=document] video", "video => video.srcObject.getVideoTracks()[0].getSettings().deviceId"
    )
    assert shown == other


def states(console: Console) -> list[str]:
    """What was told of the leave to see earlier visits, in order."""
    return [told["state"] for name, told in console.events if name == "earlier.changed"]


async def test_a_citizen_shows_their_earlier_visits_by_a_touch_and_takes_them_back(
    booth: Page, enrolled: tuple[Service, BrowserContext]
) -> None:
    async with helper(enrolled[0].url) as console:
        call_id = await answered(booth, console)
        given = await console.do(
            "receipt.give", call_id=call_id, outcome="completed", taken=["id_card"], last_four="4321"
        )
        await screen(booth, "receipt")
        await touch(booth, "receipt-read")
        await touch(booth, "skip-rating")
        await console.do("wrap_up.finish", call_id=call_id)
        await booth.wait_for_selector("body[data-screen=thanks], body[data-screen=attract]")
        await booth.reload()
        await screen(booth, "attract")

        read, asked = asyncio.Event(), asyncio.Event()

        async def late(route: Route) -> None:
            answer = await route.fetch()
            read.set()
            await asked.wait()
            await route.fulfill(response=answer)

        await booth.route("**/api/calls/*/earlier", late)
        call_id = await answered(booth, console)
        await read.wait()
        await console.do("earlier.ask", call_id=call_id)
        await booth.wait_for_selector("[data-action=earlier-yes]")
        # What was read before the question comes after it: the question stands.
        async with booth.expect_response("**/api/calls/*/earlier"):
            asked.set()
        await looks_right(booth, "earlier-asked")
        await touch(booth, "earlier-yes")
        for digit in "261126811795":  # nobody's: its last digit does not check the others
            await booth.click(f"dialog [data-digit='{digit}']")
        await booth.wait_for_selector("dialog [role=alert]:visible")
        await booth.click("dialog [data-digit=clear]")
        for digit in f"{given['number']}4321":
            await booth.click(f"dialog [data-digit='{digit}']")
        await booth.wait_for_selector("[data-action=earlier-back]")
        await console.until(lambda page: states(page) == ["asked", "shown"])
        await looks_right(booth, "earlier-shown")
        await touch(booth, "earlier-back")
        await console.until(
            lambda page: page.events[-1][0] == "earlier.changed" and page.events[-1][1]["state"] == "taken_back"
        )
        await booth.wait_for_selector("[data-action=earlier-back]", state="detached")
        await choose_another_camera(booth, console, call_id)
        await console.do("call.end", call_id=call_id, outcome="completed")
        await console.do("wrap_up.finish", call_id=call_id)
        await screen(booth, "rate")
        await say_why_in_two_languages(booth)
        await screen(booth, "thanks")


async def say_why_in_two_languages(booth: Page) -> None:
    """A low rating, its reasons and half a phone number are still there in the other language."""
    await booth.click("[data-level='2']")
    await booth.check("input[value=not_solved]")
    await touch(booth, "language")
    assert await booth.is_checked("input[value=not_solved]")
    await touch(booth, "rate-phone")
    for digit in "138":
        await booth.click(f"[data-digit='{digit}']")
    await touch(booth, "language")
    assert await booth.inner_text(".numpad-places .visually-hidden") == "1 3 8"
    await booth.click(".rate-send .button")


async def test_a_reloaded_page_finds_its_ticket_its_language_and_its_letters_again(booth: Page) -> None:
    await touch(booth, "language")
    await touch(booth, "elder")
    await touch(booth, "start")
    await booth.click("[data-category=social]")
    await booth.click(f"[data-item={ITEM}]")
    await touch(booth, "papers-ready")
    await touch(booth, "draw-ticket")
    await screen(booth, "ticket")
    ticket = await booth.inner_text("[data-ticket]")
    await booth.reload()
    await screen(booth, "ticket")
    assert await booth.inner_text("[data-ticket]") == ticket
    assert await booth.get_attribute("html", "lang") == "en"
    assert await booth.get_attribute("html", "data-elder") == "true"


async def test_the_next_citizen_finds_nothing_of_the_last(booth: Page) -> None:
    await touch(booth, "language")
    await touch(booth, "elder")
    await touch(booth, "start")
    await booth.click("[data-category=social]")
    await booth.click(f"[data-item={ITEM}]")
    await touch(booth, "papers-ready")
    await booth.check("[data-wish=disability]")
    await touch(booth, "draw-ticket")
    await screen(booth, "ticket")
    await leave(booth)
    assert await booth.get_attribute("html", "lang") == "zh-CN"
    assert await booth.get_attribute("html", "data-elder") == "false"
    assert await booth.evaluate("() => [...Object.keys(localStorage)].every(key => key.startsWith('vw.device.'))")
    assert await booth.evaluate("() => sessionStorage.length") == 0
    assert await booth.evaluate("() => document.querySelectorAll('video').length") == 0
    await to_wishes(booth)
    assert await booth.evaluate("() => document.querySelectorAll('[data-wish]:checked').length") == 0


@pytest.mark.parametrize("typed", ["sbk", "shebaok", "社保卡", "gengh"])
async def test_an_item_is_found_by_initials_pinyin_and_characters(booth: Page, typed: str) -> None:
    await touch(booth, "start")
    await booth.click("[data-action=search]")
    for letter in typed:
        if letter.isascii():
            await booth.click(f"[data-key={letter}]")
        else:
            await booth.keyboard.insert_text(letter)
    await booth.wait_for_function(
        "item => { const found = document.querySelectorAll('.tiles [data-item]');"
        " return found[0]?.dataset.item === item && found.length < 8 }",
        arg=ITEM,
    )


@pytest.mark.parametrize("size", ["portrait", "landscape"])
async def test_a_citizen_leaves_keeps_the_place_and_comes_back(booth: Page, size: str) -> None:
    await shown_at(booth, size)
    await to_wishes(booth)
    await touch(booth, "draw-ticket")
    await screen(booth, "ticket")
    ticket = await booth.inner_text("[data-ticket]")
    await touch(booth, "away")
    code = await booth.get_attribute("[data-code]", "data-code") or ""
    assert len(code) == 8
    await looks_right(booth, f"away-{size}")
    await touch(booth, "away-leave")
    await screen(booth, "attract")
    await booth.wait_for_selector(f"[data-call={ticket}]")
    await looks_right(booth, f"called-{size}")
    if size == "portrait":
        await booth.click(f"[data-call={ticket}]")
    else:
        await touch(booth, "have-code")
        for digit in "00000000":
            await booth.click(f"[data-key='{digit}']")
        await touch(booth, "show-code")
        await booth.wait_for_selector("[role=alert] >> text=没有找到这个号码")
        await looks_right(booth, f"code-{size}")
        await booth.click("[data-key=clear]")
        for digit in code:
            await booth.click(f"[data-key='{digit}']")
        await touch(booth, "show-code")
    await screen(booth, "ticket")
    assert await booth.inner_text("[data-ticket]") == ticket
    await leave(booth)


CAMERA = """(() => {
  // The booth's cameras see what the test draws on this canvas.
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 })
  const ink = canvas.getContext('2d')
  globalThis.hold = (rows) => {
    ink.fillStyle = '#999'; ink.fillRect(0, 0, 640, 480)
    ink.fillStyle = '#fff'; ink.fillRect(160, 60, 360, 360)
    ink.fillStyle = '#000'
    const side = 320 / rows.length
    rows.forEach((row, y) => [...row].forEach((one, x) =>
      one === '1' && ink.fillRect(180 + x * side, 80 + y * side, side + 0.5, side + 0.5)))
  }
  setInterval(() => ink.fillRect(0, 0, 1, 1), 100)
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = async (wish) => wish.video ? canvas.captureStream(10) : real(wish)
})()"""


async def test_a_code_held_before_the_camera_is_read(enrolled: tuple[Service, BrowserContext], booth: Page) -> None:
    running, _ = enrolled
    await to_wishes(booth)
    await touch(booth, "draw-ticket")
    await screen(booth, "ticket")
    ticket = await booth.inner_text("[data-ticket]")
    await touch(booth, "away")
    code = await booth.get_attribute("[data-code]", "data-code") or ""
    await touch(booth, "away-leave")
    await screen(booth, "attract")
    await booth.add_init_script(CAMERA)
    await booth.goto(f"{running.url}/booth")
    await screen(booth, "attract")
    await touch(booth, "have-code")
    await booth.wait_for_selector("[data-stage=self][data-playing=true]")
    await booth.evaluate("rows => hold(rows)", qr(code))
    await screen(booth, "ticket")
    assert await booth.inner_text("[data-ticket]") == ticket
    await leave(booth)
    # A receipt, at either of the two places where one would hold it, leads to the end of the phone.
    number = receipt_number.make(date(2025, 11, 26), 4711)
    for way in ("have-code", "progress"):
        await touch(booth, way)
        await booth.wait_for_selector("[data-stage=self][data-playing=true]")
        if way == "progress":
            await looks_right(booth, "progress-camera")
        await booth.evaluate("rows => hold(rows)", qr(receipt_number.QR_PREFIX + number))
        await booth.wait_for_selector("[data-screen=progress] .screen-title >> text=手机号后四位")
        assert await booth.evaluate("() => document.querySelectorAll('.progress video').length") == 0
        await booth.reload()
        await screen(booth, "attract")


@pytest.mark.parametrize("size", ["portrait", "landscape"])
async def test_a_citizen_comes_another_time_instead(booth: Page, size: str) -> None:
    await shown_at(booth, size)
    await to_wishes(booth)
    await touch(booth, "draw-ticket")
    await screen(booth, "ticket")
    await booth.wait_for_selector("[data-stage=self][data-playing=true]")
    await looks_right(booth, f"ticket-{size}")
    await touch(booth, "away")
    await touch(booth, "away-book")
    await screen(booth, "times")
    await booth.click(".times-day >> nth=1")
    await booth.wait_for_selector("[data-time]")
    await looks_right(booth, f"times-{size}")
    await booth.click("[data-time] >> nth=3")
    await screen(booth, "booked")
    await looks_right(booth, f"booked-{size}")
    await touch(booth, "unbook")
    await screen(booth, "attract")


async def test_somebody_who_walked_away_is_forgotten(enrolled: tuple[Service, BrowserContext]) -> None:
    running, context = enrolled
    page = await context.new_page()
    # Waiting for a person to go away would take minutes: timers longer than `hurry` run a hundred times as fast.
    await page.add_init_script(
        "globalThis.hurry = 100_000; const late = setTimeout;"
        " globalThis.setTimeout = (what, ms, ...more) => late(what, ms > hurry ? ms / 100 : ms, ...more)"
    )
    await page.goto(f"{running.url}/booth")
    await screen(page, "attract")
    await touch(page, "start")
    await page.click(f"[data-item={ITEM}]")
    await screen(page, "papers")
    await page.click("[data-action=dialog-yes]")
    await page.wait_for_selector("dialog", state="detached")
    assert await page.evaluate("() => document.body.dataset.screen") == "papers"
    await page.evaluate("() => { hurry = 20_000 }")
    await page.dispatch_event("h1", "pointerdown")
    await screen(page, "attract")
    await page.close()


async def test_a_second_page_takes_over_and_the_first_says_so(
    enrolled: tuple[Service, BrowserContext], booth: Page
) -> None:
    running, context = enrolled
    second = await context.new_page()
    await second.goto(f"{running.url}/booth")
    await screen(second, "attract")
    await screen(booth, "superseded")
    await touch(booth, "retry")
    await screen(booth, "attract")
    await screen(second, "superseded")
    await second.close()


async def test_while_the_service_is_away_the_booth_says_so_and_comes_back(
    enrolled: tuple[Service, BrowserContext], booth: Page
) -> None:
    running, _ = enrolled
    await running.end()
    await screen(booth, "offline")
    assert await violations(booth) == []
    await running.start()
    await screen(booth, "attract")

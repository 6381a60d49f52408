"""What breaks in the middle of a call, and how both sides come back: pages, browsers, the service itself."""

from __future__ import annotations

import contextlib
import functools
import itertools
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from tests.browser.chromium import chromium
from tests.browser.conftest import WAITING_BOOTHS
from tests.browser.pattern import AGENT, CITIZEN
from tests.browser.service import WORLD
from tests.browser.sides import ITEM, Booth
from tests.browser.waiting import until
from tests.signaling.house import Page
from tests.signaling.test_documents import pdf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.browser.conftest import Prepared, Scene, Stagehand
    from tests.browser.sides import Side

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]

BACK_S = 3.0
"""A reloaded page shows its picture again within this time."""
TOLD_S = 10.0
"""A side hears within this time that the other side's browser is gone."""
GRACE_S = 6.0
"""A lost helper's call is put back into its queue after this time, in a district that does not wait as long as most."""


async def picture_is_back(scene: Scene, reloaded: Side) -> float:
    """Reload one side; return the seconds until both see each other again."""
    pressed = time.monotonic()
    await reloaded.reload()
    await scene.booth.sees(AGENT)
    await scene.desk.sees(CITIZEN)
    return time.monotonic() - pressed


async def comes_back_in_time(scene: Scene, reloaded: Side) -> bool:
    """Whether a reloaded side is back in time; three tries, because another process may have had the machine."""
    for _ in range(3):
        if await picture_is_back(scene, reloaded) < BACK_S:
            return True
    return False


async def test_the_booths_page_is_back_in_the_call_after_a_reload(call: Scene) -> None:
    assert await comes_back_in_time(call, call.booth)


async def test_the_console_is_back_in_the_call_after_a_reload(call: Scene) -> None:
    assert await comes_back_in_time(call, call.desk)


async def lies_open(scene: Scene, page: int) -> None:
    for side in (scene.booth, scene.desk):
        await side.page.wait_for_function(
            f"() => document.querySelector('.board-pages')?.textContent.includes('{page}')"
        )  # fmt: skip


def longest_pause(seen: list[tuple[float, int, int]]) -> float:
    """Return the longest time in ms between two frames of the other side that were shown one after the other."""
    times = [at for at, frame, _ in seen if frame >= 0]
    return max(after - before for before, after in itertools.pairwise(times))


async def test_the_picture_never_stops_while_the_service_is_killed_and_started_again(call: Scene) -> None:
    sides = {call.booth: AGENT, call.desk: CITIZEN}
    usual = {}
    paper = {"name": "合同.pdf", "mimeType": "application/pdf", "buffer": pdf(3)}
    await call.desk.page.set_input_files("input[type=file]", paper)  # type: ignore[arg-type]
    await call.desk.page.click("[data-action=board-after]")
    await lies_open(call, 2)
    for side in sides:
        await side.film()
    for side in sides:
        await until(functools.partial(side.numbers, 60), "sixty frames")
        usual[side] = longest_pause(await side.filmed())
    await call.service.end()
    await call.desk.page.wait_for_selector(".trouble:not([hidden])")
    await call.service.start()
    await call.desk.page.wait_for_selector(".trouble", state="hidden")
    # The paper lies where it lay, and not in the two pages' memory alone: a board that was forgotten turns no page.
    await call.desk.page.click("[data-action=board-after]")
    await lies_open(call, 3)
    await call.desk.page.click("[data-action=board-hide]")
    await call.desk.say("听得到吗？")
    await call.booth.page.wait_for_selector(".talk-chat >> text=听得到吗？")
    for side, sender in sides.items():
        assert await side.is_the_same_stream(), "the link was made anew"
        seen = await side.filmed()
        assert {mark for _, frame, mark in seen if frame >= 0} == {sender.mark}
        # A busy machine drops frames; a link that was lost takes more than 5 s to be found so and made anew.
        assert longest_pause(seen) < max(2000, 2 * usual[side]), f"the {sender.name}'s picture stood still"


async def test_waiting_tickets_keep_their_order_when_the_service_is_killed_and_started_again(
    call: Scene, prepared: Prepared
) -> None:
    async with waiting_line(call, prepared) as line:
        before = [(page.call["ticket"], page.call["ahead"]) for page in line]
        await call.service.end()
        await call.desk.page.wait_for_selector(".trouble:not([hidden])")
        await call.service.start()
        for page, place in reversed([*zip(line, before, strict=True)]):  # who leaves has nobody behind
            again = Page("/booth", page.page_id, page.cookie)
            try:
                await again.open(call.service.url)
                assert (again.call["ticket"], again.call["ahead"]) == place
                await again.do("call.leave", call_id=again.call["call_id"])
            finally:
                await again.close()
        await call.desk.page.wait_for_selector(".trouble", state="hidden")


async def test_the_helper_is_told_that_the_booth_is_gone_and_may_end(own_call: Scene) -> None:
    await own_call.booth_browser.kill()
    await own_call.desk.page.wait_for_selector(".control-away:not([hidden])", timeout=TOLD_S * 1000)
    await own_call.desk.end("partly_completed")


async def test_the_helper_waits_and_the_booth_comes_back_into_the_call(own_call: Scene, stagehand: Stagehand) -> None:
    # Chromium writes its cookies to disk every 30 s: those of a booth enrolled earlier than just now are there.
    cookies = await own_call.booth_browser.context.cookies()
    await own_call.booth_browser.kill()
    await own_call.desk.page.wait_for_selector(".control-away:not([hidden])", timeout=TOLD_S * 1000)
    citizen = stagehand.citizen
    async with chromium(
        stagehand.playwright, own_call.folder / citizen.name, film=citizen.film, voice=citizen.voice
    ) as again:
        await again.context.add_cookies(cookies)  # type: ignore[arg-type]  # read and written types differ in name only
        booth = Booth(await again.page(), own_call.service.url)
        await booth.open()
        await booth.screen("talk")
        await booth.sees(AGENT)
        await own_call.desk.sees(CITIZEN)
        await own_call.desk.page.wait_for_selector(".control-away", state="hidden")


def impatient(folder: Path) -> dict[str, str]:
    """Write a district that waits only so long for a lost helper; return the setting that names it."""
    world = Path(shutil.copytree(WORLD, folder / "world"))
    queues = (world / "queues.toml").read_text("utf-8")
    (world / "queues.toml").write_text(
        queues.replace("[queues.policy]", f"[queues.policy]\nagent_grace_s = {GRACE_S}"), "utf-8"
    )
    return {"VIRTUAL_WINDOW_WORLD_DIR": str(world)}


@pytest_asyncio.fixture(loop_scope="session")
async def impatient_call(stagehand: Stagehand, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    async with stagehand.set(tmp_path, request, impatient(tmp_path)) as scene:
        yield await scene.begin()


async def test_a_citizen_whose_helper_is_lost_is_told_and_is_first_in_the_queue_again(
    impatient_call: Scene, prepared: Prepared
) -> None:
    call = impatient_call
    ticket = await call.booth.page.inner_text(".talk-item")
    async with waiting_line(call, prepared) as line:
        await call.desk_browser.kill()
        await until(
            lambda: call.booth.page.is_visible("[data-stage=remote] .stage-state:not(:empty)"), "a word", TOLD_S
        )
        assert await call.booth.page.get_attribute("body", "data-screen") == "talk"
        await call.booth.screen("ticket", GRACE_S + TOLD_S)
        assert await call.booth.page.inner_text("[data-ticket]") in ticket
        assert "0" in await call.booth.page.inner_text("[data-ahead]")
        await line[0].until(functools.partial(has_before, 1))


@contextlib.asynccontextmanager
async def waiting_line(scene: Scene, prepared: Prepared) -> AsyncIterator[list[Page]]:
    """Some more booths that take tickets, one after the other, while the only helper talks."""
    line: list[Page] = []
    try:
        for place, booth_id in enumerate(WAITING_BOOTHS):
            page = Page("/booth", f"page_{booth_id}", await cookie(scene, prepared.credentials[booth_id]))
            line.append(await page.open(scene.service.url))
            await page.do("call.enter", item_id=ITEM)
            await page.until(functools.partial(has_before, place))
        yield line
    finally:
        for page in line:
            await page.close()


def has_before(count: int, page: Page) -> bool:
    """Whether a page's call has so many before it."""
    return page.view["call"] is not None and page.call["ahead"] == count


async def cookie(scene: Scene, credential: str) -> str:
    """Exchange a booth's credential for its cookie."""
    url = f"{scene.service.url}/api/booth/session"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json={"credential": credential}, headers={"Origin": scene.service.url}) as answer,
    ):
        assert answer.status == 204, await answer.text()
        return f"vw_booth={answer.cookies['vw_booth'].value}"

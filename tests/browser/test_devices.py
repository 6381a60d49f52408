"""The desk between two people, in real browsers: papers that are taken by themselves, and the booth's printer in the
helper's hands for as long as the citizen lets them."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from extension_point.devices.simulator import CARD
from tests.browser.waiting import until
from tests.extension_point import papers
from tests.extension_point.devices.conftest import Bridge, bridge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.browser.conftest import Scene, Stagehand

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@dataclasses.dataclass(frozen=True)
class Counter:
    """A call with a paper under the booth's camera, and a bridge on the booth's machine."""

    scene: Scene
    bridge: Bridge

    async def stills(self) -> list[str]:
        """Return the states of the call's stills as the helper sees them, the newest first."""
        states: list[str] = await self.scene.desk.page.eval_on_selector_all(
            ".capture-list .capture", "all => all.map(one => one.dataset.state)"
        )
        return states

    async def stored(self, count: int, timeout_s: float = 20) -> None:
        async def are() -> bool:
            states = await self.stills()
            return len(states) == count and set(states) == {"stored"}

        await until(are, f"{count} stills are stored", timeout_s)

    async def guided(self, word: str) -> None:
        """Wait until the booth says so of the paper."""
        await self.scene.booth.page.wait_for_selector(f".guide[data-guide={word}]:visible")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def counter(
    stagehand: Stagehand, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Counter]:
    """One call for the tests of this module, one after the other."""
    folder = tmp_path_factory.mktemp("counter")
    laid = papers.lay(papers.desk("wood"), papers.page(7), size=0.9, turn=8)
    film = papers.write_film(folder / "paper.mjpeg", laid.picture)
    own = dataclasses.replace(stagehand, citizen=dataclasses.replace(stagehand.citizen, film=film))
    async with contextlib.AsyncExitStack() as stack:
        scene = await stack.enter_async_context(own.set(folder, request))
        running = await stack.enter_async_context(bridge(folder / "bridge", ORIGINS=scene.service.url))
        await scene.booth.page.goto("about:blank")
        await scene.booth.page.goto(f"{scene.service.url}/booth#bridge={running.pairing}")
        await scene.booth.screen("attract")
        assert running.token not in scene.booth.page.url
        await scene.booth.take_ticket()
        await scene.desk.accept()
        await scene.desk.page.wait_for_selector("#tools-ask:not([disabled]):visible")
        yield Counter(scene, running)


async def test_a_paper_that_lies_still_is_taken_by_itself(counter: Counter) -> None:
    booth, desk = counter.scene.booth, counter.scene.desk
    await desk.page.click("#capture")
    await booth.page.wait_for_selector(".guide polygon[points*=',']", state="attached")
    await counter.stored(1)
    await booth.page.wait_for_selector(".guide", state="hidden")


async def test_the_same_sheet_is_not_taken_as_the_next_page_but_at_a_touch(counter: Counter) -> None:
    booth, desk = counter.scene.booth, counter.scene.desk
    await desk.page.click("#capture-next")
    await counter.guided("same")
    for _ in range(2):  # to English and back: the screen is built anew and knows the page all the same
        await booth.touch("language")
        await counter.guided("same")
    assert (await counter.stills())[0] == "requested"
    await booth.touch("guide-take")
    await counter.stored(2)
    pages = await desk.page.locator(".capture-page").all_inner_texts()
    assert pages == ["第2页", "第1页"]
    async with desk.page.expect_response(lambda answer: "/papers/" in answer.url) as bound:
        await desk.page.click("#capture-done")
    document = await (await bound.value).json()
    assert (document["media_type"], document["pages"]) == ("application/pdf", 2)
    await desk.page.wait_for_selector("#capture-card:visible")


async def test_the_citizen_says_not_now(counter: Counter) -> None:
    booth, desk = counter.scene.booth, counter.scene.desk
    await desk.page.click("#capture-card")
    await booth.page.wait_for_selector(".guide-title >> text=身份证")
    await booth.touch("guide-no")
    await desk.page.wait_for_selector(".capture[data-state=failed]")


async def test_the_helper_prints_at_the_booth_while_the_citizen_lets_them(counter: Counter) -> None:
    booth, desk = counter.scene.booth, counter.scene.desk
    assert not await desk.page.is_visible("#tool-print")
    await desk.page.click("#tools-ask")
    await booth.touch("lease-allow")
    await desk.page.wait_for_selector(".tools-left:visible")
    await desk.page.click("#tool-print")
    choice = desk.page.locator(".menu:visible [data-choice^=doc_]").first
    source = await choice.get_attribute("data-choice")
    await choice.click()
    await desk.page.wait_for_selector(".tools-result[data-code=ok] >> text=打印机")
    (printed,) = counter.bridge.printed.iterdir()
    served = await desk.page.request.get(f"{counter.scene.service.url}/api/documents/{source}/content")
    assert hashlib.sha256(printed.read_bytes()).digest() == hashlib.sha256(await served.body()).digest()


async def test_the_helper_turns_what_the_booth_s_camera_has(counter: Counter) -> None:
    booth, desk = counter.scene.booth, counter.scene.desk
    await desk.page.click("#tool-turning")
    words = await desk.page.locator(".menu:visible .menu-item span").all_inner_texts()
    assert words == ["重新对焦", "亮一点", "暗一点", "灯开亮", "拉近放大", "校准颜色", "恢复原样"]
    await desk.page.click(".menu:visible >> text=拉近放大")
    await desk.page.wait_for_selector(".tools-result[data-code=ok] >> text=模拟设备")
    await booth.page.wait_for_selector(".lease-doing >> text=调画面")
    # What was turned can be turned back.
    await desk.page.wait_for_selector(".menu-item >> text=拉远缩小", state="attached")


async def test_a_lease_outlives_a_reload_of_the_booth_and_simulated_devices_say_so(counter: Counter) -> None:
    booth, desk = counter.scene.booth, counter.scene.desk
    await booth.reload()
    await booth.page.wait_for_selector("[data-action=lease-take-back]")
    await desk.page.click("#tool-card:not([disabled])")
    await desk.page.wait_for_selector(".tools-result[data-code=ok] .tools-card")
    assert await desk.page.is_visible(".tools-result em")
    assert "模拟" in await booth.page.inner_text(".lease-devices")


async def test_the_form_takes_what_the_card_said_and_is_offered_it_no_more(counter: Counter) -> None:
    booth, desk = counter.scene.booth, counter.scene.desk
    await desk.page.click("#form-open")
    await desk.page.click("#form-card")
    name, number = (booth.page.locator(f"#form-{field}") for field in ("name", "id_number"))
    await expect(name).to_have_value(str(CARD["name"]))
    await expect(number).to_have_value(str(CARD["number"]))
    await desk.page.wait_for_selector("#form-card", state="hidden")
    await desk.page.click("#form-hide")


async def test_what_the_citizen_takes_back_is_out_of_the_helper_s_hands_at_once(counter: Counter) -> None:
    booth, desk = counter.scene.booth, counter.scene.desk
    before = len(list(counter.bridge.printed.iterdir()))
    await booth.touch("lease-take-back")
    await booth.page.wait_for_selector(".lease", state="hidden")
    await desk.page.wait_for_selector("#tools-ask:visible")
    assert not await desk.page.is_visible("#tool-print")
    assert not await desk.page.is_visible("#tool-card")
    assert len(list(counter.bridge.printed.iterdir())) == before


async def test_the_citizen_prints_the_receipt_by_the_same_way_without_a_lease(counter: Counter) -> None:
    booth, desk = counter.scene.booth, counter.scene.desk
    before = set(counter.bridge.printed.iterdir())
    await desk.page.click("#end")
    await desk.page.check("#receipt-on")
    await desk.page.check("dialog[open] input[value=completed]")
    await desk.page.click("#end-confirm")
    await booth.screen("receipt")
    await booth.touch("receipt-print")
    await booth.page.wait_for_selector("text=已打印，请取走回执")
    (printed,) = set(counter.bridge.printed.iterdir()) - before
    link = await desk.page.get_attribute(".case-print", "href")
    served = await desk.page.request.get(f"{counter.scene.service.url}{link}")
    assert printed.read_bytes() == await served.body()
    assert printed.suffix == ".pdf"

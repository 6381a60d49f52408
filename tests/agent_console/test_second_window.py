"""The papers on a second screen, in two real windows: one desk, whichever of them is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from playwright.async_api import FilePayload, expect

from tests.agent_console.conftest import HELPER, OTHER, Shift
from tests.agent_console.test_access import faults_of
from tests.signaling.test_documents import pdf

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.signaling.house import House

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


async def _opened(page: Page) -> Page:
    async with page.expect_popup() as opened:
        await page.keyboard.press("d")
    second = await opened.value
    await expect(second.locator(".captures")).to_be_visible()
    return second


async def test_papers_lie_in_the_second_window_and_both_are_one_desk(shift: Shift) -> None:
    page, citizen = shift.page, shift.citizen
    call_id = await shift.answer()
    await page.keyboard.press("Escape")
    second = await _opened(page)
    await expect(page.locator(".captures")).to_have_count(0)

    paper = FilePayload(name="租赁合同.pdf", mimeType="application/pdf", buffer=pdf(2))
    await second.set_input_files("input[type=file]", paper)
    await expect(second.locator(".board-sheet")).to_be_visible()
    await expect(page.locator(".board")).to_have_count(0)
    await expect(page.locator(".stage")).to_have_attribute("data-large", "camera")
    told = await citizen.told("board.changed")
    await citizen.do(
        "board.draw", call_id=call_id, mark_id="mark_1", surface_id=told["surface"]["id"], page=1, tool="pen",
        points=[[0.1, 0.1], [0.4, 0.4]],
    )  # fmt: skip
    await expect(second.locator(".board .mark")).to_be_attached()
    assert await faults_of(second, "the second window") == []
    assert await faults_of(page, "the desk without its papers") == []
    await second.locator(".board-plane").focus()
    await second.keyboard.press("PageDown")
    await citizen.until(lambda page: [one["page"] for name, one in page.events if name == "board.changed"][-1] == 2)

    # A key pressed here works as it does there; what it opens stands in the desk.
    await second.keyboard.press("Escape")
    await second.locator(".stage .tile-choose").first.evaluate("one => one.blur()")
    await second.keyboard.press("Alt+m")
    await citizen.until(lambda page: page.call["media"]["agent"]["audio"] is False)
    await second.keyboard.press("Alt+n")
    await expect(page.locator("#notes")).to_be_focused()
    await page.keyboard.press("Escape")

    # Reloaded it has everything again; closed by hand it gives everything back.
    await second.reload()
    await expect(second.locator(".board-sheet")).to_be_visible()
    await second.close()
    await expect(page.locator(".board-sheet")).to_be_visible()
    await expect(page.locator(".captures")).to_be_visible()

    again = await _opened(page)
    async with again.expect_event("close"):
        await shift.finish()
    await expect(page.locator(".captures")).to_have_count(1)


async def test_only_who_is_in_the_call_is_shown_the_window(shift: Shift, house: House) -> None:
    call_id = await shift.answer()
    async with aiohttp.ClientSession() as session:
        for person, status in ((HELPER, 200), (OTHER, 404)):
            headers = {"Cookie": await house.cookie(person)}
            url = f"{house.url}/console/calls/{call_id}/papers"
            async with session.get(url, headers=headers) as answer:
                assert answer.status == status
    await shift.finish()

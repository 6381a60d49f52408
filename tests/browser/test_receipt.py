"""A citizen leaves with a receipt, says what was wrong, and finds the matter again at another booth."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
import zxingcpp
from playwright.async_api import expect

from tests.browser.conftest import WAITING_BOOTHS
from tests.browser.sides import Booth, Desk
from tests.extension_point.looks import violations

if TYPE_CHECKING:
    from tests.browser.conftest import Scene, Stagehand

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

DIGITS = "4321"


async def press(booth: Booth, digits: str) -> None:
    """Touch the keys of the number pad."""
    for digit in digits:
        await booth.page.click(f"[data-digit='{digit}']")


async def test_a_receipt_is_given_shown_and_found_again_elsewhere(scene: Scene, stagehand: Stagehand) -> None:
    booth, desk = scene.booth, scene.desk
    await scene.begin()
    assert await violations(booth.page) == []
    await desk.page.locator(".check-list input").first.check()
    await desk.page.click("#end")
    await expect(desk.page.locator("#receipt-on")).to_be_checked()
    await desk.page.click("#digits-ask")
    await booth.page.wait_for_selector("dialog.digits-dialog[open]")
    await press(booth, DIGITS)
    await expect(desk.page.locator("#receipt-digits-said")).to_have_text("市民已输入")
    await desk.page.check("dialog[open] input[value=partly_completed]")
    await desk.page.check("dialog[open] input[name=receipt-photo][value=missing]")
    await desk.page.click("#end-confirm")

    await booth.screen("receipt")
    number = await booth.page.locator("[data-number]").get_attribute("data-number")
    assert number is not None
    await expect(booth.page.locator(".receipt")).to_contain_text("一寸证件照")
    code = booth.page.locator(".receipt-code")
    await expect(code).to_have_js_property("complete", True)
    drawn = cv2.imdecode(np.frombuffer(await code.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert [found.text for found in zxingcpp.read_barcodes(drawn)] == [f"vw-receipt:{number}"]
    await desk.mode("wrap_up")
    await expect(desk.page.locator(".case-line")).to_contain_text(" ".join((number[:4], number[4:8], number[8:])))
    await booth.reload()
    await booth.screen("receipt")
    assert await violations(booth.page) == []
    await booth.touch("receipt-read")
    await booth.screen("rate")
    assert await violations(booth.page) == []
    await booth.page.click("[data-level='1']")
    await booth.touch("rate-phone")
    await press(booth, "13800004321")
    await booth.screen("attract")
    with sqlite3.connect(scene.service.data / "records.sqlite") as records:
        ((owner, contact),) = records.execute("SELECT owner_id, contact FROM matters WHERE origin = 'rating'")
    assert owner.startswith("supervisor_")
    assert contact
    assert "13800004321" not in contact
    await desk.page.click("#finish")
    await desk.mode("idle")

    async with scene.booth_browser.profile() as profile:
        elsewhere = Booth(await profile.new_page(), scene.service.url)
        await elsewhere.enrol(stagehand.prepared.credentials[WAITING_BOOTHS[0]])
        await it_is_found_again(elsewhere, desk, number)


async def it_is_found_again(elsewhere: Booth, desk: Desk, number: str) -> None:
    """Ask at another booth how the matter stands, and bring what was missing."""
    await elsewhere.touch("progress")
    await press(elsewhere, number[:-1] + str((int(number[-1]) + 1) % 10))
    await expect(elsewhere.page.locator("[role=alert]:visible")).to_contain_text("编号不对")
    await elsewhere.page.click("[data-digit=clear]")
    await press(elsewhere, number)
    await press(elsewhere, "0000")
    await expect(elsewhere.page.locator("[role=alert]:visible")).to_contain_text("没有查到")
    await press(elsewhere, DIGITS)
    await expect(elsewhere.page.locator("[data-state]").first).to_contain_text("等您补材料")

    await elsewhere.touch("bring")
    await elsewhere.touch("draw-ticket")
    await desk.accept()
    await expect(desk.page.locator(".case-line")).to_contain_text("本次来补材料")
    await desk.page.click("#end")
    await expect(desk.page.locator("#receipt-on")).to_be_checked()
    await expect(desk.page.locator(".receipt-paper:not(.receipt-columns)")).to_have_count(1)
    await desk.page.check("dialog[open] input[value=completed]")
    await desk.page.check("dialog[open] input[name=receipt-photo][value=taken]")
    await desk.page.click("#end-confirm")
    await elsewhere.screen("receipt")
    assert await elsewhere.page.locator("[data-number]").get_attribute("data-number") == number

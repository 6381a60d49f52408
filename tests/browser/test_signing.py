"""A form filled from both sides at once, signed at the booth and sealed, as standard verifiers say."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import pytest
from pyhanko.keys import load_cert_from_pemder

from tests.browser.layout import faults
from tests.browser.waiting import until
from tests.signaling.test_filling import pdfsig, verified

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Scene

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BY_CITIZEN = {"name": "王小明", "phone": "13812345678"}
BY_HELPER = {"id_number": "310107194903071231", "address": "上海市普陀区花溪路 12 弄 3 号"}
CHOSEN = {"reason": "broken", "collect": "here"}


async def write(page: Page, values: dict[str, str]) -> None:
    for field, value in values.items():
        await page.type(f"#form-{field}", value)


async def shows(page: Page, values: dict[str, str]) -> bool:
    return all([await page.input_value(f"#form-{field}") == value for field, value in values.items()])


async def test_a_citizen_without_keys_writes_chinese_and_digits_with_a_finger(shared_call: Scene) -> None:
    booth, desk = shared_call.booth.page, shared_call.desk.page
    await desk.click("#form-open")
    await booth.click("#form-name")
    await spell(booth, "wangxioa")
    for key in ("erase", "erase"):
        await booth.click(f"[data-key={key}]")
    await spell(booth, "aoming")
    for character in "王小明":
        await booth.click(f"[data-candidate={character}]")
    await booth.click("#form-phone")
    await booth.wait_for_selector(".touch-keys[data-mode=digits]")
    await spell(booth, BY_CITIZEN["phone"])
    await until(lambda: shows(desk, BY_CITIZEN), "what was typed")
    await booth.click("[data-key=done]")
    await booth.wait_for_selector(".touch-keys", state="hidden")


async def spell(page: Page, keys: str) -> None:
    for key in keys:
        await page.click(f".touch-keys [data-key='{key}']")


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080)])
async def test_neither_a_face_nor_an_edge_lies_over_what_is_filled_in(
    shared_call: Scene, size: tuple[int, int]
) -> None:
    page = shared_call.booth.page
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    for field in ("name", "remark"):
        await page.locator(f"#form-{field}").scroll_into_view_if_needed()
        assert await faults(page) == []
        await page.click(f"#form-{field}")
        await page.wait_for_selector(".touch-keys", state="visible")
        assert await faults(page) == []
        await page.click("[data-key=done]")


async def test_a_form_is_filled_from_both_sides_at_once(shared_call: Scene) -> None:
    booth, desk = shared_call.booth.page, shared_call.desk.page
    await asyncio.gather(write(booth, {"remark": "请寄到单位"}), write(desk, BY_HELPER))
    for field, value in CHOSEN.items():
        await desk.select_option(f"#form-{field}", value)
    for page in (booth, desk):
        await until(lambda page=page: shows(page, BY_CITIZEN | BY_HELPER | CHOSEN), "all of it")  # type: ignore[misc]
    await booth.focus("#form-remark")
    await desk.wait_for_selector("[data-field=remark][data-busy=true]")
    await booth.reload()
    await booth.wait_for_selector("#form-name", state="visible")
    everything = BY_CITIZEN | BY_HELPER | CHOSEN | {"remark": "请寄到单位"}
    await until(lambda: shows(booth, everything), "all of it after a reload")


async def test_what_does_not_fit_is_said_in_plain_words_before_a_signature_is_asked(shared_call: Scene) -> None:
    booth, desk = shared_call.booth.page, shared_call.desk.page
    await desk.fill("#form-phone", "1381234")
    await desk.click("#sign-ask")
    await desk.wait_for_selector("[data-field=phone] .form-problem", state="attached")
    await booth.wait_for_selector("[data-field=phone] .form-problem >> text=手机号是 11 位数字")
    assert not await booth.is_visible(".signing")
    await desk.fill("#form-phone", BY_CITIZEN["phone"])
    await booth.wait_for_selector("[data-field=phone] .form-problem", state="hidden")


async def test_a_date_is_written_year_month_day_and_each_form_of_the_matter_opens(shared_call: Scene) -> None:
    booth, desk = shared_call.booth.page, shared_call.desk.page
    await desk.fill("#form-lost_on", "2025")
    await desk.fill("#form-lost_on-month", "2")
    await desk.fill("#form-lost_on-day", "30")
    await booth.wait_for_selector("[data-field=lost_on] .form-problem >> text=日历上没有这一天")
    assert await booth.input_value("#form-lost_on-day") == "30"
    await booth.fill("#form-lost_on-day", "3")
    # The helper is still in the field: what they leave there before this arrives would be a second hand in it.
    await until(lambda: shows(desk, {"lost_on-day": "3"}), "what the citizen wrote")
    await desk.wait_for_selector("[data-field=lost_on] .form-problem", state="hidden")
    await desk.click("[data-form=social_card_replace_agent]")
    for page in (booth, desk):
        await page.wait_for_selector("#form-agent_phone", state="visible")
        assert await page.input_value("#form-name") == ""
    await desk.click("[data-form=social_card_replace]")
    for page in (booth, desk):
        await until(lambda page=page: shows(page, BY_CITIZEN | {"lost_on-day": "3"}), "the first form")  # type: ignore[misc]


async def reads_on(page: Page) -> bool:
    """Press the button that shows the next part, where it still stands; say whether the end was reached."""
    return bool(await page.evaluate(
        "() => { document.querySelector('[data-action=signing-on]')?.click();"
        " return !!document.querySelector('[data-action=signing-agree]') }"
    ))  # fmt: skip


async def test_the_citizen_reads_signs_and_the_seal_holds(shared_call: Scene) -> None:
    booth, desk = shared_call.booth.page, shared_call.desk.page
    await desk.click("#sign-ask")
    await booth.wait_for_selector(".signing", state="visible")
    await booth.wait_for_selector(".signing-sheet img")
    assert not await booth.is_visible(".signing-pad")
    await until(lambda: reads_on(booth), "the end of the document")
    await booth.click("[data-action=signing-agree]")
    assert await booth.is_disabled("[data-action=signing-done]")
    box = await booth.locator(".signing-pad").bounding_box()
    assert box is not None
    for stroke in range(3):
        x = box["x"] + box["width"] * (0.25 + 0.18 * stroke)
        await booth.mouse.move(x, box["y"] + box["height"] * 0.25)
        await booth.mouse.down()
        await booth.mouse.move(x + 60, box["y"] + box["height"] * 0.7, steps=12)
        await booth.mouse.up()
    await booth.click("[data-action=signing-undo]")
    await booth.route("**/signature", lambda route: route.fulfill(status=503), times=1)
    await booth.click("[data-action=signing-done]")
    await booth.wait_for_selector(".signing [role=alert]:visible")
    await booth.click("[data-action=signing-done]")  # nothing is lost: it is sent as it was
    await booth.wait_for_selector(".signing", state="hidden")
    await desk.wait_for_selector("[data-signing=signed]")
    link = desk.locator(".document-row:has(.icon use[href='#icon-sign']) a").first
    answer = await desk.request.get(shared_call.service.url + str(await link.get_attribute("href")))
    sealed = await answer.body()
    folder = shared_call.service.data
    trust = load_cert_from_pemder(str(folder / "seal-certificate.pem"))  # type: ignore[no-untyped-call]
    assert await verified(sealed, trust) == (True, True)
    assert "Signature is Valid" in await pdfsig(folder, sealed)
    # The record of the call looks at the stored bytes anew, and says so.
    latest = await desk.evaluate("() => fetch('/api/calls?limit=1').then(answer => answer.json())")
    call_id = latest["calls"][0]["call_id"]
    record = await desk.context.new_page()
    await record.goto(f"{shared_call.service.url}/console/history/{call_id}")
    await record.wait_for_selector("[data-kind=signed] [data-seal=unchanged] .badge-good")
    assert await record.inner_text("[data-kind=signed] code") == hashlib.sha256(sealed).hexdigest()
    await record.close()
    broken = bytearray(sealed)
    broken[len(broken) // 3] ^= 1
    assert (await verified(bytes(broken), trust))[0] is False
    assert "Signature is Valid" not in await pdfsig(folder, bytes(broken))

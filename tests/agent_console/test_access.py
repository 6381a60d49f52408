"""Every page and state of the staff: no scrolling at 1440×900, nothing wrong for axe, in both languages and lights."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import expect

from agent_console.pages import PAGES
from signaling.cases import Intake
from signaling.records.findings import Finding
from signaling.records.forms import Signing
from tests.agent_console.conftest import BOOTH, HELPER, ITEM, OTHER, SUPERVISOR
from tests.browser.waiting import until
from tests.signaling.house import talk

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.agent_console.conftest import Opening
    from tests.signaling.house import House

SCRIPT = '<img src=x onerror="document.title=1">王芳'

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""All that another light changes."""
CALM = """() => document.getAnimations().every(one => one.playState !== 'running'
  || !(/color|opacity/.test(one.transitionProperty ?? '') || one.animationName?.endsWith('-in')))"""
"""Colours have arrived; a countdown's bar never rests."""


async def faults_of(page: Page, state: str, *, fits: bool = True) -> list[str]:
    """Return what keeps somebody from using a state of a page: axe's findings in both lights, and if it scrolls."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    told = await _found(page, state, RULES)
    dark = await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    await page.emulate_media(color_scheme="light" if dark else "dark")
    told += await _found(page, f"{state}, {'light' if dark else 'dark'}", CONTRAST)
    await page.emulate_media(color_scheme="dark" if dark else "light")
    high, window, wide, across = await page.evaluate(
        "[document.documentElement.scrollHeight, innerHeight, document.documentElement.scrollWidth, innerWidth]"
    )
    if (fits and high > window) or wide > across:
        told.append(f"{state}: scrolls, {wide}×{high} in {across}×{window}")
    return told


async def _found(page: Page, state: str, rules: dict[str, Any]) -> list[str]:
    await page.wait_for_function(CALM)
    found: list[dict[str, Any]] = await page.evaluate(
        f"axe.run(document, {json.dumps(rules)}).then(result => result.violations)"
    )
    return [f"{state}: {one['id']}: {node['target']} {node['html']}" for one in found for node in one["nodes"]]


async def answered(page: Page) -> bool:
    """Press "accept" whenever it rings: on a slow machine the first offer is over before axe has looked at it."""
    if await page.locator("main[data-mode=offer]").count():
        await page.keyboard.press("a")
    return await page.locator("main[data-mode=call]").count() > 0


async def test_every_state_of_a_shift_is_accessible_and_fits(house: House, opening: Opening) -> None:
    faults: list[str] = []

    async def check(page: Page, state: str, *, fits: bool = True) -> None:
        faults.extend(await faults_of(page, state, fits=fits))

    async with opening(house) as page:
        await check(page, "sign-in")
        await page.keyboard.press("Enter")
        await expect(page.locator("#problem")).to_be_visible()
        await check(page, "sign-in with a problem")
    async with opening(house, who=HELPER, lang="en") as page:
        await expect(page.locator("#idle-ready")).to_be_focused()
        await check(page, "not ready")
        await page.keyboard.press("r")
        await expect(page.locator("#pause")).to_be_visible()
        await check(page, "ready")
        for key, name in (("?", "help"), ("o", "devices"), ("k", "search")):
            await page.keyboard.press(key)
            await expect(page.locator("dialog[open]")).to_be_visible()
            await check(page, name)
            await page.keyboard.press("Escape")
        citizen = await house.page(BOOTH)
        await citizen.do("call.enter", item_id=ITEM, priority=["elder", "disability"], lang="en", elder_mode=True)
        await expect(page.locator("#accept")).to_be_focused()
        await check(page, "offer")
        await until(lambda: answered(page), "the call is answered", 30)
        await expect(page.locator("#control-mute")).to_be_focused()
        call_id = citizen.call["call_id"]
        await citizen.do("chat.say", call_id=call_id, text="您好", message_id="m1")
        await page.keyboard.press("c")
        await expect(page.locator("[data-state=requested]")).to_be_visible()
        await page.keyboard.press("q")
        await check(page, "call")
        await citizen.do("form.edit", call_id=call_id, form_id=ITEM, field="name", value=SCRIPT, base=0)
        await page.click("#form-open")
        await expect(page.locator("#form-name")).to_have_value(SCRIPT)
        assert await page.locator("[onerror]").count() == 0
        await page.keyboard.press("Alt+e")
        await check(page, "ending")
        await page.keyboard.press("1")
        await page.keyboard.press("Enter")
        await expect(page.locator("#finish")).to_be_focused()
        await check(page, "wrap-up")
        await page.keyboard.press("f")
        await expect(page.locator("#pause")).to_be_visible()
        await page.keyboard.press("r")
        await page.keyboard.press("1")
        await expect(page.locator("#idle-ready")).to_be_focused()
        await citizen.close()
    assert faults == []


async def doubt(house: House, call_id: str) -> None:
    """A card that was found out of date, the helper's word on it, and a signature the citizen did not give."""
    records, now = house.service.records, house.clock()
    finding = Finding(
        call_id, "cap_1", "id_card", "valid", "valid_until", "failed", "expired", {"on": "2020-01-01"}, now
    )
    (kept,) = await records.findings.settle(call_id, [finding], now)
    await records.findings.decide(kept.finding_id, call_id, "overruled", by=HELPER, why="换领中", now=now)
    await records.forms.ask(Signing("sign_1", call_id, "declined", HELPER, now, ended_at=now))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def call_id(house: House) -> str:
    """A call that the helper handled and finished, its package on the way, and the matter it became."""
    booth, agent = await talk(house, "booth_caoyang_yicun", HELPER, ITEM)
    done = str(agent.call["call_id"])
    await booth.do("chat.say", call_id=done, text=SCRIPT, message_id="m1")
    await agent.do("notes.save", call_id=done, text=SCRIPT)
    await agent.do("call.end", call_id=done, outcome="referred")
    await agent.do("wrap_up.finish", call_id=done)
    intake = Intake(
        call_id=done, booth_id="booth_caoyang_yicun", item_id=ITEM, agent_id=HELPER, lang="zh-CN",
        taken=("id_card",), missing=("photo",), next_steps="", last_four="4321",
    )  # fmt: skip
    await house.service.cases.receive(intake)
    await doubt(house, done)
    await house.service.projection.reach(house.service.hall.seq)
    rated = await house.service.records.matters.call(done)
    await house.service.matters.rated_low(replace(rated, origin="rating", cause="1"), "")
    await booth.close()
    await agent.close()
    return done


SHOWN = {
    "/console": "#idle-ready",
    "/console/floor": ".fq",
    "/console/calls/{call_id}/papers": ".refused h1",
    "/console/history/{call_id}/recording": "main [role=alert]",
    "/console/history": ".table-link",
    "/console/matters": "main table",
    "/console/quality": "main dl, main table",
    "/console/hand-over": "main table",
    "/console/reports": ".grid tfoot th",
    "/console/planning": "[data-queue]",
    "/console/history/{call_id}": ".timeline",
    "/console/admin": ".admin-row",
}
"""Each page and what of it comes last."""


CHINESE = r"""document.querySelector("main").innerText.split("\n").filter((line) => /\p{Script=Han}/u.test(line))"""
ENTERED = "id => fetch(`/api/calls/${id}`).then((answer) => answer.json()).then(({ call }) => call.entered_at)"


async def test_every_page_is_looked_at() -> None:
    assert {re.sub(r"\{(\w+):[^}]*\}+", r"{\1}", page.path) for page in PAGES} == set(SHOWN)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_every_page_is_accessible(house: House, opening: Opening, call_id: str, lang: str) -> None:
    faults: list[str] = []
    async with opening(house, who=SUPERVISOR, lang=lang) as page:
        if lang == "en":  # the longest words, in the narrowest window
            await page.set_viewport_size({"width": 1280, "height": 800})
        for path, shown in SHOWN.items():
            await page.goto(f"{house.url}{path.replace('{call_id}', call_id)}")
            await page.locator(shown).first.wait_for()
            faults += await faults_of(page, f"{path} {lang}", fits=False)
            if lang == "en" and path != "/console/admin":  # where the files themselves are written
                assert {*await page.evaluate(CHINESE)} <= {SCRIPT}
    async with opening(house, "/console/floor", who=OTHER, lang=lang) as page:
        await expect(page.locator(".refused a")).to_be_visible()
        faults += await faults_of(page, f"refused {lang}")
    assert faults == []


async def test_the_history_is_found_by_words_and_opened(house: House, opening: Opening, call_id: str) -> None:
    async with opening(house, "/console/history", who=SUPERVISOR) as page:
        rows = page.locator("tbody tr")
        await expect(rows.first).to_contain_text("社保卡更换")
        # The browser's own clock stands elsewhere.
        entered = datetime.fromisoformat(await page.evaluate(ENTERED, call_id)).astimezone(ZoneInfo("Asia/Shanghai"))
        await expect(page.locator(f"tr:has(a[href$={call_id}])")).to_contain_text(f"{entered:%Y/%m/%d %H:%M}")
        await page.fill("#search", "没有这样的事项")
        await expect(rows).to_have_text(["没有符合的记录。"])
        await page.fill("#search", "陈静 社保卡")
        await expect(rows.first).to_contain_text("陈静")
        await page.locator(f"a[href$={call_id}]").press("Enter")
        await expect(page.locator("h1")).to_have_text("社保卡更换")
        await expect(page.locator(".record-facts")).to_contain_text("陈静 PX101")
        await expect(page.locator(".record-outcome")).to_contain_text("转其他渠道")
        for told in ("2020-01-01", "不采纳", "请市民签名", "市民没有签名"):
            await expect(page.locator(".timeline")).to_contain_text(told)
        # What a citizen writes is words, whatever it looks like.
        await expect(page.locator("main")).to_contain_text(SCRIPT)
        assert await page.locator("[onerror]").count() == 0


async def test_a_supervisor_takes_a_matter_on_with_a_new_deadline(house: House, opening: Opening, call_id: str) -> None:
    async with opening(house, "/console/matters", who=SUPERVISOR) as page:
        await page.click(".matter-list .table-button")
        await page.fill("#step-words", "已联系街道")
        await page.fill("#step-due", "2")
        await page.click("[data-step=judged]")
        await expect(page.locator(".matter-detail .timeline")).to_contain_text("已联系街道")
        listed = house.service.records.matters.listed
        (matter,) = await listed(owner_id=None, state="judged", open_only=True, query="", limit=2)
        due_at = house.service.world.calendar.working_days_after(house.clock(), 2)
        assert (matter.call_id, matter.due_at) == (call_id, due_at)


async def test_another_helpers_record_is_told_as_not_there(house: House, opening: Opening, call_id: str) -> None:
    async with opening(house, f"/console/history/{call_id}", who=OTHER) as page:
        await expect(page.locator("[role=alert]")).to_have_text("没有这条记录，或者您无权查看。")

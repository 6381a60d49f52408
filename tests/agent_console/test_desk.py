"""The desk in a real browser against the real service; the citizen is a socket client, so that no second browser runs.

Everything here is done by keyboard: what a test presses is what the help sheet promises.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from signaling.cases import Intake
from tests.agent_console.conftest import BOOTH, EXPERT, HELPER, ITEM, Shift
from tests.agent_console.test_access import faults_of
from tests.browser.sides import Booth, Desk
from tests.browser.waiting import until
from tests.signaling.house import talk

if TYPE_CHECKING:
    from playwright.async_api import Page

    from signaling.records.values import Offer
    from tests.agent_console.conftest import Opening
    from tests.signaling.house import House

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

ADVISER, EMPTY = "agent_jiang_bo", "booth_wanli_center"
SCRIPT = '<img src=x onerror="document.title=1">你好'


async def test_a_whole_shift_by_keyboard(house: House, opening: Opening) -> None:
    """From the sign-in to the sign-out with keys alone; what is not reached by a shortcut is reached by Tab."""
    async with opening(house) as page:
        await expect(page.locator("#name")).to_be_focused()
        await page.keyboard.type("chenjing")
        await page.keyboard.press("Tab")
        await page.keyboard.type("wrong password")
        await page.keyboard.press("Enter")
        await expect(page.locator("#problem")).to_have_text("用户名或密码不对，请再试一次。")
        await expect(page.locator("#password")).to_be_focused()
        await page.keyboard.type("demo-chenjing")
        await page.keyboard.press("Enter")
        await expect(page.locator("#idle-ready")).to_be_focused()

        await _tab_to(page, "#test-devices")
        await page.keyboard.press("Enter")
        await expect(page.locator("#test-devices")).to_have_attribute("aria-pressed", "true")
        await expect(page.locator(".idle .preview-video")).to_be_visible()
        await page.keyboard.press("Enter")
        await page.keyboard.press("r")
        await expect(page.locator(".state-word")).to_have_text("就绪")

        citizen = await house.page(BOOTH)
        shift = Shift(house, page, citizen)
        call_id = await shift.answer()
        await expect(page.locator("#control-mute")).to_be_focused()
        await _converse(shift, call_id)
        await _work(shift)
        await _turn_to_another_camera(shift)
        await _consult(shift)

        await page.keyboard.press("Alt+e")
        await page.keyboard.press("2")
        await page.keyboard.press("Enter")
        await shift.mode("wrap_up")
        await _tab_to(page, "#finish")
        await page.keyboard.press("f")
        await shift.mode("idle")
        await expect(page.locator(".recent-call").first).to_contain_text("部分办结")

        await page.keyboard.press("r")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.locator(".state-word")).to_have_text("未就绪 · 用餐")
        await _tab_to(page, "a[href='/console/history']")
        async with page.expect_popup() as opened:
            await page.keyboard.press("Enter")
        history = await opened.value
        await expect(history.locator(".table-link").first).to_be_visible()
        await _tab_to(history, ".table-link")
        await history.keyboard.press("Enter")
        await expect(history.locator("h1")).to_have_text("社保卡更换")
        await history.close()

        await _tab_to(page, "#sign-out")
        await page.keyboard.press("Enter")
        await expect(page.locator("#sign-in")).to_be_visible()
        await citizen.do("call.dismiss", call_id=call_id)
        await citizen.close()


async def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there: no element of a page is further than this."""
    for _ in range(80):
        if await page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


async def _converse(shift: Shift, call_id: str) -> None:
    """Chat with a ready phrase, a script as text, a note that saves itself, mute and hold."""
    page, citizen = shift.page, shift.citizen
    await page.keyboard.press("t")
    await page.keyboard.type("请出示身份证")
    await page.keyboard.press("Enter")
    assert (await citizen.told("chat.said"))["text"] == "请出示身份证"
    await citizen.do("chat.say", call_id=call_id, text=SCRIPT, message_id="m1")
    await expect(page.locator(".chat-theirs p")).to_have_text(SCRIPT)
    await page.keyboard.press("Escape")
    await page.keyboard.press("g")
    await page.keyboard.press("2")
    await page.keyboard.press("Enter")
    await citizen.until(lambda page: page.events[-1][0] == "chat.said" and "平放" in page.events[-1][1]["text"])

    await page.keyboard.press("Alt+n")
    await page.keyboard.type("证件齐全")
    await expect(page.locator(".notes-state")).to_contain_text("已保存")
    notes = await shift.house.service.records.conversation.notes(call_id)
    assert notes is not None
    assert notes.text == "证件齐全"

    await page.keyboard.press("Alt+m")
    await citizen.until(lambda page: page.call["media"]["agent"] == {"audio": False, "video": True})
    await page.keyboard.press("Escape")
    await page.keyboard.press("h")
    await citizen.until(lambda page: page.call["held"])
    await expect(page.locator(".stage-cover")).to_contain_text("保持")
    await page.keyboard.press("h")
    await citizen.until(lambda page: not page.call["held"])


async def _turn_to_another_camera(shift: Shift) -> None:
    """Ask for the booth's devices, and choose among its cameras."""
    page, citizen = shift.page, shift.citizen
    cameras = [{"id": "cam_1", "name": "高拍仪"}, {"id": "cam_2", "name": "侧面摄像头"}]
    told = {"device": "document_camera", "name": "高拍仪", "state": "ok", "simulated": False, "choices": cameras}
    await citizen.do("devices.are", devices=[{**told, "chosen": "cam_1", "controls": []}])
    await expect(page.locator("#tools-ask")).to_be_visible()
    await page.keyboard.press("b")
    lease_id = (await citizen.told("lease.changed"))["lease_id"]
    await citizen.do("lease.allow", lease_id=lease_id)
    await _tab_to(page, "#tool-camera")
    await page.keyboard.press("Enter")
    await expect(page.locator(".menu:visible .menu-item").first).to_contain_text("高拍仪 · 正在用")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    order = await citizen.told("device.asked")
    assert (order["action"], order["parameters"]) == ("choose", {"camera_id": "cam_2"})
    await citizen.do("devices.are", devices=[{**told, "chosen": "cam_2", "controls": []}])
    await citizen.do("device.did", action_id=order["action_id"], code="ok")
    await expect(page.locator(".tools-result[data-code=ok]")).to_be_visible()
    await expect(page.locator(".menu-item", has_text="侧面摄像头 · 正在用")).to_be_attached()


async def _work(shift: Shift) -> None:
    """Tick the checklist and ask for a still."""
    page, citizen = shift.page, shift.citizen
    await page.keyboard.press("l")
    await page.keyboard.press("Space")
    await expect(page.locator(".checklist .panel-head")).to_contain_text("必备 1/1")
    await page.keyboard.press("c")
    ordered = await citizen.told("capture.changed")
    await citizen.do("capture.fail", capture_id=ordered["capture_id"], reason="no_document_camera")
    await expect(page.locator(".capture[data-state=failed]")).to_be_visible()


async def _consult(shift: Shift) -> None:
    """Ask an expert in, who comes, is shown with name and reason, and goes."""
    page, citizen = shift.page, shift.citizen
    expert = await shift.house.page(EXPERT)
    await expert.do("agent.ready")
    choice = page.locator(f"#ask ~ [role=menu] [data-choice='agent:{EXPERT}']")
    await expect(choice).to_be_attached()
    await page.keyboard.press("i")
    await page.keyboard.press("1")
    await expert.until(lambda page: page.view["offer"] is not None)
    await expert.do("offer.accept", offer_id=expert.view["offer"]["offer_id"])
    await expect(page.locator(".company-list")).to_contain_text("吴国强")
    await citizen.until(lambda page: any(one["id"] == EXPERT for one in page.call["participants"]))
    await expert.do("call.step_out", call_id=citizen.call["call_id"])
    await citizen.until(lambda page: all(one["id"] != EXPERT for one in page.call["participants"]))
    await expert.close()


async def test_too_many_attempts_are_told_kindly(house: House, opening: Opening) -> None:
    async with opening(house, lang="en") as page:
        await page.fill("#name", "qianfeng")
        await page.fill("#password", "wrong password")
        told = page.locator("#problem")
        for _ in range(4):
            async with page.expect_response("**/api/staff/session"):
                await page.keyboard.press("Enter")
            await expect(page.locator("#submit")).to_have_attribute("aria-disabled", "false")
        await expect(told).to_contain_text("Too many attempts")


async def test_an_offer_rings_and_is_declined_with_a_reason(shift: Shift) -> None:
    page = shift.page
    await shift.ring()
    await expect(page.locator("#accept")).to_be_focused()
    await expect(page.locator(".offer-ticket")).to_have_text(shift.citizen.call["ticket"])
    await expect(page.locator(".offer")).to_contain_text("65岁及以上")
    await expect(page.locator(".check-list li").first).to_contain_text("身份证")
    await until(lambda: _title_blinks(page), "the title blinks")
    await page.keyboard.press("d")
    await page.keyboard.press("2")
    await shift.mode("idle")
    (declined,) = [o for o in await _offers(shift) if o.answer == "declined"]
    assert declined.reason == "unsure_matter"
    await shift.citizen.do("call.leave", call_id=shift.citizen.call["call_id"])
    assert "●" not in await page.title()


async def test_a_citizen_who_leaves_while_it_rings_is_said(shift: Shift) -> None:
    await shift.ring()
    await shift.citizen.do("call.leave", call_id=shift.citizen.call["call_id"])
    await shift.mode("idle")
    await expect(shift.page.locator(".toast")).to_contain_text("来电取消")


async def test_a_citizen_is_passed_on_to_another_window_with_two_keys(shift: Shift) -> None:
    page, citizen = shift.page, shift.citizen
    await shift.answer()
    before = citizen.call
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    choices = page.locator("#transfer ~ [role=menu] [role=menuitem]")
    await expect(choices.first).to_be_focused()
    await expect(choices.last).to_contain_text("本窗口其他同事")
    if folder := os.environ.get("VW_PICTURES"):
        await page.screenshot(path=f"{folder}/transfer.png")
    await page.keyboard.press("1")
    await shift.mode("wrap_up")
    await citizen.until(lambda page: page.view["phase"] == "waiting")
    assert citizen.call["ticket"] == before["ticket"]
    assert citizen.call["entered_at"] == before["entered_at"]
    assert (citizen.call["queue_id"], citizen.call["rerouted"]) == ("residence", "transferred")
    await citizen.do("call.leave", call_id=citizen.call["call_id"])
    await page.keyboard.press("Enter")
    await shift.mode("idle")


async def test_what_is_looked_up_while_talking_goes_to_the_citizen_with_one_key(shift: Shift) -> None:
    page, citizen = shift.page, shift.citizen
    await shift.answer()
    await page.keyboard.press("k")
    await page.keyboard.type("gbf")
    await expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("社保卡补换工本费")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator(".search-text")).to_contain_text("三个工作日内寄到")
    await page.keyboard.press("Enter")
    await expect(page.locator("#chat")).to_be_focused()
    await page.keyboard.press("Enter")
    assert "三个工作日内寄到" in (await citizen.told("chat.said"))["text"]
    await page.keyboard.press("Escape")
    await page.keyboard.press("g")
    await page.keyboard.press("2")
    await expect(page.locator("#chat")).to_have_value("请把材料平放在摄像头下面，有字的一面朝上。")
    await page.keyboard.press("Enter")
    await citizen.until(lambda page: page.events[-1][0] == "chat.said" and "平放" in page.events[-1][1]["text"])
    await page.keyboard.press("Escape")
    await shift.finish()


async def test_a_still_is_asked_for_and_its_state_shown(shift: Shift) -> None:
    page, citizen = shift.page, shift.citizen
    await shift.answer()
    await page.keyboard.press("c")
    ordered = await citizen.told("capture.changed")
    assert ordered["state"] == "requested"
    await expect(page.locator("[data-state=requested]")).to_contain_text("正在拍摄")
    await expect(page.locator("#capture")).to_be_disabled()
    await citizen.do("capture.fail", capture_id=ordered["capture_id"], reason="no_document_camera")
    await expect(page.locator(".capture[data-state=failed]")).to_contain_text("没有拍成：高拍仪不可用")
    await expect(page.locator("#capture")).to_be_enabled()
    await shift.finish()


async def test_a_busy_day_leaves_nothing_behind_in_the_page(shift: Shift) -> None:
    page, house = shift.page, shift.house

    async def busy(lines: int) -> None:
        """A call with so many lines of chat while the queue beside it changes as often."""
        call_id = await shift.answer()
        waiting = await house.page("booth_taopu_center")
        for number in range(lines // 10):
            entered = await waiting.do("call.enter", item_id=ITEM)
            for line in range(10):
                await shift.citizen.do(
                    "chat.say", call_id=call_id, text=f"第{number}.{line}句", message_id=f"d{number}.{line}"
                )
            await waiting.do("call.leave", call_id=entered["call_id"])
        await expect(page.locator(".chat-theirs")).to_have_count(lines)
        await waiting.close()
        await shift.finish()

    await busy(20)  # what is made once is made
    heap, elements = await _kept(page)
    await busy(200)
    later, more = await _kept(page)
    assert more - elements <= 20  # a line more in the list of recent calls
    assert later - heap < 500_000


async def _kept(page: Page) -> tuple[int, int]:
    """Return the bytes and the elements the page holds once everything that can be thrown away is."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("HeapProfiler.enable")
    await devtools.send("HeapProfiler.collectGarbage")
    heap = await devtools.send("Runtime.getHeapUsage")
    await devtools.detach()
    return int(heap["usedSize"]), int(await page.evaluate("document.querySelectorAll('*').length"))


async def test_who_types_when_the_citizen_hangs_up_goes_on_typing(shift: Shift) -> None:
    page = shift.page
    call_id = await shift.answer()
    await page.keyboard.press("t")
    await page.keyboard.type("再见")
    await shift.citizen.do("call.leave", call_id=call_id)
    await shift.mode("wrap_up")
    await page.keyboard.type("fx, said at the end")
    await expect(page.locator("#notes")).to_have_value("fx, said at the end")
    await expect(page.locator(".wrap-up .banner")).to_have_text("市民结束了通话。")
    await page.keyboard.press("Alt+f")
    await shift.mode("idle")
    await shift.citizen.do("call.dismiss", call_id=call_id)
    notes = await shift.house.service.records.conversation.notes(call_id)
    assert notes is not None
    assert notes.text == "fx, said at the end"


async def test_a_ring_closes_what_stands_before_it(shift: Shift) -> None:
    await shift.page.keyboard.press("?")
    await expect(shift.page.locator("dialog[open]")).to_be_visible()
    await shift.ring()
    await expect(shift.page.locator("dialog[open]")).to_have_count(0)
    await expect(shift.page.locator("#accept")).to_be_focused()
    await shift.citizen.do("call.leave", call_id=shift.citizen.call["call_id"])
    await shift.mode("idle")


async def test_a_reload_comes_back_into_the_call_with_everything(shift: Shift) -> None:
    page = shift.page
    call_id = await shift.answer()
    await shift.citizen.do("chat.say", call_id=call_id, text="我在", message_id="m2")
    await page.keyboard.press("n")
    await page.keyboard.type("还没保存的笔记")
    page.once("dialog", lambda dialog: dialog.accept())
    await page.reload()
    await shift.mode("call")
    await expect(page.locator(".chat-theirs p")).to_have_text("我在")
    await expect(page.locator("#notes")).to_have_value("还没保存的笔记")
    await shift.finish()


NOTES = """async () => {
  const { Notes } = await import("/static/console/desk/notes.js")
  const told = []
  const answers = []
  const save = (draft) => (told.push(draft), answers.length ? Promise.reject(answers.shift()) : Promise.resolve())
  const page = () => new Notes({ save, changed: () => {}, lost: (problem) => told.push(problem.code) })
  const settled = () => new Promise((done) => setTimeout(done))
  const first = page()
  first.open("call_1")
  first.restore("缺照片")
  first.edit("缺照片，明")
  // The page is loaded anew when the call is over, and out of reach at first.
  answers.push({ code: "offline", status: 0 })
  page().open("")
  await settled()
  page().open("")
  await settled()
  page().open("")
  // Somebody else took the call over and writes too.
  const second = page()
  second.open("call_2")
  second.restore("户口本")
  second.edit("户口本已看")
  answers.push({ code: "notes_changed", status: 409, more: { text: "户口本，照片" } })
  await second.flush()
  await second.flush()
  const { text, state } = second
  // The call is nobody's any more.
  second.edit("太晚")
  answers.push({ code: "not_a_member", status: 403 })
  second.open("")
  await settled()
  return { told, text, state, left: sessionStorage.length }
}"""


async def test_notes_typed_too_late_or_beside_somebody_elses_are_kept(house: House, opening: Opening) -> None:
    late = {"call_id": "call_1", "text": "缺照片，明", "base": "缺照片"}
    mine = {"call_id": "call_2", "text": "户口本已看", "base": "户口本"}
    both = {"call_id": "call_2", "text": "户口本，照片\n已看", "base": "户口本，照片"}
    gone = {"call_id": "call_2", "text": "太晚", "base": both["text"]}
    async with opening(house) as page:
        seen = await page.evaluate(NOTES)
    assert seen["told"] == [late, late, mine, both, gone, "not_a_member"]
    assert (seen["text"], seen["state"], seen["left"]) == (both["text"], "saved", 0)


async def test_a_booth_that_goes_away_is_said_with_the_choice(shift: Shift) -> None:
    page = shift.page
    await shift.answer()
    await shift.citizen.kill()
    await expect(page.locator(".control-away")).to_contain_text("可以等待恢复，或结束通话")
    await expect(page.locator(".stage-cover")).to_contain_text("断开了")
    shift.citizen = await shift.house.page(BOOTH)
    await expect(page.locator(".control-away")).to_be_hidden()
    await shift.finish()


async def test_the_citizens_earlier_visits_are_seen_while_they_show_them(shift: Shift) -> None:
    page, citizen, house = shift.page, shift.citizen, shift.house
    earlier = await shift.answer()
    intake = Intake(
        call_id=earlier, booth_id=BOOTH, item_id=ITEM, agent_id=HELPER, lang="zh-CN", taken=("id_card",),
        missing=("photo",), next_steps="下次带照片来", last_four="4321",
    )  # fmt: skip
    await house.service.cases.receive(intake)
    case = await house.service.cases.of_call(earlier)
    assert case is not None
    await shift.finish()
    await house.service.projection.reach(house.service.hall.seq)

    call_id = await shift.answer()
    await page.keyboard.press("Escape")
    await page.keyboard.press("f")
    await citizen.told("earlier.changed")
    await expect(page.locator("#earlier")).to_be_disabled()
    await citizen.do("earlier.show", call_id=call_id, number=case.number, last_four="4321")
    await expect(page.locator("#earlier")).to_contain_text("查看")
    await page.keyboard.press("f")
    await expect(page.locator(".earlier-visit")).to_have_count(1)
    await expect(page.locator(".earlier-visit")).to_contain_text("下次带照片来")
    if folder := os.environ.get("VW_PICTURES"):
        await page.screenshot(path=f"{folder}/earlier.png")
    await citizen.do("earlier.hide", call_id=call_id)
    await expect(page.locator(".dialog-earlier")).to_be_hidden()
    await expect(page.locator(".earlier-visit")).to_have_count(0)
    await expect(page.locator(".toast").last).to_contain_text("收回")
    await shift.finish()


EARLIER = """async () => {
  const { EarlierVisits } = await import("/static/console/desk/earlier.js")
  const answers = []
  window.fetch = () => new Promise((answer) => answers.push((body) => answer(new Response(JSON.stringify(body)))))
  const settled = () => new Promise((done) => setTimeout(done))
  const visits = new EarlierVisits(() => {}, () => {})
  const hear = (state) => visits.hear("earlier.changed", { call_id: "call_1", state })
  visits.follow("call_1")
  hear("asked")
  answers[0]({ state: "", visits: [] })
  await settled()
  const asked = visits.state
  hear("shown")
  hear("taken_back")
  answers[1]({ state: "shown", visits: [{ number: "1" }] })
  await settled()
  return [asked, visits.state, visits.visits]
}"""


async def test_what_was_read_of_earlier_visits_before_a_change_does_not_come_after_it(
    house: House, opening: Opening
) -> None:
    async with opening(house) as page:
        assert await page.evaluate(EARLIER) == ["asked", "taken_back", None]


async def test_an_expert_reads_the_case_while_it_rings_and_may_hear_first(house: House, opening: Opening) -> None:
    citizen, helper = await talk(house, BOOTH, HELPER, ITEM)
    call_id = citizen.call["call_id"]
    await citizen.do("chat.say", call_id=call_id, text=SCRIPT, message_id="m1")
    await helper.do("notes.save", call_id=call_id, text="医保断缴三个月，问能不能补")
    async with opening(house, who=EXPERT) as page:
        await expect(page.locator("#idle-ready")).to_be_focused()
        await page.keyboard.press("r")
        await expect(page.locator("#pause")).to_be_visible()
        await helper.do("consult.ask", call_id=call_id, agent_id=EXPERT)
        brief = page.locator(".offer-brief")
        await expect(brief).to_contain_text("医保断缴三个月")
        await expect(brief).to_contain_text(SCRIPT)
        assert await faults_of(page, "asked for advice") == []
        await page.keyboard.press("l")
        await expect(page.locator("#control-mute")).to_have_attribute("aria-pressed", "true")
        await expect(page.locator("#control-camera")).to_have_attribute("aria-pressed", "true")
        await page.keyboard.press("m")
        await expect(page.locator("#control-mute")).to_have_attribute("aria-pressed", "false")
        await helper.do("call.end", call_id=call_id, outcome="completed")
        await page.keyboard.press("f")
        await expect(page.locator("#pause")).to_be_visible()
        await page.keyboard.press("r")
        await page.keyboard.press("1")
        await expect(page.locator("#idle-ready")).to_be_visible()
    await helper.do("wrap_up.finish", call_id=call_id)
    await helper.do("agent.not_ready", reason="break")
    for one in (helper, citizen):
        await one.close()


async def test_another_page_takes_over_and_gives_back(house: House, opening: Opening) -> None:
    async with opening(house, who=HELPER) as first, opening(house, who=HELPER) as second:
        await expect(first.locator("dialog.final")).to_contain_text("工作台已在别处打开")
        await expect(second.locator("#idle-ready")).to_be_visible()
        await expect(first.locator("#final-go")).to_be_focused()
        await first.keyboard.press("Enter")
        await expect(first.locator("#idle-ready")).to_be_visible()
        await expect(second.locator("dialog.final")).to_be_visible()


async def test_a_revoked_sign_in_is_said_at_once(house: House, opening: Opening) -> None:
    who = "agent_gu_yuting"
    async with opening(house, who=who) as page:
        await expect(page.locator("#idle-ready")).to_be_visible()
        await house.service.auth.revoke_agent(who, "test")
        await expect(page.locator("dialog.final")).to_contain_text("登录已结束")
        await page.keyboard.press("Enter")
        await expect(page.locator("#sign-in")).to_be_visible()
    house.cookies.pop(who)


async def test_a_forbidden_camera_is_said_in_words(house: House, opening: Opening) -> None:
    async with opening(house, who=HELPER, devices=False, lang="en") as page:
        await page.click("#test-devices")
        await expect(page.locator(".device-row").first).to_contain_text("Not allowed")
        await expect(page.locator(".device-advice").first).to_contain_text("The browser does not allow it")


async def test_a_citizen_whose_helper_is_neither_seen_nor_heard_is_told_so(house: House, opening: Opening) -> None:
    # For a matter without papers: this browser has one camera.
    async with opening(house, "/booth", who=EMPTY) as citizen, opening(house, who=ADVISER, devices=False) as page:
        booth, desk = Booth(citizen, house.url), Desk(page, house.url)
        await desk.ready()
        await booth.screen("attract")
        await booth.take_ticket("advice")
        await desk.accept()
        # Not that it is still connecting.
        await expect(citizen.locator("[data-stage=remote]")).to_contain_text("普小二暂时没有画面和声音")
        await desk.end("referred")
        await desk.finish()
        await booth.leave()
        await page.keyboard.press("r")
        await page.keyboard.press("1")
        await expect(page.locator("#idle-ready")).to_be_visible()


async def _title_blinks(page: Page) -> bool:
    return (await page.title()).startswith("● A")


async def _offers(shift: Shift) -> list[Offer]:
    service = shift.house.service
    await service.projection.reach(service.hall.seq)
    identity = await service.auth.identify_staff((await shift.house.cookie("supervisor_zhao_lin")).split("=", 1)[1])
    return list((await service.records.history.record(identity, shift.citizen.call["call_id"], 0)).offers)

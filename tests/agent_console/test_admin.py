"""Administration in a real browser: changed at once, refused beside the field, undone; by keyboard, accessible."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from signaling.district import Change
from signaling.routing.commands import Enter, GiveUp
from signaling.routing.values import QueuePolicy, Requirement
from signaling.world import World, WorldError
from signaling.world.entities import Material, QueueLine, SkillNeeded
from signaling.world.files import TABLES, file_of
from signaling.world.hours import Day
from tests.agent_console.conftest import BOOTH, HELPER, ITEM, SUPERVISOR
from tests.agent_console.test_access import faults_of

if TYPE_CHECKING:
    from signaling.world.files import Draft
    from tests.agent_console.conftest import Opening
    from tests.signaling.house import House

browser = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]
SPECS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "agent_console/static/admin/fields.json").read_text("utf-8")
)
KINDS = {name: kind for tables in TABLES.values() for name, kind in tables.items()} | {"queues": QueueLine, "days": Day}
UNSEEN = {"initial_password"}
"""The demo's; nobody is shown it."""


def keys(spec: list[dict[str, Any]]) -> set[str]:
    return {field["key"] for field in spec}


def test_the_forms_have_a_field_for_every_key_of_the_files() -> None:
    assert SPECS.keys() == KINDS.keys()
    for name, spec in SPECS.items():
        assert spec["file"] == file_of(name)
        assert keys(spec["fields"]) == {one.name for one in dataclasses.fields(KINDS[name])} - UNSEEN, name
    nested = {
        (name, one["key"]): one["fields"] for name, spec in SPECS.items() for one in spec["fields"] if "fields" in one
    }
    assert keys(nested["items", "materials"]) == {one.name for one in dataclasses.fields(Material)}
    assert keys(nested["items", "requires"]) == {one.name for one in dataclasses.fields(SkillNeeded)}
    assert keys(nested["queues", "policy"]) <= {one.name for one in dataclasses.fields(QueuePolicy)}


WRONG: tuple[tuple[str, str, Any], ...] = (
    ("items", "minutes", 0), ("items", "minutes", 999), ("items", "minutes", "x"), ("items", "minutes", 1.5),
    ("items", "name", ""), ("items", "name", "长" * 99), ("items", "queue_id", "nowhere"), ("items", "extra", 1),
    ("items", "materials", "x"), ("items", "requires", []), ("items", "audience", "dog"), ("items", "id", "No Id"),
    ("items", "requires", [{"skill": "sign_language", "level": 5}]), ("items", "due_days", -1),
    ("agents", "badge", "lower"), ("agents", "skills", {"social": 9}), ("agents", "skills", {"nothing": 1}),
    ("agents", "queues", "x"), ("points", "x", "far"), ("points", "street_id", "nowhere"), ("streets", "name", 5),
    ("queues", "prefix", "AB"), ("queues", "policy", {"nothing": 1}), ("queues", "hours_id", "never"),
    ("hours", "workday", ["9-5"]), ("hours", "workday", ["11:00-09:00"]), ("hours", "workday", ["25:00-26:00"]),
    ("abilities", "weight", 0), ("needs", "level", 6), ("priorities", "credit_s", 9999),
    ("abilities", "facts", [{"fact": "pace", "worst": 1, "best": 1}]), ("checks", "material", "no_such_material"),
    ("checks", "rules", [{"rule": "no_such_rule"}]), ("days", "date", "tomorrow"), ("days", "kind", "feast"),
)  # fmt: skip


def wrong_everywhere(draft: Draft) -> list[str]:
    """Return what the check says of a district with each of these faults."""
    said: list[str] = []
    for table, key, value in WRONG:
        wrong = copy.deepcopy(draft)
        entries = wrong[file_of(table) or ""].setdefault(table, [])
        entries[:1] = [
            {**(entries[0] if entries else {"date": "2026-01-01", "name": "x", "kind": "holiday"}), key: value}
        ]
        said += _said(wrong) or [f"nothing is wrong with {key} {value}"]
    twice, empty = copy.deepcopy(draft), copy.deepcopy(draft)
    for table in ("agents", "queues"):
        twice[f"{table}.toml"][table][1] = {**twice[f"{table}.toml"][table][0], "id": "another"}
    empty["places.toml"]["booths"] = []
    return said + _said(twice) + _said(empty)


def _said(draft: Draft) -> list[str]:
    try:
        World.of(draft)
    except WorldError as error:
        return list(error.problems)
    return []


class TestInTheBrowser:
    pytestmark = browser

    async def test_a_change_is_checked_saved_seen_and_undone(self, house: House, opening: Opening) -> None:
        async with opening(house, "/console/admin", who=SUPERVISOR) as page:
            await page.click("[data-table=items]")
            await page.click(f"[data-id={ITEM}]")
            minutes = page.locator(".admin-pane [data-path=minutes] input")
            await minutes.fill("0")
            await page.keyboard.press("Control+s")
            await expect(page.locator("[data-path=minutes] .field-error")).to_have_text("须不小于 1")
            await expect(minutes).to_be_focused()
            assert await faults_of(page, "refused") == []
            await minutes.fill("11")
            await page.locator(".admin-pane [data-path=name] input").fill('<b>卡</b>"=1+1')
            await page.keyboard.press("Control+s")
            await expect(page.locator(".admin-toast")).to_contain_text("第 2 版")
            await expect(page.locator(f"[data-id={ITEM}]")).to_contain_text('<b>卡</b>"=1+1')
            assert house.service.world.items[ITEM].minutes == 11
            # Somebody else was quicker: what is typed stays, and is saved on top of what they changed.
            district = house.service.administration.district
            await minutes.fill("12")
            await district.restore(2, 1, SUPERVISOR)
            await page.click("#save")
            await expect(page.locator("[role=alert]")).to_contain_text("别人改过")
            assert await minutes.input_value() == "12"
            await page.click("#save")
            await expect(page.locator(".admin-toast")).to_contain_text("第 4 版")
            item = house.service.world.items[ITEM]
            assert (item.minutes, item.name) == (12, "社保卡更换")
            await page.click("[data-table=history]")
            await page.locator(".admin-version", has_text="第 1 版").locator("button").click()
            await page.click("[data-action=dialog-yes]")
            await expect(page.locator(".admin-version").first).to_contain_text("第 5 版")
            assert await faults_of(page, "history", fits=False) == []
            assert house.service.world.items[ITEM].name == "社保卡更换"

    async def test_an_entry_is_made_and_removed_by_keyboard(self, house: House, opening: Opening) -> None:
        district, hall = house.service.administration.district, house.service.hall
        known = next(one for one in district.world.draft["queues.toml"]["queues"] if one["id"] == "social")
        extra = {**known, "id": "extra", "prefix": "X"}
        await district.change(district.version, [Change("queues", "extra", extra)], SUPERVISOR)
        await hall.submit(Enter("call_extra", BOOTH, "extra", ITEM, (Requirement("sign_language", 5),)))
        async with opening(house, "/console/admin", who=SUPERVISOR, dark=True, lang="en") as page:
            await page.locator("[data-table=phrases]").press("Enter")
            await page.locator("#add").press("Enter")
            await page.keyboard.type("greeting_admin")
            await page.keyboard.press("Tab")
            await page.keyboard.type("您好！")
            await page.keyboard.press("Control+s")
            await expect(page.locator("[data-id=greeting_admin]")).to_contain_text("您好")
            assert await faults_of(page, "phrase") == []
            assert house.service.world.phrases["greeting_admin"].text == "您好！"
            await page.locator("#remove").press("Enter")
            await page.click("[data-action=dialog-yes]")
            await expect(page.locator("[data-id=greeting_admin]")).to_have_count(0)
            await page.click("[data-table=queues]")
            await page.click("[data-id=social]")
            await page.click("#remove")
            await page.click("[data-action=dialog-yes]")
            await expect(page.locator("[role=alert]")).to_be_visible()
            # Where somebody waits, it is asked where they go on.
            await page.click("[data-id=extra]")
            await page.click("#remove")
            await page.click("[data-action=dialog-yes]")
            await expect(page.locator("dialog")).to_contain_text("Waiting here now: 1")
            assert await faults_of(page, "where they go on") == []
            await page.select_option("#waiting-to", "social")
            await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            await expect(page.locator("dialog .field-error")).to_contain_text("Cannot go on there: 1")
            await page.select_option("#waiting-to", "civil")
            await page.click("dialog [type=submit]")
            await expect(page.locator("[data-id=extra]")).to_have_count(0)
            assert hall.engine.call("call_extra").queue_id == "civil"
            await hall.submit(GiveUp("call_extra"))
            await page.click("[data-table=files]")
            assert await faults_of(page, "files") == []
            async with page.expect_download() as download:
                await page.click("#export")
            await page.set_input_files("#import-file", await (await download.value).path())
            await page.click("#import")
            await expect(page.locator(".admin-toast")).to_contain_text("nothing changed")

    async def test_a_booth_is_enrolled_and_a_password_set(self, house: House, opening: Opening) -> None:
        async with opening(house, "/console/admin", who=SUPERVISOR) as page:
            await page.click("[data-table=booths]")
            await page.click(f"[data-id={BOOTH}]")
            await page.click("[data-action=enrol]")
            await expect(page.locator(".admin-qr")).to_be_visible()
            assert "#enrol=vwb_" in await page.locator(".admin-copy input").input_value()
            assert await faults_of(page, "enrolment") == []
            await page.keyboard.press("Escape")
            await page.click("[data-table=agents]")
            await page.click(f"[data-id={HELPER}]")
            await page.click("[data-action=password]")
            made = await page.locator("#new-password").input_value()
            await page.keyboard.press("Enter")
            await expect(page.locator("dialog")).to_contain_text(made)
            assert await faults_of(page, "password") == []
        assert await house.service.auth.sign_in("chenjing", made, "::1")

    async def test_a_supervisor_looks_at_a_booths_screen_and_its_citizen_decides(
        self, house: House, opening: Opening
    ) -> None:
        async with (
            opening(house, "/booth", who=BOOTH) as booth,
            opening(house, "/console/admin", who=SUPERVISOR) as page,
        ):
            await expect(booth.locator("[data-action=start]")).to_be_visible()
            await page.click("[data-table=booths]")
            await page.click(f"[data-id={BOOTH}]")
            await page.click("[data-action=mirror]")
            await page.fill("#mirror-reason", "亭子说屏幕打不开")
            await page.keyboard.press("Enter")
            seen = page.frame_locator(".mirror-frame")
            await expect(seen.locator(".attract-start")).to_be_visible()
            await expect(seen.locator(".attract")).to_have_css("display", "grid")  # as the booth's own sheets say
            await expect(booth.locator(".mirror")).to_contain_text("赵琳正在查看这块屏幕")
            assert await faults_of(page, "a look") == []
            # Somebody comes: what they see is theirs until they say otherwise.
            await booth.click("[data-action=start]")
            await expect(page.locator(".mirror-state")).to_contain_text("等待其同意")
            await expect(page.locator(".mirror-place")).to_be_hidden()
            await booth.click("[data-action=search]")
            await booth.fill(".search-input", "<img src=x onerror=alert(1)>社保")
            await booth.click("[data-action=mirror-allowed]")
            await expect(seen.locator(".search-input")).to_be_visible()
            assert await seen.locator(".search-input").input_value() == ""
            assert await seen.locator("script, [onerror], a[href]").count() == 0
            await booth.click("[data-action=mirror-refused]")
            await expect(page.locator(".mirror-state")).to_contain_text("没有同意")
            await expect(booth.locator(".mirror")).to_be_hidden()

    async def test_whatever_the_check_says_the_page_says_in_its_readers_words(
        self, house: House, opening: Opening
    ) -> None:
        said = wrong_everywhere(house.service.world.draft)
        assert len(said) > 25
        async with opening(house, "/console/admin", who=SUPERVISOR) as page:
            told = await page.evaluate(
                "said => import('/static/console/admin/faults.js').then(one => said.map(one.fault))", said
            )
        english = [
            (one, fault) for one, fault in zip(said, told, strict=True) if re.search("[a-z]{3} [a-z]", fault["message"])
        ]
        assert english == []

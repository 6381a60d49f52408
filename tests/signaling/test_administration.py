"""Administration over HTTP on a whole service: checked like the files, at once for everybody, undone, and by whom."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from signaling.api.administration import MAX_FILE, unzipped, zipped
from signaling.district import DistrictWrong, differences
from signaling.errors import Malformed, Unknown
from signaling.pictures.refusals import TooLarge
from signaling.records.tables import AuditRow
from signaling.routing.commands import End, Enter, GiveUp
from signaling.routing.values import Requirement
from signaling.world import World
from signaling.world import files as world_files
from tests.signaling.house import WORLD, House, open_house, talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BOSS, HELPER, BOOTH = "supervisor_zhao_lin", "agent_chen_jing", "booth_caoyang_center"
ITEM = "social_card_replace"
OF_ONE = (
    ("POST", f"/api/admin/booths/{BOOTH}/enrolment"), ("DELETE", f"/api/admin/booths/{BOOTH}/enrolment"),
    ("POST", f"/api/admin/booths/{BOOTH}/restart"), ("POST", f"/api/admin/agents/{HELPER}/password"),
    ("DELETE", f"/api/admin/agents/{HELPER}/sessions"),
)  # fmt: skip


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def ask(house: House, method: str, path: str, body: Any = None, who: str = BOSS) -> tuple[int, Any]:
    headers = {"Cookie": await house.cookie(who)} if who else {}
    sent: dict[str, Any] = {"data": io.BytesIO(body)} if isinstance(body, bytes) else {"json": body}
    if isinstance(body, bytes):
        headers["Content-Type"] = "application/zip"
    async with ClientSession() as session, session.request(method, house.url + path, headers=headers, **sent) as answer:
        return answer.status, await (answer.json() if "json" in answer.content_type else answer.read())


async def entry(house: House, table: str, id: str) -> tuple[int, dict[str, Any]]:
    _, found = await ask(house, "GET", "/api/admin/district")
    file = world_files.file_of(table) or ""
    return found["version"], next(one for one in found["files"][file][table] if one["id"] == id)


async def change(house: House, version: int, table: str, id: str, entry: dict[str, Any] | None) -> tuple[int, Any]:
    changes = [{"table": table, "id": id, "entry": entry}]
    return await ask(house, "POST", "/api/admin/district/changes", {"version": version, "changes": changes})


async def test_a_change_is_seen_by_all_at_once_kept_over_a_restart_and_undone(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        version, item = await entry(house, "items", ITEM)
        assert version == 0
        status, answer = await change(house, 0, "items", ITEM, {**item, "name": "社保卡更换（新）", "minutes": 12})
        assert (status, answer) == (200, {"version": 2})
        _, items = await ask(house, "GET", "/api/items")
        assert [one["minutes"] for one in items["items"] if one["name"] == "社保卡更换（新）"] == [12]
    async with open_house(tmp_path, cookies=house.cookies) as house:
        assert house.service.world.items[ITEM].minutes == 12
        _, history = await ask(house, "GET", "/api/admin/district/versions")
        assert [(one["version"], one["changes"]) for one in history["versions"]] == [
            (2, [f"items {ITEM}: name, minutes"]),
            (1, ["files"]),
        ]
        assert [(one["by"] or {}).get("id") for one in history["versions"]] == [BOSS, None]
        status, answer = await ask(house, "POST", "/api/admin/district/restore", {"version": 2, "to": 1})
        assert (status, answer) == (200, {"version": 3})
        assert house.service.world.items[ITEM].name == "社保卡更换"
        async with house.service.records.database.reading() as session:
            rows = (await session.scalars(select(AuditRow).where(AuditRow.action == "district_changed"))).all()
        assert [(row.actor, row.detail["version"]) for row in rows] == [("", 1), (BOSS, 2), (BOSS, 3)]


async def test_it_is_checked_like_the_files_and_nothing_changes(house: House) -> None:
    _, item = await entry(house, "items", ITEM)
    for wrong, place in (
        ({**item, "minutes": 0}, f'items.toml: items "{ITEM}".minutes'),
        ({**item, "queue_id": "nowhere"}, f'items.toml: items "{ITEM}".queue_id'),
        ({**item, "colour": "red"}, f'items.toml: items "{ITEM}".colour'),
        (
            {**item, "requires": [{"skill": "social_security", "level": 9}]},
            f'items.toml: items "{ITEM}".requires[0].level',
        ),
    ):
        status, problem = await change(house, 0, "items", ITEM, wrong)
        assert (status, problem["code"]) == (400, "district_wrong")
        assert any(one.startswith(place + ": ") for one in problem["problems"]), problem
    for body in ({"version": 0, "changes": []}, {"version": 0, "changes": [{"table": "items"}]}, {"version": -1}):
        assert (await ask(house, "POST", "/api/admin/district/changes", body))[0] == 400
    assert (await change(house, 0, "citizens", "x", {}))[0] == 400
    assert (await change(house, 0, "items", "not_there", None))[0] == 404
    assert house.service.administration.district.version == 0


async def test_a_stale_change_is_refused_and_nothing_of_the_other_is_lost(house: House) -> None:
    _, item = await entry(house, "items", ITEM)
    assert (await change(house, 0, "items", ITEM, {**item, "minutes": 12}))[0] == 200
    status, problem = await change(house, 0, "items", ITEM, {**item, "minutes": 30})
    assert (status, problem["code"]) == (409, "stale")
    assert house.service.world.items[ITEM].minutes == 12
    # Saving what is already so makes no version.
    assert await change(house, 2, "items", ITEM, {**item, "minutes": 12}) == (200, {"version": 2})


async def test_the_hall_follows_a_helper_s_new_skills_during_the_shift(house: House) -> None:
    agent = await house.page(HELPER)
    booth = await house.page(BOOTH)
    await agent.do("agent.ready")
    version, known = await entry(house, "agents", HELPER)
    assert "initial_password" not in known
    changed = {**known, "skills": {**known["skills"], "sign_language": 3}, "queues": ["social", "civil"], "second": []}
    assert (await change(house, version, "agents", HELPER, changed))[0] == 200
    for page in (agent, booth):
        await page.told("district.changed")
    seen = house.service.hall.engine.agent(HELPER)
    assert (dict(seen.skills)["sign_language"], seen.queues, seen.state) == (3, ("civil", "social"), "ready")
    # The demo's password, which nobody is shown, is still there.
    assert house.service.world.agents[HELPER].initial_password == "demo-chenjing"


async def test_what_a_call_needs_cannot_go_and_nobody_takes_their_own_rights(house: House) -> None:
    booth, agent = await talk(house, BOOTH, HELPER, ITEM)
    for table, id in (("booths", BOOTH), ("items", ITEM), ("agents", HELPER), ("queues", "social")):
        status, problem = await change(house, 0, table, id, None)
        assert status in (400, 409), (table, problem)
        assert problem["code"] in ("in_use", "district_wrong")
    for method, path in OF_ONE:
        status, problem = await ask(house, method, path, {"password": "long-enough-1234"})
        assert (status, problem["code"]) == (409, "booth_busy" if "booths" in path else "in_use")
    _, own = await entry(house, "agents", BOSS)
    status, problem = await change(house, 0, "agents", BOSS, {**own, "role": "agent"})
    assert (status, problem["code"]) == (403, "own_account")
    assert not booth.closed
    assert not agent.closed


async def test_a_queue_is_removed_while_the_service_runs_but_never_from_under_a_citizen(house: House) -> None:
    version, known = await entry(house, "queues", "unresolved")
    extra = {**known, "id": "extra", "prefix": "X", "name": "加开"}
    _, made = await change(house, version, "queues", "extra", extra)
    boss = await house.page(BOSS)
    seen = await boss.do("floor.watch")
    assert "extra" in {row["id"] for row in seen["queues"]}
    await house.service.hall.submit(Enter("call_extra", BOOTH, "extra", ITEM))
    status, problem = await change(house, made["version"], "queues", "extra", None)
    assert (status, problem["code"], problem["id"]) == (409, "in_use", "extra")
    await house.service.hall.submit(End("call_extra", "service", "referred"))
    assert (await change(house, made["version"], "queues", "extra", None))[0] == 200
    with pytest.raises(Unknown):
        house.service.hall.engine.queue("extra")
    await boss.until(lambda page: any("extra" in told.get("gone", {}).get("queues", []) for _, told in page.events))
    # Undone, it takes calls again.
    latest = house.service.administration.district.version
    status, _ = await ask(house, "POST", "/api/admin/district/restore", {"version": latest, "to": latest - 1})
    assert status == 200
    assert house.service.hall.engine.queue("extra").open


async def test_those_who_wait_in_a_queue_that_goes_go_on_in_another_with_place_and_clock(house: House) -> None:
    hall, item = house.service.hall, house.service.world.items[ITEM]
    version, known = await entry(house, "queues", "unresolved")
    _, made = await change(house, version, "queues", "extra", {**known, "id": "extra", "prefix": "X", "name": "加开"})
    # A supervisor cannot take a queue from under those who wait without saying where they go.
    booth, boss = await house.page(BOOTH), await house.page(BOSS)
    booths = iter(("booth_taopu_center", "booth_changfeng_center", "booth_caoyang_yicun"))
    await hall.submit(Enter("call_first", BOOTH, "extra", ITEM, item.requirements()))
    await hall.submit(Enter("call_between", next(booths), "social", ITEM, item.requirements()))
    await hall.submit(Enter("call_last", next(booths), "extra", ITEM, item.requirements(), 0.0, ("veteran",)))
    before = {call.call_id: call for call in hall.engine.calls()}

    async def remove(to: str) -> tuple[int, Any]:
        changes = [{"table": "queues", "id": "extra", "entry": None}]
        body = {"version": made["version"], "changes": changes, "waiting_to": to}
        return await ask(house, "POST", "/api/admin/district/changes", body)

    status, problem = await remove("")
    assert (status, problem["code"], problem["waiting"], problem["busy"]) == (409, "in_use", 2, 0)
    assert (await remove("nowhere"))[1]["code"] == "unknown_queue"
    await boss.do("queue.close", queue_id="social", reason="x")
    assert (await remove("social"))[1]["code"] == "closed"
    await boss.do("queue.open", queue_id="social", reason="x")
    nobody_there = Requirement("sign_language", 5)
    await hall.submit(Enter("call_stuck", next(booths), "extra", ITEM, (nobody_there,)))
    status, problem = await remove("social")
    assert (status, problem["code"], problem["count"]) == (409, "cannot_go_on", 1)
    await hall.submit(GiveUp("call_stuck"))
    assert [hall.engine.call(call_id).queue_id for call_id in before] == ["extra", "social", "extra"]
    assert house.service.administration.district.version == made["version"]
    assert (await remove("social"))[0] == 200
    after = [hall.engine.call(call_id) for call_id in before]
    assert {call.queue_id for call in after} == {"social"}
    for call in after:
        was = before[call.call_id]
        assert (call.state, call.ticket, call.place) == ("waiting", was.ticket, was.place)
        assert call.entered_at == was.entered_at
    assert [hall.engine.ahead(call_id) for call_id in ("call_first", "call_between", "call_last")] == [0, 1, 2]
    await booth.until(lambda page: page.call["queue_id"] == "social")
    assert (booth.call["rerouted"], booth.call["ticket"]) == ("overflowed", before["call_first"].ticket)
    with pytest.raises(Unknown):
        hall.engine.queue("extra")
    async with house.service.records.database.reading() as session:
        rows = (await session.scalars(select(AuditRow).where(AuditRow.action == "queue_resettled"))).all()
    assert [(row.actor, row.subject, row.detail) for row in rows] == [(BOSS, "extra", {"to": "social", "calls": 2})]
    # Undone, the queue is there as it was: nobody is sent on from it by itself.
    latest = house.service.administration.district.version
    await ask(house, "POST", "/api/admin/district/restore", {"version": latest, "to": latest - 1})
    assert hall.engine.queue("extra").policy == house.service.world.queues["extra"].policy


async def test_who_leaves_the_district_is_shut_out(house: House) -> None:
    booth = await house.page("booth_taopu_center")
    assert (await change(house, 0, "booths", "booth_taopu_center", None))[0] == 200
    await booth.until(lambda page: page.closed)
    assert "booth_taopu_center" not in house.service.world.booths
    assert (await ask(house, "GET", "/api/booth/me", who="booth_taopu_center"))[0] in (200, 401)


async def test_booths_and_sign_ins_are_made_and_taken_back(house: House) -> None:
    page = await house.page(BOOTH)
    assert (await ask(house, "POST", f"/api/admin/booths/{BOOTH}/restart"))[0] == 204
    await page.told("page.restart")
    status, made = await ask(house, "POST", f"/api/admin/booths/{BOOTH}/enrolment")
    assert status == 200
    assert made["address"].startswith(f"{house.url}/booth#enrol=vwb_")
    assert made["qr"].startswith("data:image/svg+xml")
    await page.until(lambda one: one.closed)  # the device before is no booth any more
    token = await house.service.auth.open_booth_session(made["address"].partition("=")[2], "::1")
    assert token
    _, seen = await ask(house, "GET", "/api/admin/machinery")
    assert [one for one in seen["booths"] if one["enrolled"]] == [
        {"id": BOOTH, "enrolled": True, "online": False, "in_call": False}
    ]
    assert (await ask(house, "DELETE", f"/api/admin/booths/{BOOTH}/enrolment"))[0] == 204
    assert (await ask(house, "POST", f"/api/admin/booths/{BOOTH}/restart"))[1]["code"] == "booth_offline"
    assert (await ask(house, "POST", "/api/admin/booths/booth_nowhere/enrolment"))[0] == 404
    helper = await house.page(HELPER)
    assert (await ask(house, "POST", f"/api/admin/agents/{HELPER}/password", {"password": "short"}))[0] == 400
    assert (await ask(house, "POST", f"/api/admin/agents/{HELPER}/password", {"password": "a-long-one-4711"}))[0] == 204
    await helper.until(lambda one: one.closed)
    assert await house.service.auth.sign_in("chenjing", "a-long-one-4711", "::1")
    _, seen = await ask(house, "GET", "/api/admin/machinery")
    assert next(one for one in seen["agents"] if one["id"] == HELPER)["password"] == "set"
    assert (await ask(house, "DELETE", f"/api/admin/agents/{HELPER}/sessions"))[0] == 204
    async with house.service.records.database.reading() as session:
        actions = set(await session.scalars(select(AuditRow.action).where(AuditRow.actor == BOSS)))
    assert actions >= {"booth_restarted", "booth_enrolled", "booth_revoked", "password_set", "sessions_revoked"}


async def test_export_and_import_are_the_files(house: House, tmp_path: Path) -> None:
    status, content = await ask(house, "GET", "/api/admin/district/files")
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path / "out")
        assert "demo-chenjing" not in archive.read("agents.toml").decode()
    again = World.load(tmp_path / "out")
    assert again.items == house.service.world.items
    assert again.calendar == house.service.world.calendar
    # The same files change nothing; others are taken whole, or refused with every fault.
    assert await ask(house, "PUT", "/api/admin/district/files?version=0", content) == (200, {"version": 0})
    draft = unzipped(content)
    draft["queues.toml"]["queues"][0]["name"] = "=1+1"
    assert await ask(house, "PUT", "/api/admin/district/files?version=0", zipped(draft)) == (200, {"version": 2})
    assert house.service.world.agents[HELPER].initial_password == "demo-chenjing"
    draft["items.toml"]["items"][0]["queue_id"] = "nowhere"
    status, problem = await ask(house, "PUT", "/api/admin/district/files?version=2", zipped(draft))
    assert (status, problem["code"]) == (400, "district_wrong")
    assert (await ask(house, "PUT", "/api/admin/district/files?version=0", zipped(draft)))[1]["code"] == "stale"
    assert (await ask(house, "PUT", "/api/admin/district/files?version=2", b"no zip"))[0] == 400
    assert (await ask(house, "PUT", "/api/admin/district/files?version=2", b"x" * 3_000_000))[0] == 413


def test_every_district_survives_the_way_through_its_files() -> None:
    draft = world_files.draft(WORLD)
    draft["hours.toml"]["days"] = [{"date": "2027-02-05", "kind": "holiday", "name": '春"节\\\n\x7f'}]
    assert unzipped(zipped(draft)) == json.loads(json.dumps(draft))
    assert differences(draft, unzipped(zipped(draft))) == ()


def test_a_zip_that_is_none_or_grows_without_end_is_refused() -> None:
    def packed(name: str, content: bytes) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        return file.getvalue()

    with pytest.raises(TooLarge):
        unzipped(packed("items.toml", b"#" * (MAX_FILE + 1)))
    with pytest.raises(Malformed):
        unzipped(packed("items.toml", b"\xff\xfe"))
    with pytest.raises(DistrictWrong) as caught:
        unzipped(packed("../../etc/items.toml", b"items = [[["))
    assert any(one.startswith("items.toml: ") for one in caught.value.problems)
    assert "places.toml: is missing" in caught.value.problems

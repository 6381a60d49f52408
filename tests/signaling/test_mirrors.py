"""A supervisor looks at a booth's page: with a notice, a citizen's leave, an end of its own, and an account of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from signaling.mirrors import ASKED_S, MIRROR_S
from signaling.records.tables import AuditRow
from tests.signaling.house import House, open_house
from tests.signaling.test_administration import ask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.signaling.house import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOSS, HELPER = "supervisor_zhao_lin", "agent_chen_jing"
BOOTH, ITEM = "booth_caoyang_center", "social_card_replace"
OPEN = f"/api/admin/booths/{BOOTH}/mirrors"
PAGE = {"screen": "attract", "width": 1080, "height": 1920, "lang": "zh-CN", "elder": False, "tree": '["body",{},"hi"]'}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def booth(house: House) -> AsyncIterator[Page]:
    page = await house.page(BOOTH)
    yield page
    await page.close()
    await house.service.mirrors.sweep()


async def begin(house: House) -> str:
    status, made = await ask(house, "POST", OPEN, {"reason": "屏幕打不开"})
    assert status == 200, made
    return str(made["mirror_id"])


async def seen(house: House, mirror_id: str, who: str = BOSS) -> Any:
    return (await ask(house, "GET", f"/api/admin/mirrors/{mirror_id}", who=who))[1]


async def state(booth: Page, wanted: str) -> dict[str, Any]:
    await booth.until(lambda page: any(n == "mirror.changed" and p["state"] == wanted for n, p in page.events))
    return next(p for n, p in reversed(booth.events) if n == "mirror.changed")


async def test_the_booth_says_who_looks_and_tells_its_page_until_the_look_is_ended(house: House, booth: Page) -> None:
    mirror_id = await begin(house)
    told = await state(booth, "open")
    assert (told["mirror_id"], told["by"]) == (mirror_id, house.service.world.agents[BOSS].name)
    assert (await ask(house, "POST", OPEN, {"reason": "x"}))[1]["code"] == "mirror_taken"
    await booth.do("mirror.show", mirror_id=mirror_id, **PAGE)
    assert await booth.refused("mirror.show", mirror_id=mirror_id, **PAGE) == "too_often"
    shown = await seen(house, mirror_id)
    assert (shown["state"], shown["page"]) == ("open", PAGE)
    path = f"/api/admin/mirrors/{mirror_id}"
    assert (await ask(house, "GET", f"{path}?seen={shown['at']}"))[1]["page"] is None
    assert (await ask(house, "DELETE", path))[0] == 204
    await state(booth, "ended")
    assert await booth.refused("mirror.show", mirror_id=mirror_id, **PAGE) == "mirror_over"
    async with house.service.records.database.reading() as session:
        rows = [row for row in await session.scalars(select(AuditRow)) if row.detail.get("mirror_id") == mirror_id]
    assert [(row.actor, row.action, row.subject) for row in rows] == [
        (BOSS, "booth_mirrored", BOOTH), (BOSS, "mirror_ended", BOOTH)
    ]  # fmt: skip
    assert rows[0].detail["reason"] == "屏幕打不开"


async def test_nothing_of_a_citizen_is_shown_without_their_leave(house: House, booth: Page) -> None:
    mirror_id = await begin(house)
    await booth.do("mirror.show", mirror_id=mirror_id, **PAGE)
    await booth.do("mirror.tell", mirror_id=mirror_id, what="came")
    await state(booth, "asked")
    assert (await seen(house, mirror_id))["page"] is None
    assert await booth.refused("mirror.show", mirror_id=mirror_id, **PAGE) == "no_consent"
    await booth.do("mirror.tell", mirror_id=mirror_id, what="allowed")
    house.clock.ahead_s += 1
    await booth.do("mirror.show", mirror_id=mirror_id, **PAGE)
    assert (await seen(house, mirror_id))["page"] == PAGE
    await booth.do("mirror.tell", mirror_id=mirror_id, what="refused")
    ended = await seen(house, mirror_id)
    assert (ended["state"], ended["why"], ended["page"]) == ("ended", "refused", None)


async def test_a_page_that_hides_its_citizen_is_found_out_by_the_hall(house: House, booth: Page) -> None:
    mirror_id = await begin(house)
    call = await booth.do("call.enter", item_id=ITEM)
    assert await booth.refused("mirror.show", mirror_id=mirror_id, **PAGE) == "no_consent"
    await house.service.mirrors.sweep()
    await state(booth, "asked")
    house.clock.ahead_s += ASKED_S + 1
    await seen(house, mirror_id)
    await house.service.mirrors.sweep()
    assert (await seen(house, mirror_id))["why"] == "refused"
    await booth.do("call.leave", call_id=call["call_id"])


async def test_it_ends_by_itself(house: House, booth: Page) -> None:
    for passing_s, asks, why in ((MIRROR_S + 1, True, "time"), (9.0, False, None)):
        mirror_id = await begin(house)
        house.clock.ahead_s += passing_s
        if asks:
            await seen(house, mirror_id)
        await house.service.mirrors.sweep()
        ended = await seen(house, mirror_id)
        assert (ended.get("why"), ended.get("code")) == (why, None if why else "unknown")
    mirror_id = await begin(house)
    await house.page(BOOTH)
    await house.service.mirrors.sweep()
    assert (await seen(house, mirror_id))["why"] == "gone"


async def test_it_is_for_supervisors_their_own_looks_and_open_pages(house: House, booth: Page) -> None:
    mirror_id = await begin(house)
    for who, status in (("", 401), (BOOTH, 401), (HELPER, 403)):
        assert (await ask(house, "POST", OPEN, {"reason": "x"}, who))[0] == status
        assert (await ask(house, "GET", f"/api/admin/mirrors/{mirror_id}", who=who))[0] == status
        assert (await ask(house, "DELETE", f"/api/admin/mirrors/{mirror_id}", who=who))[0] == status
    other = await house.page("booth_changfeng_center")
    assert await other.refused("mirror.show", mirror_id=mirror_id, **PAGE) == "mirror_over"
    assert (await ask(house, "POST", OPEN, {"reason": ""}))[0] == 400
    for booth_id, status in (("booth_nowhere", 404), ("booth_taopu_center", 409)):
        assert (await ask(house, "POST", f"/api/admin/booths/{booth_id}/mirrors", {"reason": "x"}))[0] == status
    assert (await ask(house, "DELETE", f"/api/admin/mirrors/{mirror_id}"))[0] == 204

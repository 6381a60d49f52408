"""Earlier visits: asked for, shown by the citizen's touch to the one who asked, gone the moment they are taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import select

from signaling.records.tables import AuditRow
from tests.signaling.house import House, Page, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

ITEM = "social_card_replace"
FIRST, LATER = "booth_caoyang_center", "booth_taopu_center"
HELPER, COLLEAGUE, SUPERVISOR = "agent_chen_jing", "agent_lu_wei", "supervisor_zhao_lin"
ENDING = "4321"


class Visit:
    """A citizen who was here before, and is in a call again, at another booth with another helper."""

    def __init__(self, house: House, booth: Page, helper: Page, number: str) -> None:
        self.house, self.booth, self.helper, self.number = house, booth, helper, number
        self.call_id = str(booth.call["call_id"])
        self.receipt = {"number": number, "last_four": ENDING}

    async def seen(self, person: str = COLLEAGUE) -> dict[str, Any] | int:
        """Ask what this person is shown: the answer, or the status of its refusal."""
        url = f"{self.house.url}/api/calls/{self.call_id}/earlier"
        headers = {"Cookie": await self.house.cookie(person)}
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
            return await answer.json() if answer.status == 200 else answer.status

    async def asked(self) -> None:
        """Have the helper ask, and the booth hear of it."""
        await self.helper.do("earlier.ask", call_id=self.call_id)
        await self.booth.until(lambda page: _last(page) == "asked")

    async def shown(self) -> dict[str, Any]:
        """Have the citizen show them; return what the helper sees."""
        await self.asked()
        await self.booth.do("earlier.show", call_id=self.call_id, **self.receipt)
        await self.helper.until(lambda page: _last(page) == "shown")
        seen = await self.seen()
        assert isinstance(seen, dict)
        return seen

    async def audited(self) -> list[tuple[str, str]]:
        """Return who did what about earlier visits in this call."""
        async with self.house.service.records.database.reading() as session:
            rows = await session.scalars(select(AuditRow).where(AuditRow.subject == self.call_id).order_by(AuditRow.id))
            return [(row.actor, row.action) for row in rows if row.action.startswith("earlier_")]


def _last(page: Page) -> str:
    return next((str(told["state"]) for name, told in reversed(page.events) if name == "earlier.changed"), "")


async def _talk(house: House, booth: Page, helper: Page) -> str:
    await helper.do("agent.ready")
    call_id = str((await booth.do("call.enter", item_id=ITEM))["call_id"])
    await helper.until(lambda page: page.view["offer"] is not None)
    await helper.do("offer.accept", offer_id=helper.view["offer"]["offer_id"])
    await booth.until(lambda page: page.view["phase"] == "talking")
    return call_id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def number(house: House) -> str:
    """The first visit, which ended with a receipt."""
    booth, helper = await house.page(FIRST), await house.page(HELPER)
    call_id = await _talk(house, booth, helper)
    given = await helper.do(
        "receipt.give", call_id=call_id, outcome="partly_completed", taken=["id_card"], missing=["photo"],
        next_steps="请下次带照片来。", last_four=ENDING,
    )  # fmt: skip
    await helper.until(lambda page: page.view["wrap_up"] is not None)
    await helper.do("wrap_up.finish", call_id=call_id)
    await helper.close()
    await house.service.projection.reach(house.service.hall.seq)
    return str(given["number"])


@pytest_asyncio.fixture(loop_scope="module")
async def visit(house: House, number: str) -> AsyncIterator[Visit]:
    booth, helper = await house.page(LATER), await house.page(COLLEAGUE)
    await _talk(house, booth, helper)
    visit = Visit(house, booth, helper, number)
    yield visit
    if booth.view["phase"] == "talking":
        await helper.do("call.end", call_id=visit.call_id, outcome="completed")
    await helper.until(lambda page: page.view["wrap_up"] is not None)
    await helper.do("wrap_up.finish", call_id=visit.call_id)
    await booth.until(lambda page: page.view["phase"] == "rating")
    await booth.do("call.dismiss", call_id=visit.call_id)
    for page in (booth, helper):
        await page.close()


async def test_only_the_citizens_touch_shows_them_and_everything_is_audited(visit: Visit) -> None:
    assert await visit.seen() == {"state": "", "known": False, "visits": []}
    await visit.asked()
    assert await visit.seen() == {"state": "asked", "known": False, "visits": []}
    await visit.booth.do("earlier.show", call_id=visit.call_id, **visit.receipt)
    seen = await visit.seen()
    assert isinstance(seen, dict)
    (earlier,) = seen["visits"]
    assert (earlier["point"], earlier["agent"], earlier["outcome"]) == (
        "曹杨新村街道社区事务受理服务中心",
        "陈静",
        "partly_completed",
    )
    assert (earlier["taken"], earlier["missing"], earlier["next_steps"]) == (
        ["身份证"],
        ["一寸证件照"],
        "请下次带照片来。",
    )
    assert set(earlier) & {"call_id", "notes", "chat", "captures"} == set()
    assert await visit.seen(LATER) == {"state": "shown", "known": False, "visits": []}  # the booth learns nothing more
    assert await visit.audited() == [
        (COLLEAGUE, "earlier_asked"),
        (LATER, "earlier_shown"),
        (COLLEAGUE, "earlier_read"),
    ]


async def test_what_is_taken_back_is_gone_at_once(visit: Visit) -> None:
    assert len((await visit.shown())["visits"]) == 1
    await visit.booth.do("earlier.hide", call_id=visit.call_id)
    assert await visit.seen() == {"state": "", "known": False, "visits": []}
    await visit.helper.until(lambda page: _last(page) == "taken_back")
    # The receipt that was typed before does not count for the next question.
    await visit.asked()
    assert await visit.booth.refused("earlier.show", call_id=visit.call_id) == "no_receipt"
    await visit.booth.do("earlier.hide", call_id=visit.call_id)
    await visit.helper.until(lambda page: _last(page) == "refused")
    assert [action for _, action in await visit.audited()][-1] == "earlier_refused"


async def test_nobody_else_sees_them_and_nobody_after_the_call(visit: Visit) -> None:
    await visit.shown()
    for stranger in (HELPER, SUPERVISOR, FIRST):
        assert await visit.seen(stranger) == 404
    await visit.helper.do("call.end", call_id=visit.call_id, outcome="completed")
    await visit.helper.until(lambda page: page.view["wrap_up"] is not None)
    assert await visit.seen() == 404


async def test_a_call_that_brings_papers_for_a_case_needs_no_receipt_typed(visit: Visit) -> None:
    await visit.booth.do("case.bring", call_id=visit.call_id, **visit.receipt)
    await visit.helper.do("earlier.ask", call_id=visit.call_id)
    await visit.booth.until(lambda page: _last(page) == "asked")
    assert (await visit.booth.told("earlier.changed"))["known"]
    await visit.booth.do("earlier.show", call_id=visit.call_id)
    seen = await visit.seen()
    assert isinstance(seen, dict)
    assert len(seen["visits"]) >= 1


async def test_every_other_way_is_refused(visit: Visit, house: House) -> None:
    call_id, booth = visit.call_id, visit.booth
    assert await booth.refused("earlier.show", call_id=call_id, **visit.receipt) == "not_asked"
    assert await booth.refused("earlier.hide", call_id=call_id) == "not_asked"
    stranger, elsewhere = await house.page(HELPER), await house.page(FIRST)
    assert await stranger.refused("earlier.ask", call_id=call_id) == "not_a_member"
    assert await stranger.refused("earlier.show", call_id=call_id, **visit.receipt) == "unknown_message"
    assert await booth.refused("earlier.ask", call_id=call_id) == "unknown_message"
    await visit.asked()
    assert await elsewhere.refused("earlier.show", call_id=call_id, **visit.receipt) == "not_a_member"
    assert await booth.refused("earlier.show", call_id=call_id) == "no_receipt"
    assert await booth.refused("earlier.show", call_id=call_id, number=visit.number, last_four="9999") == "no_such_pair"
    assert await booth.refused("earlier.show", call_id=call_id, number="123", last_four=ENDING) == "malformed"
    assert await visit.seen() == {"state": "asked", "known": False, "visits": []}
    await stranger.close()
    await elsewhere.close()


async def test_whoever_said_no_three_times_is_asked_no_more(visit: Visit) -> None:
    for _ in range(3):
        await visit.asked()
        await visit.booth.do("earlier.hide", call_id=visit.call_id)
        await visit.helper.until(lambda page: _last(page) == "refused")
    assert await visit.helper.refused("earlier.ask", call_id=visit.call_id) == "asked_enough"


async def test_it_is_for_the_one_who_asked_not_for_the_one_who_takes_the_call_over(visit: Visit, house: House) -> None:
    await visit.shown()
    boss = await house.page(SUPERVISOR)
    await boss.do("call.join", call_id=visit.call_id, role="participant")
    await boss.until(lambda page: page.view["call"] is not None)
    assert await visit.seen(SUPERVISOR) == 404
    await boss.do("call.take_over", call_id=visit.call_id)
    await boss.until(lambda page: page.call["role"] == "agent")
    assert await visit.seen(SUPERVISOR) == {"state": "", "known": False, "visits": []}
    assert await visit.seen(COLLEAGUE) == 404
    await boss.do("call.end", call_id=visit.call_id, outcome="completed")
    await boss.do("wrap_up.finish", call_id=visit.call_id)
    await boss.close()

"""Remarks on moments of a call: who makes them, who reads them, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from tests.signaling.house import open_house, talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.signaling.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOOTH, ITEM = "booth_caoyang_center", "social_card_replace"
HELPER, OTHER, SUPERVISOR = "agent_chen_jing", "agent_shen_hao", "supervisor_zhao_lin"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def call_id(house: House) -> str:
    """A finished call."""
    booth, agent = await talk(house, BOOTH, HELPER, ITEM)
    call_id = str(agent.call["call_id"])
    await agent.do("call.end", call_id=call_id, outcome="completed")
    await agent.do("wrap_up.finish", call_id=call_id)
    await booth.close()
    await agent.close()
    await house.service.projection.reach(house.service.hall.seq)
    return call_id


async def ask(house: House, who: str, method: str, path: str, **body: Any) -> tuple[int, Any]:
    headers = {"Cookie": await house.cookie(who)}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, house.url + path, headers=headers, json=body or None) as response,
    ):
        return response.status, await response.json(content_type=None) if response.status != 204 else None


async def moment(house: House, call_id: str) -> float:
    identity = await house.service.auth.identify_staff((await house.cookie(SUPERVISOR)).split("=", 1)[1])
    (line,) = await house.service.records.history.calls(identity, query=call_id)
    assert line.accepted_at is not None
    return line.accepted_at


async def test_a_supervisors_remark_is_read_by_the_helper_of_the_call_and_by_nobody_elses(
    house: House, call_id: str
) -> None:
    path, at = f"/api/calls/{call_id}/remarks", await moment(house, call_id)
    status, made = await ask(house, SUPERVISOR, "POST", path, at=at, text="  <b>说得清楚</b> ")
    assert (status, made["text"], made["mine"]) == (200, "<b>说得清楚</b>", True)
    status, read = await ask(house, HELPER, "GET", path)
    assert status == 200
    assert [(one["text"], one["mine"]) for one in read["remarks"]] == [("<b>说得清楚</b>", False)]
    assert (await ask(house, OTHER, "GET", path))[0] == 404
    assert (await ask(house, HELPER, "DELETE", f"/api/remarks/{made['remark_id']}"))[0] == 403
    assert (await ask(house, SUPERVISOR, "DELETE", f"/api/remarks/{made['remark_id']}"))[0] == 204
    assert (await ask(house, SUPERVISOR, "DELETE", f"/api/remarks/{made['remark_id']}"))[0] == 404
    assert (await ask(house, HELPER, "GET", path))[1] == {"remarks": []}


async def test_helpers_make_no_remarks(house: House, call_id: str) -> None:
    at = await moment(house, call_id)
    assert (await ask(house, HELPER, "POST", f"/api/calls/{call_id}/remarks", at=at))[0] == 403


async def test_a_remark_is_about_a_moment_of_its_call(house: House, call_id: str) -> None:
    at = await moment(house, call_id)
    for wrong in ({"at": at - 3600}, {"at": at + 3600}, {"text": "?"}, {"at": at, "text": "x" * 1001}):
        status, problem = await ask(house, SUPERVISOR, "POST", f"/api/calls/{call_id}/remarks", **wrong)
        assert (status, problem["code"]) == (400, "malformed"), wrong
    assert (await ask(house, SUPERVISOR, "POST", "/api/calls/call_none/remarks", at=at))[0] == 404
    assert (await ask(house, SUPERVISOR, "GET", f"/api/calls/{call_id}/remarks"))[1] == {"remarks": []}

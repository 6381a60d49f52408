"""Who may ask and say what: every route and every message of the staff, tried by those it is not for."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from signaling import receipt_number
from signaling.api.routes import ROUTES, Route
from signaling.messages import STAFF
from signaling.wire import describe
from tests.signaling.floor.test_floor import MESSAGES as SUPERVISORS
from tests.signaling.house import House, open_house, talk
from tests.signaling.test_messages import OFFER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOOTH, OTHER_BOOTH, ITEM = "booth_caoyang_center", "booth_changfeng_center", "social_card_replace"
HELPER, OTHER, SUPERVISOR = "agent_chen_jing", "agent_shen_hao", "supervisor_zhao_lin"

FOR_SUPERVISORS = [route for route in ROUTES if re.fullmatch(r"(an enrolled display, )?supervisors?", route.who)]
OF_A_CALL = [route for route in ROUTES if route.method == "GET" and re.fullmatch(r"/api/calls/{call_id}.*", route.path)]

MEMBERS: dict[str, Any] = {
    "agent_id": HELPER, "queue_id": "social", "outcome": "completed", "surface_id": "doc_1", "page": 1, "tool": "pen",
    "mark_id": "mark_1", "points": [[0.1, 0.1]], "left": 0, "top": 0, "right": 1, "bottom": 1, "x": 0.5, "y": 0.5,
    "kind": "document", "id": "doc_1", "reason": "mine", "number": receipt_number.make(date(2026, 11, 26), 1),
    "last_four": "1234", "text": "x", "message_id": "m1", "finding_id": "find_1", "decision": "confirmed",
    "form_id": "social_card", "field": "name", "value": "x", "base": 0, "devices": ["printer"], "audio": True,
    "video": True, "surface": "paper", "signing_id": "sign_1", "description": {"type": "offer", "sdp": OFFER},
}  # fmt: skip
"""One good value of every member a message about a call needs."""
ONE_OF = {"consult.ask": {"agent_id": HELPER}, "sign.ask": {"form_id": "social_card"}}
"""What must be said beside what is always needed."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("house")) as house:
        yield house


async def status(house: House, route: Route, who: str, call_id: str = "x_1") -> int:
    path = re.sub(r"{\w+}", "x_1", route.path.replace("{call_id}", call_id))
    headers = {"Cookie": await house.cookie(who)}
    async with (
        aiohttp.ClientSession() as session,
        session.request(route.method, house.url + path, headers=headers, json={}) as answer,
    ):
        return answer.status


@pytest.mark.parametrize("route", FOR_SUPERVISORS, ids=lambda route: f"{route.method} {route.path}")
async def test_no_helper_and_no_booth_gets_what_is_for_supervisors(house: House, route: Route) -> None:
    assert await status(house, route, HELPER) == 403
    assert await status(house, route, BOOTH) in (401, 403)


async def test_another_helpers_call_is_as_if_it_were_not_there(house: House) -> None:
    assert len(SUPERVISORS) > 10
    assert len(OF_A_CALL) > 6
    booth, agent = await talk(house, BOOTH, HELPER, ITEM)
    stranger = await house.page(OTHER)
    call_id, seq, heard = agent.call["call_id"], house.service.hall.seq, list(booth.events)
    for name, kind in STAFF.items():
        fields = {field.name for field in describe(kind) if field.required}
        if "call_id" in fields and name not in SUPERVISORS:
            members = {field: MEMBERS[field] for field in fields - {"call_id"}} | ONE_OF.get(name, {})
            assert await stranger.refused(name, call_id=call_id, **members) in ("not_a_member", "not_lead"), name
    assert (house.service.hall.seq, booth.events) == (seq, heard)
    await house.service.projection.reach(seq)
    # Read back: its own helper and a supervisor do, nobody else.
    for route in OF_A_CALL:
        assert await status(house, route, OTHER, call_id) in (403, 404), route.path
        assert await status(house, route, OTHER_BOOTH, call_id) in (401, 404), route.path
        assert await status(house, route, HELPER, call_id) == 200, route.path
    for page in (stranger, agent, booth):
        await page.close()

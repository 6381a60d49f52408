"""What the pages show to whom, before any script runs, and what the API keeps from other helpers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.agent_console.conftest import BOOTH, HELPER, ITEM, OTHER, SUPERVISOR
from tests.signaling.house import talk

if TYPE_CHECKING:
    from tests.signaling.house import House

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = ("/console", "/console/history", "/console/history/call_unknown")


async def fetch(house: House, path: str, cookie: str = "") -> tuple[aiohttp.ClientResponse, str]:
    headers = {"Cookie": cookie} if cookie else {}
    async with aiohttp.ClientSession() as session, session.get(house.url + path, headers=headers) as response:
        return response, await response.text()


def page_data(text: str) -> dict[str, Any]:
    found = re.search(r'id="page-data">(.*?)</script>', text, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


@pytest.mark.parametrize("path", PAGES)
async def test_who_is_not_signed_in_gets_the_sign_in_form_and_nothing_else(house: House, path: str) -> None:
    response, text = await fetch(house, path)
    assert response.status == 200
    assert 'id="sign-in"' in text
    assert "console.js" not in text
    assert "role" not in page_data(text)


@pytest.mark.parametrize(("path", "script"), [*zip(PAGES, ("console.js", "history.js", "record.js"), strict=True)])
async def test_staff_get_the_page_itself(house: House, path: str, script: str) -> None:
    response, text = await fetch(house, path, await house.cookie(HELPER))
    assert response.headers["Cache-Control"] == "no-store"
    assert f"/static/console/{script}" in text
    assert page_data(text)["role"] == "agent"
    assert page_data(text)["signed_in_at"].endswith("Z")


async def test_a_booths_cookie_opens_no_page_of_the_staff(house: House) -> None:
    cookie = (await house.cookie(BOOTH)).replace("vw_booth", "vw_staff")
    _, text = await fetch(house, "/console", cookie)
    assert 'id="sign-in"' in text


async def test_a_revoked_sign_in_opens_nothing(house: House) -> None:
    auth = house.service.auth
    cookie = f"vw_staff={await auth.sign_in('luwei', 'demo-luwei', '::1')}"
    assert "console.js" in (await fetch(house, "/console", cookie))[1]
    await auth.revoke_agent("agent_lu_wei", "test")
    assert 'id="sign-in"' in (await fetch(house, "/console", cookie))[1]


@pytest.mark.parametrize(("lang", "word"), [("zh-CN", "普小二工作台"), ("en", "Helper desk")])
async def test_the_page_speaks_the_language_asked_for(house: House, lang: str, word: str) -> None:
    _, text = await fetch(house, f"/console?lang={lang}")
    assert f'<html lang="{lang}">' in text
    assert word in text


async def test_a_call_id_cannot_break_out_of_the_page(house: House) -> None:
    response, _ = await fetch(house, "/console/history/%3C%2Fscript%3E", await house.cookie(HELPER))
    assert response.status == 404


async def test_the_record_of_a_call_is_for_its_helper_and_for_supervisors(house: House) -> None:
    booth, agent = await talk(house, BOOTH, HELPER, ITEM)
    call_id = agent.call["call_id"]
    await agent.do("call.end", call_id=call_id, outcome="completed")
    await agent.do("wrap_up.finish", call_id=call_id)
    await house.service.projection.reach(house.service.hall.seq)
    for path, seen in ((f"/api/calls/{call_id}", call_id), ("/api/calls", call_id)):
        for who in (HELPER, SUPERVISOR):
            response, text = await fetch(house, path, await house.cookie(who))
            assert response.status == 200
            assert seen in text
        response, text = await fetch(house, path, await house.cookie(OTHER))
        assert seen not in text
        assert response.status in (200, 404)
    assert (await fetch(house, f"/api/calls/{call_id}"))[0].status == 401
    await booth.close()
    await agent.close()

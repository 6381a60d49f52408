"""Looking together over real sockets: all in the call see the same board, strangers see and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.signaling.house import House, Page, open_house, talk
from tests.signaling.test_documents import pdf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BOOTH = "booth_caoyang_center"
AGENT = "agent_chen_jing"
OTHER_AGENT = "agent_shen_hao"
BOSS = "supervisor_zhao_lin"
ITEM = "social_card_replace"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def upload(house: House, call_id: str, person_id: str = AGENT, pages: int = 5) -> str:
    async with aiohttp.ClientSession() as session:
        answer = await session.post(
            f"{house.url}/api/calls/{call_id}/documents?name=a.pdf", data=pdf(pages),
            headers={"Cookie": await house.cookie(person_id), "Content-Type": "application/pdf"},
        )  # fmt: skip
        stored = await answer.json()
        return str(stored["document_id"])


def stroke(document_id: str, mark_id: str = "mark_1", page: int = 3) -> dict[str, object]:
    points = [[0.1, 0.2], [0.5, 0.2]]
    return {"surface_id": document_id, "page": page, "mark_id": mark_id, "tool": "highlight", "points": points}


async def test_both_sides_and_a_late_joiner_see_page_and_marks(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = agent.call["call_id"]
    document_id = await upload(house, call_id)
    assert (await booth.told("document.changed"))["document_id"] == document_id
    await agent.do("board.show", call_id=call_id, kind="document", id=document_id, page=3)
    await booth.do("board.draw", call_id=call_id, **stroke(document_id))
    assert (await agent.told("board.drawn"))["mark"]["by"] == BOOTH
    assert (await booth.told("board.changed"))["page"] == 3
    await agent.do("board.point", call_id=call_id, surface_id=document_id, page=3, x=0.25, y=0.75)
    assert (await booth.told("board.pointed"))["x"] == 0.25

    boss = await house.page(BOSS)
    await boss.do("call.join", call_id=call_id, role="participant")
    await boss.until(lambda page: page.view["call"] is not None)
    read = await boss.do("board.read", call_id=call_id)
    assert (read["page"], read["surface"]["pages"], len(read["marks"])) == (3, 5, 1)
    await boss.do("board.turn", call_id=call_id, surface_id=document_id, page=4)
    await booth.until(lambda page: any(name == "board.changed" and told["page"] == 4 for name, told in page.events))
    await agent.kill()
    again = await house.page(AGENT, "page_again")
    assert (await again.do("board.read", call_id=call_id))["page"] == 4


async def test_a_restart_takes_nothing_off_the_board_and_forgets_those_of_calls_that_ended(tmp_path: Path) -> None:
    cookies: dict[str, str] = {}
    async with open_house(tmp_path, cookies=cookies) as house:
        booth, agent = await talk(house, BOOTH, AGENT, ITEM)
        call_id = agent.call["call_id"]
        document_id = await upload(house, call_id)
        await agent.do("board.show", call_id=call_id, kind="document", id=document_id, page=3)
        await booth.do("board.draw", call_id=call_id, **stroke(document_id))
        before = await agent.do("board.read", call_id=call_id)
    async with open_house(tmp_path, cookies=cookies) as house:
        booth, agent = await house.page(BOOTH), await house.page(AGENT)
        for page in (booth, agent):
            assert await page.do("board.read", call_id=call_id) == before
        await agent.do("board.turn", call_id=call_id, surface_id=document_id, page=4)
        assert (await booth.told("board.changed"))["seq"] == before["seq"] + 1
        await agent.do("call.end", call_id=call_id, outcome="completed")
    async with open_house(tmp_path, cookies=cookies) as house:
        assert await house.service.records.boards.all() == {}


async def test_who_is_not_in_the_call_or_only_listens_changes_nothing(house: House) -> None:
    _, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = agent.call["call_id"]
    document_id = await upload(house, call_id)
    other = await house.page(OTHER_AGENT)
    for name, members in steps(document_id):
        assert await other.refused(name, call_id=call_id, **members) == "not_a_member"
    boss = await house.page(BOSS)
    await boss.do("call.join", call_id=call_id, role="listener")
    await boss.until(lambda page: page.view["call"] is not None)
    for name, members in steps(document_id):
        assert await boss.refused(name, call_id=call_id, **members) == "not_lead"
    assert (await agent.do("board.read", call_id=call_id))["seq"] == 0


def steps(document_id: str) -> list[tuple[str, dict[str, object]]]:
    return [
        ("board.show", {"kind": "document", "id": document_id}),
        ("board.hide", {}),
        ("board.turn", {"surface_id": document_id, "page": 1}),
        ("board.draw", stroke(document_id)),
        ("board.undo", {}),
        ("board.clear", {}),
        ("board.point", {"surface_id": document_id, "page": 1, "x": 0, "y": 0}),
    ]


async def test_only_papers_of_the_call_are_laid_down_and_one_taken_back_is_put_away(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = agent.call["call_id"]
    foreign = await house.service.documents.keep(pdf(1), call_id="call_x", name="a", kind="upload", by=BOOTH)
    for kind, paper in (("document", foreign.document_id), ("document", "doc_none"), ("capture", "cap_none")):
        assert await agent.refused("board.show", call_id=call_id, kind=kind, id=paper) == "unknown"
    document_id = await upload(house, call_id, BOOTH)
    await booth.do("board.show", call_id=call_id, kind="document", id=document_id)
    async with aiohttp.ClientSession() as session:
        headers = {"Cookie": await house.cookie(BOOTH)}
        assert (await session.delete(f"{house.url}/api/documents/{document_id}", headers=headers)).status == 204
    await agent.until(put_away)


def put_away(page: Page) -> bool:
    return any(name == "board.changed" and told["surface"] is None for name, told in page.events)


async def test_the_next_call_begins_with_an_empty_board(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = agent.call["call_id"]
    document_id = await upload(house, call_id)
    await agent.do("board.show", call_id=call_id, kind="document", id=document_id)
    await agent.do("call.end", call_id=call_id, outcome="completed")
    await booth.until(lambda page: page.view["phase"] == "rating")
    assert house.service.boards.of(call_id).seq == 0
    assert await booth.refused("board.read", call_id=call_id) in ("not_a_member", "wrong_state")

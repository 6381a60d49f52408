"""A citizen's visit from the first touch to the record that is left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import OTHER_HELPER, SUPERVISOR
from tests.browser.service import PASSWORD
from tests.browser.waiting import until

if TYPE_CHECKING:
    from tests.browser.conftest import Scene

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def record_as(scene: Scene, login: str, ticket: str) -> dict[str, Any] | None:
    """Return what somebody of the staff reads of the call with a ticket, if they may see it and it is over."""
    async with scene.desk_browser.profile() as context:
        signed = await context.request.post(
            f"{scene.service.url}/api/staff/session",
            data={"name": login, "password": PASSWORD},
            headers={"Origin": scene.service.url},
        )
        assert signed.status == 204
        calls = (await (await context.request.get(f"{scene.service.url}/api/calls")).json())["calls"]
        over = [call["call_id"] for call in calls if call["ticket"] == ticket and call["state"] == "ended"]
        if not over:
            return None
        record: dict[str, Any] = await (await context.request.get(f"{scene.service.url}/api/calls/{over[0]}")).json()
        return record


async def talked(scene: Scene) -> str:
    """Begin a talk; return its ticket."""
    ticket = await scene.booth.take_ticket()
    await scene.desk.accept()
    return ticket


async def test_the_ring_says_who_waits_where_and_for_what(scene: Scene) -> None:
    ticket = await scene.booth.take_ticket()
    await scene.desk.mode("offer")
    said = await scene.desk.page.inner_text(".offer")
    assert ticket in said
    assert "社保卡更换" in said
    assert "曹杨" in said


async def test_a_rated_call_stands_in_the_record(scene: Scene) -> None:
    ticket = await talked(scene)
    await scene.desk.say("请带好身份证。")
    await scene.booth.page.wait_for_selector(".talk-chat >> text=请带好身份证。")
    await scene.desk.end("completed")
    await scene.booth.screen("rate")
    await scene.booth.page.click("[data-level='5']")
    await scene.booth.screen("thanks")
    record = await until(lambda: rated(scene, ticket), "the record")
    assert record["call"]["outcome"] == "completed"
    assert record["call"]["item"]["id"] == "social_card_replace"
    assert record["rating"]["level"] == 5
    assert [line["text"] for line in record["chat"]] == ["请带好身份证。"]


async def rated(scene: Scene, ticket: str) -> dict[str, Any] | None:
    record = await record_as(scene, SUPERVISOR, ticket)
    return record if record and record["rating"] else None


async def test_another_helper_does_not_find_the_record(scene: Scene) -> None:
    ticket = await talked(scene)
    await scene.desk.end()
    await until(lambda: record_as(scene, SUPERVISOR, ticket), "the record")
    assert await record_as(scene, OTHER_HELPER, ticket) is None


async def test_after_the_visit_nothing_of_the_citizen_is_left_at_the_booth(scene: Scene) -> None:
    await scene.begin()
    await scene.booth.say("我的手机号是13800000000")
    await scene.desk.page.wait_for_selector(".chat-list >> text=13800000000")
    await scene.desk.end()
    await scene.booth.screen("rate")
    await scene.booth.page.click("[data-level='4']")
    await scene.booth.screen("thanks")
    await scene.booth.touch("home")
    await scene.booth.screen("attract")
    assert "13800000000" not in await scene.booth.page.content()
    assert await scene.booth.page.evaluate("[...document.querySelectorAll('video')].every(video => !video.srcObject)")


async def test_after_wrap_up_the_helper_is_offered_the_next_call(scene: Scene) -> None:
    await talked(scene)
    await scene.desk.end("referred")
    await scene.desk.page.click("#finish")
    await scene.desk.mode("idle")
    await scene.booth.screen("rate")
    await scene.booth.touch("skip-rating")
    await scene.booth.screen("thanks")
    await scene.booth.touch("home")
    await scene.booth.take_ticket()
    await scene.desk.mode("offer")


async def test_a_citizen_who_cancels_takes_the_ring_away(scene: Scene) -> None:
    await scene.booth.take_ticket()
    await scene.desk.mode("offer")
    await scene.booth.touch("leave")
    await scene.booth.confirm()
    await scene.booth.screen("attract")
    await scene.desk.mode("idle")

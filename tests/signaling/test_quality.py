"""How helpers are evaluated: on the district's scale, from measured facts and reviewed calls; each sees their own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from signaling.quality import Work, facts, points, scores, total
from signaling.records import Rating
from signaling.world import World, WorldError
from tests.signaling.records.house import AGENT, BOOTH, DEMO, OTHER_AGENT, SUPERVISOR, House, open_house
from tests.signaling.test_matters import AT, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import ClientResponse

asynchronous = pytest.mark.asyncio(loop_scope="module")
DISTRICT = World.load(DEMO)
ABILITIES = tuple(DISTRICT.abilities.values())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("house")) as house:
        house.clock.now = AT + 3600
        for number in range(1, 7):
            await serve(house, f"call_{number}", "completed" if number < 6 else "partly_completed")
            stars = 5 if number < 5 else 2
            await house.records.conversation.rate(f"call_{number}", BOOTH, Rating(stars, (), "", AT + 100 + number))
        await serve(house, "call_7", "completed", OTHER_AGENT)
        yield house


async def shown(house: House, agent_id: str, query: str = "") -> dict[str, Any]:
    answer = await house.ask("GET", f"/api/quality{query}", cookie=await house.staff_cookie(agent_id))
    assert answer.status == 200
    told: dict[str, Any] = await answer.json()
    return told


async def review(house: House, agent_id: str, call_id: str, **scores: int) -> ClientResponse:
    cookie = await house.staff_cookie(agent_id)
    body = {"call_id": call_id, "scores": scores, "words": "讲得清楚"}
    return await house.ask("POST", "/api/reviews", cookie=cookie, json=body)


# --- the scale ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "worst", "best", "given"),
    [(0.5, 0.5, 0.95, 1), (0.95, 0.5, 0.95, 5), (0.1, 0.5, 0.95, 1), (2, 0.5, 0.95, 5), (1.3, 1.8, 0.8, 3)],
)
def test_points_lie_on_a_line_between_worst_and_best(value: float, worst: float, best: float, given: float) -> None:
    assert points(value, worst, best) == pytest.approx(given)


def test_too_little_is_no_fact_and_no_points() -> None:
    known = facts(
        Work(calls=4, talk_s=400, expected_s=400, first_contacts=4, resolved=4, ratings=4, stars=4, decided=4)
    )
    assert set(known.values()) == {None}
    found = scores(ABILITIES, known, {})
    assert set(found.values()) == {None}
    assert total(ABILITIES, found) is None


def test_an_ability_is_the_mean_of_its_facts_and_reviews_and_the_total_is_weighed() -> None:
    work = Work(
        calls=10,
        talk_s=1300,
        expected_s=1000,
        first_contacts=10,
        resolved=5,
        ratings=10,
        stars=49,
        satisfied=10,
        decided=20,
    )
    found = scores(ABILITIES, facts(work), {"competence": [5, 3]})
    assert found["competence"] == pytest.approx((1 + 4) / 2)
    assert found["speed"] == pytest.approx(3)
    assert found["care"] == pytest.approx(5)
    assert found["service"] == pytest.approx(5)
    assert found["communication"] is None
    assert total(ABILITIES, found) == pytest.approx((2 * 2.5 + 3 + 5 + 2 * 5) / 6)


def test_a_scale_without_a_slope_is_refused_by_name(tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path, dirs_exist_ok=True)
    text = (tmp_path / "quality.toml").read_text("utf-8").replace("worst = 1.8, best = 0.8", "worst = 1, best = 1")
    (tmp_path / "quality.toml").write_text(text, "utf-8")
    with pytest.raises(WorldError, match=r'quality\.toml: abilities "speed"\.facts: worst and best are the same'):
        World.load(tmp_path)


# --- over HTTP ------------------------------------------------------------------------------------------


@asynchronous
async def test_the_facts_are_those_of_the_calls(house: House) -> None:
    (mine,) = (await shown(house, AGENT))["people"]
    assert (mine["id"], mine["calls"], mine["ratings"]) == (AGENT, 6, 6)
    minutes = DISTRICT.items["social_card_replace"].minutes
    assert mine["facts"]["pace"] == pytest.approx(58 / (60 * minutes))
    assert mine["facts"]["first_visit"] == pytest.approx(5 / 6)
    assert mine["facts"]["rating"] == pytest.approx(4)
    assert mine["facts"]["satisfied"] == pytest.approx(4 / 6)
    assert mine["facts"]["overruled"] is None


@asynchronous
async def test_an_outcome_put_right_counts_as_it_was_put_right(house: House) -> None:
    await house.records.conversation.correct_outcome("call_1", "referred", AGENT, AT + 200)
    (mine,) = (await shown(house, AGENT))["people"]
    assert mine["facts"]["first_visit"] == pytest.approx(4 / 6)


@asynchronous
async def test_helpers_see_their_own_and_supervisors_all(house: House) -> None:
    assert [one["id"] for one in (await shown(house, OTHER_AGENT))["people"]] == [OTHER_AGENT]
    boss = await shown(house, SUPERVISOR)
    assert {AGENT, OTHER_AGENT} <= {one["id"] for one in boss["people"]}
    cookie = await house.staff_cookie(OTHER_AGENT)
    assert (await house.ask("GET", f"/api/quality/{AGENT}", cookie=cookie)).status == 404
    assert (await house.ask("GET", f"/api/quality/{OTHER_AGENT}", cookie=cookie)).status == 200
    assert (await shown(house, OTHER_AGENT))["samples"] == []
    assert (await review(house, AGENT, "call_2", competence=5, care=5, communication=5)).status == 403
    assert (await house.ask("GET", "/api/quality", cookie=await house.booth_cookie())).status == 401


@asynchronous
async def test_calls_are_drawn_and_reviewed_once(house: House) -> None:
    drawn = [one["call_id"] for one in (await shown(house, SUPERVISOR))["samples"]]
    assert len(drawn) == 4  # three of one helper, the only one of the other
    first = next(call_id for call_id in drawn if call_id != "call_7")
    assert (await review(house, SUPERVISOR, first, competence=5)).status == 400
    assert (await review(house, SUPERVISOR, first, competence=6, care=5, communication=5)).status == 400
    assert (await review(house, SUPERVISOR, "call_99", competence=5, care=5, communication=4)).status == 404
    assert (await review(house, SUPERVISOR, first, competence=5, care=5, communication=4)).status == 200
    again = await review(house, SUPERVISOR, first, competence=1, care=1, communication=1)
    assert (again.status, (await again.json())["code"]) == (409, "already_reviewed")
    left = [one["call_id"] for one in (await shown(house, SUPERVISOR))["samples"]]
    assert left == [call_id for call_id in drawn if call_id != first]
    (mine,) = (await shown(house, AGENT))["people"]
    assert (mine["reviews"], mine["scores"]["communication"]) == (1, 4)
    cookie = await house.staff_cookie(AGENT)
    own = await (await house.ask("GET", f"/api/quality/{AGENT}", cookie=cookie)).json()
    assert [(one["call_id"], one["words"]) for one in own["reviews"]] == [(first, "讲得清楚")]
    assert {one["level"] for one in own["ratings"]} == {5, 2}


@asynchronous
async def test_a_review_is_put_right_and_what_it_said_before_stays_known(house: House) -> None:
    cookie, path = await house.staff_cookie(SUPERVISOR), "/api/reviews/call_7"
    right = {"scores": {"competence": 4, "care": 4, "communication": 4}, "words": "重听后更正"}
    assert (await house.ask("PUT", path, cookie=cookie, json=right)).status == 404
    assert (await review(house, SUPERVISOR, "call_7", competence=1, care=2, communication=3)).status == 200
    assert (await house.ask("PUT", path, cookie=cookie, json={"scores": {"care": 9}})).status == 400
    for who, status in ((OTHER_AGENT, 403), (SUPERVISOR, 200)):
        assert (await house.ask("PUT", path, cookie=await house.staff_cookie(who), json=right)).status == status
    own = await house.ask("GET", f"/api/quality/{OTHER_AGENT}", cookie=await house.staff_cookie(OTHER_AGENT))
    (kept,) = (await own.json())["reviews"]
    assert (kept["scores"], kept["words"]) == (right["scores"], right["words"])
    (before,) = kept["earlier"]
    assert (before["scores"], before["words"]) == ({"competence": 1, "care": 2, "communication": 3}, "讲得清楚")
    (theirs,) = (one for one in (await shown(house, SUPERVISOR))["people"] if one["id"] == OTHER_AGENT)
    assert theirs["scores"]["communication"] == 4


@asynchronous
@pytest.mark.parametrize("days", ["0", "367", "x", "-1", "9" * 30])
async def test_a_wrong_period_is_refused_by_name(house: House, days: str) -> None:
    answer = await house.ask("GET", f"/api/quality?days={days}", cookie=await house.staff_cookie(AGENT))
    assert (answer.status, (await answer.json())["field"]) == (400, "days")

"""How everybody in a call is connected: judged, told to the staff who may know, and counted without anybody's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from signaling.errors import Malformed
from signaling.legs import BETTER_AFTER, WORSE_AFTER, Line, level_of
from signaling.messages.legs import LegState
from signaling.nodes import Measured, words
from tests.browser.waiting import until
from tests.media.synthetic import DELTA, KEY
from tests.signaling.house import talk
from tests.signaling.hub import Hub, open_hub, ways

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.signaling.house import Page

BOOTH, AGENT, SUPERVISOR = "booth_taopu_center", "agent_chen_jing", "supervisor_zhao_lin"
ITEM = "social_card_replace"


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    async with open_hub(tmp_path) as hub:
        yield hub


def measured(**known: Any) -> Measured:
    said: dict[str, Any] = {
        "call_id": "call_1.1", "leg_id": "link_a", "role": "citizen", "connected": True, "rtt_ms": 30.0,
        "loss_up": 0.0, "loss_down": 0.0, "jitter_ms": 4.0, "kbps_up": 900, "kbps_down": 900, "fps": 30, "freezes": 0,
    }  # fmt: skip
    return Measured(**said | known)


@pytest.mark.parametrize(
    ("known", "level"),
    [
        ({}, "good"),
        ({"loss_up": 0.1}, "poor"),
        ({"loss_down": 0.1}, "poor"),
        ({"rtt_ms": 700.0}, "poor"),
        ({"rtt_ms": None, "fps": None, "freezes": None}, "good"),
        ({"freezes": 1}, "poor"),
        ({"fps": 4}, "poor"),
        ({"connected": False}, "lost"),
    ],
)
def test_one_second_is_judged(known: dict[str, Any], level: str) -> None:
    assert level_of(measured(**known), pictured=True) == level


def test_a_picture_that_was_turned_off_is_not_said_to_halt() -> None:
    assert level_of(measured(fps=1, freezes=1), pictured=False) == "good"


def test_a_level_holds_before_it_changes_unless_the_line_is_cut() -> None:
    line = Line(LegState("p", "citizen", "good"), 0.0)

    def after(level: str, times: int) -> str:
        for _ in range(times):
            line.told(LegState("p", "citizen", level), 0.0)
        return line.state.level

    assert after("poor", WORSE_AFTER - 1) == "good"
    assert after("poor", 1) == "poor"
    assert after("good", BETTER_AFTER - 1) == "poor"
    assert after("good", 1) == "good"
    assert after("lost", 1) == "lost"


@pytest.mark.parametrize(
    "leg",
    [
        "x",
        {"call_id": "call_1", "leg_id": "../x", "role": "citizen", "state": "connected", "up": [], "down": []},
        {"call_id": "call_1", "leg_id": "a", "role": "king", "state": "connected", "up": [], "down": []},
        {"call_id": "call_1", "leg_id": "a", "role": "citizen", "state": "connected", "up": {}, "down": []},
        {"call_id": "call_1", "leg_id": "a", "role": "citizen", "state": "connected", "up": [{"packets": 1}]},
    ],
)
def test_statistics_that_make_no_sense_are_refused(leg: object) -> None:
    with pytest.raises((ValueError, Malformed)):
        words.LegsRule()([leg])


def told(page: Page) -> dict[str, Any]:
    last = [payload for name, payload in page.events if name == "legs.measured"][-1:]
    return {one["person_id"]: one for payload in last for one in payload["legs"]}


async def test_what_the_node_measures_of_everybody_is_told_to_the_staff_who_may_know(hub: Hub) -> None:
    await hub.node("node_1")
    booth, agent = await talk(hub.house, BOOTH, AGENT, ITEM)
    boss = await hub.house.page(SUPERVISOR)
    await boss.do("call.join", call_id=booth.call["call_id"], role="listener")
    await boss.until(lambda page: page.view["call"] is not None)
    callers = await hub.play(booth, agent, boss)
    await agent.until(lambda page: ways(page) == ["hosted"])

    async def complete() -> bool:
        for caller in callers[:2]:
            caller.say("camera", KEY)
            caller.say("camera", DELTA)
        there = told(boss).get(BOOTH)
        return there is not None and bool(there["fps"]) and there["kbps_up"] is not None

    await until(complete, "the supervisor is told of the citizen's connection", 10)
    assert set(told(boss)) == {BOOTH, AGENT, SUPERVISOR}
    assert set(told(agent)) == {BOOTH, AGENT}, "nobody is told of a listener"
    assert told(boss)[BOOTH]["role"] == "citizen"
    assert not [name for name, _ in booth.events if name == "legs.measured"]
    text = hub.house.service.metrics.text().decode()
    assert 'vw_leg_loss_share_count{direction="up",role="citizen",way="hosted"}' in text
    assert 'vw_leg_bits_per_second_count{direction="down",role="agent"}' in text
    assert booth.call["call_id"] not in text


async def test_on_a_direct_way_the_pages_themselves_say_it(hub: Hub) -> None:
    booth, agent = await talk(hub.house, BOOTH, AGENT, ITEM)
    for page, state, loss in ((booth, "poor", 0.12), (agent, "good", 0.0)):
        await page.do("link.report", link_id=page.link_id, state=state, loss=loss, rtt_ms=80, fps=24, kbps_out=700)
    await agent.until(lambda page: len(told(page)) == 2)
    assert {who: one["level"] for who, one in told(agent).items()} == {BOOTH: "poor", AGENT: "good"}
    assert (told(agent)[BOOTH]["loss_down"], told(agent)[BOOTH]["kbps_up"], told(agent)[BOOTH]["sees_fps"]) == (
        0.12, 700, 24,
    )  # fmt: skip
    text = hub.house.service.metrics.text().decode()
    assert 'vw_leg_round_trip_seconds_count{role="citizen",way="direct"} 1.0' in text

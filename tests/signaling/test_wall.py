"""The hall's display: its figures are the report's, it names nobody, and its credential opens nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from signaling.errors import NotSignedIn
from signaling.figures import MEASURES, Ledger, Periods
from signaling.records import Rating, Records
from signaling.records.facts import keep_facts
from signaling.records.figures import Wish
from signaling.simulate import START, Simulation, district
from signaling.wall import Wall
from signaling.world import Queue
from tests.signaling.house import DISTRICT, House, open_house, talk

if TYPE_CHECKING:
    from pathlib import Path

    from signaling.routing import Event

SHANGHAI = Periods(ZoneInfo("Asia/Shanghai"))
BOOTH, ITEM = "booth_caoyang_center", "social_card_replace"
HELPER, SUPERVISOR = "agent_chen_jing", "supervisor_zhao_lin"


async def test_the_wall_equals_the_report_after_500_simulated_calls(tmp_path: Path) -> None:
    scenario = replace(district(scale=0.35, load=0.95), open_s=7 * 3600.0, patience_s=400.0)
    simulation = Simulation(scenario, 7, digest=False)
    events: list[Event] = []
    follow = simulation._follow

    def record(event: Event) -> None:
        events.append(event)
        follow(event)

    simulation._follow = record  # type: ignore[method-assign]
    simulation.run()
    queues = {one.queue_id: Queue(one.queue_id, one.queue_id, "", "always", one) for one in scenario.queues}
    world = replace(DISTRICT, queues=queues)
    ledger = Ledger(lambda queue_id: queues[queue_id].policy.target_s)
    ledger.fold(events)
    assert len(ledger.calls) >= 500
    now, day = events[-1].at + 1, SHANGHAI.of(START)[0]
    answered = [call for call in ledger.calls.values() if call.answered_at is not None]
    async with Records.open(f"sqlite+aiosqlite:///{tmp_path}/records.sqlite") as records:
        async with records.database.writing() as session:
            await keep_facts(session, world, events)
        for number, call in enumerate(answered[:40]):
            await records.conversation.rate(call.call_id, "booth", Rating(1 + number % 5, (), "", now))
        shown = (await Wall(lambda: simulation.engine, world, records.reports, lambda: now).show()).day
        report = await records.reports.report(Wish(day, day), SHANGHAI, now)
    # Every number of the day is the report's, and the report's are those of the events themselves.
    read = {measure.key: measure.read(report.total) for measure in MEASURES}
    assert (shown.served, shown.offered, shown.answered, shown.rated) == (
        report.total.served,
        read["offered"],
        read["answered"],
        read["rated"],
    )
    assert (shown.satisfaction, shown.service_level) == (read["satisfaction"], read["service_level"])
    assert shown.asa_s == pytest.approx(read["asa"])
    assert (shown.offered, shown.answered, shown.served) == (len(ledger.calls), len(answered), len(answered))
    assert shown.satisfaction == 0.6
    assert sum(half.offered for half in shown.curve) == shown.offered
    assert sum(half.answered for half in shown.curve) == shown.answered
    for half in shown.curve:
        came = [call for call in ledger.calls.values() if SHANGHAI.of(call.entered_at) == (day, half.half_hour)]
        assert half.offered == len(came)


async def get(house: House, path: str, cookie: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(house.url + path, headers={"Cookie": cookie}) as answer:
        return answer.status, await answer.text()


async def test_a_display_shows_the_hall_and_nobodys_name(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        token = await house.service.auth.open_wall_session(await house.service.auth.enrol_wall("test"), "::1")
        booth, agent = await talk(house, BOOTH, HELPER, ITEM)
        await booth.do("chat.say", call_id=booth.call["call_id"], text="我叫王小明", message_id="m1")
        status, text = await get(house, "/api/wall", f"vw_wall={token}")
        assert status == 200
        shown = json.loads(text)
        assert [one["ticket"] for one in shown["called"]] == [agent.call["ticket"]]
        assert [one["talking"] for one in shown["points"] if one["id"] == "caoyang_center"] == [1]
        names = [agent.name for agent in house.service.world.agents.values()]
        assert [name for name in [*names, "王小明", "call_", "agent_", "booth_"] if name in text] == []
        # Every display is told the same look at the hall.
        again = await get(house, "/api/wall", await house.cookie(SUPERVISOR))
        assert json.loads(again[1])["points"] == shown["points"]


async def test_the_walls_credential_opens_the_wall_alone_and_ends_when_it_is_taken_back(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        auth = house.service.auth
        credential = await auth.enrol_wall("test")
        token = await auth.open_wall_session(credential, "::1")
        for cookie in (f"vw_staff={token}", f"vw_booth={token}"):
            for path in ("/api/wall", "/api/floor", "/api/calls", "/api/booth/me", "/api/items"):
                assert (await get(house, path, cookie))[0] == 401, (path, cookie)
        with pytest.raises(NotSignedIn):
            await auth.open_booth_session(credential, "::1")
        with pytest.raises(NotSignedIn):
            await auth.open_wall_session(await auth.enrol_booth(BOOTH, "test"), "::1")
        assert (await get(house, "/api/wall", await house.cookie(HELPER)))[0] == 403
        assert (await get(house, "/api/wall", await house.cookie(BOOTH)))[0] == 401
        assert await auth.revoke_wall("test") == 1
        assert (await get(house, "/api/wall", f"vw_wall={token}"))[0] == 401

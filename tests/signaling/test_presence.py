"""Presence follows the sockets, in whatever order pages come, go, take over, and the journal answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from signaling.errors import Unavailable
from signaling.presence import Presence
from signaling.routing import Engine
from signaling.routing.commands import AgentLost, AgentReturned, BoothLost, BoothReturned, Command, Enter, SignIn
from signaling.world import World
from tests.signaling.house import WORLD

if TYPE_CHECKING:
    from collections.abc import Mapping

BOOTH, AGENT = "booth_taopu_center", "agent_chen_jing"


class Floor:
    """A real engine behind a submit that can be slow or away, and a store of pages."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.now = 1000.0
        self.heard: list[Command] = []
        self.away = False
        self.opened: dict[str, str] = {}
        for command in World.load(WORLD).commands(self.now):
            self.engine.apply(command, self.now)

    async def submit(self, command: Command) -> object:
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("the journal is away")
        self.now += 1
        self.heard.append(command)
        return self.engine.apply(command, self.now)

    async def pages(self) -> Mapping[str, str]:
        return self.opened

    async def page_opened(self, person_id: str, page_id: str) -> None:
        self.opened[person_id] = page_id


@pytest.fixture
def floor() -> Floor:
    return Floor()


@pytest.fixture
def presence(floor: Floor) -> Presence:
    return Presence(lambda: floor.engine, floor.submit, World.load(WORLD), floor)


async def test_an_agent_who_arrives_is_signed_in_with_their_skills(floor: Floor, presence: Presence) -> None:
    await presence.arrived(AGENT, "page_1")
    agent = World.load(WORLD).agents[AGENT]
    assert floor.heard == [SignIn(AGENT, agent.levels(), agent.queues, agent.second)]
    assert floor.engine.agent(AGENT).state == "not_ready"


async def test_leaving_and_coming_back_is_told_once_each(floor: Floor, presence: Presence) -> None:
    await presence.arrived(AGENT, "page_1")
    await presence.left(AGENT)
    await presence.left(AGENT)
    await presence.arrived(AGENT, "page_1")
    await presence.arrived(AGENT, "page_2")
    assert floor.heard[1:] == [AgentLost(AGENT), AgentReturned(AGENT)]


async def test_a_booth_without_a_call_has_nothing_to_lose(floor: Floor, presence: Presence) -> None:
    await presence.arrived(BOOTH, "page_1")
    await presence.left(BOOTH)
    assert floor.heard == []


async def test_a_booth_in_a_call_is_lost_and_returns(floor: Floor, presence: Presence) -> None:
    await presence.arrived(BOOTH, "page_1")
    await floor.submit(Enter("call_1", BOOTH, "social", "social_card_replace"))
    await presence.left(BOOTH)
    await presence.arrived(BOOTH, "page_2")
    assert floor.heard[1:] == [BoothLost(BOOTH), BoothReturned(BOOTH)]


async def test_whoever_is_gone_and_back_before_it_was_told_was_never_gone(floor: Floor, presence: Presence) -> None:
    await presence.arrived(AGENT, "page_1")
    await asyncio.gather(presence.left(AGENT), presence.arrived(AGENT, "page_2"))
    assert floor.engine.agent(AGENT).lost_at is None
    assert presence.here(AGENT)


async def test_what_could_not_be_told_is_told_when_the_journal_is_back(floor: Floor, presence: Presence) -> None:
    await presence.arrived(AGENT, "page_1")
    floor.away = True
    with pytest.raises(Unavailable):
        await presence.left(AGENT)
    await presence.mend()
    assert floor.engine.agent(AGENT).lost_at is None
    floor.away = False
    await presence.mend()
    assert floor.engine.agent(AGENT).lost_at is not None
    assert floor.heard[-1] == AgentLost(AGENT)


async def test_the_last_page_of_everybody_outlives_the_process(floor: Floor, presence: Presence) -> None:
    assert await presence.arrived(BOOTH, "page_1")
    assert not await presence.arrived(BOOTH, "page_1")
    again = Presence(lambda: floor.engine, floor.submit, World.load(WORLD), floor)
    assert again.page_of(BOOTH) is None
    await again.recall()
    assert again.page_of(BOOTH) == "page_1"
    assert await again.reachable() == frozenset()

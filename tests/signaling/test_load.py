"""26 booths and 12 consoles at once against one process of the service: everyone is served, in order, nobody twice."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.signaling.house import House, Page, open_house

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

BUSY = 26
ITEMS = ("social_card_replace", "residence_endorse", "elder_allowance", "sole_trader", "unresolved_matter")
PATIENCE_S = 60.0


@dataclasses.dataclass
class Day:
    """What everybody saw."""

    talks: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    """(call, agent), in order of the answer."""
    entered: dict[str, tuple[float, tuple[str, ...]]] = dataclasses.field(default_factory=dict)


async def serve(console: Page, day: Day, closing: asyncio.Event) -> None:
    """Answer whatever rings until the day is over."""
    await console.do("agent.ready")
    while not closing.is_set():
        with_offer = asyncio.create_task(console.until(lambda page: page.view["offer"] is not None, PATIENCE_S))
        over = asyncio.create_task(closing.wait())
        await asyncio.wait({with_offer, over}, return_when=asyncio.FIRST_COMPLETED)
        if closing.is_set():
            with_offer.cancel()
            await asyncio.wait([with_offer])
            return
        over.cancel()
        offer = console.view["offer"]
        answer = await console.say("offer.accept", offer_id=offer["offer_id"])
        assert answer["ok"], answer
        await console.until(lambda page: page.view["call"] is not None and page.call["links"] != [])
        day.talks.append((answer["call_id"], console.view["agent"]["id"]))
        await console.do("chat.say", call_id=answer["call_id"], text="您好", message_id="greeting")
        await console.do("call.end", call_id=answer["call_id"], outcome="completed")
        await console.until(lambda page: page.view["wrap_up"] is not None)
        await console.do("wrap_up.finish", call_id=answer["call_id"])
        await console.until(lambda page: page.view["offer"] is not None or page.view["agent"]["state"] != "wrap_up")


async def visit(booth: Page, item_id: str, priority: list[str]) -> str:
    """Take a ticket, be served, rate."""
    entered = await booth.do("call.enter", item_id=item_id, priority=priority)
    await booth.until(lambda page: page.view["phase"] == "rating", PATIENCE_S)
    assert booth.call["call_id"] == entered["call_id"]
    assert booth.call["agent"] is not None
    await booth.do("call.rate", call_id=entered["call_id"], level=5)
    await booth.until(lambda page: page.view["phase"] == "idle")
    return str(entered["call_id"])


async def arrive(house: House, people: list[str]) -> list[Page]:
    return list(await asyncio.gather(*(house.page(person) for person in people)))


def answered_in_order(record: list[Any]) -> bool:
    """Among calls of one queue and one priority, whoever came first was answered first."""
    lines: dict[tuple[str, tuple[str, ...]], list[tuple[float, float]]] = {}
    for call in record:
        lines.setdefault((call.queue_id, tuple(call.priority)), []).append((call.entered_at, call.first_offered_at))
    return all(
        [offered for _, offered in sorted(line)] == sorted(offered for _, offered in line) for line in lines.values()
    )


async def test_26_booths_and_12_agents_are_all_served_once_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is proven here is who is served, not how fast: that is for the bench, on a machine that does nothing else.
    monkeypatch.setattr("signaling.sockets.ANSWER_S", 30)
    monkeypatch.setattr("signaling.service.ANSWER_S", 25)
    async with open_house(tmp_path) as house:
        world = house.service.world
        agents = [agent.id for agent in world.agents.values() if agent.role == "agent"]
        booths = list(world.booths)[:BUSY]
        assert (len(booths), len(agents)) == (26, 12)
        consoles = await arrive(house, agents)
        pages = await arrive(house, booths)
        day, closing = Day(), asyncio.Event()
        serving = [asyncio.create_task(serve(console, day, closing)) for console in consoles]
        visits = [
            visit(page, ITEMS[number % len(ITEMS)], ["elder"] if number % 4 == 0 else [])
            for number, page in enumerate(pages)
        ]
        calls = await asyncio.gather(*visits)
        closing.set()
        await asyncio.gather(*serving)

        assert sorted(call for call, _ in day.talks) == sorted(calls)  # everyone, nobody twice
        assert Counter(call for call, _ in day.talks).most_common(1)[0][1] == 1
        assert len({agent for _, agent in day.talks}) > 5
        engine = house.service.hall.engine
        assert engine.totals() == (BUSY, BUSY, 0, 0)
        ended = list(engine.ended_calls())
        assert {call.outcome for call in ended} == {"completed"}
        await house.service.projection.reach(house.service.hall.seq)
        record = await _record(house)
        assert len(record) == BUSY
        assert answered_in_order(record)
        for number, page in enumerate(pages):
            assert page.view["phase"] == "idle", number


async def _record(house: House) -> list[Any]:
    from signaling.auth import Identity

    supervisor = next(agent for agent in house.service.world.agents.values() if agent.role == "supervisor")
    reader = Identity("supervisor", supervisor.id, "")
    return list(await house.service.records.history.calls(reader, limit=100))

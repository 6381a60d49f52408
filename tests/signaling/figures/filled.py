"""Days of the demo district, played on the real engine and written as a running service writes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from signaling.records import Rating
from signaling.records.facts import keep_facts
from signaling.records.story import write
from signaling.routing import events as e
from signaling.routing.values import Requirement
from signaling.simulate import DAY_S, START, Item, Scenario, Simulation, Staff

if TYPE_CHECKING:
    from signaling.records import Records
    from signaling.routing import Event
    from signaling.world import World

SHIFT_S = 10.5 * 3600.0
BATCH = 400


def play(world: World, days: int, calls_a_day: int, first_morning: float = START, seed: int = 5) -> list[Event]:
    """Return the events of some days, the first beginning at 08:00 on `first_morning`."""
    items = list(world.items.values())
    staff = tuple(
        Staff(one.id, one.levels(), one.queues, one.second) for one in world.agents.values() if one.role == "agent"
    )
    rate = calls_a_day / (9 * 3600.0 * len(items))
    needs = {one.id: tuple(Requirement(line.skill, line.level) for line in one.requires) for one in items}
    scenario = Scenario(
        tuple(queue.policy for queue in world.queues.values()),
        tuple(Item(one.queue_id, rate, needs[one.id]) for one in items),
        staff,
        days=days,
        talk_s=400.0,
        patience_s=900.0,
    )
    simulation = Simulation(scenario, seed, digest=False)
    made: list[Event] = []
    follow = simulation._follow

    def record(event: Event) -> None:
        made.append(event)
        follow(event)

    simulation._follow = record  # type: ignore[method-assign]
    simulation.run()
    made += _shifts(staff, days)
    made.sort(key=lambda event: event.at)  # stable: of one moment, in the order the engine told them
    moved = first_morning - START
    return [replace(_placed(world, event), at=event.at + moved) for event in made]


def _shifts(staff: tuple[Staff, ...], days: int) -> list[Event]:
    """Everybody goes home in the evening and comes back, which the simulator leaves out."""
    told: list[Event] = []
    for day in range(days):
        evening, morning = START + day * DAY_S + SHIFT_S, START + (day + 1) * DAY_S
        told += [e.AgentSignedOut(evening, one.agent_id) for one in staff]
        if day + 1 < days:
            told += [e.AgentSignedIn(morning, one.agent_id, (), (), ()) for one in staff]
            told += [e.AgentStateChanged(morning, one.agent_id, "ready", "") for one in staff]
    return told


def _placed(world: World, event: Event) -> Event:
    """Give a call one of the district's booths and items."""
    if not isinstance(event, e.Entered):
        return event
    number = int(event.call_id.removeprefix("call_"))
    booths = list(world.booths)
    items = [one.id for one in world.items.values() if one.queue_id == event.queue_id]
    # Some points are busier than others.
    return replace(event, booth_id=booths[(number * number) % len(booths)], item_id=items[number % len(items)])


async def keep(records: Records, world: World, events: list[Event]) -> None:
    """Write the events as the projection does, and a rating for every third call that was completed."""
    for first in range(0, len(events), BATCH):
        batch = events[first : first + BATCH]
        async with records.database.writing() as session:
            told = [(first + number + 1, event.at, event) for number, event in enumerate(batch)]
            await write(session, world, 1_000, told)
            await keep_facts(session, world, batch)
    rated = [event for event in events if isinstance(event, e.Ended) and event.outcome == "completed"][::3]
    for number, event in enumerate(rated):
        level = 5 if number % 7 else 2
        await records.conversation.rate(event.call_id, "booth", Rating(level, (), "", event.at + 5))

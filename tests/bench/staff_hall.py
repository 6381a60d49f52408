"""The hall under measurement, as a process of its own: 500 agents, 1,000 waiting calls, and the cookies to get in.

Garbage is looked for as seldom as in the service that is installed. With the interpreter's own settings this process
stood still for 150 to 750 ms every few seconds, each time walking all the waiting calls for a few hundred objects.

`python -m tests.bench.staff_hall FOLDER` prints one line of JSON when it serves, and ends when its input does.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

import structlog

from signaling.routing.commands import Enter, SignIn
from signaling.world import Queue, World
from tests.bench.routing_load import as_served
from tests.signaling.house import DISTRICT, House, open_house

AGENTS, CONNECTED, SUPERVISORS, WAITING = 500, 200, 5, 1000
MARKED = "agent_marked"
"""Whose changes are looked for on the screen; alone in a queue, so that they can always be seen."""
MARKS = "marks"
SERVED = ("social", "residence", "civil", "business")
HELPER, SUPERVISOR = "agent_chen_jing", "supervisor_zhao_lin"


def agent_id(number: int) -> str:
    return f"agent_{number:03d}"


def supervisor_id(number: int) -> str:
    return f"supervisor_{number}"


def large() -> World:
    """Return the demo district, grown."""
    helper, boss, booths = DISTRICT.agents[HELPER], DISTRICT.agents[SUPERVISOR], list(DISTRICT.booths.values())
    agents = {
        agent_id(n): replace(
            helper, id=agent_id(n), login=agent_id(n), badge=f"B{n:03d}", second=(),
            queues=(SERVED[n % len(SERVED)],) if n < CONNECTED else ("unresolved",),
        )
        for n in range(AGENTS - 1)
    }  # fmt: skip
    agents[MARKED] = replace(helper, id=MARKED, login=MARKED, badge="B999", queues=(MARKS,), second=())
    for n in range(SUPERVISORS):
        agents[supervisor_id(n)] = replace(boss, id=supervisor_id(n), login=supervisor_id(n), badge=f"S{n}")
    policy = replace(DISTRICT.queues["social"].policy, queue_id=MARKS, prefix="M", name=MARKS)
    places = [replace(booths[n % len(booths)], id=f"booth_{n:04d}") for n in range(WAITING)]
    return replace(
        DISTRICT,
        agents=agents,
        booths={booth.id: booth for booth in places},
        queues={**DISTRICT.queues, MARKS: Queue(MARKS, MARKS, MARKS, "always", policy)},
    )


async def fill(house: House) -> None:
    """Sign in those who have no page here, and let the citizens come: nobody who serves them is ready."""
    hall, world = house.service.hall, house.service.world
    for n in range(CONNECTED, AGENTS - 1):
        agent = world.agents[agent_id(n)]
        await hall.submit(SignIn(agent.id, agent.levels(), agent.queues, agent.second))
    items = [item.id for item in world.items.values()]
    for n, booth_id in enumerate(world.booths):
        await hall.submit(Enter(f"call_{n:06d}", booth_id, "unresolved", items[n % len(items)]))


async def main(folder: Path) -> None:
    # Its output is the line of JSON alone: a pipe that nobody empties would stop it.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    async with open_house(folder, world=large()) as house:
        await fill(house)
        people = [agent_id(n) for n in range(CONNECTED - 1)] + [MARKED] + [supervisor_id(n) for n in range(SUPERVISORS)]
        cookies = {person: await house.cookie(person) for person in people}
        print(json.dumps({"url": house.url, "cookies": cookies}), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    with as_served():
        asyncio.run(main(Path(sys.argv[1])))

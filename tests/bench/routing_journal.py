"""The hall with its journal, durable: commands a second and waiting times, on a real file and a real Redis.

Both journals do the same work: citizens enter; whoever is offered to a free agent is accepted, served and wrapped up,
the others leave. A command counts when its answer is there, so when its events are on the disk. The baseline is the
same hall asked for one command at a time: one commit for each.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import structlog
import uvloop

from signaling.errors import ServiceError
from signaling.hall import Hall
from signaling.routing import QueuePolicy
from signaling.routing.commands import Accept, DefineQueue, End, Enter, FinishWrapUp, GiveUp, Ready, SignIn
from signaling.routing.events import Offered
from tests.bench.routing_load import as_served
from tests.signaling.journal.redis_server import RedisServer
from tests.signaling.journal.stores import RedisStore, SqliteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.signaling.journal.stores import Store

Row = dict[str, Any]

RUNS = 3
RUN_S = 2.0
TOGETHER = 400
"""Citizens whose commands are under way at once: what a round of the loop finds in the inbox."""
PACE = 2000
"""Commands a second at which waiting times are measured."""
AGENTS, QUEUES = 100, 5


@asynccontextmanager
async def city(store: Store) -> AsyncIterator[Hall]:
    """Open a hall whose agents are ready."""
    async with store.open() as journal, Hall.open(journal) as hall:
        for number in range(QUEUES):
            await hall.submit(DefineQueue(QueuePolicy(f"queue_{number}", wrap_up_s=600.0)))
        for number in range(AGENTS):
            await hall.submit(SignIn(f"agent_{number}", (("cards", 3),), (f"queue_{number % QUEUES}",)))
            await hall.submit(Ready(f"agent_{number}"))
        yield hall


async def visit(hall: Hall, name: str, ask: Callable[[Any], Awaitable[Any]]) -> None:
    """Go through one citizen's visit, asking command by command."""
    number = hash(name)
    decided = await ask(Enter(f"call_{name}", f"booth_{name}", f"queue_{number % QUEUES}", "item"))
    mine = [event for event in decided.events if isinstance(event, Offered) and event.call_id == f"call_{name}"]
    if not mine:
        await ask(GiveUp(f"call_{name}"))
        return
    agent = mine[0].agent_id
    await ask(Accept(agent, mine[0].offer_id))
    await ask(End(f"call_{name}", agent, "completed"))
    await ask(FinishWrapUp(agent))


async def full_speed(hall: Hall, together: int, tag: str) -> float:
    """Return commands a second with so many citizens at once."""
    done, ends = 0, time.perf_counter() + RUN_S

    async def ask(command: Any) -> Any:
        nonlocal done
        decided = await hall.submit(command)
        done += 1
        return decided

    async def citizens(number: int) -> None:
        turn = 0
        while time.perf_counter() < ends:
            turn += 1
            # An agent may have been offered to a call that left at the same moment: that visit is over.
            try:
                await visit(hall, f"{tag}_{number}_{turn}", ask)
            except ServiceError:
                continue

    started = time.perf_counter()
    await asyncio.gather(*(citizens(number) for number in range(together)))
    return done / (time.perf_counter() - started)


async def paced(hall: Hall, tag: str) -> list[float]:
    """Return waiting times in ms at `PACE` commands a second, counted from when each was due."""
    waits: list[float] = []
    started, total = time.perf_counter(), int(PACE * RUN_S)
    due = iter(started + number / PACE for number in range(total))

    async def ask(command: Any) -> Any:
        when = next(due, None)
        if when is None:
            raise StopAsyncIteration
        await asyncio.sleep(max(0.0, when - time.perf_counter()))
        try:
            return await hall.submit(command)
        finally:
            waits.append((time.perf_counter() - when) * 1000)

    async def citizens(number: int) -> None:
        turn = 0
        while True:
            turn += 1
            try:
                await visit(hall, f"{tag}_{number}_{turn}", ask)
            except ServiceError:
                continue
            except StopAsyncIteration:
                return

    await asyncio.gather(*(citizens(number) for number in range(200)))
    return sorted(waits)


def _percentile(waits: list[float], share: float) -> float:
    return waits[min(len(waits) - 1, int(len(waits) * share))]


async def measured(store: Store) -> list[Row]:
    """Return the rows of one journal."""
    name = f"journal_{store.name}"
    async with city(store) as hall:
        await full_speed(hall, TOGETHER, "warm")
        # As the service does once it listens: a look at all there is for garbage holds everybody up for a tenth of
        # a second or two, and thousands of visits in a few seconds bring it about.
        with as_served():
            fast = median([await full_speed(hall, TOGETHER, f"fast{run}") for run in range(RUNS)])
            single = median([await full_speed(hall, 1, f"single{run}") for run in range(RUNS)])
            waits = [await paced(hall, f"paced{run}") for run in range(RUNS)]
    rows: list[Row] = [
        {
            "measure": f"{name}_commands_per_s", "value": round(fast), "unit": "1/s",
            "baseline": "commit_per_command", "baseline_value": round(single), "ratio": round(fast / single, 2),
        },
    ]  # fmt: skip
    for share, label in ((0.5, "p50"), (0.99, "p99")):
        value = median(_percentile(run, share) for run in waits)
        rows.append({"measure": f"{name}_{label}_at_{PACE}_per_s", "value": round(value, 2), "unit": "ms"})
    return rows


def run() -> list[Row]:
    """Measure both journals, the file on the disk of the temporary directory."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with TemporaryDirectory() as directory:
        path = Path(directory)
        rows = _run(SqliteStore(path / "journal.sqlite"))
        with RedisServer(path / "redis") as server:
            return rows + _run(RedisStore((server.url,), prefix="bench"))


def _run(store: Store) -> list[Row]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measured(store))

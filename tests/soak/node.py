"""One node of the service without its sockets, under load, made to be killed.

    python -m tests.soak.node '{"store": {...}, "workers": {"name": next step, ...}}'

Every worker sends one command after another; what a command says follows from the worker's name and the step alone,
so that one that was under way when the process died can be sent again under its id. Prints, a line each and at once:
`leading EPOCH` and `ack WORKER STEP SEQ`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from signaling.errors import ServiceError, Unavailable
from signaling.hall import Hall
from signaling.routing.commands import Enter, GiveUp, LetOthersFirst
from tests.signaling.hall.script import build, everybody
from tests.signaling.journal.stores import RedisStore, SqliteStore, Store

if TYPE_CHECKING:
    from signaling.routing import Command


def command_of(worker: str, step: int) -> Command:
    """Return what a worker says at a step: a citizen enters, lets others go first, leaves."""
    call = f"call_{worker}_{step // 3}"
    match step % 3:
        case 0:
            return Enter(call, f"booth_{worker}_{step // 3}", "health", "item")
        case 1:
            return LetOthersFirst(call, 600.0)
        case _:
            return GiveUp(call)


def store_of(spec: dict[str, Any]) -> Store:
    """Return the store the parent means."""
    if spec["kind"] == "sqlite":
        return SqliteStore(Path(spec["path"]))
    return RedisStore(tuple(spec["urls"]), spec["prefix"], spec.get("replicas", 0))


def say(*words: object) -> None:
    """Print a line that is whole or absent, whatever happens next."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def work(hall: Hall, worker: str, step: int) -> None:
    """Send commands for ever."""
    while True:
        try:
            decided = await hall.submit(command_of(worker, step), command_id=f"{worker}.{step}")
        except Unavailable:
            await asyncio.sleep(0.02)  # not acknowledged: sent again under the same id
        except ServiceError as error:
            say("refused", worker, step, error.code, error.detail)
            step += 1
        else:
            say("ack", worker, step, decided.seq)
            step += 1


async def watch(hall: Hall) -> None:
    """Say when this node takes the lead."""
    epoch = None
    while True:
        if hall.epoch != epoch:
            epoch = hall.epoch
            say("leading", epoch or 0)
        await asyncio.sleep(0.01)


async def main(spec: dict[str, Any]) -> None:
    store = store_of(spec["store"])
    async with (
        store.open() as journal,
        Hall.open(journal, reachable=everybody, snapshot_every=spec.get("snapshot_every", 500)) as hall,
        asyncio.TaskGroup() as tasks,
    ):
        if hall.epoch is not None and hall.seq == 0:
            await build(hall)
        tasks.create_task(watch(hall))
        for worker, step in spec["workers"].items():
            tasks.create_task(work(hall, worker, step))


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(main(json.loads(sys.argv[1])))

"""Measures of the routing engine: speed, restart, memory, and how well it foretells waits.

Everything is measured at 10,000 agents, 200 skills and 100,000 waiting calls unless the row says otherwise. Speeds are
processor time of this process (other programs share the core), except against Redis, where both sides are wall time.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import shutil
import statistics
import subprocess
import tempfile
import time
from bisect import insort
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import redis
import structlog

from signaling.hall import Hall
from signaling.hall.hall import uncollected
from signaling.journal import Batch, Record, Snapshot
from signaling.journal.sqlite import SqliteJournal
from signaling.routing import Engine, Requirement, encode
from signaling.routing import commands as c
from signaling.routing import events as e
from tests.bench.routing_eta import foretell
from tests.bench.routing_load import Load, Size, as_served, draw, fill, talking_now, work

ROUNDS = 4_000
REPEATS = 5

TAKE = """
local skills = cjson.decode(ARGV[1])
local start = 0
while true do
  local ids = redis.call('ZRANGE', KEYS[1], start, start + 99)
  if #ids == 0 then return false end
  for _, id in ipairs(ids) do
    local needs = cjson.decode(redis.call('HGET', KEYS[2], id))
    local fits = skills['queue:' .. needs['queue']]
    for skill, level in pairs(needs['skills']) do
      if (skills[skill] or 0) < level then fits = false end
    end
    if fits then redis.call('ZREM', KEYS[1], id); redis.call('HDEL', KEYS[2], id); return id end
  end
  start = start + 100
end
"""
PUT = "redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2]); redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]); return 1"
SET = "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]); return 1"


class Scan:
    """The plain router: a sorted list of calls, a list of agents, and a look at each until one fits."""

    def __init__(self, load: Load) -> None:
        self.agents = [[name, dict(skills), frozenset(queues), True] for name, skills, queues in load.agents]
        self.by_name = {agent[0]: agent for agent in self.agents}
        self.waiting: list[tuple[float, int, str, tuple[Requirement, ...]]] = []
        self.made = 0

    def enter(self, call: c.Enter, now: float) -> Any:
        self.made += 1
        for agent in self.agents:
            if agent[3] and fits(agent, call.queue_id, call.requires):
                agent[3] = False
                return agent[0]
        insort(self.waiting, (now - call.credit_s, self.made, call.queue_id, call.requires))
        return None

    def free(self, name: str) -> Any:
        agent = self.by_name[name]
        for at, (_, number, queue, requires) in enumerate(self.waiting):
            if fits(agent, queue, requires):
                del self.waiting[at]
                return number
        agent[3] = True
        return None


def fits(agent: list[Any], queue: str, requires: tuple[Requirement, ...]) -> bool:
    skills = agent[1]
    return queue in agent[2] and all(skills.get(need.skill, 0) >= need.level for need in requires)


def engine_speed(size: Size, rounds: int = ROUNDS, repeats: int = REPEATS) -> tuple[float, float, Engine, float]:
    """Return commands a second in processor time and in wall time, the engine, and its time."""
    with uncollected():
        load, engine = draw(size), Engine()
        now = fill(load, engine)
    talking = talking_now(engine)
    cpu, wall = [], []
    with as_served():
        # First 100 s of the hall's time, until both steps of relaxation are under way.
        _, now = work(engine, talking, [load.call() for _ in range(2_000)], now)
        for _ in range(repeats):
            calls = [load.call() for _ in range(rounds)]
            started, clock = time.process_time(), time.perf_counter()
            done, now = work(engine, talking, calls, now)
            cpu.append(done / (time.process_time() - started))
            wall.append(done / (time.perf_counter() - clock))
    return statistics.median(cpu), statistics.median(wall), engine, now


def scan_speed(size: Size, rounds: int = 200) -> float:
    """The same four commands a round: end, finish, accept (both only note a state here), enter."""
    load = draw(size)
    scan = Scan(load)
    for agent in scan.agents:
        agent[3] = False
    now = 0.0
    for _ in range(size.waiting):
        now += 0.001
        scan.made += 1
        call = load.call()
        insort(scan.waiting, (now - call.credit_s, scan.made, call.queue_id, call.requires))
    states: dict[str, str] = {}
    started = time.process_time()
    for turn in range(rounds):
        name = load.agents[turn % size.agents][0]
        states[name] = "wrap_up"
        states[name] = "ready"
        scan.free(name)
        states[name] = "talking"
        scan.enter(load.call(), now)
    return rounds * 4 / (time.process_time() - started)


def redis_speed(size: Size, rounds: int = 500) -> float:
    """The queue as a sorted set in a real redis-server, one script a decision; wall time."""
    import json

    program = shutil.which("redis-server")
    if program is None:
        return 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "redis.sock")
        server = subprocess.Popen(
            [program, "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        try:
            client = redis.Redis(unix_socket_path=path)
            while not _answers(client):
                time.sleep(0.02)
            return _redis_rounds(client, draw(size), rounds, json.dumps)
        finally:
            server.terminate()
            server.wait()


def _answers(client: Any) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _redis_rounds(client: Any, load: Load, rounds: int, dumps: Any) -> float:
    take, put, note = client.register_script(TAKE), client.register_script(PUT), client.register_script(SET)

    def body(call: c.Enter) -> str:
        return str(dumps({"queue": call.queue_id, "skills": {need.skill: need.level for need in call.requires}}))

    pipe = client.pipeline(transaction=False)
    for number in range(load.size.waiting):
        call = load.call()
        pipe.zadd("waiting", {call.call_id: number - call.credit_s})
        pipe.hset("needs", call.call_id, body(call))
        if number % 5000 == 0:
            pipe.execute()
    pipe.execute()
    started = time.perf_counter()
    for turn in range(rounds):
        name, skills, queues = load.agents[turn % load.size.agents]
        knows = dumps({**dict(skills), **{f"queue:{queue}": True for queue in queues}})
        note(["states"], [name, "wrap_up"])
        take(["waiting", "needs"], [knows])
        note(["states"], [name, "talking"])
        call = load.call()
        put(["waiting", "needs"], [1e6 + turn, call.call_id, body(call)])
    return rounds * 4 / (time.perf_counter() - started)


def restart(engine: Engine, now: float) -> float:
    """Seconds of wall time from the journal's file to the first durable decision, each in a process of its own."""

    async def keep(path: Path) -> None:
        event = encode(e.BoothDevicesSet(now, "booth_first", ()))
        async with SqliteJournal.open(path) as journal, journal.lead() as lead:
            assert lead is not None
            await lead.append(Batch([Record(1, now, "", b"", (event,))]))
            await lead.snapshot(Snapshot(1, engine.dump()))

    def once(number: int) -> float:
        path = Path(folder) / f"{number}.sqlite"
        asyncio.run(keep(path))
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            return process.submit(first_decision, path, now).result()

    with tempfile.TemporaryDirectory() as folder:
        return statistics.median(once(number) for number in range(3))


def first_decision(path: Path, now: float) -> float:
    """Open a hall on a journal and have a call enter; return how long it took."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

    async def enter() -> float:
        started = time.perf_counter()
        async with SqliteJournal.open(path) as journal, Hall.open(journal, clock=lambda: now) as hall:
            await hall.submit(c.Enter("call_first", "booth_first", "queue_00", "item"))
            return time.perf_counter() - started

    return asyncio.run(enter())


def bytes_per_call(calls: int = 20_000) -> float:
    """Memory that `calls` waiting calls take, with everything that refers to them."""
    import tracemalloc

    load, engine = draw(Size(agents=100, waiting=0)), Engine()
    now = fill(load, engine)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(calls):
        now += 0.01
        engine.apply(load.call(), now)
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return used / calls


def row(measure: str, value: float, unit: str, baseline: str = "", against: float | None = None) -> dict[str, Any]:
    ratio = value / against if against else None
    return {
        "measure": measure, "value": value, "unit": unit, "baseline": baseline, "baseline_value": against,
        "ratio": ratio,
    }  # fmt: skip


def curve() -> list[dict[str, Any]]:
    """Microseconds a command as waiting calls and agents grow a thousandfold."""
    rows = []
    for what, sizes in (
        ("waiting", [Size(agents=1_000, waiting=10**power) for power in (3, 4, 5, 6)]),
        ("agents", [Size(agents=10**power, waiting=20_000) for power in (3, 4, 5, 6)]),
    ):
        for size in sizes:
            cpu, _, _, _ = engine_speed(size, 1_500, 3)
            rows.append(row(f"engine_us_per_command_at_{getattr(size, what)}_{what}", 1e6 / cpu, "us"))
    return rows


def run() -> list[dict[str, Any]]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    size = Size()
    cpu, wall, engine, now = engine_speed(size)
    rows = [
        row("engine_commands_per_s", cpu, "1/s", "scan", scan_speed(size)),
        row("engine_commands_per_s_vs_redis_script", wall, "1/s", "redis_script", redis_speed(size)),
        row("restart_s", restart(engine, now + 1), "s"),
        row("bytes_per_waiting_call", bytes_per_call(), "B"),
    ]
    del engine
    told = foretell(3, 10)
    rows += [
        row("eta_p90_coverage", told.coverage, "share"),
        row("eta_error", told.mean(told.engine), "s", "average_ahead", told.mean(told.average_ahead)),
        row("eta_error_vs_ewma", told.mean(told.engine), "s", "ewma", told.mean(told.ewma)),
    ]
    return rows + curve()

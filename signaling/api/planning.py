"""Planning: what the days were like by half-hours, how many helpers a goal needs, and what moving them would do."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from signaling.api.back import BACK, staff
from signaling.api.planning_shapes import (
    CellShape,
    PlanningShape,
    PointCellShape,
    PointPlanShape,
    QueuePlanShape,
    foretold_shape,
    rounded,
)
from signaling.api.reports import add_up, wish
from signaling.api.shapes import Named
from signaling.errors import Malformed, NotAllowed
from signaling.figures import MEASURES, Totals, shown
from signaling.figures.erlang import patience_s
from signaling.figures.periods import HALF_HOUR_S
from signaling.figures.staffing import Move, QueueLoad, TooFew, day, moved, needs, together
from signaling.records.figures import Wish

if TYPE_CHECKING:
    from aiohttp import web

    from signaling.api.back import Back
    from signaling.figures.staffing import Staffed
    from signaling.records.figures import By, Report, Step
    from signaling.world import World

GOAL = 0.8
MOVES = 50
MOVE = re.compile(r"(\d{1,3}):([a-z0-9_]+):(\d{1,2})-(\d{1,2}):([a-z0-9_]+):(\d{1,2})-(\d{1,2})")
SERVICE_LEVEL = next(measure for measure in MEASURES if measure.key == "service_level")
ASA = next(measure for measure in MEASURES if measure.key == "asa")


async def planning(request: web.Request) -> PlanningShape:
    """Return loads, staff, needs and forecasts of some days."""
    back, reader = request.app[BACK], await staff(request)
    if reader.kind != "supervisor":
        raise NotAllowed("planning is for supervisors")
    asked = wish(request, reader)
    goal, moves = _goal(request), _moves(request, back.world)
    seen = await _Seen.of(back, asked)
    return await asyncio.to_thread(_shape, back.world, asked, seen, goal, moves)


class _Seen:
    """What the records tell of the days."""

    def __init__(self, days: int, queues: Report, whole: Report, agents: Report, points: Report) -> None:
        self.days, self.queues, self.whole, self.agents, self.points = days, queues, whole, agents, points

    @classmethod
    async def of(cls, back: Back, asked: Wish) -> _Seen:
        def of(step: Step, by: By) -> Wish:
            return Wish(asked.first_day, asked.last_day, step, by)

        by_day = await add_up(back, of("day", ""))
        return cls(
            sum(line.offered > 0 for line in by_day.lines.values()),
            await add_up(back, of("half_hour", "queue")), await add_up(back, of("", "queue")),
            await add_up(back, of("half_hour", "agent")), await add_up(back, of("half_hour", "point")),
        )  # fmt: skip


def _shape(world: World, asked: Wish, seen: _Seen, goal: float, moves: tuple[Move, ...]) -> PlanningShape:
    staffed = _staffed(world, seen)
    try:
        after = moved(staffed, moves)
    except TooFew as error:
        raise Malformed(
            f"move: only {error.staffed:.1f} helpers there", field="move", code="too_few_helpers",
            more={"queue": error.queue_id, "half_hour": str(error.half_hour), "staffed": f"{error.staffed:.1f}"},
        ) from None  # fmt: skip
    return PlanningShape(
        date.fromordinal(asked.first_day).isoformat(), date.fromordinal(asked.last_day).isoformat(), seen.days, goal,
        tuple(_queue(world, seen, _load(world, seen, id), staffed, after, goal) for id in world.queues),
        tuple(_point(world, seen, id) for id in world.points),
    )  # fmt: skip


def _staffed(world: World, seen: _Seen) -> Staffed:
    """Return a day's mean of helpers at work, each shared out over the queues they serve first."""
    staffed: Staffed = defaultdict(float)
    for (half_hour, agent_id), line in seen.agents.lines.items():
        agent = world.agents.get(agent_id or "")
        if agent is not None and agent.queues and seen.days:
            present = (line.ready_s + line.busy_s) / (seen.days * HALF_HOUR_S * len(agent.queues))
            for queue_id in agent.queues:
                staffed[queue_id, half_hour] += present
    return dict(staffed)


def _load(world: World, seen: _Seen, queue_id: str) -> QueueLoad:
    policy, line = world.queues[queue_id].policy, seen.whole.lines.get((0, queue_id), Totals())
    total = seen.whole.total
    patience = patience_s(line.wait_s + line.lost_wait_s, line.abandoned) or patience_s(
        total.wait_s + total.lost_wait_s, total.abandoned
    )  # too few gave up here: as all queues together
    offered = {
        half_hour: sums.offered / seen.days for (half_hour, id), sums in seen.queues.lines.items() if id == queue_id
    }
    handling_s = line.handle_s / line.handled if line.handled else policy.expected_s
    return QueueLoad(queue_id, policy.target_s, handling_s, patience, offered)


def _queue(
    world: World, seen: _Seen, load: QueueLoad, staffed: Staffed, changed: Staffed, goal: float
) -> QueuePlanShape:
    queue = world.queues[load.queue_id]
    before, after, wanted = day(load, staffed), day(load, changed), needs(load, goal)
    told = (foretold_shape(together(load, each)) for each in (before, after))
    measured = {key[0]: line for key, line in seen.queues.lines.items() if key[1] == queue.id}
    whole = seen.whole.lines.get((0, queue.id), Totals())
    cells = tuple(
        CellShape(
            half_hour, round(load.offered[half_hour], 2), shown(SERVICE_LEVEL, measured[half_hour]),
            round(staffed.get((queue.id, half_hour), 0.0), 2), round(changed.get((queue.id, half_hour), 0.0), 2),
            wanted[half_hour], rounded(before[half_hour]), rounded(after[half_hour]),
        )
        for half_hour in sorted(before)
    )  # fmt: skip
    return QueuePlanShape(
        Named(queue.id, queue.name, queue.name_en), load.target_s, round(load.handling_s),
        None if load.patience_s is None else round(load.patience_s), round(sum(load.offered.values()), 1),
        shown(SERVICE_LEVEL, whole), cells, *told,
    )  # fmt: skip


def _point(world: World, seen: _Seen, point_id: str) -> PointPlanShape:
    point = world.points[point_id]
    lines = sorted((key[0], line) for key, line in seen.points.lines.items() if key[1] == point_id)
    cells = (
        PointCellShape(half_hour, round(line.offered / seen.days, 2), shown(ASA, line)) for half_hour, line in lines
    )
    return PointPlanShape(Named(point.id, point.name, point.name_en), tuple(cells))


def _goal(request: web.Request) -> float:
    text = request.query.get("goal", str(GOAL))
    try:
        goal = float(text[:8])
    except ValueError:
        goal = 0.0
    if not 0.01 <= goal <= 0.999:
        raise Malformed("goal: a share from 0.01 to 0.999", field="goal")
    return goal


def _moves(request: web.Request, world: World) -> tuple[Move, ...]:
    texts = request.query.getall("move", [])
    if len(texts) > MOVES:
        raise Malformed(f"move: at most {MOVES}", field="move")
    return tuple(_move(text, world) for text in texts)


def _move(text: str, world: World) -> Move:
    """Read `2:social:18-21:civil:18-21`: two helpers from 09:00 to 11:00."""
    found = MOVE.fullmatch(text[:200])
    if found is None:
        raise Malformed("move: count:queue:first-last:queue:first-last", field="move")
    count, source, first, last, target, to_first, to_last = found.groups()
    move = Move(int(count), source, int(first), int(last), target, int(to_first), int(to_last))
    if source not in world.queues or target not in world.queues:
        raise Malformed("move: there is no such queue", field="move")
    times = (move.from_first, move.from_last, move.to_first, move.to_last)
    if max(times) > 47 or move.from_first > move.from_last or move.to_first > move.to_last or not move.count:
        raise Malformed("move: half-hours from 0 to 47, in order, and at least one helper", field="move")
    return move

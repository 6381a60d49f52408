"""What planning is on the wire. A wait without end is null."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.api.shapes import Named  # noqa: TC001 - OpenAPI reads the annotations at run time

if TYPE_CHECKING:
    from signaling.figures.erlang import Foretold


@dataclass(frozen=True, slots=True)
class ForetoldShape:
    service_level: float
    asa_s: float | None
    abandon_rate: float
    occupancy: float


@dataclass(frozen=True, slots=True)
class CellShape:
    """A queue's half-hour (0 is 00:00). `offered`, `staffed`: means of a day; `after`: with the moves asked for."""

    half_hour: int
    offered: float
    service_level: float | None
    """As measured, beside what the formula foretells of the staff that was there."""
    staffed: float
    staffed_after: float
    needed: int
    before: ForetoldShape
    after: ForetoldShape


@dataclass(frozen=True, slots=True)
class QueuePlanShape:
    queue: Named
    target_s: float
    handling_s: float
    patience_s: float | None
    offered: float
    service_level: float | None
    cells: tuple[CellShape, ...]
    before: ForetoldShape | None
    after: ForetoldShape | None


@dataclass(frozen=True, slots=True)
class PointCellShape:
    half_hour: int
    offered: float
    asa_s: float | None


@dataclass(frozen=True, slots=True)
class PointPlanShape:
    point: Named
    cells: tuple[PointCellShape, ...]


@dataclass(frozen=True, slots=True)
class PlanningShape:
    """`days`: how many days with calls the means are of."""

    first: str
    last: str
    days: int
    goal: float
    queues: tuple[QueuePlanShape, ...]
    points: tuple[PointPlanShape, ...]


def foretold_shape(told: Foretold | None) -> ForetoldShape | None:
    """Return a forecast rounded as figures are."""
    return None if told is None else rounded(told)


def rounded(told: Foretold) -> ForetoldShape:
    """Return a forecast rounded as figures are."""
    return ForetoldShape(
        round(told.service_level, 4), None if math.isinf(told.asa_s) else round(told.asa_s),
        round(told.abandon_rate, 4), round(told.occupancy, 4),
    )  # fmt: skip

"""Relaxation: which requirements hold after which wait.

Promise: stages only ever get looser (an earlier agent still fits a later stage), essential requirements are in
every stage, and the same requirements always give the same plan.
"""

from __future__ import annotations

from typing import NamedTuple

from signaling.errors import Malformed
from signaling.routing.values import MAX_LEVEL, Requirement, Step

RINGS = 3


class Stage(NamedTuple):
    """What is asked for from `after_s` seconds after entry on."""

    after_s: float
    ring: int
    requires: tuple[Requirement, ...]


def check(requires: tuple[Requirement, ...], steps: tuple[Step, ...]) -> None:
    """Raise Malformed for a level out of range, a skill named twice, or an impossible step."""
    if len({need.skill for need in requires}) != len(requires):
        raise Malformed("each required skill may be named once", field="requires", code="skill_twice")
    for need in requires:
        if not need.skill or not 1 <= need.level <= MAX_LEVEL:
            raise Malformed(f"skill level must be 1 to {MAX_LEVEL}", field="requires", code="level_out_of_range")
    for step in steps:
        if not 0 <= step.after_s < float("inf") or not 0 <= step.ring <= RINGS:
            raise Malformed("a step needs a time and a ring from 0 to 3", field="steps", code="bad_step")
        if any(not 1 <= level <= MAX_LEVEL for _, level in step.lower):
            raise Malformed(f"skill level must be 1 to {MAX_LEVEL}", field="steps", code="level_out_of_range")


def stages(
    requires: tuple[Requirement, ...],
    steps: tuple[Step, ...],
    prefers: tuple[Requirement, ...] = (),
    prefers_s: float = 0.0,
    ring: int = 1,
) -> tuple[Stage, ...]:
    """Lay out the stages in time; stages that change nothing are left out."""
    times = sorted({0.0, *(step.after_s for step in steps), *((prefers_s,) if prefers else ())})
    out: list[Stage] = []
    for time in times:
        passed = [step for step in steps if step.after_s <= time]
        reach = max([ring, *(step.ring for step in passed)])
        needs = _needs(requires, prefers if time < prefers_s else (), passed)
        if not out or out[-1][1:] != (reach, needs):
            out.append(Stage(time, reach, needs))
    return tuple(out)


def _needs(
    requires: tuple[Requirement, ...], prefers: tuple[Requirement, ...], passed: list[Step]
) -> tuple[Requirement, ...]:
    needs = {need.skill: need for need in requires}
    for step in passed:
        for skill in step.drop:
            if skill in needs and not needs[skill].essential:
                del needs[skill]
        for skill, level in step.lower:
            need = needs.get(skill)
            if need and not need.essential and level < need.level:
                needs[skill] = need._replace(level=level)
    for wish in prefers:
        if wish.skill not in needs:
            needs[wish.skill] = wish
        elif wish.level > needs[wish.skill].level:
            needs[wish.skill] = needs[wish.skill]._replace(level=wish.level)
    return tuple(sorted(needs.values()))

"""Relaxation in time, and at once when nobody present could serve a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.routing import events as e
from signaling.routing.demand import first_wanted

if TYPE_CHECKING:
    from signaling.routing.demand import Plan
    from signaling.routing.desk import Desk
    from signaling.routing.state import Call


def step_for(plan: Plan, entered_at: float, now: float, at_least: int = 0) -> int:
    """Return the stage that holds now: by the clock since entry, skipping those nobody present could serve."""
    stages = plan.stages
    last = len(stages) - 1
    step = at_least if at_least < last else last
    while step < last:
        stage = stages[step]
        if entered_at + stages[step + 1].after_s > now and (stage.demand.present or stage.present()):
            break
        step += 1
    return step


def relax(desk: Desk, call: Call) -> None:
    """Go on to the stage that holds now, if it is a later one."""
    now, plan, entered_at = desk.now, call.plan, call.entered_at
    step = step_for(plan, entered_at, now, call.step)
    if step > call.step:
        by_time = entered_at + plan.stages[step].after_s <= now
        desk.emit(e.Relaxed(now, call.call_id, step, "time" if by_time else "nobody"))


def relax_thinned(desk: Desk) -> None:
    """Look again at the calls whose demand just lost a present agent."""
    state = desk.state
    for _, agent in sorted(state.absent.items()):
        while not agent.present and (seeker := first_wanted(agent)) is not None:
            if seeker is seeker.call:
                desk.emit(e.PreferenceEnded(desk.now, seeker.call.call_id, "absent"))
                relax(desk, seeker.call)
            else:
                desk.emit(e.ConsultEnded(desk.now, seeker.call.call_id, "absent"))
    state.absent.clear()
    demands = [*state.thinned.values()]
    demands += [main for demand in demands for main in demand.mains]
    state.thinned.clear()
    seekers = {seeker.entry: None for demand in demands if demand.live for seeker in demand.seekers()}
    for _, _, seeker in sorted(seekers):
        if seeker is seeker.call and not seeker.plan.stages[seeker.step].present():
            relax(desk, seeker.call)
        if seeker.declined_by is not None and seeker.open:
            state.fresh.append(seeker)

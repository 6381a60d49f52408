"""How everybody in a call is connected: measured by the node that carries them, or by their own page on a direct way.

Owns the latest word on each person and tells all of it once a second to the staff in the call, as far as each may know
who is in it; and keeps it as measures, by role and direction, of no person. Promise: a level holds for some seconds
before it changes; a person of whom nothing is heard for `SILENT_S` is lost.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import TYPE_CHECKING, Final

from signaling.errors import Unknown
from signaling.messages.legs import LegsMeasured, LegState
from signaling.routing.events import CallRequeued, Ended, Event, Transferred
from signaling.screens import view_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from signaling.calls import Calls
    from signaling.hosting import Hosting
    from signaling.messages import LinkReport
    from signaling.metrics import LegMeasures
    from signaling.nodes import Measured, Nodes
    from signaling.routing import Engine
    from signaling.routing.views import CallView
    from signaling.telling import Pages

EVERY_S: Final = 1.0
SILENT_S: Final = 5.0
"""A node says something every second, a page every two."""
POOR_LOSS, POOR_RTT_MS, POOR_FPS = 0.08, 600.0, 8
"""As a page judges its own link: above these a conversation becomes hard."""
WORSE_AFTER, BETTER_AFTER = 3, 4
"""Words in a row before a level changes."""


@dataclasses.dataclass(slots=True)
class Line:
    """What is known of one person's connection."""

    state: LegState
    at: float
    turned: int = 0
    """For how many words in a row the level would be another."""

    def told(self, state: LegState, now: float) -> None:
        """Take a newer word."""
        self.turned = 0 if state.level == self.state.level else self.turned + 1
        due = WORSE_AFTER if state.level == "poor" else BETTER_AFTER
        if self.turned and self.turned < due and "lost" not in (state.level, self.state.level):
            state = dataclasses.replace(state, level=self.state.level)
        else:
            self.turned = 0
        self.state, self.at = state, now


def level_of(one: Measured, *, pictured: bool) -> str:
    """Judge one second; a picture that was turned off does not move."""
    if not one.connected:
        return "lost"
    far = max(one.loss_up, one.loss_down) > POOR_LOSS or (one.rtt_ms or 0) > POOR_RTT_MS
    halts = pictured and (bool(one.freezes) or (one.fps is not None and one.fps < POOR_FPS))
    return "poor" if far or halts else "good"


class Legs:
    """`tell` reaches pages."""

    def __init__(
        self, engine: Callable[[], Engine], nodes: Nodes, hosting: Hosting, calls: Calls, measures: LegMeasures,
        pages: Callable[[], Pages], clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._hosting = hosting
        self._calls = calls
        self._measures = measures
        self._pages = pages
        self._clock = clock
        self._lines: dict[str, dict[str, Line]] = {}
        """By call and person."""
        nodes.meter = self

    # ── what comes ──────────────────────────────────────────────────────────────────────────────────────────────

    def node_measured(self, node_id: str, legs: Sequence[Measured]) -> None:
        """Hear what a node measured; quick, and never waits."""
        for one in legs:
            call_id, person_id = self._hosting.owner(node_id, one.call_id, one.leg_id)
            call = self._talking(call_id) if person_id else None
            if call is None:
                continue  # a picture somebody watches, or a way that is only coming
            self._measures.observe(one.role, "hosted", one.rtt_ms, one.loss_up, one.loss_down, one.jitter_ms)
            self._measures.flows(one.role, one.kbps_up, one.kbps_down, one.freezes)
            before = self._of(call_id, person_id)
            seen = before.state if before is not None else None
            pictured = self._calls.shown(call).media(person_id).video and not call.held
            level = level_of(one, pictured=pictured)
            self._keep(call_id, LegState(
                person_id, one.role, level, one.rtt_ms, one.loss_up, one.loss_down, one.jitter_ms, one.kbps_up,
                one.kbps_down, one.fps, one.freezes, seen.sees_fps if seen else None, seen.limited if seen else None,
            ))  # fmt: skip

    def page_reported(self, call: CallView, person_id: str, role: str, hosted: bool, report: LinkReport) -> None:
        """Hear what a page says of its link: everything on a direct way, beside a node what it sees."""
        sees = None if report.fps is None else round(report.fps)
        before = self._of(call.call_id, person_id)
        if hosted:
            if before is not None:
                before.state = dataclasses.replace(before.state, sees_fps=sees, limited=report.limited)
            return
        level = "lost" if report.state in ("lost", "reconnecting", "closed") else report.state
        if level not in ("good", "poor", "lost"):
            return
        self._measures.observe(role, "direct", report.rtt_ms, None, report.loss, report.jitter_ms)
        self._keep(call.call_id, LegState(
            person_id, role, level, report.rtt_ms, None, report.loss, report.jitter_ms, _whole(report.kbps_out),
            _whole(report.kbps_in), None, None, sees, report.limited,
        ))  # fmt: skip

    def _of(self, call_id: str, person_id: str) -> Line | None:
        return self._lines.get(call_id, {}).get(person_id)

    def _keep(self, call_id: str, state: LegState) -> None:
        now, people = self._clock(), self._lines.setdefault(call_id, {})
        line = people.get(state.person_id)
        if line is None:
            people[state.person_id] = Line(state, now)
        else:
            line.told(state, now)

    def heard(self, events: Sequence[tuple[int, Event]], at: float) -> None:
        """Listen to the hall."""
        for _, event in events:
            if isinstance(event, Ended | CallRequeued | Transferred):
                self._lines.pop(event.call_id, None)

    # ── what goes ───────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Tell the staff of every call, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            for call_id in tuple(self._lines):
                call = self._talking(call_id)
                if call is None:
                    self._lines.pop(call_id, None)
                else:
                    await self._tell(call)

    def _talking(self, call_id: str) -> CallView | None:
        try:
            call = self._engine().call(call_id)
        except Unknown:
            return None
        return call if call.state == "talking" else None

    async def _tell(self, call: CallView) -> None:
        lines, now = self._lines[call.call_id], self._clock()
        for viewer in self._calls.people(call):
            if viewer == call.booth_id:
                continue
            visible = self._calls.visible(call, viewer)
            states = [self._now(lines[one], role, now) for one, role in visible.items() if one in lines]
            told = LegsMeasured(call.call_id, tuple(states))
            await self._pages().tell(viewer, told.NAME, view_to_wire(told))

    def _now(self, line: Line, role: str, now: float) -> LegState:
        if now - line.at > SILENT_S:
            return LegState(line.state.person_id, role, "lost")
        return dataclasses.replace(line.state, role=role)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)

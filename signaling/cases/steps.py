"""Where a case stands, and which step may follow which: a table, and nothing else decides. Pure."""

from __future__ import annotations

from typing import Final, Literal, cast, get_args

from signaling.errors import WrongState

CaseState = Literal["waiting_papers", "accepted", "in_progress", "done", "refused", "withdrawn"]
STATES: Final = get_args(CaseState)

STEPS: Final[dict[CaseState, tuple[CaseState, ...]]] = {
    "waiting_papers": ("waiting_papers", "accepted", "in_progress", "refused", "withdrawn"),
    "accepted": ("waiting_papers", "in_progress", "done", "refused", "withdrawn"),
    "in_progress": ("in_progress", "waiting_papers", "done", "refused", "withdrawn"),
    "done": (),
    "refused": (),
    "withdrawn": (),
}
"""A state that follows itself is news within it: another paper missing, another word on the way."""


def step(now: str, wanted: CaseState) -> CaseState:
    """Return the state after a step; raise `WrongState` when there is no such step from here."""
    if wanted not in STEPS[cast("CaseState", now)]:
        raise WrongState(f"a case that is {now} does not become {wanted}", field="state", code="no_such_step")
    return wanted


def over(state: str) -> bool:
    """Say whether nothing can follow."""
    return not STEPS[cast("CaseState", state)]


def received(missing: tuple[str, ...]) -> CaseState:
    """Return where a case stands when its papers were taken."""
    return "waiting_papers" if missing else "accepted"


def brought(now: str, missing: tuple[str, ...]) -> CaseState:
    """Return where a case stands when a later call brought papers: what is missing still, or again, is waited for."""
    state = cast("CaseState", now)
    if over(state) or (not missing and state != "waiting_papers"):
        return state
    return received(missing)

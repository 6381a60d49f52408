"""The five steps of a matter that failed somewhere (办不成事): which may follow which, and what each asks for. Pure.

受理 received → 研判 judged → 办理 handling → 反馈 answered → 归档 archived. Whoever is not content with the answer
sends it back to handling. None is archived without an answer that somebody gave to the citizen, or tried to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast, get_args

from signaling.errors import Malformed, WrongState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MatterState = Literal["received", "judged", "handling", "answered", "archived"]
STATES: Final = get_args(MatterState)
Told = Literal["phone", "booth", "message", "unreachable"]
"""How the citizen got the answer; `unreachable`: it was tried, and the words say how."""
TOLD: Final = get_args(Told)
Origin = Literal["call", "rating", "staff"]
"""A call that ended unfinished, a low rating, or somebody of the staff."""

STEPS: Final[dict[MatterState, tuple[MatterState, ...]]] = {
    "received": ("received", "judged"),
    "judged": ("judged", "handling", "answered"),
    "handling": ("handling", "answered"),
    "answered": ("answered", "handling", "archived"),
    "archived": (),
}
"""A state that follows itself is a note, a new owner or a new deadline."""


def check(now: str, wanted: MatterState, *, answer: str, told_by: str, named: bool) -> None:
    """Raise unless this step may follow, with what it asks for.

    Args:
        named: the citizen left a phone: they are called, and no other way counts.
    """
    if wanted not in STEPS[cast("MatterState", now)]:
        raise WrongState(f"a matter that is {now} does not become {wanted}", field="state", code="no_such_step")
    if wanted != "answered":
        return
    if now != "answered":
        if not answer.strip():
            raise Malformed("answer: what the citizen is told, needed for this step", field="answer")
        if told_by not in TOLD:
            raise Malformed(f"told_by: one of {', '.join(TOLD)}", field="told_by")
    # An answer that is corrected later is told anew in the same way.
    if named and told_by not in ("", "phone", "unreachable"):
        raise Malformed("told_by: this citizen left a phone and is called back", field="told_by")


def owner(lead: str | None, supervisors: Iterable[str], load: Mapping[str, int]) -> str:
    """Return who answers for a new matter: the helper who led the call, else the supervisor with the fewest open."""
    return lead or min(supervisors, key=lambda one: (load.get(one, 0), one), default="")

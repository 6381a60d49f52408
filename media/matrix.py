"""Who hears and sees whom in a call. Pure; the node enforces it, whatever a browser tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from media.control import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""Who waits is connected before the call begins: they perceive nobody, and nobody them. The last three are a
supervisor's: nobody perceives a listener, the agent alone a coach, everybody a participant."""

_AUDIENCE: Final[dict[Role, frozenset[Role]]] = {
    **{role: frozenset(ROLES) - {"waiting"} for role in ROLES},
    "waiting": frozenset(),
    "listener": frozenset(),
    "coach": frozenset({"agent"}),
}
_ORDER: Final = {role: rank for rank, role in enumerate(("citizen", "agent", *ROLES[2:]))}


def speaks(role: Role) -> bool:
    """Whether packets of this role are taken at all."""
    return bool(_AUDIENCE[role])


def matters(role: Role) -> bool:
    """Whether publishers slow down for this viewer's link; a supervisor who only watches costs the call nothing."""
    return role not in ("listener", "coach")


def weight(viewer: Role, publisher: Role) -> int:
    """How much of a viewer's link a publisher's pictures may take, beside the others: hands are read."""
    return 2 if (viewer, publisher) == ("citizen", "interpreter") else 1


def perceives(viewer: Role, publisher: Role) -> bool:
    return viewer in _AUDIENCE[publisher]


def seen_by(viewer: str, roles: Mapping[str, Role], apart: Iterable[tuple[str, str]] = ()) -> list[str]:
    """List the legs a viewer perceives, the most important first. `apart` pairs never perceive each other."""
    walls = {frozenset(pair) for pair in apart}
    seen = [
        leg
        for leg, role in roles.items()
        if leg != viewer and perceives(roles[viewer], role) and frozenset((viewer, leg)) not in walls
    ]
    return sorted(seen, key=lambda leg: (_ORDER[roles[leg]], leg))


def seat(seen: Iterable[str], before: list[str | None], slots: int) -> list[str | None]:
    """Give each seen leg a slot; who has one keeps it, so that no picture jumps when somebody joins or leaves."""
    seen = list(seen)
    seats = [one if one in seen else None for one in (before + [None] * slots)[:slots]]
    for leg in seen:
        if leg not in seats and None in seats:
            seats[seats.index(None)] = leg
    return seats

"""How well a helper works, on the district's own scale: five abilities from measured facts and reviewed calls. Pure.

A fact becomes points by a straight line: `worst` is 1, `best` is 5, beyond them it stays there. An ability is the mean
of its facts' points and, where it is reviewed, of what supervisors gave it; what nothing is known of has no points and
counts for nothing. The total is the abilities' mean by their weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from signaling.world import Ability

LEAST: Final = 5
"""Calls, ratings or findings below which a share says more about chance than about a person."""


@dataclass(frozen=True, slots=True)
class Work:
    """What was measured of one helper in some days."""

    calls: int = 0
    """Calls answered and ended, with this helper in the lead."""
    talk_s: float = 0.0
    expected_s: float = 0.0
    """What their items usually take."""
    first_contacts: int = 0
    resolved: int = 0
    """As in first contact resolution (docs/measures.md)."""
    ratings: int = 0
    stars: int = 0
    satisfied: int = 0
    decided: int = 0
    """Findings confirmed or overruled."""
    overruled: int = 0


def facts(work: Work) -> dict[str, float | None]:
    """Return the measured facts by name (`signaling.world.entities.FACTS`); None: too few to say."""
    return {
        "pace": work.talk_s / work.expected_s if work.calls >= LEAST and work.expected_s else None,
        "first_visit": work.resolved / work.first_contacts if work.first_contacts >= LEAST else None,
        "rating": work.stars / work.ratings if work.ratings >= LEAST else None,
        "satisfied": work.satisfied / work.ratings if work.ratings >= LEAST else None,
        "overruled": work.overruled / work.decided if work.decided >= LEAST else None,
    }


def points(value: float, worst: float, best: float) -> float:
    """Return 1–5."""
    share = (value - worst) / (best - worst)
    return 1 + 4 * min(1.0, max(0.0, share))


def scores(
    abilities: Iterable[Ability], known: Mapping[str, float | None], reviews: Mapping[str, Sequence[int]]
) -> dict[str, float | None]:
    """Return each ability's points, 1–5, or None."""
    found: dict[str, float | None] = {}
    for ability in abilities:
        parts = [
            points(value, rule.worst, rule.best) for rule in ability.facts if (value := known[rule.fact]) is not None
        ]
        if given := reviews.get(ability.id):
            parts.append(sum(given) / len(given))
        found[ability.id] = sum(parts) / len(parts) if parts else None
    return found


def total(abilities: Iterable[Ability], found: Mapping[str, float | None]) -> float | None:
    """Return the mean of the known abilities by their weights."""
    weighed = [(value, ability.weight) for ability in abilities if (value := found[ability.id]) is not None]
    weights = sum(weight for _, weight in weighed)
    return sum(value * weight for value, weight in weighed) / weights if weights else None

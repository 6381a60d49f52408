"""Quality over HTTP: helpers see their own, supervisors all; supervisors review the calls that were drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

from signaling import quality
from signaling.api.back import BACK, body, staff, supervisor
from signaling.errors import Malformed, Unknown
from signaling.records.quality import Review
from signaling.wire import Name, Text, rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp import web

    from signaling.api.back import Back

DAY_S = 86_400.0
DAYS, MOST_DAYS = 30, 366
EACH = 3
"""Calls of each helper that are drawn for review in a calendar month."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Points by ability."""

    words: str = "an object of ability and whole number 1–5, all abilities that are reviewed"

    def __call__(self, value: object) -> dict[str, int]:
        if not isinstance(value, dict) or len(value) > 20:
            raise ValueError
        for name, points in value.items():
            if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,47}", name):
                raise ValueError
            if isinstance(points, bool) or not isinstance(points, int) or not 1 <= points <= 5:
                raise ValueError
        return dict(value)


@dataclass(frozen=True, slots=True)
class ReviewBody:
    NAME: ClassVar = "Review"
    call_id: Annotated[str, Name("call")]
    scores: Annotated[dict[str, int], Scores()]
    words: Annotated[str, Text(1000)] = ""


@dataclass(frozen=True, slots=True)
class AbilityShape:
    id: str
    name: str
    name_en: str
    weight: float
    reviewed: bool


@dataclass(frozen=True, slots=True)
class PersonShape:
    """`facts` and `scores` by name; null: too little is known. `total`: 1–5."""

    id: str
    name: str
    badge: str
    calls: int
    ratings: int
    reviews: int
    facts: dict[str, float | None]
    scores: dict[str, float | None]
    total: float | None


@dataclass(frozen=True, slots=True)
class SampleShape:
    call_id: str
    agent: str
    item: str
    point: str
    ended_at: str
    outcome: str


@dataclass(frozen=True, slots=True)
class QualityShape:
    days: int
    abilities: tuple[AbilityShape, ...]
    people: tuple[PersonShape, ...]
    samples: tuple[SampleShape, ...]


@dataclass(frozen=True, slots=True)
class RatedShape:
    call_id: str
    item: str
    level: int
    reasons: tuple[str, ...]
    remark: str
    at: str


@dataclass(frozen=True, slots=True)
class CorrectionBody:
    NAME: ClassVar = "ReviewCorrection"
    scores: Annotated[dict[str, int], Scores()]
    words: Annotated[str, Text(1000)] = ""


@dataclass(frozen=True, slots=True)
class EarlierReviewShape:
    by: str
    at: str
    scores: dict[str, int]
    words: str


@dataclass(frozen=True, slots=True)
class ReviewShape:
    call_id: str
    by: str
    at: str
    scores: dict[str, int]
    words: str
    earlier: tuple[EarlierReviewShape, ...] = ()
    """As it was before it was corrected, the first first."""


@dataclass(frozen=True, slots=True)
class PersonWhole:
    ratings: tuple[RatedShape, ...]
    reviews: tuple[ReviewShape, ...]


async def show_quality(request: web.Request) -> QualityShape:
    """Return how helpers work: one's own, a supervisor all with the calls drawn for review."""
    identity, back = await staff(request), request.app[BACK]
    days, boss = _days(request), identity.kind == "supervisor"
    people = await _people(back, days, None if boss else identity.id)
    samples = await _samples(back) if boss else ()
    abilities = tuple(
        AbilityShape(one.id, one.name, one.name_en, one.weight, one.reviewed) for one in back.world.abilities.values()
    )
    return QualityShape(days, abilities, people, samples)


async def person_quality(request: web.Request) -> PersonWhole:
    """Return a helper's latest ratings and reviews, to the helper and to supervisors."""
    identity, back = await staff(request), request.app[BACK]
    agent_id = request.match_info["agent_id"]
    if agent_id not in back.world.agents or (identity.kind != "supervisor" and identity.id != agent_id):
        raise Unknown("there is no such helper of yours")
    since = back.clock() - _days(request) * DAY_S
    rated = await back.records.quality.ratings(agent_id, since)
    reviews = await back.records.quality.reviews(since, agent_id)
    return PersonWhole(
        tuple(RatedShape(r.call_id, r.item_name, r.level, r.reasons, r.remark, rfc3339(r.at)) for r in rated),
        tuple(_review(one) for one in reviews),
    )


async def review_call(request: web.Request) -> ReviewShape:
    """Keep a supervisor's review of a call."""
    identity, back = await supervisor(request), request.app[BACK]
    wanted = await body(request, ReviewBody)
    _check(back, wanted.scores)
    name = back.world.agents[identity.id].name
    kept = await back.records.quality.review(
        Review(wanted.call_id, "", identity.id, name, back.clock(), wanted.scores, wanted.words)
    )
    await back.records.credentials.audit(identity.id, "call_reviewed", kept.call_id, back.clock(), {})
    return _review(kept)


async def correct_review(request: web.Request) -> ReviewShape:
    """Put a review right; what it said before stays with it."""
    identity, back = await supervisor(request), request.app[BACK]
    wanted = await body(request, CorrectionBody)
    _check(back, wanted.scores)
    call_id, name = request.match_info["call_id"], back.world.agents[identity.id].name
    kept = await back.records.quality.correct(
        Review(call_id, "", identity.id, name, back.clock(), wanted.scores, wanted.words)
    )
    await back.records.credentials.audit(identity.id, "review_corrected", call_id, back.clock(), {})
    return _review(kept)


def _check(back: Back, scores: dict[str, int]) -> None:
    asked = {one.id for one in back.world.abilities.values() if one.reviewed}
    if scores.keys() != asked:
        raise Malformed(f"scores: {', '.join(sorted(asked))}, each a whole number 1–5", field="scores")


def _review(one: Review) -> ReviewShape:
    earlier = (EarlierReviewShape(was.by_name, rfc3339(was.at), was.scores, was.words) for was in one.earlier)
    return ReviewShape(one.call_id, one.by_name, rfc3339(one.at), one.scores, one.words, tuple(earlier))


async def _people(back: Back, days: int, only: str | None) -> tuple[PersonShape, ...]:
    since = back.clock() - days * DAY_S
    minutes = {item.id: item.minutes for item in back.world.items.values()}
    work = await back.records.quality.work(since, minutes)
    given: dict[str, list[Review]] = {}
    for review in await back.records.quality.reviews(since, only):
        given.setdefault(review.agent_id, []).append(review)
    abilities = tuple(back.world.abilities.values())
    people = []
    for agent in back.world.agents.values():
        done = work.get(agent.id, quality.Work())
        if only not in (None, agent.id) or (agent.role == "supervisor" and not done.calls):
            continue
        reviews = given.get(agent.id, [])
        known = quality.facts(done)
        found = quality.scores(abilities, known, _by_ability(reviews))
        people.append(PersonShape(
            agent.id, agent.name, agent.badge, done.calls, done.ratings, len(reviews), known, found,
            quality.total(abilities, found),
        ))  # fmt: skip
    return tuple(people)


def _by_ability(reviews: Iterable[Review]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for review in reviews:
        for ability, points in review.scores.items():
            found.setdefault(ability, []).append(points)
    return found


async def _samples(back: Back) -> tuple[SampleShape, ...]:
    today = datetime.fromtimestamp(back.clock(), back.world.calendar.timezone)
    month = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
    drawn = await back.records.quality.samples(month, EACH)
    agents = back.world.agents
    return tuple(
        SampleShape(
            one.call_id, agents[one.agent_id].name if one.agent_id in agents else one.agent_id, one.item_name,
            one.point_name, rfc3339(one.ended_at), one.outcome,
        )
        for one in drawn
    )  # fmt: skip


def _days(request: web.Request) -> int:
    text = request.query.get("days", str(DAYS))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:6]) <= MOST_DAYS:
        raise Malformed(f"a whole number 1–{MOST_DAYS}", field="days")
    return int(text)

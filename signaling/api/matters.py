"""Matters over HTTP: to their owner, and to supervisors, who see all and how they go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, cast

from signaling.api.back import BACK, body, staff
from signaling.errors import Unknown
from signaling.matters import STATES, TOLD
from signaling.wire import Name, OneOf, Text, Whole, rfc3339

if TYPE_CHECKING:
    from aiohttp import web

    from signaling.auth import Identity
    from signaling.matters import MatterState
    from signaling.records.matters import Matter

SHOWN = 200
RATE_S = 30 * 86_400.0
"""The rate of resolution is that of the matters opened in the last thirty days."""


@dataclass(frozen=True, slots=True)
class MatterBody:
    NAME: ClassVar = "OpenMatter"
    call_id: Annotated[str, Name("call")]
    words: Annotated[str, Text(1000, 1)]


@dataclass(frozen=True, slots=True)
class MatterStepBody:
    NAME: ClassVar = "MatterStep"
    seen: Annotated[str, OneOf(*STATES)]
    """The state whoever takes the step has before them."""
    state: Annotated[str, OneOf(*STATES)]
    words: Annotated[str, Text(1000)] = ""
    answer: Annotated[str, Text(1000)] = ""
    told_by: Annotated[str, OneOf("", *TOLD)] = ""
    owner_id: Annotated[str | None, Name()] = None
    due_days: Annotated[int | None, Whole(1, 60)] = None


@dataclass(frozen=True, slots=True)
class MatterShape:
    matter_id: str
    origin: str
    call_id: str
    item: str
    point: str
    cause: str
    words: str
    state: str
    owner_id: str
    owner: str
    named: bool
    opened_at: str
    due_at: str
    answered_at: str | None
    archived_at: str | None
    answer: str
    told_by: str


@dataclass(frozen=True, slots=True)
class MatterStepShape:
    at: str
    by: str
    state: str
    owner: str
    words: str


@dataclass(frozen=True, slots=True)
class MatterWhole:
    """`phone`: what the citizen left to be called back."""

    matter: MatterShape
    phone: str
    steps: tuple[MatterStepShape, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class MatterList:
    """`resolved`: archived of those opened in the last thirty days; null when there were none."""

    states: dict[str, int]
    overdue: int
    oldest_at: str | None
    opened: int
    archived: int
    resolved: float | None
    owners: tuple[Owner, ...]
    matters: tuple[MatterShape, ...]


async def list_matters(request: web.Request) -> MatterList:
    """List matters: a helper's own, a supervisor's all."""
    identity, back = await staff(request), request.app[BACK]
    files, now = back.records.matters, back.clock()
    boss = identity.kind == "supervisor"
    owner_id = None if boss and request.query.get("mine") != "1" else identity.id
    state = request.query.get("state", "open")
    listed = await files.listed(
        owner_id=owner_id, state=state if state in STATES else None, open_only=state == "open",
        query=request.query.get("q", "")[:200], limit=SHOWN,
    )  # fmt: skip
    tally = await files.tally(owner_id, now, now - RATE_S)
    owners = tuple(Owner(one.id, one.name) for one in back.world.agents.values()) if boss else ()
    return MatterList(
        {one: tally.states.get(one, 0) for one in STATES}, tally.overdue, _at(tally.oldest_at), tally.opened,
        tally.archived, tally.archived / tally.opened if tally.opened else None, owners, tuple(map(_shape, listed)),
    )  # fmt: skip


async def show_matter(request: web.Request) -> MatterWhole:
    """Return a matter with its steps; reading it is noted in the audit log."""
    identity, back = await staff(request), request.app[BACK]
    matter = await back.matters.seen_by(identity, request.match_info["matter_id"])
    await back.records.credentials.audit(identity.id, "matter_read", matter.matter_id, back.clock(), {})
    return await _whole(request, matter)


async def open_matter(request: web.Request) -> MatterWhole:
    """Make a matter of a call."""
    identity, back = await staff(request), request.app[BACK]
    wanted = await body(request, MatterBody)
    await _may_read(request, identity, wanted.call_id)
    return await _whole(request, await back.matters.open_by(identity, wanted.call_id, wanted.words))


async def step_matter(request: web.Request) -> MatterWhole:
    """Take a step of a matter."""
    identity, back = await staff(request), request.app[BACK]
    wanted = await body(request, MatterStepBody)
    matter = await back.matters.step(
        identity, request.match_info["matter_id"], seen=wanted.seen, state=cast("MatterState", wanted.state),
        words=wanted.words, answer=wanted.answer, told_by=wanted.told_by, owner_id=wanted.owner_id or "",
        due_days=wanted.due_days,
    )  # fmt: skip
    await back.records.credentials.audit(
        identity.id, "matter_step", matter.matter_id, back.clock(), {"from": wanted.seen, "to": matter.state}
    )
    return await _whole(request, matter)


async def _may_read(request: web.Request, identity: Identity, call_id: str) -> None:
    back = request.app[BACK]
    if not (back.is_member(identity, call_id) or await back.records.history.may_read(identity, call_id)):
        raise Unknown("there is no such call of yours", field="call_id")


async def _whole(request: web.Request, matter: Matter) -> MatterWhole:
    back = request.app[BACK]
    steps = await back.records.matters.steps(matter.matter_id)
    return MatterWhole(
        _shape(matter), back.matters.phone(matter),
        tuple(MatterStepShape(rfc3339(one.at), one.by_name, one.state, one.owner_name, one.words) for one in steps),
    )  # fmt: skip


def _shape(one: Matter) -> MatterShape:
    return MatterShape(
        one.matter_id, one.origin, one.call_id, one.item_name, one.point_name, one.cause, one.words, one.state,
        one.owner_id, one.owner_name, bool(one.contact), rfc3339(one.opened_at), rfc3339(one.due_at),
        _at(one.answered_at), _at(one.archived_at), one.answer, one.told_by,
    )  # fmt: skip


def _at(at: float | None) -> str | None:
    return None if at is None else rfc3339(at)

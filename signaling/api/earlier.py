"""The citizen's earlier visits over HTTP, while they show them and to the agent who leads the call; else nobody's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.api.back import BACK, anyone
from signaling.receipt_number import spaced
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from aiohttp import web


@dataclass(frozen=True, slots=True)
class VisitShape:
    at: str
    point: str
    item: str
    agent: str
    outcome: str
    number: str
    case_state: str
    taken: tuple[str, ...]
    missing: tuple[str, ...]
    next_steps: str


@dataclass(frozen=True, slots=True)
class EarlierShape:
    """`state`: empty, `asked` or `shown`. `known`: the call has a case, so that no receipt has to be typed."""

    state: str
    known: bool
    visits: tuple[VisitShape, ...]


async def earlier(request: web.Request) -> EarlierShape:
    """Say how it stands, and to the agent which visits are shown."""
    seen = await request.app[BACK].earlier.seen(await anyone(request), request.match_info["call_id"])
    return EarlierShape(
        seen.state, seen.known,
        tuple(
            VisitShape(
                rfc3339(one.entered_at), one.point_name, one.item_name, one.agent_name, one.outcome,
                spaced(one.number), one.case_state, one.taken, one.missing, one.next_steps,
            )
            for one in seen.visits
        ),
    )  # fmt: skip

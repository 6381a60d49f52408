"""What leaves the house, for supervisors: which packages wait, why, and trying one at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from signaling.api.back import BACK, supervisor
from signaling.receipt_number import spaced
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from signaling.records.packages import Listed

SHOWN = 100


@dataclass(frozen=True, slots=True)
class PackageShape:
    package_id: str
    case_id: str
    call_id: str
    number: str
    item: str
    point: str
    state: str
    created_at: str
    next_at: str
    attempts: int
    problem: str
    size: int | None
    sha256: str | None
    acknowledged_at: str | None


@dataclass(frozen=True, slots=True)
class HandOver:
    """`connected` false: no folder and no endpoint is set; everything waits."""

    connected: bool
    waiting: int
    failing: int
    acknowledged: int
    packages: tuple[PackageShape, ...]


async def hand_over(request: web.Request) -> HandOver:
    """List packages: those that wait and fail first."""
    await supervisor(request)
    back = request.app[BACK]
    listed = await back.records.packages.listed(open_only=request.query.get("open") == "1", limit=SHOWN)
    waiting, failing, acknowledged = await back.records.packages.counts()
    return HandOver(back.outbox.connected, waiting, failing, acknowledged, tuple(map(_shape, listed)))


async def retry_package(request: web.Request) -> web.Response:
    """Try a package at once."""
    identity, back = await supervisor(request), request.app[BACK]
    package_id = request.match_info["package_id"]
    await back.outbox.retry(package_id)
    await back.records.credentials.audit(identity.id, "package_retried", package_id, back.clock(), {})
    return web.Response(status=204)


def _shape(listed: Listed) -> PackageShape:
    one = listed.package
    return PackageShape(
        one.package_id, one.case_id, one.call_id, spaced(listed.number), listed.item_name, listed.point_name, one.state,
        rfc3339(one.created_at), rfc3339(one.next_at), one.attempts, one.problem, one.size, one.sha256,
        rfc3339(one.acknowledged_at) if one.acknowledged_at is not None else None,
    )  # fmt: skip

"""What was done with a booth's devices during a call: part of the call's record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from signaling.api.back import BACK, staff
from signaling.errors import Unknown
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from aiohttp import web

    from signaling.lease import Action, Lease


@dataclass(frozen=True, slots=True)
class LeaseShape:
    lease_id: str
    agent_id: str
    devices: tuple[str, ...]
    for_s: float
    asked_at: str
    expires_at: str | None
    ended_at: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ActionShape:
    """`lease_id` empty: by the citizen's own touch. `code` null: still under way."""

    action_id: str
    lease_id: str
    by: str
    device: str
    action: str
    parameters: dict[str, Any]
    asked_at: str
    code: str | None
    detail: str
    ended_at: str | None


@dataclass(frozen=True, slots=True)
class CallDevices:
    leases: tuple[LeaseShape, ...]
    actions: tuple[ActionShape, ...]


async def of_call(request: web.Request) -> CallDevices:
    """Return the leases of a call and all that was done under them, to who may read the call's record."""
    reader = await staff(request)
    back, call_id = request.app[BACK], request.match_info["call_id"]
    if not (back.is_member(reader, call_id) or await back.records.history.may_read(reader, call_id)):
        raise Unknown("there is no such call")
    book = back.records.leases
    return CallDevices(
        tuple(_lease(one) for one in await book.leases_of(call_id)),
        tuple(_action(one) for one in await book.actions_of(call_id)),
    )


def _lease(one: Lease) -> LeaseShape:
    return LeaseShape(
        one.lease_id, one.agent_id, one.devices, one.for_s, rfc3339(one.asked_at), _at(one.expires_at),
        _at(one.ended_at), one.reason,
    )  # fmt: skip


def _action(one: Action) -> ActionShape:
    return ActionShape(
        one.action_id, one.lease_id, one.by, one.device, one.action, one.parameters, rfc3339(one.asked_at), one.code,
        one.detail, _at(one.ended_at),
    )  # fmt: skip


def _at(at: float | None) -> str | None:
    return None if at is None else rfc3339(at)

"""Events as versioned JSON, for journals and sockets.

Promise: `decode(encode(event)) == event`. An event written by an older release loads: fields it did not know yet take
their defaults, and renamed ones pass through `UPCASTS`. A field or event this release does not know is refused, since
dropping it would rebuild another state.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, get_args

from signaling.errors import Malformed
from signaling.routing import events
from signaling.routing.values import QueuePolicy, Requirement, RosterAgent, Slot, Step

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 1

UPCASTS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""(event, version it was written in) → change to the next version."""


def _pairs(value: Any) -> Any:
    return tuple(tuple(pair) for pair in value)


def _needs(value: Any) -> Any:
    return tuple(Requirement(*need) for need in value)


def steps_from(value: Any) -> tuple[Step, ...]:
    return tuple(Step(s[0], tuple(s[1]), _pairs(s[2]), s[3]) for s in value)


def _maybe_steps(value: Any) -> Any:
    return None if value is None else steps_from(value)


def policy_from(value: dict[str, Any]) -> QueuePolicy:
    return QueuePolicy(**{**value, "steps": steps_from(value["steps"])})


def _roster(value: Any) -> Any:
    return tuple(RosterAgent(name, _pairs(skills), tuple(qs), tuple(second)) for name, skills, qs, second in value)


def plain(value: Any) -> Any:
    """Turn the dataclasses inside events into what JSON can hold."""
    if isinstance(value, QueuePolicy):
        return {f.name: getattr(value, f.name) for f in fields(value)}
    if isinstance(value, RosterAgent):
        return [value.agent_id, value.skills, value.queues, value.second]
    raise TypeError(type(value).__name__)


READERS: dict[str, Callable[[Any], Any]] = {
    "tuple[str, ...]": tuple,
    "tuple[tuple[str, int], ...]": _pairs,
    "tuple[tuple[float, float], ...]": _pairs,
    "tuple[Requirement, ...]": _needs,
    "tuple[Step, ...]": steps_from,
    "tuple[Step, ...] | None": _maybe_steps,
    "tuple[RosterAgent, ...]": _roster,
    "tuple[Slot, ...]": lambda value: tuple(Slot(*slot) for slot in value),
    "QueuePolicy": policy_from,
}
PLAIN_TYPES = {"float", "str", "int", "bool", "str | None", "float | None", "Role", "Outcome"}


class _Form:
    """How one kind of event is written and read."""

    __slots__ = ("kind", "names", "needed", "readers", "values")

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.names = tuple(f.name for f in fields(kind))
        self.values = attrgetter(*self.names)
        self.needed = {f.name for f in fields(kind) if f.default is MISSING}
        self.readers = {f.name: READERS[str(f.type)] for f in fields(kind) if f.type not in PLAIN_TYPES}


FORMS = {kind.__name__: _Form(kind) for kind in get_args(events.Event)}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=plain, allow_nan=False).encode


def encode(event: events.Event) -> bytes:
    """Write an event as one line of JSON."""
    name = type(event).__name__
    form = FORMS[name]
    return _encode({"t": name, "v": VERSION, **dict(zip(form.names, form.values(event), strict=True))}).encode()


def decode(data: bytes) -> events.Event:
    """Read an event, also one of an older release."""
    try:
        body = json.loads(data)
        return from_body(body.pop("t"), body.pop("v"), body)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise Malformed(f"not an event: {error}", code="bad_event") from error


def from_body(name: str, version: int, body: dict[str, Any]) -> events.Event:
    while (name, version) in UPCASTS:
        body = UPCASTS[name, version](body)
        version += 1
    form = FORMS.get(name)
    if form is None or version > VERSION:
        raise Malformed(f"event {name} of version {version} is not known here", code="unknown_event")
    for field, reader in form.readers.items():
        if field in body:
            body[field] = reader(body[field])
    event: events.Event = form.kind(**body)
    return event

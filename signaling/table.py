"""Who answers which message: the tables that the two pages export and `sockets` reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

from signaling.errors import Malformed
from signaling.screens import Json
from signaling.wire import parse

if TYPE_CHECKING:
    from signaling.auth import Identity

D = TypeVar("D")
M = TypeVar("M")


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """Who speaks, and through which page."""

    identity: Identity
    page_id: str

    @property
    def id(self) -> str:
        return self.identity.id

    @property
    def side(self) -> str:
        return "citizen" if self.identity.kind == "booth" else "agent"


Answer = Mapping[str, Json] | None
Handler = Callable[[D, Caller, M], Awaitable[Answer]]


class Table(Generic[D]):
    """The messages of one namespace and who answers them."""

    def __init__(self, known: Mapping[str, type[object]]) -> None:
        self._known = known
        self._handlers: dict[type[object], Handler[D, object]] = {}

    def on(self, kind: type[M]) -> Callable[[Handler[D, M]], Handler[D, M]]:
        """Register the decorated function for a kind of message."""

        def register(handler: Handler[D, M]) -> Handler[D, M]:
            self._handlers[kind] = handler  # type: ignore[assignment]  # looked up by the type it was stored under
            return handler

        return register

    def include(self, other: Table[D]) -> None:
        """Take over the handlers of another table."""
        self._handlers.update(other._handlers)

    def unanswered(self) -> set[str]:
        """Name the messages nobody answers; empty in a complete service."""
        return {name for name, kind in self._known.items() if kind not in self._handlers}

    async def answer(self, parts: D, caller: Caller, name: str, data: object) -> Answer:
        kind = self._known.get(name)
        if kind is None:
            raise Malformed(f"there is no message {name[:64]!r} here", code="unknown_message")
        return await self._handlers[kind](parts, caller, parse(kind, data))

"""The rows as they were told last, and what of them a watcher has not heard yet.

Promise: what waits for a watcher is bounded by the number of things on the floor, however many events there were and
however slowly the watcher reads: a row that changed ten times is told once, as it is now.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from signaling.floor.rows import Row

Key: TypeAlias = tuple[str, str]
"""The kind of a row and its id."""

KINDS = ("queues", "calls", "agents", "booths", "alerts", "messages")


@dataclasses.dataclass(slots=True)
class Watcher:
    """One supervisor's page, and the rows it has not heard of since they changed."""

    person_id: str
    page_id: str
    unheard: set[Key] = dataclasses.field(default_factory=set)


class Board:
    """Rows by kind and id."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Row]] = {kind: {} for kind in KINDS}
        self._changed: set[Key] = set()

    def put(self, kind: str, row_id: str, row: Row | None) -> bool:
        """Take a row as it is now, None: it is gone; say whether that is news."""
        rows = self.rows[kind]
        if rows.get(row_id) == row:
            return False
        if row is None:
            del rows[row_id]
        else:
            rows[row_id] = row
        self._changed.add((kind, row_id))
        return True

    def changed(self) -> set[Key]:
        """Return what changed since this was asked last."""
        changed, self._changed = self._changed, set()
        return changed

    def told(self, keys: Iterable[Key]) -> tuple[dict[str, list[Row]], dict[str, list[str]]]:
        """Return these rows as they are now, and the ids of those that are gone, by kind."""
        there: dict[str, list[Row]] = {kind: [] for kind in KINDS}
        gone: dict[str, list[str]] = {}
        for kind, row_id in keys:
            row = self.rows[kind].get(row_id)
            if row is None:
                gone.setdefault(kind, []).append(row_id)
            else:
                there[kind].append(row)
        return there, gone

"""The legs of calls at their media nodes: opens and closes them, and tells each node who perceives whom.

A leg is known in its `Way` before its node is asked for it, and its node knows who may perceive it before the page has
the answer: nobody is heard by whom they must not be. A leg that could not be closed is not named when its node comes
back, which then closes it itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from signaling.errors import ServiceError, Unavailable
from signaling.nodes import CloseLeg, OpenLeg, SetMatrix
from signaling.tasks import Tasks
from signaling.ways import Matrix, walls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from signaling.nodes import Nodes
    from signaling.routing.views import CallView
    from signaling.ways import Path, Way

log = structlog.get_logger(__name__)

WATCHER = "listener"
"""The role of a leg that watches: it perceives everybody, nobody perceives it."""


class Placing:
    """What nodes are asked for, and what they were told. `call_of` finds a call that may have legs, `roles_of` who in
    it has one; `concern` hears whose view changes by what a node confirmed."""

    def __init__(
        self, nodes: Nodes, call_of: Callable[[str], CallView | None],
        roles_of: Callable[[CallView], Mapping[str, str]], concern: Callable[..., None],
    ) -> None:  # fmt: skip
        self._nodes = nodes
        self._call_of = call_of
        self._roles_of = roles_of
        self._concern = concern
        self._tasks = Tasks()

    async def stop(self) -> None:
        """End what is under way."""
        await self._tasks.close()

    async def open(self, way: Way, path: Path, leg_id: str, person_id: str, role: str, offer: str) -> str:
        """Have the path's node answer a page's offer; return the answer. Raises `Unavailable`."""
        legs = way.legs.setdefault(path.number, {})
        for older in [one for one, owner in legs.items() if owner == person_id and one != leg_id]:
            # Of a page that was reloaded, or is gone: nobody shall be shown what it sent last.
            del legs[older]
            await self._close(path, way.call_id, older)
        # Known before it is asked for: who sits where is told before the answer.
        new = leg_id not in legs
        legs[leg_id] = person_id
        way.opening.add(leg_id)
        try:
            return await self._ask(way, path, leg_id, role, offer)
        except Unavailable:
            if new:
                legs.pop(leg_id, None)
            raise
        finally:
            way.opening.discard(leg_id)

    async def watch(self, way: Way, path: Path, leg_id: str, offer: str) -> str:
        """Have the path's node answer somebody who only watches; return the answer. Raises `Unavailable`."""
        way.previews[leg_id] = path.number
        try:
            return await self._ask(way, path, leg_id, WATCHER, offer)
        except BaseException:
            way.previews.pop(leg_id, None)
            raise

    async def _ask(self, way: Way, path: Path, leg_id: str, role: str, offer: str) -> str:
        try:
            key = path.call_on_node(way.call_id)
            result = await self._nodes.ask(path.node_id, OpenLeg(key, leg_id, role, offer))
        except ServiceError as refusal:
            log.warning("leg_not_opened", call=way.call_id, node=path.node_id, detail=refusal.detail)
            raise Unavailable("the media node does not take the offer", code="media_away") from None
        return str(result.get("answer", ""))

    def close(self, path: Path, call_id: str, leg_id: str) -> None:
        """Close one leg."""
        self._tasks.start(self._close(path, call_id, leg_id))

    def close_path(self, way: Way, path: Path) -> None:
        """Close what there is on a path, and forget it."""
        for leg_id in way.forget(path):
            self.close(path, way.call_id, leg_id)

    async def _close(self, path: Path, call_id: str, leg_id: str) -> None:
        try:
            await self._nodes.ask(path.node_id, CloseLeg(path.call_on_node(call_id), leg_id))
        except ServiceError as error:
            # A node that is away closes it when it comes back: it is not named in its welcome.
            log.info("leg_not_closed", node=path.node_id, detail=error.detail)

    def settle(self, way: Way) -> None:
        """Tell living nodes who perceives whom now, where that is another than they know."""
        for path in way.paths:
            if path.hosted and self._nodes.alive(path.node_id) and self._matrix(way, path) is not None:
                self._tasks.start(self.tell(way, path))

    def _matrix(self, way: Way, path: Path) -> Matrix | None:
        """Return who hears whom among the legs a node has; None when it knows."""
        call = self._call_of(way.call_id)
        known = self._roles_of(call) if call is not None else {}
        legs = way.legs.get(path.number, {})
        for leg_id in [one for one, person_id in legs.items() if person_id not in known]:
            del legs[leg_id]
            self.close(path, way.call_id, leg_id)
        present = {leg_id: person_id for leg_id, person_id in legs.items() if leg_id not in way.opening}
        matrix = Matrix({leg_id: known[person_id] for leg_id, person_id in present.items()}, _apart(call, present))
        return matrix if present and way.matrix.get(path.number) != matrix else None

    async def tell(self, way: Way, path: Path) -> None:
        """Tell a path's node, and wait until it knows."""
        matrix = self._matrix(way, path)
        if matrix is None:
            return
        way.matrix[path.number] = matrix
        try:
            await self._nodes.ask(path.node_id, SetMatrix(path.call_on_node(way.call_id), matrix.roles, matrix.apart))
            if way.apart.get(path.number, ()) != matrix.apart:
                way.apart[path.number] = matrix.apart
                self._concern(*filter(None, map(way.person, matrix.roles)))
        except ServiceError as error:
            way.matrix.pop(path.number, None)
            log.warning("matrix_not_told", node=path.node_id, detail=error.detail)


def _apart(call: CallView | None, legs: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of legs that shall not perceive each other."""
    if call is None:
        return ()
    apart = walls(call)
    pairs = ((one, other) for one in legs for other in legs if one < other)
    return tuple(sorted(pair for pair in pairs if frozenset((legs[pair[0]], legs[pair[1]])) in apart))

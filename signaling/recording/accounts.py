"""Keeps the books of recordings in step with the nodes' disks: segments told, stock taken, retention kept.

What a node says while nobody listens is lost; so whenever one comes, its recordings are counted and what is missing is
asked for. Promise: a segment that is whole on a disk that is there is in the books within seconds of its node's coming.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import structlog

from signaling.errors import Malformed, ServiceError
from signaling.nodes import (
    ExportProgress,
    ListRecordings,
    RecordingErased,
    RecordingStopped,
    ReleaseRecording,
    Segment,
    SegmentClosed,
)
from signaling.tasks import Tasks
from signaling.wire import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.nodes import Nodes, Recorded
    from signaling.records.recordings import RecordingBooks

log = structlog.get_logger(__name__)

DAY_S: Final = 86_400.0
ROUND_S: Final = 3600.0
AGAIN_S: Final = 5.0
LIST_S: Final = 20.0
MOST: Final = 10_000
"""Segments that wait for a database that is away; beyond, the next stock-taking finds them."""


class Accounts:
    """`stopped` hears of recordings a node ended by itself: node, call, reason."""

    def __init__(
        self, nodes: Nodes, books: RecordingBooks, least_days: float, keep_days: float,
        stopped: Callable[[str, str, str], None], clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._nodes = nodes
        self._books = books
        self._least_s, self._keep_s = least_days * DAY_S, keep_days * DAY_S
        self._stopped = stopped
        self._clock = clock
        self._tasks = Tasks()
        self._told: list[tuple[str, Segment]] = []
        self._to_count: set[str] = set()
        self._wake = asyncio.Event()
        self._released: set[tuple[str, str]] = set()
        self.shares: dict[tuple[str, str, str], float] = {}
        """How far exports have come, by node, call and form."""

    async def close(self) -> None:
        await self._tasks.close()

    def node_came(self, node_id: str) -> None:
        self._to_count.add(node_id)
        self._wake.set()

    def node_recorded(self, node_id: str, event: Recorded) -> None:
        """Hear of a node; quick, and never waits."""
        match event:
            case SegmentClosed(segment=segment):
                if len(self._told) < MOST:
                    self._told.append((node_id, segment))
                self._wake.set()
            case RecordingStopped(recording_id=call_id, reason=reason):
                self._stopped(node_id, call_id, reason)
            case RecordingErased(recording_id=call_id):
                self._tasks.start(self._books.erased(node_id, call_id, self._clock()))
            case ExportProgress(recording_id=call_id, form=form, share=share):
                self.shares[node_id, call_id, form] = share

    async def run(self) -> None:
        """Write what nodes tell, and keep the rules of retention, until cancelled."""
        self._tasks.start(self._keep_rules())
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._write()
                await self._count()
            except ServiceError as error:
                log.warning("recordings_not_kept", detail=error.detail)
                await asyncio.sleep(AGAIN_S)
                self._wake.set()

    async def _write(self) -> None:
        by_node: dict[str, list[Segment]] = {}
        for node_id, one in (told := tuple(self._told)):
            by_node.setdefault(node_id, []).append(one)
        for node_id, segments in by_node.items():
            await self._books.keep(node_id, segments)
        # What was told meanwhile stays for the next round.
        del self._told[: len(told)]

    async def _count(self) -> None:
        """Compare what nodes have with what is known of them."""
        while self._to_count:
            node_id = next(iter(self._to_count))
            if self._nodes.alive(node_id):
                await self._take_stock(node_id)
            self._to_count.discard(node_id)

    async def _take_stock(self, node_id: str) -> None:
        try:
            answer = await self._nodes.ask(node_id, ListRecordings(), LIST_S)
        except ServiceError as error:
            # One without a disk for recordings has none; one that went again comes again.
            log.info("recordings_not_counted", node=node_id, detail=error.detail)
            return
        there = _counts(answer.get("recordings"))
        known = await self._books.counts(node_id)
        for call_id in [one for one, count in there.items() if known.get(one, 0) < count]:
            listed = await self._nodes.ask(node_id, ListRecordings(call_id), LIST_S)
            found = _segments(listed.get("segments"))
            log.info("recordings_found", node=node_id, call=call_id, segments=len(found))
            await self._books.keep(node_id, found)
        for call_id in known.keys() - there.keys():
            await self._books.erased(node_id, call_id, self._clock())

    # ── retention ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep_rules(self) -> None:
        while True:
            try:
                await self.keep_rules()
            except ServiceError as error:
                log.warning("retention_not_kept", detail=error.detail)
            await asyncio.sleep(ROUND_S)

    async def keep_rules(self) -> None:
        """Erase what is too old, and let nodes have what may go when they need room."""
        now = self._clock()
        for node_id, call_id in await self._books.due(now - self._keep_s):
            if self._nodes.alive(node_id) and await self._release(node_id, call_id, now=True):
                await self._books.erased(node_id, call_id, now)
                log.info("recording_erased", node=node_id, call=call_id)
        due = await self._books.due(now - self._least_s)
        # What was erased is due no more, and forgotten here.
        self._released.intersection_update(due)
        for one in due:
            if one not in self._released and self._nodes.alive(one[0]) and await self._release(*one, now=False):
                self._released.add(one)

    async def _release(self, node_id: str, call_id: str, *, now: bool) -> bool:
        try:
            await self._nodes.ask(node_id, ReleaseRecording(call_id, now))
        except ServiceError as error:
            log.warning("recording_not_released", node=node_id, call=call_id, detail=error.detail)
            return False
        return True


def _counts(told: object) -> dict[str, int]:
    if not isinstance(told, dict):
        return {}
    return {str(call_id): count for call_id, count in told.items() if isinstance(count, int)}


def _segments(told: object) -> list[Segment]:
    found = []
    for one in told if isinstance(told, list) else ():
        try:
            found.append(parse(Segment, one))
        except Malformed as error:
            log.warning("segment_malformed", detail=error.detail)
    return found

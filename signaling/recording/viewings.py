"""Watching recordings: who may, with what reason, and the bytes, fetched from the nodes a piece at a time.

Promises: nothing is given out without a reason that is in the audit log; a viewing serves the one who opened it, for a
shift; a segment never lies whole in this process.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import dataclasses
import time
from typing import TYPE_CHECKING, Final

import structlog

from signaling.errors import NotAllowed, ServiceError, Unavailable, Unknown
from signaling.ids import new_id
from signaling.nodes import ExportRecording, LendSegment, ListRecordings, ReadRecording
from signaling.records.recordings import Export, Viewing
from signaling.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from signaling.auth import Identity
    from signaling.nodes import Nodes
    from signaling.recording.accounts import Accounts
    from signaling.records import Records

log = structlog.get_logger(__name__)

SHIFT_S: Final = 12 * 3600.0
READ_S: Final = 15.0
EXPORT_S: Final = 6 * 3600.0
"""Side by side takes longer than the call did, and others may be before it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """Bytes that come a piece at a time; `size` of all."""

    size: int
    pieces: AsyncIterator[bytes]


class Viewings:
    """What the API asks for."""

    def __init__(
        self, records: Records, nodes: Nodes, accounts: Accounts, agents_may_watch: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._records = records
        self._books = records.recordings
        self._nodes = nodes
        self._accounts = accounts
        self._agents_may_watch = agents_may_watch
        self._clock = clock
        self._tasks = Tasks()
        self._lending = asyncio.Lock()
        """A node takes one segment at a time."""

    async def recall(self) -> None:
        """What was being made when the service ended is not followed any more."""
        for one in await self._books.unfinished():
            await self._books.export_ended(one.export_id, "failed")

    async def close(self) -> None:
        await self._tasks.close()

    # ── who may ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def may_watch(self, reader: Identity, call_id: str) -> bool:
        """Say whether somebody who may read a call's record may watch its recording too."""
        return reader.kind == "supervisor" or (
            self._agents_may_watch and await self._records.history.may_read(reader, call_id)
        )

    async def open(self, reader: Identity, call_id: str, reason: str) -> Viewing:
        """Let somebody watch who may and says why; raise `Unknown` or `NotAllowed`."""
        if not await self._records.history.may_read(reader, call_id):
            raise Unknown("there is no such call")
        if not await self.may_watch(reader, call_id):
            raise NotAllowed("supervisors watch recordings")
        if not await self._books.segments(call_id):
            raise Unknown("nothing of this call was recorded", code="not_recorded")
        viewing = Viewing(new_id("viewing"), call_id, reader.id, reason, self._clock())
        await self._books.opened(viewing)
        return viewing

    async def of(self, reader: Identity, viewing_id: str) -> Viewing:
        """Return one's own viewing; raise `Unknown` when it is another's, or over."""
        viewing = await self._books.viewing(viewing_id)
        if viewing.reader_id != reader.id or self._clock() - viewing.opened_at > SHIFT_S:
            raise Unknown("there is no such viewing")
        return viewing

    # ── bytes ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def segment(self, call_id: str, number: int) -> Content:
        """Return a segment's content, decrypted."""
        kept = await self._books.segment(call_id, number)
        return await self._content(kept.node_id, call_id, kept.name)

    async def export(self, call_id: str, export_id: str) -> tuple[Export, Content]:
        """Return a finished file."""
        for one in await self._books.exports(call_id):
            if one.export_id == export_id and one.state == "done":
                return one, await self._content(one.node_id, call_id, one.name)
        raise Unknown("there is no such file")

    async def _content(self, node_id: str, call_id: str, name: str) -> Content:
        """Fetch the first piece now, so that what cannot be had is said in the answer's status."""
        first, size = await self._piece(node_id, call_id, name, 0)

        async def pieces() -> AsyncIterator[bytes]:
            piece, at = first, 0
            while piece:
                yield piece
                at += len(piece)
                piece = (await self._piece(node_id, call_id, name, at))[0] if at < size else b""

        return Content(size, pieces())

    async def _piece(self, node_id: str, call_id: str, name: str, offset: int) -> tuple[bytes, int]:
        answer = await self._nodes.ask(node_id, ReadRecording(call_id, name, offset), READ_S)
        size = answer.get("size")
        try:
            data = base64.b64decode(str(answer.get("data", "")), validate=True)
        except binascii.Error:
            data = b""
        if not isinstance(size, int) or (not data and offset < size):
            raise Unavailable(f"the media node {node_id} sent something else")
        return data, size

    # ── files ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def make_export(self, viewing: Viewing, form: str) -> list[Export]:
        """Have one file made of a call, by the node that has most of it; of one that is being made no second one.

        Raises `Unavailable` when a node that has a part is away: a file that lacks something would say it is whole.
        """
        call_id = viewing.call_id
        running = [one for one in await self._books.exports(call_id) if one.form == form and one.state == "running"]
        if running:
            return running
        sizes: dict[str, int] = {}
        for one in await self._books.segments(call_id):
            if one.erased_at is None:
                sizes[one.node_id] = sizes.get(one.node_id, 0) + one.size
        if not sizes:
            raise Unknown("nothing of this call is kept any more", code="not_recorded")
        if not all(self._nodes.alive(node_id) for node_id in sizes):
            raise Unavailable("a media node that has a part of this is away", code="node_away")
        first, *others = sorted(sizes, key=lambda node_id: (-sizes[node_id], node_id))
        export = Export(new_id("export"), call_id, first, form, viewing.reader_id, self._clock())
        await self._books.export_asked(export, viewing)
        self._tasks.start(self._follow(export, others))
        return [export]

    async def _follow(self, export: Export, others: Sequence[str]) -> None:
        key = (export.node_id, export.call_id, export.form)
        try:
            for node_id in others:
                await self._lend(node_id, export)
            segments = await self._books.segments(export.call_id)
            people = {one.leg_id: one.person_id for one in segments if one.person_id}
            asking = ExportRecording(export.call_id, export.form, people)
            told = await self._nodes.ask(export.node_id, asking, EXPORT_S)
            await self._books.export_ended(
                export.export_id, "done", name=str(told["name"]), size=int(str(told["size"])),
                sha256=str(told["sha256"]), duration_s=float(str(told["duration_s"])),
            )  # fmt: skip
        except (ServiceError, KeyError, ValueError) as error:
            log.warning("export_failed", call=export.call_id, node=export.node_id, detail=str(error))
            with contextlib.suppress(ServiceError):  # found unfinished by the next start
                await self._books.export_ended(export.export_id, "failed")
        finally:
            self._accounts.shares.pop(key, None)

    async def _lend(self, node_id: str, export: Export) -> None:
        """Bring the segments of one node to the one that makes the file, a piece at a time."""
        async with self._lending:
            listed = await self._nodes.ask(node_id, ListRecordings(export.call_id), READ_S)
            segments = listed.get("segments")
            for told in segments if isinstance(segments, list) else ():
                at, size = 0, 1
                while at < size:
                    piece, size = await self._piece(node_id, export.call_id, str(told["name"]), at)
                    lending = LendSegment(export.call_id, told, size, at, base64.b64encode(piece).decode())
                    await self._nodes.ask(export.node_id, lending, READ_S)
                    at += len(piece)

    def share(self, export: Export) -> float:
        """Return how far a file has come, 0 to 1."""
        if export.state == "done":
            return 1.0
        return self._accounts.shares.get((export.node_id, export.call_id, export.form), 0.0)
